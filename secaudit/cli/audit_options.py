"""Options that several verbs of the audit share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secaudit.cli.command import option
from secaudit.text.language import N_

if TYPE_CHECKING:
    from secaudit.app.audit.testing import ProofRequest

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

by_option = option(
    "--by", "person", help=N_("Whose word it is (default: the auditor with your account).")
)
said_by_option = option("--by", "person", help=N_("Who says so (default: your account)."))
files_option = option(
    "--evidence",
    "files",
    multiple=True,
    type=FILE,
    help=N_("A file that proves it; it is kept as evidence (repeatable)."),
)


def proof_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Everything that a conclusion may rest on."""
    for decorate in reversed(
        (
            files_option,
            option(
                "--finding",
                "findings",
                multiple=True,
                help=N_("A finding of the scans that proves it, such as F-0001 (repeatable)."),
            ),
            option(
                "--result",
                "results",
                nargs=2,
                multiple=True,
                metavar="CHECK SUBJECT",
                help=N_("A result of a check that proves it (repeatable)."),
            ),
            option(
                "--raw",
                "hashes",
                multiple=True,
                help=N_("The SHA-256 of raw evidence of a scan (repeatable)."),
            ),
            option(
                "--attestation",
                "attestations",
                multiple=True,
                help=N_("An attestation whose evidence was looked at, such as AT-0003."),
            ),
            option(
                "--sample",
                "samples",
                multiple=True,
                help=N_("The sample that was looked at, such as SM-0001."),
            ),
        )
    ):
        command = decorate(command)
    return command


def proofs_from(said: dict[str, Any]) -> "ProofRequest":
    """Take the options of proof_options out of ``said``."""
    from secaudit.app.audit.testing import ProofRequest

    return ProofRequest(
        files=said.pop("files"),
        findings=said.pop("findings"),
        results=said.pop("results"),
        evidence=said.pop("hashes"),
        attestations=said.pop("attestations"),
        samples=said.pop("samples"),
    )
