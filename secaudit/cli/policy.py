"""``secaudit policy``: published guidelines for TLS servers, and who keeps them."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.control_attest import day_of
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import NotFoundError
from secaudit.text.language import N_, current_language, gettext

if TYPE_CHECKING:
    from scanners.policy.profile import Profile
    from scanners.policy.verdict import EndpointVerdict
    from secaudit.app.policy_judgement import Judgement

WORDS = {
    "conforms": N_("conforms"),
    "deviates": N_("deviates"),
    "undecided": N_("undecided"),
    "not_applicable": N_("not applicable"),
}
STYLES = {"deviates": "red", "undecided": "yellow", "conforms": "green", "not_applicable": "dim"}
LEVELS = {"shall": N_("shall"), "should": N_("should")}
CONFIDENCES = {
    "text_read": N_("the text was read"),
    "mirror_read": N_("read on a third party's copy"),
    "secondary": N_("read on secondary sources"),
}


@click.group("policy", cls=Group, help=N_("Guidelines for TLS servers, and who keeps them."))
def group() -> None:
    """Hold the verbs."""


@group.command("list", help=N_("List the policy profiles."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List the profiles."""
    rows = [
        {
            "id": item.id,
            "title": item.title.in_language(current_language().value),
            "version": item.source.version,
            "published": item.source.published.isoformat(),
            "confidence": item.source.confidence,
            "rules": len(item.rules),
        }
        for item in _profiles(session).values()
    ]
    emit_list(
        rows,
        (
            Column("id", N_("Profile"), no_wrap=True),
            Column("title", N_("Title")),
            Column("published", N_("Published"), no_wrap=True),
            Column("confidence", N_("How it was read"), show=_confidence),
            Column("rules", N_("Rules"), no_wrap=True),
        ),
        format_,
        empty=N_("There is no profile."),
    )


@group.command("show", help=N_("Show the rules of a profile, with their source and dates."))
@argument("profile_id", metavar="PROFILE")
@record_format_option
@pass_session
def show(session: Session, profile_id: str, format_: str) -> None:
    """Show one profile."""
    from scanners.policy.library import find_profile

    profile = find_profile(profile_id, _profiles(session))
    if format_ == "json":
        emit_json(profile.model_dump(mode="json"))
    else:
        emit_text(_page(profile))


@group.command(
    "judge",
    help=N_("""Judge what a scan stored by policy profiles. Nothing is sent.

The rules are those of the day of the scan, or of another day with --on. Each deviation names its
rule. The grade is a summary of all failed checks and stands with its reasons."""),
)
@argument("scan", required=False)
@option("--profile", "profiles", multiple=True, help=N_("Only this profile (repeatable)."))
@option("--on", type=DAY, metavar="YYYY-MM-DD", help=N_("Judge by the rules of this day."))
@option("--details", is_flag=True, help=N_("Show every rule of every endpoint."))
@format_option
@pass_session
def judge(
    session: Session,
    scan: str | None,
    profiles: tuple[str, ...],
    on: datetime | None,
    details: bool,
    format_: Format,
) -> None:
    """Judge a stored scan."""
    from secaudit.app.policy_judgement import judge_scan

    found = judge_scan(session.workspace, scan, profiles, day_of(on))
    told = gettext("Scan {scan}, by the rules of {day}.")
    say(told.format(scan=found.scan, day=found.judged_on.isoformat()))
    if details or format_ != "table":
        emit_list(_rule_rows(found), RULES, format_, empty=EMPTY)
        return
    emit_list(_endpoint_rows(found), ENDPOINTS, format_, empty=EMPTY)


