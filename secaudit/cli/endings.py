"""Which format a file is to have, by the ending of its name."""

from collections.abc import Sequence
from pathlib import Path

from secaudit.core.errors import InputError


def format_of(output: Path, formats: Sequence[str], default: str) -> str:
    """The format that a name ends in, or ``default`` for a name without an ending.

    Raises InputError for an ending that is none of ``formats``.
    """
    ending = output.suffix.lower().lstrip(".")
    if not ending:
        return default
    if ending not in formats:
        raise InputError(
            "{path}: there is no format {ending}",
            hint="there are: {known}; another name is possible with --format",
            path=output,
            ending=ending,
            known=", ".join(formats),
        )
    return ending
