"""The inventory as people use it: import it, add to it, take assets out of use."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from secaudit.app.finding_acting import acting
from secaudit.app.finding_clock import refresh_due_days
from secaudit.app.finding_retire import retire_findings
from secaudit.app.scopes import keep_file
from secaudit.app.sla import criticality_of
from secaudit.app.workspace import Workspace
from secaudit.core.canonical import sha256_hex
from secaudit.core.errors import InputError, RefusedError
from secaudit.registry import assets
from secaudit.registry.asset_files import read_assets
from secaudit.registry.assets import Asset, Upsert, Upserted


class _Undo(Exception):  # noqa: N818 (no error: it ends a transaction that is to leave no trace)
    pass


@dataclass(frozen=True)
class ImportSummary:
    """What an import did, or would do: each row with what became of it, in the file's order."""

    rows: tuple[Upserted, ...]
    dry_run: bool

    def count(self, change: Upsert) -> int:
        """How many rows had this fate."""
        return sum(row.change is change for row in self.rows)

    @property
    def changes_anything(self) -> bool:
        """Tell whether the inventory is another one afterwards."""
        return any(row.change in (Upsert.ADDED, Upsert.CHANGED) for row in self.rows)


def import_assets(workspace: Workspace, path: Path, *, dry_run: bool = False) -> ImportSummary:
    """Read an inventory and bring the workspace up to date with it: all of it, or nothing.

    The same file again changes nothing. Assets that the file lacks stay as they are. Raises
    InputError that names the place of the first fault.
    """
    read = read_assets(path, workspace.settings.default_zone)
    if not read:
        raise InputError("{path} has no asset", hint="see secaudit asset template", path=path)
    summary = ImportSummary((), dry_run)
    try:
        with acting(workspace) as change:
            done = assets.upsert_all(change.connection, [item.asset for item in read])
            summary = ImportSummary(tuple(done), dry_run)
            if dry_run or not summary.changes_anything:
                raise _Undo  # noqa: TRY301 (raised inside the transaction that it undoes)
            refresh_due_days(change, workspace, _recast(done))
            change.record(
                "asset.import",
                path.name,
                {
                    "sha256": sha256_hex(path.read_bytes()),
                    **{fate.value: _ids(summary.rows, fate) for fate in Upsert},
                    "assets": [
                        vars(row.asset)
                        for row in summary.rows
                        if row.change in (Upsert.ADDED, Upsert.CHANGED)
                    ],
                },
            )
    except _Undo:
        pass
    return summary


def add_asset(workspace: Workspace, asset: Asset) -> Asset:
    """Add one asset. Raises RefusedError where a standing one has this name in this zone."""
    with acting(workspace) as change:
        done = assets.upsert(change.connection, asset, revive=True)
        if done.change is not Upsert.ADDED:
            raise RefusedError(
                "{name} in zone {zone} is already here: {id}",
                hint="to change it, import a file in which it stands",
                name=asset.name,
                zone=asset.zone,
                id=done.asset.id,
            )
        refresh_due_days(change, workspace, [done.asset])
        change.record("asset.add", done.asset.id, vars(done.asset))
    return done.asset


def retire_asset(workspace: Workspace, id_: str, reason: str, proof: Path | None = None) -> Asset:
    """Take an asset out of use, and close its findings; ``proof`` is kept as evidence.

    Raises InputError without reason.
    """
    if not reason.strip():
        raise InputError("a reason is needed to retire an asset")
    digest = None if proof is None else keep_file(workspace, proof)
    with acting(workspace) as change:
        retire_findings(workspace, change, assets.get(change.connection, id_), reason, digest)
        asset = assets.retire(change.connection, id_, change.at, reason, digest)
        change.record("asset.retire", asset.id, {"proof_sha256": digest}, reason=reason)
    return asset


def _recast(rows: Iterable[Upserted]) -> list[Asset]:
    """The assets that came, moved, or became more or less critical."""
    return [
        row.asset
        for row in rows
        if row.change is Upsert.ADDED
        or (
            row.change is Upsert.CHANGED
            and row.before is not None
            and (
                criticality_of(row.before) != criticality_of(row.asset)
                or row.before.addresses != row.asset.addresses
                or row.before.hostnames != row.asset.hostnames
            )
        )
    ]


def _ids(rows: Iterable[Upserted], fate: Upsert) -> list[str]:
    return [row.asset.id for row in rows if row.change is fate]
