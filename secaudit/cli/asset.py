"""``secaudit asset``: what the city has, and who owns it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Group, argument, format_option, option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, current_language, gettext

if TYPE_CHECKING:
    from secaudit.registry.asset import Asset

FILE = click.Path(path_type=Path, dir_okay=False)
KINDS = ["it", "iot", "ot", "dc"]
LEVEL = click.IntRange(1, 3)


@click.group("asset", cls=Group, help=N_("What the city has, and who owns it."))
def group() -> None:
    """Hold the verbs."""


@group.command(
    "import",
    help=N_("Import an inventory from CSV, XLSX or YAML. The same file again changes nothing."),
)
@argument("file", type=FILE)
@option("--dry-run", is_flag=True, help=N_("Only say what would change."))
@format_option
@pass_session
def import_(session: Session, file: Path, dry_run: bool, format_: Format) -> None:
    """Bring the inventory up to date with a file."""
    from secaudit.app.assets import import_assets
    from secaudit.registry.asset import Upsert

    summary = import_assets(session.workspace, file, dry_run=dry_run)
    rows = [
        {"change": row.change.value, **_row(row.asset)}
        for row in summary.rows
        if format_ != "table" or row.change is not Upsert.UNCHANGED
    ]
    if rows or format_ != "table":
        changes = {
            "added": gettext("added"),
            "changed": gettext("changed"),
            "unchanged": gettext("unchanged"),
            "retired": gettext("left retired"),
        }
        columns = [
            Column("change", N_("Change"), lambda change: changes[change]),
            *_columns(format_),
        ]
        emit_list(rows, columns, format_)
    if dry_run:
        say(gettext("This is what would change; nothing was written."))
    say(
        gettext(
            "Added {added}, changed {changed}; unchanged {unchanged}, left retired {retired}."
        ).format(**{fate.value: summary.count(fate) for fate in Upsert})
    )
    if summary.count(Upsert.RETIRED):
        say(gettext("To bring a retired asset back, add it anew: secaudit asset add"))


@group.command("template", help=N_("Print an inventory to fill in."))
@option(
    "--format",
    "format_",
    type=click.Choice(["csv", "yaml"]),
    default="csv",
    show_default=True,
    help=N_("What kind of file."),
)
def template(format_: str) -> None:
    """Print a template in the language that is spoken."""
    from secaudit.registry.asset_template import template_text

    click.echo(template_text(format_, current_language().value), nl=False)


@group.command("add", help=N_("Add one asset."))
@argument("name")
@option("--owner", required=True, help=N_("The Perangkat Daerah that answers for it."))
@option("--zone", help=N_("Its zone (default: the workspace's)."))
@option("--kind", type=click.Choice(KINDS), default="it", show_default=True, help=N_("Its kind."))
@option(
    "--address",
    "addresses",
    multiple=True,
    help=N_("Address, CIDR block or range; may be given again."),
)
@option("--hostname", "hostnames", multiple=True, help=N_("Host name; may be given again."))
@option("--confidentiality", type=LEVEL, default=2, show_default=True, help=N_("From 1 to 3."))
@option("--integrity", type=LEVEL, default=2, show_default=True, help=N_("From 1 to 3."))
@option("--availability", type=LEVEL, default=2, show_default=True, help=N_("From 1 to 3."))
@option("--out-of-scope", is_flag=True, help=N_("It is outside the scope of the ISMS."))
@option("--tag", "tags", multiple=True, help=N_("A label; may be given again."))
@pass_session
def add(
    session: Session, /, *, name: str, zone: str | None, out_of_scope: bool, **given: Any
) -> None:
    """Add one asset."""
    from secaudit.app.assets import add_asset
    from secaudit.registry.asset_columns import FIELDS, read_row

    workspace = session.workspace
    values = {
        **given,
        "name": name,
        "zone": zone or workspace.settings.default_zone,
        "in_scope": "tidak" if out_of_scope else "ya",
    }
    cells = [
        "\n".join(value) if isinstance(value, tuple) else str(value)
        for value in (values[field.key] for field in FIELDS)
    ]
    asset = read_row(FIELDS, cells, lambda _column: gettext("options"), "")
    added = add_asset(workspace, asset)
    say(gettext("Added {id}: {name}, in zone {zone}.").format(**_row(added)))


@group.command("list", help=N_("List the assets."))
@option("--zone", help=N_("Only of this zone."))
@option("--owner", help=N_("Only of this Perangkat Daerah."))
@option("--tag", help=N_("Only with this label."))
@option("--retired", is_flag=True, help=N_("Show retired assets too."))
@format_option
@pass_session
def list_(
    session: Session,
    zone: str | None,
    owner: str | None,
    tag: str | None,
    retired: bool,
    format_: Format,
) -> None:
    """List the assets."""
    from secaudit.registry import assets

    with session.workspace.view() as connection:
        found = assets.list_all(connection, include_retired=retired)
    rows = [
        _row(asset) if format_ != "csv" else _csv_row(asset)
        for asset in found
        if (zone is None or asset.zone == zone)
        and (owner is None or asset.owner == owner)
        and (tag is None or tag in asset.tags)
    ]
    columns = _columns(format_)
    if retired:
        columns.append(Column("retired_at", N_("Retired"), session.local))
    emit_list(
        rows,
        columns,
        format_,
        empty=N_("No asset to show. Fill in an inventory: secaudit asset template > aset.csv"),
    )


@group.command("show", help=N_("Show one asset, by its id or its name."))
@argument("asset")
@option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help=N_("How to print it."),
)
@pass_session
def show(session: Session, asset: str, format_: str) -> None:
    """Show one asset."""
    from secaudit.registry import assets

    with session.workspace.view() as connection:
        found = assets.get(connection, asset)
        retirement = assets.retirement(connection, found.id)
    if format_ == "json":
        emit_json({**_row(found), "retirement": retirement})
        return
    rows = [
        (gettext("Id"), found.id),
        (gettext("Name"), found.name),
        (gettext("Owner"), found.owner),
        (gettext("Zone"), f"{found.zone} ({found.kind.value})"),
        (gettext("Addresses"), str(found.addresses) or "-"),
        (gettext("Host names"), ", ".join(found.hostnames) or "-"),
        (gettext("Confidentiality"), str(found.confidentiality)),
        (gettext("Integrity"), str(found.integrity)),
        (gettext("Availability"), str(found.availability)),
        (gettext("In the ISMS scope"), _yes(found.in_scope)),
        (gettext("Labels"), ", ".join(found.tags) or "-"),
    ]
    if retirement is not None:
        rows.append(
            (gettext("Retired"), f"{session.local(found.retired_at)}: {retirement.because}")
        )
        rows.append((gettext("Proof"), retirement.proof_sha256 or "-"))
    width = max(len(label) for label, _ in rows) + 2
    emit_text("\n".join(f"{label:<{width}}{value}" for label, value in rows))


@group.command("retire", help=N_("Take an asset out of use."))
@argument("asset")
@option("--reason", required=True, help=N_("Why; it is kept in the audit trail."))
@option("--proof", type=FILE, help=N_("What proves it; a copy is kept as evidence."))
@pass_session
def retire(session: Session, asset: str, reason: str, proof: Path | None) -> None:
    """Take an asset out of use."""
    from secaudit.app.assets import retire_asset

    done = retire_asset(session.workspace, asset, reason, proof)
    say(gettext("Retired {id}: {name}.").format(id=done.id, name=done.name))


def _row(asset: "Asset") -> dict[str, Any]:
    return {
        **vars(asset),
        "kind": asset.kind.value,
        "addresses": [str(run) for run in asset.addresses.runs],
        "cia": f"{asset.confidentiality}{asset.integrity}{asset.availability}",
    }


def _csv_row(asset: "Asset") -> dict[str, Any]:
    """The row as asset import reads it back."""
    return {**_row(asset), "in_scope": _yes(asset.in_scope), "tags": "|".join(asset.tags)}


def _columns(format_: Format) -> list[Column]:
    if format_ == "csv":
        from secaudit.registry.asset_columns import FIELDS

        return [Column("id", ""), *(Column(field.key, "") for field in FIELDS)]
    return [
        Column("id", N_("Id"), no_wrap=True),
        Column("name", N_("Name"), rank=1),
        Column("owner", N_("Owner"), rank=3),
        Column("zone", N_("Zone"), no_wrap=True),
        Column("kind", N_("Kind"), no_wrap=True),
        Column("addresses", N_("Addresses"), ", ".join),
        Column("cia", N_("C I A"), " ".join, no_wrap=True),
    ]


def _yes(value: bool) -> str:
    return gettext("yes") if value else gettext("no")
