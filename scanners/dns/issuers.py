"""Which certification authority a CAA record means (RFC 8659): names of issuers, from YAML."""

import re
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from secaudit.content.yaml import read_document, validate

_ORGANISATION = re.compile(r"(?:^|[,+])O=((?:\\.|[^,+\\])*)")


class Issuer(BaseModel):
    """One authority: how its certificates name it, and how CAA records may name it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organisations: Annotated[tuple[str, ...], Field(min_length=1)]
    identifiers: Annotated[tuple[str, ...], Field(min_length=1)]


class IssuerFile(BaseModel):
    """``issuers.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuers: tuple[Issuer, ...]


@cache
def _issuers() -> tuple[Issuer, ...]:
    path = Path(__file__).with_name("issuers.yaml")
    return validate(read_document(path), IssuerFile).issuers


def organisation_of(distinguished_name: str) -> str:
    """The organisation in a name as RFC 4514 writes it; empty where it has none."""
    match = _ORGANISATION.search(distinguished_name)
    return re.sub(r"\\(.)", r"\1", match[1]).strip() if match else ""


def identifiers_of(distinguished_name: str) -> tuple[str, ...]:
    """The domain names by which this issuer knows itself; none for one that we do not know."""
    organisation = organisation_of(distinguished_name).casefold()
    return next(
        (
            item.identifiers
            for item in _issuers()
            if any(organisation.startswith(known.casefold()) for known in item.organisations)
        ),
        (),
    )
