"""The words of this room in the user's language."""

from collections.abc import Mapping
from enum import Enum

from secaudit.audit.vocabulary import (
    AuditGrade,
    Binding,
    Conclusion,
    ConflictKind,
    EngagementState,
    FindingEventKind,
    FindingState,
    Method,
    Opinion,
    Population,
    ProofKind,
    Role,
    Step,
    Stratum,
)
from secaudit.text.language import N_
from secaudit.text.words import Word

_WORDS: Mapping[type[Enum], Mapping[str, str]] = {
    EngagementState: {
        "planned": N_("planned"),
        "running": N_("under way"),
        "concluded": N_("concluded"),
        "cancelled": N_("called off"),
    },
    Role: {
        "lead": N_("lead auditor"),
        "auditor": N_("auditor"),
        "expert": N_("expert"),
        "trainee": N_("auditor in training"),
    },
    Step: {
        "understand": N_("understanding the control"),
        "design": N_("design of the control"),
        "implementation": N_("implementation of the control"),
        "effectiveness": N_("effectiveness of the control"),
    },
    Conclusion: {
        "effective": N_("effective"),
        "partly": N_("partly effective"),
        "not_effective": N_("not effective"),
        "not_tested": N_("not tested"),
    },
    ConflictKind: {
        "asset_owner": N_("owns the asset"),
        "finding_owner": N_("answers for the finding"),
        "risk_owner": N_("owns the risk"),
        "attestor": N_("assessed the requirement for its owner"),
        "soa_owner": N_("owns the control in the Statement of Applicability"),
    },
    ProofKind: {
        "file": N_("file"),
        "finding": N_("finding"),
        "result": N_("result of a check"),
        "evidence": N_("raw evidence"),
        "attestation": N_("attestation"),
        "sample": N_("sample"),
    },
    Population: {
        "assets": N_("assets in scope"),
        "findings": N_("findings"),
        "results": N_("results of checks"),
        "attestations": N_("attestations"),
        "changes": N_("changes in the audit trail"),
    },
    Method: {
        "simple": N_("simple random"),
        "stratified": N_("stratified"),
        "weighted": N_("weighted by criticality"),
    },
    Stratum: {"zone": N_("zone"), "criticality": N_("criticality")},
    AuditGrade: {
        "major": N_("major nonconformity"),
        "minor": N_("minor nonconformity"),
        "observation": N_("observation"),
        "opportunity": N_("opportunity for improvement"),
    },
    FindingState: {
        "open": N_("open"),
        "corrected": N_("corrected, not yet checked"),
        "verified": N_("checked and effective"),
        "closed": N_("closed"),
        "reopened": N_("reopened"),
    },
    FindingEventKind: {
        "raised": N_("raised"),
        "analysed": N_("cause and corrective action recorded"),
        "corrected": N_("corrected"),
        "verified": N_("checked: the action works"),
        "not_effective": N_("checked: the action does not work"),
        "closed": N_("closed"),
        "reopened": N_("reopened"),
    },
    Opinion: {
        "adequate": N_("adequate and effective"),
        "with_exceptions": N_("adequate, with exceptions"),
        "inadequate": N_("not adequate"),
        "no_opinion": N_("no opinion"),
    },
    Binding: {
        "binding": N_("binding"),
        "comparison": N_("for comparison only"),
        "draft": N_("draft, not in force"),
    },
}


def word(value: Enum) -> Word:
    """The word for a member of this room's vocabulary."""
    return Word(_WORDS[type(value)][str(value.value)])


def say(kind: type[Enum], code: str | None) -> str:
    """Say a code as a record carries it, in the current language; nothing for None."""
    return "" if code is None else str(word(kind(code)))
