"""How long an assessment of 100,000 results against every catalogue takes, from the database on.

Makes a workspace with assets in scope, records one result for each check and subject as a scan
does, some of them failing, and then asks what the commands ask: the coverage of every catalogue now
and on a past day, the gaps of one, and the lint of the whole workspace.

    .venv/bin/python bench/assessment.py            print the figures
    .venv/bin/python bench/assessment.py --write    print them and write docs/performance.md
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sections import put_section

from secaudit.app.checks import checks_of
from secaudit.app.control_lint import lint
from secaudit.app.controls import coverage, library_of
from secaudit.app.gaps import find_gaps
from secaudit.app.gathered import gather_evidence
from secaudit.app.setup import init_workspace
from secaudit.app.sla import due_dates
from secaudit.app.workspace import Workspace
from secaudit.assurance.vocabulary import Target
from secaudit.core.network import AddressSet
from secaudit.core.observation import CheckResult
from secaudit.core.subject import parse_subject
from secaudit.core.vocabulary import Outcome, Reason
from secaudit.ledger import findings, results, scans
from secaudit.ledger.scans import HostRecord
from secaudit.registry.asset_index import AssetIndex
from secaudit.registry.assets import Asset, upsert_all

COMMAND = ".venv/bin/python bench/assessment.py --write"
TITLE = "Assessment"
FAILING = 20
"""Of so many results one fails."""
BATCH = 5_000
DAYS_AGO = 3


def address_of(number: int) -> str:
    """An address of the benchmarking range (RFC 2544); nothing is sent to it."""
    return f"198.18.{number // 250}.{number % 250 + 1}"


def fill(workspace: Workspace, count: int, assets: int) -> int:
    """Record ``count`` results on ``assets`` assets, some days ago; return how many failed."""
    checks = sorted(checks_of(workspace))
    at = datetime.now(UTC) - timedelta(days=DAYS_AGO)
    with workspace.change() as change:
        upsert_all(
            change.connection,
            [
                Asset("", f"Server {n}", "Dinas Contoh", "kantor",
                      addresses=AddressSet.parse([address_of(n)]))
                for n in range(assets)
            ],
        )  # fmt: skip
        change.record("asset.import", "bench")
    answers = made(checks, count, assets, at, workspace)
    failed = 0
    with workspace.change() as change:
        connection = change.connection
        scan = scans.start(
            connection, authorisation="loopback", zone="kantor", request={},
            hosts_planned=assets, at=at, actor="bench@bench", tool_version="0",
        )  # fmt: skip
        for number in range(assets):
            record = HostRecord(address_of(number), "up", None, (), 1, 1, at)
            scans.keep_host(connection, scan, record)
        owner_of = AssetIndex.of(connection).owner_of
        due_on = due_dates(workspace)
        while batch := [answer for _, answer in zip(range(BATCH), answers, strict=False)]:
            results.record(connection, scan, at, batch)
            findings.apply(connection, scan, at, batch, due_on, owner_of)
            failed += sum(answer.outcome is Outcome.FAILED for answer in batch)
        scans.finish(connection, scan, at)
        change.record("scan.done", scan)
    return failed


def made(
    checks: list[str], count: int, assets: int, at: datetime, workspace: Workspace
) -> Iterator[CheckResult]:
    """One result for each check and subject; a port for each round over assets and checks."""
    declared = checks_of(workspace)
    for number in range(count):
        check = checks[number // assets % len(checks)]
        port = 443 + number // (assets * len(checks))
        subject = parse_subject(f"kantor/{address_of(number % assets)}:{port}/tcp")
        outcome = Outcome.FAILED if number % FAILING == 7 else Outcome.PASSED
        yield CheckResult(
            check, subject, outcome, Reason.OBSERVED, declared[check].severity, at, {}, ("ab" * 32,)
        )


def timed(work: Callable[[], object], rounds: int) -> float:
    """The median of the seconds that some work takes."""
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def measure(workspace: Workspace, rounds: int) -> Iterator[tuple[str, float]]:
    """What each step takes."""
    yield "read every catalogue and mapping, once", timed(lambda: library_of(workspace), 1)
    library = library_of(workspace)

    def gather() -> None:
        with workspace.view() as connection:
            gather_evidence(connection)

    yield "read the results, findings and assets", timed(gather, rounds)
    with workspace.view() as connection:
        base = gather_evidence(connection)

    def assess() -> None:
        fresh = type(base)(base.evidence, base.assets, base.scope, base.reached, base.at)
        for framework in library.frameworks:
            fresh.against(library, framework)

    yield "hold them against every requirement", timed(assess, rounds)
    yield "`control coverage`, whole", timed(lambda: coverage(workspace), rounds)
    yesterday = (datetime.now(UTC) - timedelta(days=2)).date()
    yield (
        "`control coverage --at` a past day",
        timed(lambda: coverage(workspace, None, yesterday), rounds),
    )
    yield (
        "`control gap --framework iso27001-2022`",
        timed(lambda: find_gaps(workspace, "iso27001-2022", Target.CONFORM), rounds),
    )
    yield "`control lint`", timed(lambda: lint(workspace), rounds)


def main() -> None:
    """Print the figures, and write them where that is asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="write them to docs/performance.md")
    parser.add_argument("--results", type=int, default=100_000)
    parser.add_argument("--assets", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = init_workspace(Path(folder) / "ws", "Pemerintah Kota Contoh", "en")
        failed = fill(workspace, options.results, options.assets)
        rows = list(measure(workspace, options.rounds))
        library = library_of(workspace)
        workspace.database.close()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    asked = sum(item.assessable for item in library.all_requirements.values())
    table = "\n".join(f"| {name} | {seconds:.2f} |" for name, seconds in rows)
    text = f"""Written by `{COMMAND}` on {datetime.now(UTC):%Y-%m-%d} ({machine}).
Do not edit by hand.

{options.results:,} results ({failed:,} of them failing, each with its finding) on
{options.assets:,} assets in scope, against {asked:,} requirements of
{len(library.frameworks)} catalogues; seconds, median of {options.rounds} rounds, one process.

| what | seconds |
| --- | ---: |
{table}
"""
    print(text)
    if options.write:
        put_section(TITLE, text)


if __name__ == "__main__":
    main()
