"""The closed lists of words of the internal audit."""

from enum import StrEnum


class EngagementState(StrEnum):
    """How an engagement stands."""

    PLANNED = "planned"
    RUNNING = "running"
    CONCLUDED = "concluded"
    CANCELLED = "cancelled"


class Role(StrEnum):
    """What somebody does in the audit team."""

    LEAD = "lead"
    AUDITOR = "auditor"
    EXPERT = "expert"
    """Knows the subject, concludes nothing."""
    TRAINEE = "trainee"


CONCLUDING = frozenset({Role.LEAD, Role.AUDITOR})
"""Those who may record a conclusion."""


class Step(StrEnum):
    """The four steps of Peraturan BSSN 8/2024 Pasal 27, in their order."""

    UNDERSTAND = "understand"
    DESIGN = "design"
    IMPLEMENTATION = "implementation"
    EFFECTIVENESS = "effectiveness"


class Conclusion(StrEnum):
    """What a step came to."""

    EFFECTIVE = "effective"
    PARTLY = "partly"
    NOT_EFFECTIVE = "not_effective"
    NOT_TESTED = "not_tested"


class ConflictKind(StrEnum):
    """What an auditor has to do with what is audited."""

    ASSET_OWNER = "asset_owner"
    FINDING_OWNER = "finding_owner"
    RISK_OWNER = "risk_owner"
    ATTESTOR = "attestor"
    SOA_OWNER = "soa_owner"


class ProofKind(StrEnum):
    """What a conclusion rests on."""

    FILE = "file"
    FINDING = "finding"
    RESULT = "result"
    EVIDENCE = "evidence"
    ATTESTATION = "attestation"
    SAMPLE = "sample"


class Population(StrEnum):
    """What a sample is drawn from."""

    ASSETS = "assets"
    FINDINGS = "findings"
    RESULTS = "results"
    ATTESTATIONS = "attestations"
    CHANGES = "changes"
    """Rows of the audit trail."""


class Method(StrEnum):
    """How a sample is drawn."""

    SIMPLE = "simple"
    STRATIFIED = "stratified"
    WEIGHTED = "weighted"
    """Each item by its weight, as monetary-unit sampling does by amounts."""


class Stratum(StrEnum):
    """By what a population is parted."""

    ZONE = "zone"
    CRITICALITY = "criticality"


class AuditGrade(StrEnum):
    """How an audit finding is graded; the same words as an auditor's grade of a requirement."""

    MAJOR = "major"
    MINOR = "minor"
    OBSERVATION = "observation"
    OPPORTUNITY = "opportunity"

    @property
    def nonconformity(self) -> bool:
        """Whether a requirement is not met, so that a corrective action is owed."""
        return self in {AuditGrade.MAJOR, AuditGrade.MINOR}


class FindingState(StrEnum):
    """The life of an audit finding."""

    OPEN = "open"
    CORRECTED = "corrected"
    """The owner says that correction and corrective action are done."""
    VERIFIED = "verified"
    """Somebody else saw that the action works."""
    CLOSED = "closed"
    REOPENED = "reopened"


class FindingEventKind(StrEnum):
    """What can happen to an audit finding."""

    RAISED = "raised"
    ANALYSED = "analysed"
    CORRECTED = "corrected"
    VERIFIED = "verified"
    NOT_EFFECTIVE = "not_effective"
    CLOSED = "closed"
    REOPENED = "reopened"


class Opinion(StrEnum):
    """What the audit as a whole came to."""

    ADEQUATE = "adequate"
    WITH_EXCEPTIONS = "with_exceptions"
    INADEQUATE = "inadequate"
    NO_OPINION = "no_opinion"
    """Too little could be looked at."""


class Binding(StrEnum):
    """How a criterion binds the audited organisation."""

    BINDING = "binding"
    COMPARISON = "comparison"
    DRAFT = "draft"
    """A draft is never law: it carries no nonconformity."""
