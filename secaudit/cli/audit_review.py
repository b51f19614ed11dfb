"""``secaudit audit review``: the inputs of a management review, reviews held, their decisions."""

from datetime import datetime
from pathlib import Path

import click

from secaudit.cli.audit_options import FILE, files_option
from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.control_attest import day_of
from secaudit.cli.day import DAY
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.text.language import N_, gettext

STATE_WORDS = {
    "attention": N_("look at it"),
    "known": N_("at hand"),
    "none": N_("nothing is on record"),
}
LIST_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("held_on", N_("Held on"), no_wrap=True),
    Column("chair", N_("Held by")),
    Column("note", N_("Note"), rank=1),
    Column("actions", N_("Decisions"), show=lambda items: str(len(items)), right=True),
    Column("open", N_("Open"), right=True),
)
LIST_CSV = tuple(
    Column(key, key)
    for key in (
        *("id", "held_on", "chair", "note", "minutes", "inputs_sha256", "actions", "open"),
        *("recorded_at", "recorded_by"),
    )
)


@click.group("review", cls=Group, help=N_("The management review (clause 9.3)."))
def group() -> None:
    """Hold the verbs."""


@group.command("inputs", help=N_("Compute what a management review has to look at."))
@option("--since", type=DAY, metavar="YYYY-MM-DD", help=N_("Since when (the last review)."))
@record_format_option
@pass_session
def inputs(session: Session, since: datetime | None, format_: str) -> None:
    """Compute the inputs."""
    from secaudit.app.audit.review import review_inputs

    record = review_inputs(session.workspace, day_of(since))
    if format_ == "json":
        emit_json(record)
        return
    emit_text(
        gettext("Inputs of the management review, {since} to {until}").format(
            since=record["since"], until=record["until"]
        )
    )
    for row in record["inputs"]:
        state = gettext(STATE_WORDS[row["state"]])
        emit_text(f"\n[{row['clause']}] {row['title']}: {state}")
        for line in row["lines"]:
            emit_text(f"  - {line}")
        if row["by_people"]:
            emit_text(f"  - {gettext('People bring this along: the workspace does not know it.')}")
        if row["sources"]:
            commands = "; ".join(f"secaudit {name}" for name in row["sources"])
            emit_text(f"  {gettext('Source')}: {commands}")


@group.command("record", help=N_("Record a review that was held, with its minutes."))
@option("--chair", required=True, help=N_("Who held it."))
@option(
    "--minutes",
    multiple=True,
    required=True,
    type=FILE,
    help=N_("The signed minutes (repeatable)."),
)
@option("--on", type=DAY, metavar="YYYY-MM-DD", help=N_("The day on which it was held (today)."))
@option("--note", default="", help=N_("What it came to."))
@option(
    "--action",
    "actions",
    nargs=3,
    multiple=True,
    metavar="ACTION OWNER YYYY-MM-DD",
    help=N_("What it decided, who does it, and by when (repeatable)."),
)
@pass_session
def record(
    session: Session,
    chair: str,
    minutes: tuple[Path, ...],
    on: datetime | None,
    note: str,
    actions: tuple[tuple[str, str, str], ...],
) -> None:
    """Record a review."""
    from secaudit.app.audit.review import record_review
    from secaudit.audit.reviews import NewAction

    decided = [
        NewAction(action, owner, DAY.convert(due, None, None).date())
        for action, owner, due in actions
    ]
    made = record_review(
        session.workspace, chair=chair, minutes=minutes, actions=decided, note=note, on=day_of(on)
    )
    say(
        gettext("{id} is recorded, with its inputs as they are now. Decisions: {actions}").format(
            id=made.id, actions=" ".join(item.id for item in made.actions) or "-"
        )
    )


@group.command("done", help=N_("Record that a decision of a review was carried out."))
@argument("decision")
@option("--note", required=True, help=N_("What was done."))
@option("--on", type=DAY, metavar="YYYY-MM-DD", help=N_("The day on which it was done (today)."))
@files_option
@pass_session
def done(
    session: Session, decision: str, note: str, on: datetime | None, files: tuple[Path, ...]
) -> None:
    """Record a decision as done."""
    from secaudit.app.audit.review import action_done

    made = action_done(session.workspace, decision, note=note, files=files, on=day_of(on))
    say(gettext("{id} is done.").format(id=made.id))


@group.command("list", help=N_("List the reviews that were held, with what they decided."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List reviews."""
    from secaudit.app.audit.review import list_reviews

    rows = list_reviews(session.workspace)
    emit_list(
        rows,
        LIST_COLUMNS if format_ == "table" else LIST_CSV,
        format_,
        empty=N_("No management review is on record: secaudit audit review record"),
    )
    if format_ == "table":
        for row in rows:
            for item in row["actions"]:
                state = item["done_on"] or (gettext("late") if item["overdue"] else gettext("open"))
                emit_text(
                    f"{item['id']}  {item['action']} ({item['owner']}, {item['due']}): {state}"
                )
