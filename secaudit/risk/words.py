"""The words of the risk room for what its codes say, in the current language."""

from collections.abc import Mapping

from secaudit.risk.model import RiskState, TreatmentKind, TreatmentState
from secaudit.text.language import N_, gettext
from secaudit.text.words import Word

_STATES: Mapping[RiskState, str] = {
    RiskState.PROPOSED: N_("proposed"),
    RiskState.APPROVED: N_("approved"),
    RiskState.REJECTED: N_("rejected"),
    RiskState.LAPSED: N_("lapsed"),
    RiskState.RETIRED: N_("retired"),
}
_TREATMENTS: Mapping[TreatmentKind, str] = {
    TreatmentKind.MITIGATE: N_("mitigate"),
    TreatmentKind.ACCEPT: N_("accept"),
    TreatmentKind.AVOID: N_("avoid"),
    TreatmentKind.TRANSFER: N_("transfer"),
}
_TREATMENT_STATES: Mapping[TreatmentState, str] = {
    TreatmentState.PLANNED: N_("planned"),
    TreatmentState.DONE: N_("done"),
    TreatmentState.CANCELLED: N_("cancelled"),
}
_HARMS: Mapping[str, str] = {
    "service": N_("service"),
    "finance": N_("finance"),
    "reputation": N_("reputation"),
    "law": N_("law"),
    "safety": N_("safety"),
    "confidentiality": N_("confidentiality"),
    "integrity": N_("integrity"),
    "availability": N_("availability"),
}


def state_word(state: RiskState) -> Word:
    """The word for a state."""
    return Word(_STATES[state])


def treatment_word(kind: TreatmentKind) -> Word:
    """The word for a kind of treatment."""
    return Word(_TREATMENTS[kind])


def treatment_state_word(state: TreatmentState) -> Word:
    """The word for the state of a treatment."""
    return Word(_TREATMENT_STATES[state])


def harm_words(codes: list[str] | tuple[str, ...]) -> str:
    """Properties and kinds of harm in words, with commas."""
    return ", ".join(gettext(_HARMS.get(code, code)) for code in codes)