EMPTY = N_("No endpoint of this scan speaks TLS.")
ENDPOINTS = (
    Column("subject", N_("Endpoint"), no_wrap=True),
    Column("grade", N_("Grade"), no_wrap=True),
    Column("profile", N_("Profile"), no_wrap=True),
    Column(
        "verdict",
        N_("Verdict"),
        show=lambda code: gettext(WORDS[str(code)]),
        style=lambda code: STYLES.get(str(code), ""),
        no_wrap=True,
    ),
    Column("deviations", N_("Deviates from"), rank=3, show=lambda names: ", ".join(names)),
    Column("reasons", N_("Reasons of the grade"), rank=4, show=lambda names: ", ".join(names)),
)
RULES = (
    Column("subject", N_("Endpoint"), no_wrap=True),
    Column("profile", N_("Profile"), no_wrap=True),
    Column("rule", N_("Rule"), no_wrap=True),
    Column("level", N_("Level"), show=lambda code: gettext(LEVELS[str(code)]), no_wrap=True),
    Column(
        "verdict",
        N_("Verdict"),
        show=lambda code: gettext(WORDS[str(code)]),
        style=lambda code: STYLES.get(str(code), ""),
        no_wrap=True,
    ),
    Column("found", N_("Found"), rank=3, show=lambda names: ", ".join(names)),
    Column("text", N_("What the rule says"), rank=3),
    Column("cite", N_("Source"), rank=4),
    Column("holds_since", N_("Since"), rank=5),
)


def _profiles(session: Session) -> "Mapping[str, Profile]":
    """Ours, and the workspace's where there is one. One that was named must be there."""
    from scanners.policy.library import load_profiles

    try:
        session.folder  # noqa: B018  (asks only whether there is one)
    except NotFoundError:
        return load_profiles()
    from secaudit.app.policies import profiles_of

    return profiles_of(session.workspace)


def _confidence(value: Any) -> str:
    return gettext(CONFIDENCES[str(value)])


def _endpoint_rows(found: "Judgement") -> list[dict[str, Any]]:
    grades = {item.subject: item for item in found.grades}
    rows = []
    for item in found.verdicts:
        grade = grades.get(item.subject)
        rows.append(
            {
                "subject": item.subject,
                "grade": "-" if grade is None else grade.letter + ("" if grade.certain else "?"),
                "profile": item.profile,
                "verdict": item.verdict.value,
                "deviations": [
                    rule.rule for rule in item.rules if rule.verdict.value == "deviates"
                ],
                "reasons": [] if grade is None else list(grade.reasons),
            }
        )
    return rows


def _rule_rows(found: "Judgement") -> list[dict[str, Any]]:
    grades = {item.subject: item for item in found.grades}
    language = current_language().value
    return [
        {
            "scan": found.scan,
            "judged_on": item.judged_on.isoformat(),
            "subject": item.subject,
            "profile": item.profile,
            "version": item.version,
            "profile_verdict": item.verdict.value,
            "rule": rule.rule,
            "level": rule.level,
            "verdict": rule.verdict.value,
            "found": list(rule.found),
            "text": rule.text.in_language(language),
            "cite": rule.cite,
            "holds_since": rule.holds_since.isoformat(),
            "holds_until": None if rule.holds_until is None else rule.holds_until.isoformat(),
            "grade": _grade_record(grades.get(item.subject)),
            "evidence": list(item.evidence),
        }
        for item in _ordered(found.verdicts)
        for rule in item.rules
    ]


def _ordered(verdicts: "tuple[EndpointVerdict, ...]") -> "list[EndpointVerdict]":
    return sorted(verdicts, key=lambda item: (item.subject, item.profile))


def _grade_record(grade: Any) -> dict[str, Any] | None:
    if grade is None:
        return None
    return {
        "letter": grade.letter,
        "certain": grade.certain,
        "reasons": list(grade.reasons),
        "undecided": list(grade.undecided),
    }


def _page(profile: "Profile") -> str:
    language = current_language().value
    source = profile.source
    head = [
        f"{profile.id}: {profile.title.in_language(language)}",
        "\n".join(
            (
                f"{gettext('Source')}: {source.title} {source.version}, "
                + source.published.isoformat(),
                source.url,
                _confidence(source.confidence),
            )
        ),
    ]
    if source.note is not None:
        head.append(source.note.in_language(language))
    rules = []
    for rule in profile.rules:
        dates = [
            gettext("from {day}").format(day=(rule.since or source.published).isoformat()),
            *([gettext("until {day}").format(day=rule.until.isoformat())] if rule.until else ()),
        ]
        rules.append(
            f"- {rule.id} ({gettext(LEVELS[rule.level])}; {rule.cite}; {', '.join(dates)})\n"
            f"  {rule.text.in_language(language)}"
        )
    return "\n\n".join((*head, "\n".join(rules)))
