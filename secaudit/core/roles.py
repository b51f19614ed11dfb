"""The roles of people: what somebody may be, and which of them one person should not hold both."""

from enum import StrEnum


class Role(StrEnum):
    """What a person does here; where each comes from stands in ``secaudit/app/roles.yaml``."""

    OPERATOR = "operator"
    AUDITOR = "auditor"
    RISK_OWNER = "risk_owner"
    APPROVER = "approver"
    """The GCIO, who decides."""
    COORDINATOR = "coordinator"
    """The Sekda, who coordinates and to whom the GCIO reports."""
    VIEWER = "viewer"


GRANTING = frozenset({Role.COORDINATOR, Role.APPROVER})
"""Who gives roles to others."""
ENTERING = frozenset(Role) - {Role.VIEWER}
"""Who may enter a decision that another person signed."""
AUDITED = frozenset({Role.OPERATOR, Role.APPROVER, Role.RISK_OWNER})
"""What an auditor should not be beside: these do, decide or own what is audited."""


def conflicting(roles: frozenset[Role]) -> frozenset[Role]:
    """The roles that do not go together with another of ``roles``; empty where all do."""
    if Role.AUDITOR not in roles or not roles & AUDITED:
        return frozenset()
    return (roles & AUDITED) | {Role.AUDITOR}
