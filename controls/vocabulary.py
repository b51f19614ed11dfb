"""The closed lists of words that only catalogues and mappings use."""

from enum import StrEnum


class RequirementKind(StrEnum):
    """What a requirement is. A provision may be two at once, such as obligation and role."""

    CLAUSE = "clause"
    """A clause of the body of a standard, with a requirement of its own."""
    HEADING = "heading"
    """A clause that only gathers the clauses below it."""
    CONTROL = "control"
    OBLIGATION = "obligation"
    ROLE = "role"
    CADENCE = "cadence"
    DEADLINE = "deadline"
    DEFINITION = "definition"
    PRINCIPLE = "principle"


DECISIVE_KINDS = frozenset(
    {RequirementKind.CLAUSE, RequirementKind.CONTROL, RequirementKind.OBLIGATION}
)
"""Kinds that evidence can contradict. A definition or a role cannot be broken by a port."""


class Supports(StrEnum):
    """Which pass of a check that tests a requirement counts in its support."""

    PRESENCE = "presence"
    """Only one where the service was there and did what it should."""
    ABSENCE = "absence"
    """Also one where the service that the check is about is not there."""
    NEVER = "never"
    """None: a failure contradicts, a pass proves nothing."""


class RequirementRelation(StrEnum):
    """How one requirement's meaning lies to another's. Part is never carried over as whole."""

    EQUAL = "equal"
    SUBSET = "subset"
    SUPERSET = "superset"
    INTERSECTS = "intersects"

    @property
    def reversed(self) -> "RequirementRelation":
        """The same relation, seen from the other requirement."""
        return _REVERSED.get(self, self)


_REVERSED = {
    RequirementRelation.SUBSET: RequirementRelation.SUPERSET,
    RequirementRelation.SUPERSET: RequirementRelation.SUBSET,
}


class FrameworkKind(StrEnum):
    """What a catalogue holds."""

    STANDARD = "standard"
    REGULATION = "regulation"
    INSTRUMENT = "instrument"
    """A public instrument to measure oneself with, or a service: no law and no standard."""


class ControlType(StrEnum):
    """ISO/IEC 27002:2022 attribute: when the control acts on the risk."""

    PREVENTIVE = "preventive"
    DETECTIVE = "detective"
    CORRECTIVE = "corrective"


class SecurityProperty(StrEnum):
    """ISO/IEC 27002:2022 attribute: what the control helps to keep."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


class Concept(StrEnum):
    """ISO/IEC 27002:2022 attribute: cybersecurity concepts."""

    IDENTIFY = "identify"
    PROTECT = "protect"
    DETECT = "detect"
    RESPOND = "respond"
    RECOVER = "recover"


class Capability(StrEnum):
    """ISO/IEC 27002:2022 attribute: operational capabilities."""

    GOVERNANCE = "governance"
    ASSET_MANAGEMENT = "asset_management"
    INFORMATION_PROTECTION = "information_protection"
    HUMAN_RESOURCE_SECURITY = "human_resource_security"
    PHYSICAL_SECURITY = "physical_security"
    SYSTEM_AND_NETWORK_SECURITY = "system_and_network_security"
    APPLICATION_SECURITY = "application_security"
    SECURE_CONFIGURATION = "secure_configuration"
    IDENTITY_AND_ACCESS_MANAGEMENT = "identity_and_access_management"
    THREAT_AND_VULNERABILITY_MANAGEMENT = "threat_and_vulnerability_management"
    CONTINUITY = "continuity"
    SUPPLIER_RELATIONSHIPS_SECURITY = "supplier_relationships_security"
    LEGAL_AND_COMPLIANCE = "legal_and_compliance"
    INFORMATION_SECURITY_EVENT_MANAGEMENT = "information_security_event_management"
    INFORMATION_SECURITY_ASSURANCE = "information_security_assurance"


class SecurityDomain(StrEnum):
    """ISO/IEC 27002:2022 attribute: security domains."""

    GOVERNANCE_AND_ECOSYSTEM = "governance_and_ecosystem"
    PROTECTION = "protection"
    DEFENCE = "defence"
    RESILIENCE = "resilience"
