"""A profile: the rules of one published guideline for TLS servers, as people write them in YAML.

Each rule names where it stands in its source, and from when (or until when) it holds. A rule looks
at one aspect of what was observed; the aspects are the classes below.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from secaudit.content.bilingual import Bilingual

Version = Literal["SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"]
Level = Literal["shall", "should"]
"""``should`` is a recommendation: what departs from it is told, and does not decide."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Model):
    """What the profile was made from, and how it was read."""

    title: str
    url: Annotated[str, Field(pattern=r"^https://")]
    version: str
    published: date
    confidence: Literal["text_read", "mirror_read", "secondary"]
    note: Bilingual | None = None


class _Rule(_Model):
    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    level: Level = "shall"
    cite: Annotated[str, Field(min_length=1)]
    """Where the rule stands in its source."""
    text: Bilingual
    since: date | None = None
    """The first day on which it holds; the day of publication where this is left out."""
    until: date | None = None
    """The last day on which it holds."""


class ProtocolsAllowed(_Rule):
    """No other version is spoken."""

    aspect: Literal["protocols_allowed"]
    names: Annotated[tuple[Version, ...], Field(min_length=1)]
    ends: Mapping[Version, date] = Field(default_factory=dict)
    """The last day on which one of them is allowed."""


class ProtocolOffered(_Rule):
    """At least one of these versions is spoken."""

    aspect: Literal["protocol_offered"]
    names: Annotated[tuple[Version, ...], Field(min_length=1)]


class SuitesAllowed(_Rule):
    """In one version, no other cipher suite is accepted (IANA names)."""

    aspect: Literal["suites_allowed"]
    protocol: Version
    names: Annotated[tuple[str, ...], Field(min_length=1)]
    ends: Mapping[str, date] = Field(default_factory=dict)


class GroupsAllowed(_Rule):
    """No other group is agreed on (IANA names), in any version."""

    aspect: Literal["groups_allowed"]
    names: Annotated[tuple[str, ...], Field(min_length=1)]
    ends: Mapping[str, date] = Field(default_factory=dict)


class GroupOffered(_Rule):
    """At least one of these groups is agreed on."""

    aspect: Literal["group_offered"]
    names: Annotated[tuple[str, ...], Field(min_length=1)]


class DhBits(_Rule):
    """Every Diffie-Hellman prime has at least so many bits."""

    aspect: Literal["dh_bits"]
    least: Annotated[int, Field(ge=512)]


class KeyKind(_Model):
    """One kind of public key: RSA of at least so many bits, or EC on one of these curves."""

    type: Literal["RSA", "EC", "Ed25519", "Ed448"]
    least: int | None = None
    curves: tuple[str, ...] = ()


class CertificateKeys(_Rule):
    """The server's key is of one of these kinds."""

    aspect: Literal["certificate_keys"]
    kinds: Annotated[tuple[KeyKind, ...], Field(min_length=1)]


class CertificateHashes(_Rule):
    """The server's certificate is signed with one of these hashes."""

    aspect: Literal["certificate_hashes"]
    names: Annotated[tuple[str, ...], Field(min_length=1)]


class CertificateDays(_Rule):
    """The server's certificate is valid for at most so many days of 86,400 seconds."""

    aspect: Literal["certificate_days"]
    most: Annotated[int, Field(ge=1)]


class Feature(_Rule):
    """A feature of the handshake is there (or is not)."""

    aspect: Literal["feature"]
    name: Literal[
        "secure_renegotiation",
        "client_renegotiation",
        "extended_master_secret",
        "encrypt_then_mac",
        "fallback_scsv",
        "compression",
        "early_data",
        "heartbeat",
        "ocsp_stapling",
    ]
    expected: bool


class Preference(_Rule):
    """Who decides on the suite: the server's order, or the client's."""

    aspect: Literal["preference"]
    expected: Literal["server", "client"]


class Hsts(_Rule):
    """HTTP Strict Transport Security for at least so many seconds, where HTTP is spoken."""

    aspect: Literal["hsts"]
    least: Annotated[int, Field(ge=0)]


Rule = Annotated[
    ProtocolsAllowed
    | ProtocolOffered
    | SuitesAllowed
    | GroupsAllowed
    | GroupOffered
    | DhBits
    | CertificateKeys
    | CertificateHashes
    | CertificateDays
    | Feature
    | Preference
    | Hsts,
    Field(discriminator="aspect"),
]


class Profile(_Model):
    """One guideline. A workspace's own stands in ``content/policies/`` in the same form."""

    schema_version: Literal[1]
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    title: Bilingual
    source: Source
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
