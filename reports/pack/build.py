"""Build a pack: everything in a temporary sibling first, then one rename. Equal input, equal bytes.

What two packs of the same content may differ in stands in ``time_fields`` of ``manifest.json``,
and so in the line of SHA256SUMS for that file.
"""

import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reports.facts import identity_of
from reports.html import render_html
from reports.model import ReportData
from reports.pack import standalone
from reports.pack.contents import PackContents, Written, cited_evidence, manifest_of
from reports.pack.standalone import MANIFEST, SUMS
from reports.pdf import render_pdf
from reports.results import results_json
from reports.spreadsheet import render_xlsx
from reports.words import Words
from secaudit.core.canonical import pretty_json, sha256_hex
from secaudit.core.errors import InternalError, RefusedError
from secaudit.core.os_words import os_words
from secaudit.text.escape import file_name

LARGEST_EVIDENCE_FILE = 16 * 2**20
LARGEST_EVIDENCE = 512 * 2**20
"""Bytes of evidence in one pack; what does not fit is named in the manifest."""

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_EXTENSIONS = {
    "application/json": "json",
    "application/pdf": "pdf",
    "application/pkix-cert": "der",
    "application/x-pem-file": "pem",
    "application/xml": "xml",
    "text/plain": "txt",
    "text/xml": "xml",
}


@dataclass(frozen=True)
class PackSummary:
    """A finished pack."""

    path: Path
    identity: str
    files: int
    size: int
    sums_sha256: str
    """The SHA-256 of SHA256SUMS: it seals every byte of the pack."""
    omitted: int
    """Cited evidence that is not inside; the manifest names it."""


def build_pack(contents: PackContents, target: Path, *, overwrite: bool = False) -> PackSummary:
    """Build the pack at ``target``: a zip where the name ends in ``.zip``, else a folder.

    Raises RefusedError when something is there already (only an older pack is ever replaced, and
    only with ``overwrite``), InternalError when the disk refuses.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100  links in the way stay what they are
    _refuse_to_destroy(target, overwrite=overwrite)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _temporary_sibling(target) as folder:
            written, omitted = _write_all(contents, folder)
            sums = (folder / SUMS).read_bytes()
            identity = identity_of(contents.data)
            if target.suffix == ".zip":
                archive = folder.with_name(folder.name + ".zip")
                try:
                    _zip(folder, archive, f"secaudit-{identity}")
                    _put_in_place(archive, target)
                finally:
                    archive.unlink(missing_ok=True)
            else:
                _put_in_place(folder, target)
    except OSError as error:
        raise InternalError(
            "{path}: {why}; no pack was left behind", path=target, why=os_words(error)
        ) from error
    size = sum(item.size for item in written)
    return PackSummary(target, identity, len(written) + 1, size, sha256_hex(sums), len(omitted))


def _refuse_to_destroy(target: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(target):
        return
    if not overwrite:
        raise RefusedError(
            "{path} is there already", path=target, hint="name another one, or add --force"
        )
    is_pack = (target / MANIFEST).is_file() and (target / SUMS).is_file()
    if target.is_symlink() or not (
        is_pack if target.is_dir() else target.suffix == ".zip" and zipfile.is_zipfile(target)
    ):
        raise RefusedError("{path} is not a pack, and so is never replaced", path=target)


@contextmanager
def _temporary_sibling(target: Path) -> Iterator[Path]:
    folder = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    folder.mkdir(mode=0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(built: Path, target: Path) -> None:
    if built.is_file() or not target.exists():
        built.rename(target)
        return
    aside = target.with_name(f".{target.name}.{secrets.token_hex(6)}.old")
    target.rename(aside)
    try:
        built.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside)


class _Folder:
    """Writes files and remembers what it wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.written: dict[str, Written] = {}

    def put(self, path: str, content: bytes) -> None:
        place = self._folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        place.chmod(0o644)
        self.written[path] = Written(path, sha256_hex(content), len(content))

    def in_order(self) -> tuple[Written, ...]:
        return tuple(self.written[path] for path in sorted(self.written))


def _write_all(contents: PackContents, folder: Path) -> tuple[tuple[Written, ...], dict[str, str]]:
    data = contents.data
    files = _Folder(folder)
    files.put("report.html", render_html(data).encode("utf-8"))
    files.put("report.pdf", render_pdf(data))
    files.put("findings.xlsx", render_xlsx(data))
    files.put("results.json", results_json(data))
    files.put("README.txt", readme(data).encode("utf-8"))
    files.put("verify.py", Path(standalone.__file__).read_bytes())
    for name, content in sorted(contents.snapshot.items()):
        files.put("/".join(file_name(part) for part in name.split("/")), content)
    omitted = _write_evidence(contents, files)
    manifest = manifest_of(contents, files.in_order(), omitted)
    files.put(MANIFEST, pretty_json(manifest).encode("utf-8"))
    sums = "".join(f"{item.sha256}  {item.path}\n" for item in files.in_order())
    files.put(SUMS, sums.encode("ascii"))
    return tuple(item for item in files.in_order() if item.path != SUMS), omitted


def _write_evidence(contents: PackContents, files: _Folder) -> dict[str, str]:
    omitted = {}
    room = LARGEST_EVIDENCE
    for digest in dict.fromkeys((*cited_evidence(contents.data), *contents.sealed)):
        found = contents.evidence(digest)
        if found is None:
            omitted[digest] = "not_in_store"
        elif sha256_hex(found.content) != digest:
            omitted[digest] = "changed_in_store"
        elif len(found.content) > min(room, LARGEST_EVIDENCE_FILE):
            omitted[digest] = "too_large"
        else:
            room -= len(found.content)
            extension = _EXTENSIONS.get(found.media_type.split(";")[0].strip().lower(), "bin")
            files.put(f"evidence/{digest}.{extension}", found.content)
    return omitted


def readme(data: ReportData) -> str:
    """The words for the auditor who opens the pack, in both languages, the pack's own first."""
    order = ("id", "en") if data.language == "id" else ("en", "id")
    parts = []
    for language in order:
        words = Words(language, data.timezone)
        text = words(
            "pack.readme",
            organisation=" ".join(data.organisation.split()),
            period=words.period(data.period.first, data.period.last),
            identity=identity_of(data),
        )
        parts.append((words("pack.sample") + "\n\n" if data.sample else "") + text)
    return ("\n\n" + "-" * 78 + "\n\n").join(parts) + "\n"


def _zip(folder: Path, archive: Path, top: str) -> None:
    with zipfile.ZipFile(archive, "x", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            member = zipfile.ZipInfo(f"{top}/{path.relative_to(folder).as_posix()}", _ZIP_DATE)
            member.create_system = 3
            member.external_attr = (0o100644) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(member, path.read_bytes())
    with archive.open("rb") as stream:
        os.fsync(stream.fileno())
