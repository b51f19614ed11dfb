"""Whether a ledger of a million results and a hundred thousand findings stays interactive.

Makes a workspace of that size (see ``ledger_ground.py``), asks what people ask of it through the
command line, start of the process included, and inside one process, and takes in scans of one host,
of a zone, and of a tenth of everything. What each scan changed is held against what it had to
change. Beside each question stands the floor: the ``sqlite3`` program that selects the same rows
from the same file.

    .venv/bin/python bench/ledger.py            print the figures
    .venv/bin/python bench/ledger.py --small    a quick look at 80,000 results
    .venv/bin/python bench/ledger.py --write    print them and write docs/performance.md
"""

import argparse
import os
import platform
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ledger_ground import SMALL, Size, make
from ledger_questions import Figure, ask, look_again
from ledger_scans import ScanFigure, take_in
from sections import put_section

COMMAND = ".venv/bin/python bench/ledger.py --write"
TITLE = "Ledger"


@dataclass(frozen=True)
class Figures:
    """All that was measured."""

    seconds_to_make: float
    megabytes: float
    intervals: int
    questions: list[Figure]
    scans: list[ScanFigure]
    after: list[Figure]
    load: float


def measure(folder: Path, size: Size, rounds: int) -> Figures:
    """Make the workspace, then ask, then scan, then ask again what the scans moved."""
    begin = time.perf_counter()
    ground = make(folder, size)
    made = time.perf_counter() - begin
    with ground.workspace.view() as connection:
        counted = connection.exec_driver_sql("SELECT count(*) FROM result_interval").scalar_one()
    megabytes = (folder / "secaudit.sqlite").stat().st_size / 1e6
    print(f"made in {made:.0f} s: {megabytes:.0f} MB", flush=True)
    questions = ask(ground, rounds)
    scans = take_in(ground)
    after = look_again(ground)
    load = os.getloadavg()[1]
    return Figures(made, megabytes, int(counted), questions, scans, after, load)


def told(figures: Figures, size: Size, rounds: int) -> str:
    """The figures as a section of the report."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return f"""Written by `{COMMAND}` on {datetime.now(UTC):%Y-%m-%d} ({machine}).
Do not edit by hand.

{size.results:,} results that stand ({figures.intervals:,} intervals), {size.findings:,} findings
(half of them live), {size.hosts:,} assets in {size.zones} zones, {size.plans} plans and
{size.risks} risks, made from one seed by the functions that scans and commands use, in
{figures.seconds_to_make:.0f} seconds: {figures.megabytes:.0f} MB of SQLite.

- **Command**: a fresh process, its start included; median of {rounds} rounds, one where it is slow.
  Other programs used the machine too (load {figures.load:.1f} on {os.cpu_count()} cores), so that
  seconds of the processor (**CPU**) say more than those that passed. **MB**: its peak memory.
- **Inside**: CPU of the same question in a process that runs already.
- **Floor**: CPU of the `sqlite3` program that selects the same rows from the same file, without
  words, assets, owners and plans. Servers such as DefectDojo need a database server and a network
  to be installed, and are not compared.

| question | command, s | CPU, s | MB | inside, s | floor, s | CPU is |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{_rows(figures.questions)}

A scan is taken in as it runs: a transaction for each host that looks up what is owed, keeps what
was observed, records {_results_of_a_host()} results and applies them to the findings. Probing and
judging are not in it. After each, all {size.findings:,} findings were compared with what they were:
only what had to change had changed.

| scan of | hosts | results | seconds | CPU, s | CPU, ms a host | findings that changed |
| --- | ---: | ---: | ---: | ---: | ---: | --- |
{_scan_rows(figures.scans)}

What the scans moved, in the first command after them, and what proposing risks anew takes:

| question | command, s | CPU, s | MB |
| --- | ---: | ---: | ---: |
{_rows_after(figures.after)}
"""


def _rows(figures: list[Figure]) -> str:
    return "\n".join(
        f"| {one.name} | {one.seconds:.2f} | {one.cpu:.2f} | {one.megabytes:.0f} |"
        f" {'' if one.inside is None else f'{one.inside:.3f}'} |"
        f" {'' if one.floor is None else f'{one.floor:.3f}'} |"
        f" {'' if one.floor is None else f'{one.cpu / max(one.floor, 0.001):.0f} ×'} |"
        for one in figures
    )


def _scan_rows(figures: list[ScanFigure]) -> str:
    return "\n".join(
        f"| {one.name} | {one.hosts:,} | {one.results:,} | {one.seconds:.2f} |"
        f" {one.cpu:.2f} | {1000 * one.cpu / one.hosts:.0f} | {one.changed} |"
        for one in figures
    )


def _rows_after(figures: list[Figure]) -> str:
    return "\n".join(
        f"| {one.name} | {one.seconds:.2f} | {one.cpu:.2f} | {one.megabytes:.0f} |"
        for one in figures
    )


def _results_of_a_host() -> int:
    return Size().results // Size().hosts


def main() -> None:
    """Print the figures, and write them where that is asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="write them to docs/performance.md")
    parser.add_argument("--small", action="store_true", help="80,000 results only")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    size = SMALL if options.small else Size()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder) / "ws", size, options.rounds)
    text = told(figures, size, options.rounds)
    print(text)
    if options.write and not options.small:
        put_section(TITLE, text)


if __name__ == "__main__":
    main()
