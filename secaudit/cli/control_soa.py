"""``secaudit control soa``: the Statement of Applicability, in versions that a person approves."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.assurance.vocabulary import Implementation, InclusionKind, StatementState, TestState
from secaudit.assurance.words import say as word_of
from secaudit.cli.command import Group, argument, format_option, option
from secaudit.cli.control_attest import FILE, day_of
from secaudit.cli.day import DAY
from secaudit.cli.endings import format_of
from secaudit.cli.output import Column, Format, emit_json, emit_list, say
from secaudit.cli.session import Session, pass_session
from secaudit.core.errors import InputError
from secaudit.text.language import N_, Language, gettext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secaudit.assurance.statements import Line

FORMATS = ("xlsx", "pdf", "json")
FIELDS = {
    "applicable": N_("applies"),
    "justification": N_("justification"),
    "inclusions": N_("reasons"),
    "implementation": N_("implementation"),
    "owner": N_("owner"),
    "evidence": N_("evidence"),
}
framework_option = option(
    "--framework",
    default="iso27001-2022",
    show_default=True,
    help=N_("The standard whose Annex A it is about."),
)


@click.group("soa", cls=Group, help=N_("The Statement of Applicability."))
def soa() -> None:
    """Hold the verbs."""


def _applies(value: Any) -> str:
    if value is None:
        return gettext("not decided")
    return gettext("applies") if value else gettext("excluded")


LIST_COLUMNS = (
    Column("id", N_("Id"), no_wrap=True),
    Column("framework", N_("Standard")),
    Column("version", N_("Version"), right=True),
    Column("state", N_("State"), show=lambda code: word_of(StatementState, code)),
    Column("approver", N_("Approved by")),
    Column("approved", N_("Approved on"), no_wrap=True),
)
LIST_CSV = tuple(
    Column(key, key)
    for key in (
        *("id", "framework", "version", "state", "made_at", "made_by", "based_on", "note"),
        *("approver", "approved_at", "approved_by", "document"),
    )
)
SHOW_COLUMNS = (
    Column("control", N_("Control"), no_wrap=True),
    Column("title", N_("Title")),
    Column("applicable", N_("Applies"), show=_applies),
    Column("why", N_("Why")),
    Column("implementation", N_("Implementation"), show=lambda code: word_of(Implementation, code)),
    Column("test", N_("Test")),
)
SHOW_CSV = tuple(
    Column(key, key)
    for key in (
        *("requirement", "title", "group", "applicable", "justification", "why", "implementation"),
        *("test_state", "last_tested", "contradicting", "supported", "assets", "owner", "files"),
    )
)
DIFF_COLUMNS = (
    Column("control", N_("Control"), no_wrap=True),
    Column("field", N_("What")),
    Column("before", N_("Before")),
    Column("after", N_("After")),
)


@soa.command("init", help=N_("Begin a version: the last one copied, reasons proposed."))
@framework_option
@option("--note", default="", help=N_("What the version is for."))
@pass_session
def init(session: Session, framework: str, note: str) -> None:
    """Begin a draft."""
    from secaudit.app.soa import begin

    made = begin(session.workspace, framework, note)
    say(
        gettext("{id}: version {version}, a draft with {controls} controls.").format(
            id=made.id, version=made.version, controls=made.controls
        )
    )
    if made.copied_from:
        say(gettext("Copied from {id}.").format(id=made.copied_from))
    if made.proposals:
        say(
            gettext(
                "Proposed from law and risks: {count} reasons for {controls} controls. They count"
                " when somebody confirms them."
            ).format(count=made.proposals, controls=made.proposed_for)
        )
    say(gettext("Go on with: secaudit control soa set CONTROL --applicable --confirm ..."))


@soa.command("set", help=N_("Fill in the lines of controls in the draft."))
@argument("controls", nargs=-1, required=True, metavar="CONTROL...")
@option("--applicable/--not-applicable", default=None, help=N_("Whether it applies."))
@option("--justification", help=N_("Why it applies or does not."))
@option(
    "--because",
    multiple=True,
    metavar="KIND=REFERENCE",
    help=N_(
        "Why it is included: risk=R-0001, law=ARTICLE, contract=TEXT, good_practice (repeatable)."
    ),
)
@option(
    "--drop",
    multiple=True,
    metavar="KIND=REFERENCE",
    help=N_("Take a reason or a proposal away (repeatable)."),
)
@option("--confirm", is_flag=True, help=N_("Take over every proposed reason."))
@option(
    "--implementation",
    type=click.Choice([item.value for item in Implementation]),
    help=N_("How far it is implemented."),
)
@option("--owner", help=N_("Who answers for it."))
@option(
    "--evidence",
    "files",
    multiple=True,
    type=FILE,
    help=N_("A file that shows it; it is kept as evidence (repeatable)."),
)
@framework_option
@pass_session
def set_(session: Session, /, controls: tuple[str, ...], framework: str, **said: Any) -> None:
    """Fill in lines."""
    from secaudit.app.soa import LineEdit, set_lines

    edit = LineEdit(
        applicable=said["applicable"],
        justification=said["justification"],
        because=tuple(_reason(text) for text in said["because"]),
        drop=tuple(_reason(text) for text in said["drop"]),
        confirm=said["confirm"],
        implementation=Implementation(said["implementation"]) if said["implementation"] else None,
        owner=said["owner"],
        files=said["files"],
    )
    if edit == LineEdit():
        raise InputError("there is nothing to set", hint="see: secaudit control soa set --help")
    done = set_lines(session.workspace, controls, edit, framework)
    say(gettext("Set: {controls}").format(controls=", ".join(done)))


def _reason(text: str) -> tuple[InclusionKind, str]:
    kind, _, reference = text.partition("=")
    try:
        return InclusionKind(kind.strip().lower().replace("-", "_")), reference
    except ValueError:
        raise InputError(
            "{text!r} is not a reason",
            hint="examples: law=perda-pekalongan-3-2026:pasal-26.ayat-5, risk=R-0001,"
            " contract='SPK 12/2026', good_practice",
            text=text,
        ) from None


@soa.command("show", help=N_("Show one version, or the newest."))
@argument("statement", required=False)
@framework_option
@option("--open", "only_open", is_flag=True, help=N_("Only what keeps it from being approved."))
@option("--at", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("The tests as of this day."))
@format_option
@pass_session
def show(
    session: Session,
    statement: str | None,
    framework: str,
    only_open: bool,
    day: datetime | None,
    format_: Format,
) -> None:
    """Show a version."""
    from secaudit.app.controls import library_of
    from secaudit.app.soa_view import INCOMPLETE, controls_of, head_row, problems_of
    from secaudit.app.soa_view import show as look

    shown = look(session.workspace, statement, framework, day_of(day))
    item = shown.statement
    problems: dict[str, list[str]] = {}
    for name, code in problems_of(item, controls_of(library_of(session.workspace), item.framework)):
        problems.setdefault(name, []).append(gettext(INCOMPLETE[code]))
    rows = [
        {**row, **_shown(session, row), "open": "; ".join(problems.get(row["requirement"], []))}
        for row in shown.lines
        if not only_open or row["requirement"] in problems
    ]
    if format_ == "json":
        emit_json({**head_row(item), "lines": [dict(row) for row in rows]})
        return
    columns = SHOW_COLUMNS if format_ == "table" else SHOW_CSV
    if only_open and format_ == "table":
        columns = (*SHOW_COLUMNS[:2], Column("open", N_("What is open")))
    emit_list(rows, columns, format_, empty=N_("Nothing is open: it can be approved."))
    state = word_of(StatementState, item.state.value)
    say(f"{item.id}  {gettext('Version')} {item.version}, {state}")
    if item.approver:
        say(gettext("Approved by {name}.").format(name=item.approver))
    elif problems:
        say(gettext("Open: {count} controls; see them with --open.").format(count=len(problems)))


def _shown(session: Session, row: "Mapping[str, Any]") -> dict[str, Any]:
    from reports.soa.model import references
    from secaudit.app.soa_export import reason_line
    from secaudit.core.instant import parse_instant

    proposed = Counter(
        word_of(InclusionKind, item["kind"]) for item in row["inclusions"] if item["proposed"]
    )
    reasons: list[str] = []
    for kind in InclusionKind:
        found = [
            reason_line(item)
            for item in row["inclusions"]
            if item["kind"] == kind.value and not item["proposed"]
        ]
        if found:
            said = "; ".join(references(found))
            name = word_of(InclusionKind, kind.value)
            reasons.append(f"{name}: {said}" if said else name)
    reasons += [
        gettext("proposed: {count} × {reason}").format(count=count, reason=name)
        for name, count in proposed.items()
    ]
    test = word_of(TestState, row["test_state"])
    if row["last_tested"] and row["test_state"] == TestState.TESTED.value:
        test = gettext("last tested {day}").format(
            day=session.local(parse_instant(row["last_tested"]))[:10]
        )
    why = [row["justification"]] if row["justification"] else []
    return {
        "why": "; ".join([*why, *reasons]),
        "test": test,
        "files": [item["name"] for item in row["evidence"]],
    }


@soa.command("list", help=N_("List the versions."))
@format_option
@pass_session
def list_(session: Session, format_: Format) -> None:
    """List versions."""
    from secaudit.app.soa import list_statements
    from secaudit.core.instant import parse_instant

    rows = list_statements(session.workspace)
    if format_ == "table":
        rows = [
            {
                **row,
                "approved": session.local(parse_instant(row["approved_at"]))
                if row["approved_at"]
                else "",
            }
            for row in rows
        ]
    emit_list(
        rows,
        LIST_COLUMNS if format_ == "table" else LIST_CSV,
        format_,
        empty=N_("There is none yet: secaudit control soa init"),
    )


@soa.command("approve", help=N_("Approve the draft with the signed document; it stays so."))
@option("--approver", required=True, help=N_("Who approves it."))
@option("--document", required=True, type=FILE, help=N_("The signed document."))
@framework_option
@pass_session
def approve(session: Session, approver: str, document: Path, framework: str) -> None:
    """Approve the draft."""
    from secaudit.app.soa import approve as do

    made = do(session.workspace, approver, document, framework)
    say(
        gettext("{id} version {version} is approved by {name}, and stays as it is.").format(
            id=made.id, version=made.version, name=made.approver
        )
    )


@soa.command("diff", help=N_("Tell in what two versions differ."))
@argument("before")
@argument("after")
@format_option
@pass_session
def diff(session: Session, before: str, after: str, format_: Format) -> None:
    """Compare two versions."""
    from secaudit.app.soa import diff as compare

    rows = [
        {
            "control": change.requirement.partition(":")[2],
            "requirement": change.requirement,
            "code": name,
            "field": gettext(FIELDS[name]),
            "before": _field(change.before, name),
            "after": _field(change.after, name),
        }
        for change in compare(session.workspace, before, after)
        for name in change.fields
    ]
    columns = DIFF_COLUMNS if format_ == "table" else _DIFF_CSV
    emit_list(rows, columns, format_, empty=N_("They do not differ."))


_DIFF_CSV = tuple(Column(key, key) for key in ("requirement", "code", "before", "after"))


def _field(line: "Line | None", name: str) -> str:
    if line is None:
        return gettext("(no such control)")
    if name == "applicable":
        return _applies(line.applicable)
    if name == "inclusions":
        return "; ".join(
            f"{word_of(InclusionKind, item.kind.value)} {item.reference}".strip()
            + (f" ({gettext('proposed')})" if item.proposed else "")
            for item in line.inclusions
        )
    if name == "evidence":
        return ", ".join(item.name for item in line.evidence)
    if name == "implementation":
        return word_of(Implementation, line.implementation.value if line.implementation else None)
    return str(getattr(line, name))


@soa.command("export", help=N_("Write a version as XLSX, PDF or JSON."))
@argument("statement", required=False)
@option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help=N_("The format (default: by the name of the file, else xlsx)."),
)
@option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help=N_("The file to write."),
)
@option(
    "--lang",
    type=click.Choice([item.value for item in Language]),
    help=N_("Its language (default: the one that is spoken)."),
)
@option("--force", is_flag=True, help=N_("Replace the file if it is there."))
@option("--at", "day", type=DAY, metavar="YYYY-MM-DD", help=N_("The tests as of this day."))
@framework_option
@pass_session
def export(
    session: Session,
    /,
    statement: str | None,
    format_: str | None,
    output: Path,
    framework: str,
    **said: Any,
) -> None:
    """Write a file."""
    from secaudit.app.soa_export import SoaRequest, write_soa

    chosen = format_ or format_of(output, FORMATS, "xlsx")
    language = Language(said["lang"]) if said["lang"] else None
    request = SoaRequest(statement, framework, day_of(said["day"]), language)
    data = write_soa(session.workspace, request, output, chosen, overwrite=said["force"])
    say(gettext("Written: {path}").format(path=output))
    if data.state == StatementState.DRAFT.value:
        say(gettext("It is a draft and says so: nobody has approved it."))
