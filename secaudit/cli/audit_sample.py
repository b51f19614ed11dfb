"""``secaudit audit sample``: samples that another person can draw again."""

from typing import Any

import click

from secaudit.audit.vocabulary import Method, Population, Stratum
from secaudit.audit.words import say as word_of
from secaudit.cli.audit_options import by_option
from secaudit.cli.audit_view import pairs
from secaudit.cli.command import Group, argument, format_option, option, record_format_option
from secaudit.cli.output import Column, Format, emit_json, emit_list, emit_text, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import ExitCode
from secaudit.text.language import N_, gettext

LIST_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("engagement_id", N_("Audit"), no_wrap=True),
    Column("population", N_("Population"), show=lambda code: word_of(Population, code)),
    Column("method", N_("Method"), show=lambda code: word_of(Method, code)),
    Column("size", N_("Drawn"), right=True),
    Column("population_size", N_("Of"), right=True),
    Column("seed", N_("Seed")),
    Column("person", N_("Name")),
)
LIST_CSV = tuple(
    Column(key, key)
    for key in (
        *("id", "engagement_id", "requirement", "population", "filters", "method", "stratum"),
        *("seed", "size", "population_size", "population_sha256", "drawn", "reason", "person"),
        *("account", "drawn_at"),
    )
)


@click.group("sample", cls=Group, help=N_("Samples that others can draw again."))
def group() -> None:
    """Hold the verbs."""


@group.command("draw", help=N_("Draw a sample, and keep the list that it was drawn from."))
@argument("audit")
@option(
    "--from",
    "population",
    required=True,
    type=click.Choice([item.value for item in Population]),
    help=N_("What to draw from."),
)
@option("--size", type=int, help=N_("How many to draw."))
@option("--confidence", type=float, help=N_("Instead of a size: how sure, such as 0.95."))
@option("--tolerable", type=float, default=0.1, help=N_("The share of deviations still bearable."))
@option("--expected", type=float, default=0.0, help=N_("The share of deviations expected."))
@option(
    "--method",
    type=click.Choice([item.value for item in Method]),
    default=Method.SIMPLE.value,
    show_default=True,
    help=N_("How to draw."),
)
@option(
    "--stratum",
    type=click.Choice([item.value for item in Stratum]),
    help=N_("For a stratified sample: by zone or by criticality."),
)
@option("--seed", help=N_("The seed; one is made where none is given, and kept."))
@option("--requirement", help=N_("The criterion that it is for."))
@option("--check", help=N_("Of findings and results, only this check, or all below such a name."))
@option("--action", help=N_("Of changes, only this action of the audit trail, or all below it."))
@option("--reason", default="", help=N_("Why so many, and why so."))
@by_option
@pass_session
def draw(session: Session, /, audit: str, **said: Any) -> None:
    """Draw a sample."""
    from secaudit.app.audit.sampling import SampleRequest, draw_sample

    stratum = said.pop("stratum")
    made = draw_sample(
        session.workspace,
        SampleRequest(
            engagement=audit,
            population=Population(said.pop("population")),
            method=Method(said.pop("method")),
            stratum=None if stratum is None else Stratum(stratum),
            **said,
        ),
    )
    say(
        gettext("{id}: {size} of {population} drawn with the seed {seed}.").format(
            id=made.id, size=made.size, population=made.population_size, seed=made.seed
        )
    )
    for name in made.drawn:
        emit_text(name)


@group.command("list", help=N_("List the samples."))
@option("--audit", help=N_("Only those of this audit."))
@format_option
@pass_session
def list_(session: Session, audit: str | None, format_: Format) -> None:
    """List samples."""
    from secaudit.app.audit.sampling import list_samples

    emit_list(
        list_samples(session.workspace, audit),
        LIST_COLUMNS if format_ == "table" else LIST_CSV,
        format_,
        empty=N_("No sample was drawn: secaudit audit sample draw"),
    )


@group.command("show", help=N_("Tell all about one sample, with what was drawn."))
@argument("sample")
@record_format_option
@pass_session
def show(session: Session, sample: str, format_: str) -> None:
    """Show one sample."""
    from secaudit.app.audit.sampling import show_sample

    record = show_sample(session.workspace, sample)
    if format_ == "json":
        emit_json(record)
        return
    pairs(
        [
            (N_("Sample"), record["id"]),
            (N_("Audit"), record["engagement_id"]),
            (N_("Population"), word_of(Population, record["population"])),
            (N_("Method"), word_of(Method, record["method"])),
            (N_("Stratum"), word_of(Stratum, record["stratum"])),
            (N_("Seed"), record["seed"]),
            (N_("Drawn"), str(record["size"])),
            (N_("Of"), str(record["population_size"])),
            (N_("Population (SHA-256)"), record["population_sha256"]),
            (N_("Reason"), record["reason"]),
            (N_("Name"), record["person"]),
        ]
    )
    emit_text("")
    for item in record["items"]:
        emit_text(f"  {item['id']}  {item['label']}")


@group.command("redraw", help=N_("Draw a sample again from its list, and compare."))
@argument("sample")
@pass_session
def redraw(session: Session, sample: str) -> int:
    """Draw again."""
    from secaudit.app.audit.sampling import redraw as do

    found = do(session.workspace, sample)
    if found.same:
        say(
            gettext("{id}: the same {size} of {population} were drawn.").format(
                id=found.sample.id, size=found.sample.size, population=found.population
            )
        )
        return int(ExitCode.DONE)
    say(gettext("{id}: ANOTHER sample was drawn.").format(id=found.sample.id))
    return int(ExitCode.FAULTS_FOUND)


@group.command("size", help=N_("How large a sample has to be; a calculation of ours, no law's."))
@option("--population", required=True, type=int, help=N_("How many there are."))
@option("--confidence", type=float, default=0.95, show_default=True, help=N_("How sure."))
@option(
    "--tolerable",
    type=float,
    default=0.1,
    show_default=True,
    help=N_("The share of deviations still bearable."),
)
@option(
    "--expected",
    type=float,
    default=0.0,
    show_default=True,
    help=N_("The share of deviations expected."),
)
@record_format_option
@pass_session
def size(
    session: Session,
    population: int,
    confidence: float,
    tolerable: float,
    expected: float,
    format_: str,
) -> None:
    """Compute a size."""
    from secaudit.audit.sampling import sample_size
    from secaudit.text.format import percent_words

    session.optional_workspace  # noqa: B018  (speaks its language)
    found = sample_size(population, confidence, tolerable, expected)
    if format_ == "json":
        emit_json(found)
        return
    emit_text(
        gettext(
            "Draw {size} of {population}. If at most {allowed} of them deviate, one may say with"
            " {confidence} confidence that fewer than {tolerable} of all do."
        ).format(
            size=found.size,
            population=found.population,
            allowed=found.allowed,
            confidence=percent_words(found.confidence, decimals=0),
            tolerable=percent_words(found.tolerable),
        )
    )
    emit_text(
        gettext(
            "Exact for drawing without putting back (hypergeometric), and ours: no law and no"
            " standard sets a size. A sample drawn by weight is no basis for such a statement."
        )
    )
