"""Regulations as a use case: import one's text. ``article_text`` prints its words later.

An import keeps the file as evidence, its tree in ``content/regulations/<id>.json``, and, for a
regulation that the library does not know, a catalogue to be completed in
``content/catalogs/<id>/imported.yaml``. All of it happens, or nothing.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controls.library import Library
from controls.model import FRAMEWORK_ID, CatalogueFile
from controls.regulation.candidates import Candidate, find_candidates
from controls.regulation.reading import Source, read_regulation
from controls.regulation.skeleton import lines_of, skeleton, to_yaml
from controls.regulation.title import DRAFT, contradicts_id, other_numbers, suggested_id
from controls.regulation.tree import Regulation, to_record
from secaudit.app.articles import REGULATIONS, ArticleText, article_text, find_provision
from secaudit.app.controls import content_folder, library_of
from secaudit.app.workspace import Workspace
from secaudit.content.yaml import document_of, validate
from secaudit.core.canonical import canonical_json, sha256_hex
from secaudit.core.errors import InputError, InternalError
from secaudit.core.os_words import os_words
from secaudit.core.vocabulary import LegalStatus
from secaudit.text.language import N_, current_language, gettext

__all__ = ["ArticleText", "Imported", "article_text", "import_regulation", "told"]

CATALOGUE = "imported.yaml"


@dataclass(frozen=True)
class Imported:
    """What an import found, and what it wrote."""

    framework: str
    title: str
    regulation: Regulation
    candidates: tuple[Candidate, ...]
    sha256: str
    known: bool
    """The library has this framework already: no catalogue was made."""
    absent: tuple[str, ...]
    """Requirements of that framework whose article was not found in the text."""
    written: tuple[Path, ...]
    """Empty for a rehearsal."""
    kept: Path | None = None
    """A catalogue of an earlier import that was left as it is."""


def import_regulation(
    workspace: Workspace,
    path: Path,
    *,
    framework: str | None = None,
    title: str | None = None,
    status: LegalStatus = LegalStatus.COMPARISON,
    dry_run: bool = False,
) -> Imported:
    """Read a regulation into the workspace. Raises InputError, and then nothing was written."""
    source, regulation = read_regulation(path)
    library = library_of(workspace)
    framework = _id_of(path, regulation, framework, library)
    folder = content_folder(workspace)
    catalogue = folder / "catalogs" / framework / CATALOGUE
    known = framework in library.frameworks
    candidates = find_candidates(regulation)
    status = _status_of(path, regulation, status)
    titled = title or _title_of(library, framework) or regulation.title or framework
    files = {folder / REGULATIONS / f"{framework}.json": _stored(source, framework, regulation)}
    if not known:
        files[catalogue] = _skeleton(library, framework, regulation, candidates, titled, status)
    found = Imported(
        framework=framework,
        title=titled,
        regulation=regulation,
        candidates=candidates,
        sha256=sha256_hex(source.content),
        known=known,
        absent=_absent(library, framework, regulation) if known else (),
        written=() if dry_run else tuple(files),
        kept=catalogue if known and catalogue.exists() else None,
    )
    if not dry_run:
        _write(workspace, source, found, files)
    return found


def _id_of(path: Path, regulation: Regulation, given: str | None, library: Library) -> str:
    if given is not None:
        if not re.fullmatch(FRAMEWORK_ID, given) or len(given) > 80:
            raise InputError(
                N_("{id!r} is no id of a regulation"),
                hint=N_("small letters, figures and hyphens, such as perda-contoh-3-2026"),
                id=given,
            )
        if contradicts_id(regulation, given, known=given in library.frameworks):
            raise InputError(
                N_("the head names another regulation than {id}: {title}"),
                hint=N_("give the id of this regulation, or the text that belongs to the id"),
                source=str(path),
                id=given,
                title=regulation.title[:200],
            )
        return given
    others = other_numbers(regulation)
    if others:
        raise InputError(
            N_("the head says number {number}, an appendix {others}"),
            hint=N_("say which regulation it is with --id"),
            source=str(path),
            number=f"{regulation.number}/{regulation.year}",
            others=", ".join(others),
        )
    suggested = suggested_id(regulation)
    if suggested is None:
        raise InputError(
            N_("kind, number and year of the regulation were not found in its head"),
            hint=N_("name it with --id, such as perda-contoh-3-2026"),
            source=str(path),
        )
    return suggested


def _status_of(path: Path, regulation: Regulation, wished: LegalStatus) -> LegalStatus:
    """What a text that calls itself a draft is imported as: a draft."""
    if not regulation.issuer.startswith(DRAFT):
        return wished
    if wished is LegalStatus.IN_FORCE:
        raise InputError(
            N_("the head calls it a draft ({word}), which is not in force"),
            hint=N_("import it without --status"),
            source=str(path),
            word=DRAFT.strip(),
        )
    return LegalStatus.DRAFT


def _title_of(library: Library, framework: str) -> str | None:
    """The title of a catalogue that the library has: a scan of a text may misprint its own."""
    known = library.frameworks.get(framework)
    return None if known is None else known.title.in_language(current_language().value)


def _stored(source: Source, framework: str, regulation: Regulation) -> bytes:
    record = {
        **to_record(regulation),
        "id": framework,
        "source": {
            "name": source.name,
            "sha256": sha256_hex(source.content),
            "media_type": source.media_type,
            "encoding": source.encoding,
            "text_sha256": sha256_hex(source.text.encode()),
        },
    }
    return canonical_json(record)


def _skeleton(
    library: Library,
    framework: str,
    regulation: Regulation,
    candidates: tuple[Candidate, ...],
    title: str,
    status: LegalStatus,
) -> bytes:
    made = skeleton(framework, regulation, candidates, title=title, status=status)
    content = to_yaml(made).encode()
    catalogue = validate(document_of(made, content, CATALOGUE), CatalogueFile)
    for thought_of in {
        candidate.requirement for entry in catalogue.requirements for candidate in entry.candidates
    }:
        library.requirement(thought_of)
    return content


def _absent(library: Library, framework: str, regulation: Regulation) -> tuple[str, ...]:
    return tuple(
        item.id
        for item in library.requirements(framework)
        if item.local_id.startswith("pasal-") or ".pasal-" in item.local_id
        if find_provision(regulation, item.local_id) is None
    )


def _write(
    workspace: Workspace, source: Source, found: Imported, files: Mapping[Path, bytes]
) -> None:
    """Put everything in its place inside one change; undo it all when the change fails."""
    with _replacing(files) as place, workspace.change() as change:
        workspace.evidence.put(source.content, source.media_type)
        if source.media_type == "application/pdf":
            workspace.evidence.put(source.text.encode(), "text/plain; charset=utf-8")
        change.record(
            "control.import-regulation",
            found.framework,
            {
                "sha256": found.sha256,
                "file": source.name,
                "articles": len(found.regulation.articles()),
                "provisions": len(found.regulation.provisions),
                "candidates": len(found.candidates),
                "unplaced": len(found.regulation.unplaced),
                "written": [
                    path.relative_to(workspace.folder).as_posix()
                    for path in files
                    if path.is_relative_to(workspace.folder)
                ],
            },
        )
        place()


@contextmanager
def _replacing(files: Mapping[Path, bytes]) -> Iterator[Any]:
    """Give a function that puts new files in place; what it did is undone if the block fails."""
    before: dict[Path, bytes | None] = {}
    fresh: dict[Path, Path] = {}
    folders: list[Path] = []

    def place() -> None:
        for path, temporary in fresh.items():
            before[path] = path.read_bytes() if path.exists() else None
            temporary.replace(path)

    try:
        try:
            for path, content in files.items():
                for folder in reversed((path.parent, *path.parent.parents)):
                    if not folder.exists():
                        folder.mkdir()
                        folders.append(folder)
                fresh[path] = path.with_name(f".{path.name}.new")
                fresh[path].write_bytes(content)
            yield place
        except OSError as error:
            raise InternalError(
                "{path}: {why}", path=error.filename, why=os_words(error)
            ) from error
    except BaseException:
        for path, old in before.items():
            if old is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(old)
        for temporary in fresh.values():
            temporary.unlink(missing_ok=True)
        for folder in reversed(folders):
            folder.rmdir()
        raise


def told(found: Imported) -> dict[str, Any]:
    """What an import found, as JSON values in the current language."""
    regulation = found.regulation
    return {
        "id": found.framework,
        "title": found.title,
        "sha256": found.sha256,
        "lines": regulation.lines,
        "articles": len(regulation.articles()),
        "provisions": len(regulation.provisions),
        "reconstructed": [item.id for item in regulation.provisions if item.reconstructed],
        "known": found.known,
        "absent": list(found.absent),
        "candidates": [
            {
                "id": f"{found.framework}:{candidate.provision.id}",
                "citation": candidate.provision.citation.model_dump(),
                "lines": lines_of(candidate.provision),
                "status": "candidate",
                "words": [
                    {
                        "term": hit.term,
                        "words": hit.words,
                        "line": hit.line,
                        "elucidation": hit.elucidation,
                    }
                    for hit in candidate.hits
                ],
                "controls": [
                    {
                        "requirement": item.control,
                        "words": list(dict.fromkeys(hit.words for hit in item.hits)),
                        "lines": [hit.line for hit in item.hits],
                        "reason": item.reason.model_dump(),
                    }
                    for item in candidate.suggestions
                ],
            }
            for candidate in found.candidates
        ],
        "unplaced": [
            {"line": item.line, "text": item.text, "reason": gettext(item.reason)}
            for item in regulation.unplaced
        ],
        "remarks": [
            {"line": item.line, "remark": gettext(item.message).format(**item.facts)}
            for item in regulation.remarks
        ],
        "written": [str(path) for path in found.written],
        "kept": None if found.kept is None else str(found.kept),
    }
