"""``secaudit pack``: seal what was seen, so that anyone can verify it, anywhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.reporting_options import request_of, selection_options
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

if TYPE_CHECKING:
    from reports.pack.verify import Verification

PACK = click.Path(path_type=Path, exists=True)
NAMED_IN_THE_ERROR = 10
FAULT_WORDS = {
    "changed": N_("changed"),
    "missing": N_("missing"),
    "added": N_("added"),
    "unsafe": N_("unsafe"),
    "unreadable": N_("unreadable"),
    "disagrees": N_("disagrees with the manifest"),
}


@click.group("pack", cls=Group, help=N_("Sealed audit evidence packs."))
def group() -> None:
    """Hold the verbs."""


@group.command("build", help=N_("Seal a pack for a period: a folder, or one zip."))
@option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    required=True,
    help=N_("Where the pack is to be."),
)
@option(
    "--format",
    "format_",
    type=click.Choice(["folder", "zip"]),
    help=N_("A folder or one zip (default: a zip where the name ends in .zip)."),
)
@option("--force", is_flag=True, help=N_("Replace an older pack of the same name."))
@option("--allow-empty", is_flag=True, help=N_("Also for a period without any scan."))
@selection_options
@pass_session
def build(
    session: Session,
    /,
    output: Path,
    format_: str | None,
    force: bool,
    allow_empty: bool,
    **selection: Any,
) -> None:
    """Build one pack."""
    from secaudit.app.kept_evidence import require_kept
    from secaudit.app.packs import build as build_pack

    if format_ == "zip" and output.suffix != ".zip":
        output = output.with_name(f"{output.name}.zip")
    if format_ == "folder" and output.suffix == ".zip":
        raise click.UsageError(gettext("a folder cannot have a name that ends in .zip"))
    workspace = session.workspace
    built = build_pack(
        workspace, request_of(**selection), output, overwrite=force, allow_empty=allow_empty
    )
    made = built.summary
    say(
        gettext("Pack {identity}: {files} files at {path}").format(
            identity=made.identity, files=made.files, path=made.path
        )
    )
    if made.omitted:
        say(
            gettext("{count} pieces of evidence are not inside; manifest.json names them").format(
                count=made.omitted
            )
        )
    say(gettext("SHA-256 of SHA256SUMS, for the record of handover:"))
    emit_text(made.sums_sha256)
    require_kept(built.examined)


@group.command("verify", help=N_("Check a pack, offline: what was changed, is missing or added."))
@argument("pack", type=PACK)
@format_option
def verify(pack: Path, format_: Format) -> None:
    """Verify one pack."""
    from reports.pack.verify import verify_pack

    found = verify_pack(pack)
    if format_ == "json":
        emit_json(_record(found))
    elif found.faults:
        emit_list(
            [{"fault": fault.kind, "file": fault.path} for fault in found.faults],
            (
                Column("fault", N_("Fault"), show=lambda kind: gettext(FAULT_WORDS[str(kind)])),
                Column("file", N_("File")),
            ),
            format_,
        )
    if found.faults:
        _refuse(found)
    say(gettext("The pack is whole: {count} files agree.").format(count=found.files))
    say(f"SHA-256 SHA256SUMS: {found.sums_sha256}")


def _record(found: "Verification") -> dict[str, Any]:
    return {
        "path": str(found.path),
        "whole": not found.faults,
        "files": found.files,
        "sums_sha256": found.sums_sha256,
        "faults": [{"fault": fault.kind, "file": fault.path} for fault in found.faults],
    }


def _refuse(found: "Verification") -> None:
    from secaudit.core.errors import VerificationError

    names = list(dict.fromkeys(fault.path for fault in found.faults))
    shown = ", ".join(names[:NAMED_IN_THE_ERROR])
    if len(names) > NAMED_IN_THE_ERROR:
        shown += ", ..."
    raise VerificationError(
        "{path} is not as it was sealed: {files}",
        hint="ask whoever gave it to you for the pack as it was built",
        path=found.path,
        files=shown,
    )


@group.command("show", help=N_("Tell what a pack says about itself, unverified."))
@argument("pack", type=PACK)
@record_format_option
def show(pack: Path, format_: str) -> None:
    """Show a manifest."""
    from reports.pack.verify import read_manifest

    manifest = read_manifest(pack)
    if format_ == "json":
        emit_json(manifest)
        return
    for label, value in _facts(manifest):
        emit_text(f"{gettext(label):<16}{value}")
    say(gettext("This is what the pack says. Check it with: secaudit pack verify PACK"))


def _facts(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    def at(*path: str) -> str:
        value: Any = manifest
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return "" if value is None else str(value)

    letters = manifest.get("authorisations")
    numbers = [
        str(item.get("number", ""))
        for item in (letters if isinstance(letters, list) else [])
        if isinstance(item, dict)
    ]
    files = manifest.get("files")
    return [
        (N_("Identity"), at("identity")),
        (N_("Organisation"), at("organisation")),
        (N_("Period"), f"{at('period', 'first')} - {at('period', 'last')}"),
        (N_("Authorisation"), ", ".join(numbers)),
        (N_("Findings"), at("counts", "findings")),
        (N_("Made"), f"{at('created_at')}  {at('created_by')}"),
        (N_("Tool"), f"{at('tool', 'name')} {at('tool', 'version')}"),
        (N_("Audit trail"), f"{at('audit_trail', 'position')}  {at('audit_trail', 'hash')}"),
        (N_("Files"), str(len(files)) if isinstance(files, list) else ""),
    ]
