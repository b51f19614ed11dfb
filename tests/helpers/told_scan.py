"""Take in a scan whose answers are told, as of now: run under ``faketime`` to let time pass.

python told_scan.py WORKSPACE '[["net.telnet.exposed", "kantor/192.0.2.7:23/tcp", "failed"], ...]'
python told_scan.py WORKSPACE @FILE
With ``hosts`` behind it, the addresses are kept as hosts that answered.

An outcome may name its reason, as ``passed:port_filtered``. A fourth item is the details.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from secaudit.app.checks import checks_of
from secaudit.app.finding_acting import expire
from secaudit.app.sla import due_dates, holiday_calendar
from secaudit.app.workspace import open_workspace
from secaudit.core.observation import CheckResult
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import Outcome, Reason
from secaudit.ledger import findings, results, scans
from secaudit.ledger.scans import HostRecord
from secaudit.registry.asset_index import AssetIndex


def main() -> None:
    folder, told = Path(sys.argv[1]), sys.argv[2]
    answers = json.loads(Path(told[1:]).read_bytes() if told.startswith("@") else told)
    workspace = open_workspace(folder)
    expire(workspace)
    checks, at = checks_of(workspace), datetime.now(UTC)
    seen = workspace.evidence.put(b"what was told", "text/plain")
    with workspace.change() as change:
        connection = change.connection
        zone = str(answers[0][1]).partition("/")[0]
        scan = scans.start(
            connection, authorisation="loopback", zone=zone, request={},
            hosts_planned=1, at=at, actor="a@b", tool_version="0",
        )  # fmt: skip
        made = []
        for check, subject, outcome, *facts in answers:
            about = parse_subject(subject)
            said, _, why = outcome.partition(":")
            made.append(
                CheckResult(
                    check,
                    about,
                    Outcome(said),
                    Reason(why or "observed"),
                    checks[check].severity,
                    at,
                    facts[0] if facts else {"port": 23, "zone": zone},
                    (seen,),
                )
            )
        if "hosts" in sys.argv[3:]:
            for address in sorted({str(item[1]).split("/")[1].split(":")[0] for item in answers}):
                scans.keep_host(connection, scan, HostRecord(address, "up", None, (), 1, 1, at))
        results.record(connection, scan, at, made)
        index = AssetIndex.of(connection)
        changes = findings.apply(
            connection, scan, at, made, due_dates(workspace, index), index.owner_of,
            holiday_calendar(workspace),
        )  # fmt: skip
        scans.finish(connection, scan, at)
        change.record("scan.done", scan)
    sys.stdout.write(json.dumps(vars(changes)))


if __name__ == "__main__":
    main()
