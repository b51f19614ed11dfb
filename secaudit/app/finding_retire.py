"""Findings that are closed as retired: their service was switched off, or their asset is gone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from scanners.owed import port_state
from secaudit.app.finding_acting import acting, record
from secaudit.app.finding_choice import SHOWN
from secaudit.app.scopes import keep_file
from secaudit.app.sla import today
from secaudit.app.workspace import Change, Workspace
from secaudit.core.errors import InputError, RefusedError
from secaudit.core.subject import Subject, parse_subject
from secaudit.core.vocabulary import FindingState
from secaudit.ledger import findings, scans
from secaudit.ledger.findings import Finding, FindingFilter
from secaudit.ledger.scans import HOST_UP, HostRecord
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset

RETIRABLE = SHOWN | {FindingState.FALSE_POSITIVE}
"""What is closed with its asset. A verified finding stays verified: that was true."""
PORT_CLOSED, NAME_GONE = "port_closed", "name_gone"
"""What a retirement rests on."""


def retire(
    workspace: Workspace, ids: Sequence[str], reason: str, proof: Path | None
) -> Mapping[str, str]:
    """Close findings whose service is gone; return the scan that each rests on.

    Raises InputError without a proof, and RefusedError, which says why and what to do, unless the
    last scan of the host from the same zone found the port closed, or the server name is neither
    asked for nor in the inventory any more.
    """
    if not reason.strip():
        raise InputError("the {what} is empty", what="reason")
    if proof is None:
        raise InputError(
            "to close a finding as retired needs the record that the service was switched off",
            hint="give its file with: --proof FILE",
        )
    workspace.require("finding.retired")
    with workspace.view() as connection:
        _require_gone(connection, ids)
    digest = keep_file(workspace, proof)
    with acting(workspace) as change:
        seen = _require_gone(change.connection, ids)
        findings.retire(
            change.connection,
            ids,
            reason=reason,
            at=change.at,
            actor=str(change.actor),
            proof_sha256=digest,
            seen=seen,
            today=today(workspace, change.at),
        )
        record(change, "finding.retired", ids, {"proof": digest, "seen": seen}, reason=reason)
    return {identity: str(facts["scan"]) for identity, facts in seen.items()}


def retire_findings(
    workspace: Workspace,
    change: Change,
    asset: Asset,
    reason: str,
    proof_sha256: str | None = None,
) -> tuple[str, ...]:
    """Close the findings of an asset that is taken out of use; ask before it is retired."""
    index = AssetIndex.of(change.connection)
    ids = tuple(
        item.id
        for item in findings.list_all(change.connection, FindingFilter(states=RETIRABLE))
        if index.asset_of(item.subject) == asset
    )
    if not ids:
        return ()
    if proof_sha256 is None:
        raise RefusedError(
            "{count} findings of {asset} would be closed: that needs proof",
            hint="give the record of its decommissioning with: --proof FILE",
            count=len(ids),
            asset=asset.id,
        )
    findings.retire(
        change.connection,
        ids,
        reason=reason,
        at=change.at,
        actor=str(change.actor),
        proof_sha256=proof_sha256,
        today=today(workspace, change.at),
    )
    details = {"asset": asset.id, "proof": proof_sha256}
    record(change, "finding.retired", ids, details, reason=reason)
    return ids


def _require_gone(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What a scan saw of each finding's service. Raises RefusedError where it is not gone."""
    index = AssetIndex.of(connection)
    hosts: dict[tuple[str, str], tuple[str, HostRecord] | None] = {}
    seen: dict[str, dict[str, Any]] = {}
    for identity in dict.fromkeys(ids):
        item = findings.get(connection, identity)
        subject = parse_subject(item.subject)
        if not isinstance(subject, Subject) or subject.port is None:
            raise RefusedError(
                "{finding} is not about a port: it cannot be seen to be switched off",
                hint="take the asset out of use: secaudit asset retire ID --reason TEXT"
                " --proof FILE",
                finding=item.id,
            )
        place = (subject.zone, subject.address)
        if place not in hosts:
            hosts[place] = scans.last_host(connection, *place)
        scan, why = _seen_gone(item, subject, hosts[place], index)
        seen[item.id] = {"scan": scan, "why": why}
    return seen


def _seen_gone(
    item: Finding, subject: Subject, last: tuple[str, HostRecord] | None, index: AssetIndex
) -> tuple[str, str]:
    facts = {
        "finding": item.id,
        "address": subject.address,
        "zone": subject.zone,
        "port": subject.port,
        "scan": None if last is None else last[0],
    }
    ports = None
    if last is not None and last[1].state == HOST_UP:
        about = (each for each in last[1].observations if each.subject == subject.host)
        ports = next((each for each in about if each.kind == "host.ports"), None)
    if last is None or ports is None:
        raise RefusedError(
            "{finding}: the last scan from zone {zone} did not reach {address}",
            hint="scan it again from that zone; a host that is gone for good is retired with:"
            " secaudit asset retire ID --reason TEXT --proof FILE",
            **facts,
        )
    scan, host = last
    state = port_state(ports, subject.port or 0)
    if state == "closed":
        return scan, PORT_CLOSED
    if state == "filtered":
        raise RefusedError(
            "{finding}: port {port} of {address} was only silent in scan {scan}, it did not refuse",
            hint="let the host refuse the port, or scan from where no firewall is in between;"
            " what stays behind a firewall can be accepted: secaudit finding accept",
            **facts,
        )
    if state is None:
        raise RefusedError(
            "{finding}: scan {scan} did not ask port {port} of {address}",
            hint="scan it again with this port: secaudit scan run --ports {port}",
            **facts,
        )
    if subject.name is None:
        raise RefusedError(
            "{finding}: port {port} of {address} was open in scan {scan}",
            hint="switch the service off and scan again; where it goes on, repair it and claim it:"
            " secaudit finding claim {finding} --note TEXT",
            **facts,
        )
    asked = any(
        isinstance(each.subject, Subject) and each.subject.name == subject.name
        for each in host.observations
    )
    listed = any(subject.name in asset.hostnames for asset in index.assets)
    if asked or listed:
        raise RefusedError(
            "{finding}: the server name {name} is in use: scan {scan} asked for it"
            if asked
            else "{finding}: the server name {name} stands in the inventory",
            hint="take the name out of the inventory (secaudit asset import FILE), and scan again",
            name=subject.name,
            **facts,
        )
    return scan, NAME_GONE
