"""The tables, one module per room that owns them; all share one ``metadata``."""

from secaudit.store.tables import (
    assurance,
    audit,
    conformity,
    ledger,
    notices,
    people,
    registry,
    remediation,
    risk,
    scans,
    schedules,
    trail,
)
from secaudit.store.tables.base import metadata

__all__ = [
    "assurance",
    "audit",
    "conformity",
    "ledger",
    "metadata",
    "notices",
    "people",
    "registry",
    "remediation",
    "risk",
    "scans",
    "schedules",
    "trail",
]
