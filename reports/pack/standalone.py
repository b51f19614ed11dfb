"""Verify this evidence pack. / Periksa keutuhan paket bukti ini.

    python3 -I verify.py [folder]

Needs Python 3.8 or newer and nothing else: no network, no other program. It reads and never
writes. Exit status 0: the pack is whole; 4: faults were found, and named.
Memerlukan Python 3.8 atau yang lebih baru. Status 0: paket utuh; 4: ada kerusakan yang disebutkan.

(This file is a module of secaudit, which copies it into every pack as verify.py.)
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
LARGEST_INDEX = 64 * 2**20
"""Bytes of SHA256SUMS or manifest.json that are read; a larger one is a fault."""

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_SAFE_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")

WORDS = {
    "changed": "berubah / changed",
    "missing": "hilang / missing",
    "added": "ditambahkan / added",
    "unsafe": "tidak aman / unsafe",
    "unreadable": "tidak terbaca / unreadable",
    "disagrees": "tidak sesuai manifes / disagrees with the manifest",
}


class Fault(NamedTuple):
    """What is wrong (a key of WORDS), with which file."""

    kind: str
    path: str


class Seen(NamedTuple):
    """A file of the pack as it is."""

    sha256: str
    size: int


class Survey(NamedTuple):
    """All files of a pack, the two that describe it, and what was wrong with the container."""

    files: dict[str, Seen]
    sums: bytes | None
    manifest: bytes | None
    faults: tuple[Fault, ...]


def is_safe_path(path: str) -> bool:
    """Tell whether a name can only lie inside the pack: plain letters, no dot at a start."""
    return _SAFE_PATH.fullmatch(path) is not None


def survey_folder(folder: str) -> Survey:
    """Read every file below a folder. Links and special files are faults and are not followed."""
    files: dict[str, Seen] = {}
    faults: list[Fault] = []
    indexes: dict[str, bytes] = {}
    for path, full in _walk(folder, folder, faults):
        try:
            files[path] = _hash_file(full)
            if path in (SUMS, MANIFEST):
                with open(full, "rb") as stream:  # noqa: PTH123
                    indexes[path] = stream.read(LARGEST_INDEX + 1)
        except OSError:
            faults.append(Fault("unreadable", path))
    return Survey(files, indexes.get(SUMS), indexes.get(MANIFEST), tuple(faults))


def _walk(root: str, folder: str, faults: list[Fault]) -> Iterator[tuple[str, str]]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        faults.append(Fault("unreadable", _relative(root, folder)))
        return
    for entry in found:
        path = _relative(root, entry.path)
        try:
            mode = entry.stat(follow_symlinks=False).st_mode
        except OSError:
            faults.append(Fault("unreadable", path))
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(root, entry.path, faults)
        elif stat.S_ISREG(mode):
            yield path, entry.path
        else:
            faults.append(Fault("unsafe", path))


def _relative(root: str, path: str) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/")


def _hash_file(path: str) -> Seen:
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb") as stream:  # noqa: PTH123
        while True:
            piece = stream.read(2**20)
            if not piece:
                return Seen(digest.hexdigest(), size)
            digest.update(piece)
            size += len(piece)


def judge(survey: Survey) -> list[Fault]:
    """Compare the files with SHA256SUMS and manifest.json. An empty list: the pack is whole."""
    faults = list(survey.faults)
    expected = _expected(survey.sums, faults)
    if expected is not None:
        faults.extend(_compare(survey.files, expected))
        faults.extend(_compare_manifest(survey.manifest, expected, survey.files))
    return sorted(set(faults), key=lambda fault: (fault.path, fault.kind))


def _expected(sums: bytes | None, faults: list[Fault]) -> dict[str, str] | None:
    if sums is None:
        faults.append(Fault("missing", SUMS))
        return None
    expected: dict[str, str] = {}
    try:
        lines = sums.decode("ascii").splitlines() if len(sums) <= LARGEST_INDEX else None
    except UnicodeDecodeError:
        lines = None
    for line in lines or []:
        match = _LINE.fullmatch(line)
        if match is None or match.group(2) in expected or not is_safe_path(match.group(2)):
            faults.append(Fault("unsafe", SUMS))
            return None
        expected[match.group(2)] = match.group(1)
    if not expected:
        faults.append(Fault("unreadable", SUMS))
        return None
    return expected


def _compare(files: dict[str, Seen], expected: dict[str, str]) -> Iterator[Fault]:
    for path, digest in expected.items():
        if path not in files:
            yield Fault("missing", path)
        elif files[path].sha256 != digest:
            yield Fault("changed", path)
    for path in files:
        if path not in expected and path != SUMS:
            yield Fault("added", path)


def _compare_manifest(
    content: bytes | None,
    expected: dict[str, str],
    files: dict[str, Seen],
) -> Iterator[Fault]:
    if MANIFEST not in expected:
        yield Fault("disagrees", MANIFEST)
        return
    if content is None:
        return
    listed = _listed(content)
    if listed is None:
        yield Fault("unreadable", MANIFEST)
        return
    for path, (digest, size) in listed.items():
        seen = files.get(path)
        if expected.get(path) != digest or (
            seen is not None and seen.sha256 == digest and seen.size != size
        ):
            yield Fault("disagrees", path)
    for path in expected:
        if path != MANIFEST and path not in listed:
            yield Fault("disagrees", path)


def _listed(content: bytes) -> dict[str, tuple[str, int]] | None:
    """Read the manifest's list of files. None for a manifest that has none."""
    if len(content) > LARGEST_INDEX:
        return None
    try:
        manifest: Any = json.loads(content.decode("utf-8"))
        return {
            str(item["path"]): (str(item["sha256"]), int(item["size"]))
            for item in manifest["files"]
        }
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _shown(path: str) -> str:
    return "".join(
        letter if letter.isprintable() else ascii(letter)[1:-1] for letter in path
    ).encode("ascii", "backslashreplace").decode("ascii")  # fmt: skip


def main(arguments: list[str]) -> int:
    """Verify the folder named, or the one this file lies in; print what was found."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    folder = arguments[0] if arguments else here
    survey = survey_folder(folder)
    faults = judge(survey)
    for fault in faults:
        print(WORDS[fault.kind] + ": " + _shown(fault.path))
    if survey.sums is not None:
        print("SHA-256 " + SUMS + ": " + hashlib.sha256(survey.sums).hexdigest())
    if faults:
        print(f"PAKET TIDAK UTUH: {len(faults)} kerusakan.")
        print(f"THE PACK IS NOT WHOLE: {len(faults)} fault(s).")
        return 4
    print(f"Paket utuh: {len(survey.files)} berkas sesuai.")
    print(f"The pack is whole: {len(survey.files)} files agree.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
