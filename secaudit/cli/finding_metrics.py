"""``secaudit finding metrics``: how repairs go, over a period."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from secaudit.cli.command import Command, format_option, option
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

ALL = ""
BURN_ROWS = 14
"""Days of the burn-down that a table shows; the rest is in JSON and CSV."""


def _number(value: Any) -> str:
    from secaudit.text.format import number_words

    return "-" if value is None else number_words(value, decimals=1)


def _share(value: Any) -> str:
    from secaudit.text.format import share_words

    return "-" if value is None else share_words(round(value * 10_000), 10_000)


GROUP_COLUMNS = (
    Column("group", N_("Group"), rank=1),
    Column("open", N_("Open"), right=True),
    Column("opened", N_("New"), right=True),
    Column("verified", N_("Repaired"), right=True),
    Column("median_days", N_("Median days"), show=_number, right=True),
    Column("p90_days", N_("90% within days"), show=_number, right=True),
    Column("kept_share", N_("On time"), show=_share, right=True),
    Column("late", N_("Late"), right=True),
)
CSV_COLUMNS = tuple(
    Column(key, key)
    for key in (
        *("group", "from", "until", "open_before", "opened", "relapsed", "verified"),
        *("closed_otherwise", "open", "accepted", "median_days", "p90_days", "mean_days"),
        *("kept", "missed", "kept_share"),
        *("age_0-7", "age_8-30", "age_31-90", "age_91-180", "age_over-180"),
    )
)
BURN_COLUMNS = (
    Column("day", N_("Day"), no_wrap=True),
    Column("open", N_("Open"), right=True),
    Column("accepted", N_("Accepted"), right=True),
    Column("opened", N_("New"), right=True),
    Column("closed", N_("Closed"), right=True),
)
BURN_CSV_COLUMNS = tuple(
    Column(key, key) for key in ("day", "open", "accepted", "opened", "closed")
)


@click.command(
    "metrics",
    cls=Command,
    help=N_("How repairs go: what is open, how long it takes, and whether last days are kept."),
)
@option("--from", "first", type=DAY, help=N_("First day (default: 90 days until the last)."))
@option("--until", "last", type=DAY, help=N_("Last day (default: today)."))
@option(
    "--by", type=click.Choice(["owner", "severity", "zone"]), help=N_("Count each of these, too.")
)
@option("--burn-down", "daily", is_flag=True, help=N_("List what was open on each day instead."))
@format_option
@pass_session
def metrics(
    session: Session,
    first: datetime | None,
    last: datetime | None,
    by: str | None,
    daily: bool,
    format_: Format,
) -> None:
    """Show the numbers of a period."""
    from secaudit.app.finding_metrics import metrics as count

    found = count(
        session.workspace, first.date() if first else None, last.date() if last else None, by
    )
    record = found.to_record()
    if daily:
        emit_list(
            record["burn_down"], BURN_COLUMNS if format_ == "table" else BURN_CSV_COLUMNS, format_
        )
    elif format_ == "json":
        emit_json(record)
    elif format_ == "csv":
        emit_list(_rows(record), CSV_COLUMNS, "csv")
    else:
        _tell(record)
        if by is not None:
            emit_list(_grouped(record, by), GROUP_COLUMNS, "table")
        emit_text(gettext("Open at the end of the day"))
        emit_list(_thinned(record["burn_down"]), BURN_COLUMNS, "table")


def _rows(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    groups = {ALL: record["all"], **record["groups"]}
    return [
        {
            "group": name,
            "from": record["from"],
            "until": record["until"],
            **measures,
            **{f"age_{bucket}": count for bucket, count in measures["ageing"].items()},
        }
        for name, measures in groups.items()
    ]


def _tell(record: Mapping[str, Any]) -> None:
    of = record["all"]
    emit_text(
        gettext("From {first} to {last}").format(first=record["from"], last=record["until"]) + "\n"
    )
    closed = of["verified"] + of["closed_otherwise"]
    lines = [
        (
            N_("Open"),
            gettext("{now} (before: {before}); accepted {accepted}").format(
                now=of["open"], before=of["open_before"], accepted=of["accepted"]
            ),
        ),
        (
            N_("New"),
            gettext("{count}, of these {relapsed} repaired before").format(
                count=of["opened"], relapsed=of["relapsed"]
            ),
        ),
        (
            N_("Closed"),
            gettext("{count}, of these {verified} verified by a scan").format(
                count=closed, verified=of["verified"]
            ),
        ),
        (
            N_("Days to repair"),
            gettext("median {median}, 90% within {p90}; mean {mean}").format(
                median=_number(of["median_days"]),
                p90=_number(of["p90_days"]),
                mean=_number(of["mean_days"]),
            ),
        ),
        (
            N_("Last days kept"),
            gettext("{share}: {kept} kept, {missed} missed").format(
                share=_share(of["kept_share"]), kept=of["kept"], missed=of["missed"]
            ),
        ),
        (N_("Age in days of what is open"), _ages(of["ageing"])),
    ]
    width = max(len(gettext(name)) for name, _ in lines)
    for name, value in lines:
        emit_text(f"{gettext(name):<{width}}  {value}")
    emit_text("")


def _ages(ageing: Mapping[str, int]) -> str:
    parts = [(bucket.replace("over-", "> "), count) for bucket, count in ageing.items()]
    return "; ".join(f"{bucket}: {count}" for bucket, count in parts)


def _grouped(record: Mapping[str, Any], by: str) -> list[dict[str, Any]]:
    from secaudit.text.words import code_words

    return [
        {
            **measures,
            "group": (code_words(name) if by == "severity" else name) or gettext("nobody yet"),
            "late": measures["missed"],
        }
        for name, measures in record["groups"].items()
    ]


def _thinned(days: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The first and the last day, and some between at equal distances, with what came and went."""
    step = max(-(-len(days) // BURN_ROWS), 1)
    shown = []
    for end in range(len(days) - 1, -1, -step):
        span = days[max(end - step + 1, 0) : end + 1]
        shown.append(
            {
                **span[-1],
                "opened": sum(day["opened"] for day in span),
                "closed": sum(day["closed"] for day in span),
            }
        )
    return shown[::-1]
