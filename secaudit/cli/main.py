"""The program: one root command, one handler for every error."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from secaudit import __version__
from secaudit.cli import click_words
from secaudit.cli.command import LazyGroup, Noun, Option, option
from secaudit.cli.session import LANGUAGE_VARIABLE, WORKSPACE_VARIABLE, Session
from secaudit.core.errors import ExitCode, SecauditError
from secaudit.core.garbage import look_seldom
from secaudit.text.escape import visible
from secaudit.text.language import N_, Language, gettext, set_language

DEBUG_VARIABLE = "SECAUDIT_DEBUG"

NOUNS = {
    "init": Noun("secaudit.cli.init:command", N_("Make a workspace.")),
    "demo": Noun("secaudit.cli.demo:command", N_("See the whole chain on this machine.")),
    "doctor": Noun("secaudit.cli.doctor:command", N_("What works here, and what is missing.")),
    "scope": Noun("secaudit.cli.scope:group", N_("Authorisations: what may be scanned.")),
    "asset": Noun("secaudit.cli.asset:group", N_("What the city has, and who owns it.")),
    "scan": Noun("secaudit.cli.scan:group", N_("Plan, run and compare scans.")),
    "check": Noun("secaudit.cli.check:group", N_("What is judged, and why.")),
    "policy": Noun(
        "secaudit.cli.policy:group", N_("Guidelines for TLS servers, and who keeps them.")
    ),
    "finding": Noun("secaudit.cli.finding:group", N_("What failed, and what became of it.")),
    "plan": Noun("secaudit.cli.plan:group", N_("Who repairs what by when.")),
    "control": Noun("secaudit.cli.control:group", N_("ISO 27001 and the regulations.")),
    "calendar": Noun("secaudit.cli.calendar:group", N_("What is to be done by when.")),
    "risk": Noun("secaudit.cli.risk:group", N_("What the findings could cost.")),
    "audit": Noun(
        "secaudit.cli.audit:group", N_("The internal audit, until its last finding is closed.")
    ),
    "role": Noun("secaudit.cli.role:group", N_("Who may do what, and who is who.")),
    "conformity": Noun(
        "secaudit.cli.conformity:group", N_("The GCIO's conformity report to the mayor.")
    ),
    "report": Noun("secaudit.cli.report:group", N_("Reports to read.")),
    "pack": Noun("secaudit.cli.pack:group", N_("Sealed audit evidence packs.")),
    "schedule": Noun("secaudit.cli.schedule:group", N_("Scans that run by themselves.")),
    "notice": Noun("secaudit.cli.notice:group", N_("What people are told of without asking.")),
    "backup": Noun("secaudit.cli.backup:backup", N_("Save a whole workspace.")),
    "restore": Noun("secaudit.cli.backup:restore", N_("Bring a saved workspace back.")),
    "migrate": Noun("secaudit.cli.migrate:command", N_("Bring the database to this version.")),
}


click_words.speak()


@click.group(
    cls=LazyGroup,
    nouns=NOUNS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=N_("Data security and ISO 27001 assurance for a city, with evidence."),
)
@option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    help=N_("The workspace's folder (else SECAUDIT_WORKSPACE, else the nearest parent)."),
)
@option(
    "--lang",
    type=click.Choice([language.value for language in Language]),
    help=N_("Language of what is shown (default: the workspace's)."),
)
@click.version_option(
    __version__, prog_name="secaudit", cls=Option, help=N_("Show the version and exit.")
)
@click.pass_context
def root(context: click.Context, workspace: Path | None, lang: str | None) -> None:
    """Hold what every command needs."""
    context.obj = Session(workspace, language_chosen=_language_of(sys.argv[1:]) is not None)


def _language_of(arguments: Sequence[str]) -> str | None:
    """Find the language before click parses, so that help and usage errors speak it too."""
    for index, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang" and index + 1 < len(arguments):
            return arguments[index + 1]
    return os.environ.get(LANGUAGE_VARIABLE) or None


def _workspace_language(arguments: Sequence[str]) -> str | None:
    """Find the workspace's language by one line of its settings: help must not wait for YAML."""
    named = os.environ.get(WORKSPACE_VARIABLE)
    for index, argument in enumerate(arguments):
        if argument.startswith("--workspace="):
            named = argument.removeprefix("--workspace=")
        elif argument == "--workspace" and index + 1 < len(arguments):
            named = arguments[index + 1]
    here = Path.cwd()
    for folder in [Path(named)] if named else [here, *here.parents]:
        try:
            settings = (folder / "secaudit.yaml").read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        found = re.search(r"^language:[ \t]*[\"']?(id|en)\b", settings, re.MULTILINE)
        return found[1] if found else None
    return None


def main() -> None:
    """Run the program and exit with its code."""
    look_seldom()
    chosen = _language_of(sys.argv[1:]) or _workspace_language(sys.argv[1:])
    if chosen in set(Language):
        set_language(Language(chosen))
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error becomes one line and a hint."""
    try:
        answer = root.main(args=list(arguments), prog_name="secaudit", standalone_mode=False)
    except SecauditError as error:
        _complain(*error.in_words(gettext))
        return int(error.exit_code)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        _complain(gettext("Interrupted."), "")
        return int(ExitCode.FAILED)
    except click.ClickException as error:
        error.show()
        return int(ExitCode.REFUSED)
    except KeyboardInterrupt:
        _complain(gettext("Interrupted."), "")
        return int(ExitCode.FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.FAILED)
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        _complain(
            gettext("secaudit itself failed: {what}").format(
                what=f"{type(error).__name__}: {error}"
            ),
            gettext("see where with {variable}=1, and report it").format(variable=DEBUG_VARIABLE),
        )
        return int(ExitCode.FAILED)
    return int(answer) if isinstance(answer, int) else int(ExitCode.DONE)


def _complain(message: str, hint: str) -> None:
    label = gettext("Error")
    click.echo(f"{label}: {visible(message, keep_newlines=True)}", err=True)
    if hint:
        click.echo(f"  {visible(hint, keep_newlines=True)}", err=True)
