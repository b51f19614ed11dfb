"""The questions of ``ledger.py``: each through the command line, inside one process, and in SQL."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ledger_ground import Ground

from secaudit.app.finding_choice import FindingQuery
from secaudit.app.finding_metrics import metrics
from secaudit.app.finding_views import list_findings, show_finding
from secaudit.app.plans import list_plans
from secaudit.app.risks import list_risks, risk_matrix
from secaudit.core.vocabulary import FindingState, Severity

LAUNCH = Path(__file__).parent / "launch.py"
PAGE = 100
SLOW_SECONDS = 4.0
"""What takes longer is asked once."""
_SHOWN = "state IN ('open','planned','claimed_fixed','reopened','accepted')"
_LIVE = "state IN ('open','planned','claimed_fixed','reopened')"
_COLUMNS = "id, severity, state, check_id, subject, due"


@dataclass(frozen=True)
class Run:
    """What one process used: seconds that passed, seconds of the processor, peak memory."""

    seconds: float
    cpu: float
    megabytes: float


@dataclass(frozen=True)
class Figure:
    """One question: what the command took, its processor inside a process, and the floor's."""

    name: str
    seconds: float
    cpu: float
    megabytes: float
    inside: float | None = None
    floor: float | None = None


@dataclass(frozen=True)
class Question:
    """What is typed, what does the same inside a process, and which rows it is about."""

    arguments: tuple[str, ...]
    inside: Callable[[], object] | None = None
    sql: str | None = None
    options: tuple[str, ...] = ("-csv",)

    @property
    def name(self) -> str:
        """As it is typed."""
        quoted = (f'"{word}"' if " " in word else word for word in self.arguments)
        return f"`{' '.join(quoted)}`"


def ask(ground: Ground, rounds: int) -> list[Figure]:
    """Ask everything; the first figure is of a command that asks nothing of the ledger."""
    return [_figure(ground, question, rounds) for question in _questions(ground)]


def look_again(ground: Ground) -> list[Figure]:
    """Ask once what the scans moved."""
    return [
        _figure(ground, Question(arguments), 1)
        for arguments in (
            ("risk", "list"), ("risk", "matrix"), ("risk", "propose"), ("risk", "propose"),
        )
    ]  # fmt: skip


def _page(where: str) -> str:
    """The first page, and how many there are. The conditions are ours, from this file."""
    rows = f"SELECT {_COLUMNS} FROM finding WHERE {where}"  # noqa: S608
    total = f"SELECT count(*) FROM finding WHERE {where}"  # noqa: S608
    return f"{rows} ORDER BY severity_rank, due, number LIMIT {PAGE}; {total};"


def _questions(ground: Ground) -> list[Question]:
    workspace = ground.workspace

    def listed(where: str, query: FindingQuery, *words: str) -> Question:
        return Question(
            ("finding", "list", *words),
            lambda: list_findings(workspace, query, PAGE),
            _page(where),
        )

    owner, zone, check = "Dinas Contoh 3", "zona-2", ground.checks[-1]
    family = check.partition(".")[0]
    of_family = f"check_id >= '{family}.' AND check_id < '{family}/'"
    inside = "id IN (SELECT finding_id FROM plan_finding WHERE plan_id = 'P-0007')"
    return [
        Question(("scan", "list"), None, "SELECT * FROM scan;"),
        listed(_SHOWN, FindingQuery()),
        listed(f"{_SHOWN} AND severity_rank = 0", FindingQuery(severities=(Severity.CRITICAL,)),
               "--severity", "critical"),
        listed(f"{_SHOWN} AND owner = '{owner}'", FindingQuery(owner=owner), "--owner", owner),
        listed(f"{_SHOWN} AND zone = '{zone}'", FindingQuery(zone=zone), "--zone", zone),
        listed(f"{_SHOWN} AND {of_family}", FindingQuery(check=family), "--check", family),
        listed(f"{_LIVE} AND due < date()", FindingQuery(overdue=True), "--late"),
        listed(f"{_LIVE} AND due <= date('now', '14 days')", FindingQuery(due_within=14),
               "--due-in", "14d"),
        listed(f"{_SHOWN} AND {inside}", FindingQuery(plan="P-0007"), "--plan", "P-0007"),
        listed("state = 'reopened'", FindingQuery(states=(FindingState.REOPENED,)),
               "--state", "reopened"),
        listed("TRUE", FindingQuery(everything=True), "--all"),
        Question(("finding", "list", "--all", "--format", "csv"), None,
                 "SELECT * FROM finding ORDER BY severity_rank, due, number;"),
        Question(("finding", "list", "--all", "--format", "json"), None,
                 "SELECT * FROM finding ORDER BY severity_rank, due, number;", ("-json",)),
        Question(("finding", "show", "F-0777"), lambda: show_finding(workspace, "F-0777"),
                 "SELECT * FROM finding WHERE id = 'F-0777';"
                 "SELECT * FROM finding_event WHERE finding_id = 'F-0777';"),
        Question(("finding", "metrics", "--by", "owner", "--burn-down"),
                 lambda: metrics(workspace, by="owner"),
                 "SELECT finding_id, at, to_state, json_extract(details, '$.due')"
                 " FROM finding_event ORDER BY finding_id, number;"),
        Question(("plan", "list"), lambda: list_plans(workspace),
                 "SELECT plan_id, state, count(*) FROM plan_finding JOIN finding"
                 " ON finding.id = finding_id GROUP BY plan_id, state;"),
        Question(("risk", "list"), lambda: list_risks(workspace), "SELECT content FROM risk;"),
        Question(("risk", "matrix"), lambda: risk_matrix(workspace), "SELECT content FROM risk;"),
        Question(("scan", "show", "S-0001"), None,
                 "SELECT observations FROM scan_host WHERE scan_id = 'S-0001';"),
        Question(("control", "coverage"), None,
                 "SELECT check_id, outcome, reason, count(*), max(last_seen) FROM result_interval"
                 " WHERE until_at IS NULL GROUP BY 1, 2, 3;"),
    ]  # fmt: skip


def _figure(ground: Ground, question: Question, rounds: int) -> Figure:
    folder = ground.workspace.folder
    command = (sys.executable, "-m", "secaudit", "--workspace", str(folder), *question.arguments)
    runs = _runs(command, rounds)
    inside = floor = None
    if question.inside is not None:
        inside = _inside(question.inside, rounds)
    if question.sql is not None:
        database = str(folder / "secaudit.sqlite")
        program = ("sqlite3", *question.options, database, question.sql)
        floor = statistics.median(run.cpu for run in _runs(program, rounds))
    figure = Figure(
        question.name,
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu for run in runs),
        max(run.megabytes for run in runs),
        inside,
        floor,
    )
    print(json.dumps(vars(figure)), flush=True)
    return figure


def _runs(command: tuple[str, ...], rounds: int) -> list[Run]:
    runs: list[Run] = []
    while len(runs) < rounds and not (runs and runs[0].seconds > SLOW_SECONDS):
        runs.append(run(command))
    return runs


def run(command: tuple[str, ...]) -> Run:
    """Run a program to its end. Raises where it fails."""
    done = subprocess.run(
        (sys.executable, "-I", "-S", str(LAUNCH), *command), capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.decode('utf-8')}")
    return Run(**json.loads(done.stdout))


def _inside(work: Callable[[], object], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds)
