"""Whether the letter of a running scan still stands: read anew from the database, cheaply."""

import time
from collections.abc import Callable

from secaudit.app.workspace import Workspace
from secaudit.core.vocabulary import Reason
from secaudit.registry import authorisations

LOOK_SECONDS = 1.0
"""How old an answer may be. Every packet waits on it, so the database is not asked for each."""


def standing_of(
    workspace: Workspace, number: str, *, now: Callable[[], float] = time.monotonic
) -> Callable[[], Reason | None]:
    """Return what tells, at any time, why nothing more may be sent under a letter.

    A letter that was revoked, also by another process, is noticed within :data:`LOOK_SECONDS`.
    The implicit authorisation of loopback is no letter: nobody can revoke it.
    """
    if number == authorisations.IMPLICIT:
        return lambda: None
    revoked: Reason | None = None
    looked_at: float | None = None

    def standing() -> Reason | None:
        nonlocal revoked, looked_at
        if revoked is None and (looked_at is None or now() - looked_at >= LOOK_SECONDS):
            looked_at = now()
            with workspace.view() as connection:
                revoked = Reason.REVOKED if authorisations.is_revoked(connection, number) else None
        return revoked

    return standing
