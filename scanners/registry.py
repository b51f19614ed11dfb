"""Every check there is, with its rule; and the judgement of one host by all of them.

The folders are listed by name, so that a check cannot come or go unseen.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from scanners.base import Rule, Sight, Watched
from scanners.catalogue import Check
from scanners.owed import outcome_owed
from secaudit.content.yaml import Document, read_document, validate
from secaudit.core.observation import CheckResult
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason, Severity

FOLDERS = (
    "network",
    "tls",
    "handshake",
    "certificate",
    "ssh",
    "starttls",
    "weakness",
    "policy",
    "http",
    "dns",
)
"""The folders of ``scanners`` that hold a ``checks.yaml`` and a ``rules.py``."""
DECLARATIONS = "checks.yaml"

_log = logging.getLogger("secaudit.scanners.registry")


class CheckFile(BaseModel):
    """A ``checks.yaml``: a list of checks under one key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checks: tuple[Check, ...]


def load_checks(overrides: Mapping[str, Severity] | None = None) -> Mapping[str, Check]:
    """Return every check by its id, in the order of declaration.

    ``overrides`` are a workspace's own severities by check id. Raises InputError with file and line
    for an unknown key, a duplicate id or alias, and a rule that does not exist; and for an
    override of a check that does not exist.
    """
    return _overridden((check for check, _rule in _declared()), overrides or {})


def load_declarations(overrides: Mapping[str, Severity] | None = None) -> Mapping[str, Check]:
    """Return the same as :func:`load_checks` to who only shows checks: no rule is looked for.

    To import the rules, and all that they judge with, takes longer than to read the declarations.
    """
    declared = _declarations(Path(__file__).parent, FOLDERS)
    return _overridden((check for _, _, _, check in declared), overrides or {})


def _overridden(
    declared: Iterable[Check], overrides: Mapping[str, Severity]
) -> Mapping[str, Check]:
    checks = {check.id: check for check in declared}
    for name, severity in overrides.items():
        checks[name] = find_check(name, checks).model_copy(update={"severity": severity})
    return checks


def find_check(name: str, checks: Mapping[str, Check] | None = None) -> Check:
    """Return the check with this id or former id. Raises NotFoundError that offers near ids."""
    known = load_checks() if checks is None else checks
    if name in known:
        return known[name]
    for check in known.values():
        if name in check.aliases:
            return check
    raise _unknown(name, known)


def place_of(check: str) -> str:
    """The file and line that declare a check; empty for one that is not declared."""
    for folder in FOLDERS:
        document = read_document(Path(__file__).parent / folder / DECLARATIONS)
        for index, declared in enumerate(document.value["checks"]):
            if declared["id"] == check:
                return f"{document.source}:{document.line_of(('checks', index))}"
    return ""


def judge(
    sight: Sight,
    watched: Iterable[Watched],
    at: datetime,
    checks: Mapping[str, Check] | None = None,
) -> list[CheckResult]:
    """Judge one host: each check once over the sight, and then an outcome for all that is owed.

    Each ``watched`` pair on this host without a result gets one, by what is known about its
    port: see :func:`scanners.owed.outcome_owed`. Pairs on other hosts and of checks that are
    gone are left alone. A rule that raises becomes an ``error`` on the host, and on what it owed.
    """
    known = load_checks() if checks is None else checks
    rules = {check.id: rule for check, rule in _declared()}
    hosts = {item.subject.host for item in sight.observations if isinstance(item.subject, Subject)}
    owed = [
        replace(item, check=_current_id(item.check, known))
        for item in watched
        if item.subject.host in hosts
    ]
    sight = replace(sight, watched=tuple(owed))
    results: list[CheckResult] = []
    broken: set[str] = set()
    for check in known.values():
        try:
            results.extend(rules[check.id](sight, check))
        except Exception:
            _log.exception("the rule of %s failed", check.id)
            broken.add(check.id)
            results.extend(_rule_failed(check, host, at) for host in sorted(hosts))
    said = {(item.check, item.subject) for item in results}
    for item in owed:
        if item.check in known and (item.check, item.subject) not in said:
            said.add((item.check, item.subject))
            check = known[item.check]
            results.append(
                _rule_failed(check, item.subject, at)
                if item.check in broken
                else outcome_owed(sight, check, item.subject, at)
            )
    return results


def _rule_failed(check: Check, subject: Subject, at: datetime) -> CheckResult:
    return CheckResult(
        check.id, subject, Outcome.ERROR, Reason.PROBE_FAILED, check.severity, at, {"step": "rule"}
    )


def _current_id(name: str, checks: Mapping[str, Check]) -> str:
    return next((check.id for check in checks.values() if name in check.aliases), name)


def _unknown(name: str, known: Mapping[str, Check]) -> Exception:
    from difflib import get_close_matches

    from secaudit.core.errors import NotFoundError

    near = [item for item in known if item.rpartition(".")[2] == name or name in item]
    near = near or get_close_matches(name, known, n=5, cutoff=0.5)
    if near:
        return NotFoundError(
            "there is no check {name!r}",
            hint="did you mean {near}?",
            name=name,
            near=", ".join(near[:5]),
        )
    return NotFoundError(
        "there is no check {name!r}", hint="list them with: secaudit check list", name=name
    )


@cache
def _declared() -> tuple[tuple[Check, Rule], ...]:
    found: list[tuple[Check, Rule]] = []
    for folder, document, index, check in _declarations(Path(__file__).parent, FOLDERS):
        rules = import_module(f"scanners.{folder}.rules")
        found.append((check, _rule_of(document, index, check, vars(rules))))
    return tuple(found)


@cache
def _declarations(
    home: Path, folders: tuple[str, ...]
) -> tuple[tuple[str, Document, int, Check], ...]:
    """Each check with its folder, and its place in the file that declares it."""
    found: list[tuple[str, Document, int, Check]] = []
    taken: set[str] = set()
    for folder in folders:
        document = read_document(home / folder / DECLARATIONS)
        for index, check in enumerate(validate(document, CheckFile).checks):
            _refuse_taken(document, index, check, taken)
            found.append((folder, document, index, check))
    return tuple(found)


def _refuse_taken(document: Document, index: int, check: Check, taken: set[str]) -> None:
    for name in (check.id, *check.aliases):
        if name in taken:
            raise document.error(
                ("checks", index, "id"), "the id {name!r} is declared twice", name=name
            )
        taken.add(name)


def _rule_of(
    document: Document, index: int, check: Check, names: Mapping[str, Callable[..., object]]
) -> Rule:
    rule = names.get(check.rule)
    if check.rule.startswith("_") or not callable(rule):
        raise document.error(
            ("checks", index, "rule"),
            "{check}: there is no rule {rule!r} in rules.py beside this file",
            check=check.id,
            rule=check.rule,
        )
    return rule  # type: ignore[return-value]  # its signature is tested by running it
