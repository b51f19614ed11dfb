"""Who may do what: the one table, ``roles.yaml``, and each role's place in the RACI matrix.

An act is the name under which the audit trail records it.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from secaudit.content.bilingual import Bilingual
from secaudit.content.faults import said
from secaudit.content.yaml import read_document, validate
from secaudit.core.errors import InternalError
from secaudit.core.roles import ENTERING, Role

FILE = Path(__file__).parent / "roles.yaml"


class Rule(StrEnum):
    """What an act asks of whoever does it."""

    WORK = "work"
    """The account belongs to a person who holds one of the roles."""
    DECISION = "decision"
    """A registered person who holds one of the roles approves it, from their own account or by a
    signed document that another account enters."""
    PROGRAM = "program"
    """The program does it by itself, whoever runs the command; or it keeps the workspace itself."""
    FOUNDING = "founding"
    """Done as long as nobody may give roles."""


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RaciOrigin(_Content):
    """The column of a RACI matrix that a role comes from."""

    matrix: str
    actor: str
    articles: tuple[str, ...] = ()
    """Requirements that say what this actor does."""
    inferred: bool = False
    """The matrix does not name this role: it is concluded from what it says."""
    why: Bilingual


class RoleEntry(_Content):
    """One role."""

    title: Bilingual
    raci: RaciOrigin
    description: Bilingual


class Act(_Content):
    """One act, and whose it is. ``roles`` is empty where the program does it, or anybody."""

    title: Bilingual
    rule: Rule = Rule.WORK
    roles: tuple[Role, ...] = ()
    entered_by: tuple[Role, ...] | None = None
    """Whose accounts may enter a decision with the signed document, beside those who take it; None:
    every role but the viewer."""

    @model_validator(mode="after")
    def _is_whole(self) -> "Act":
        if self.entered_by is not None and self.rule is not Rule.DECISION:
            raise said("only a decision is entered by another account")
        bound = self.rule in {Rule.WORK, Rule.DECISION}
        if bound != bool(self.roles):
            raise said("an act of work or decision has roles, and no other")
        if Role.VIEWER in self.roles:
            raise said("who only looks does nothing that is recorded")
        return self

    @property
    def accounts(self) -> frozenset[Role]:
        """Whose accounts may record the act, with the signed document where it is a decision."""
        if self.rule is not Rule.DECISION:
            return frozenset(self.roles)
        entering = ENTERING if self.entered_by is None else frozenset(self.entered_by)
        return entering | frozenset(self.roles)


class RoleTable(_Content):
    """The whole table."""

    schema_version: Literal[1]
    roles: Mapping[Role, RoleEntry]
    acts: Annotated[Mapping[Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_-]+$")], Act], Field()]

    @model_validator(mode="after")
    def _has_all_roles(self) -> "RoleTable":
        if set(self.roles) != set(Role):
            raise said("every role has one entry")
        return self

    def act(self, name: str) -> Act:
        """The entry of an act. Raises InternalError: what no table knows, nobody may do."""
        found = self.acts.get(name)
        if found is None:
            raise InternalError(
                "the act {act} stands in no table of roles, and is refused", act=name
            )
        return found


@cache
def role_table() -> RoleTable:
    """Read ``roles.yaml``. Raises InputError that names the line."""
    return validate(read_document(FILE), RoleTable)
