"""The nouns that can be exchanged, by name."""

from collections.abc import Mapping

from secaudit.app.exchange.findings import FindingNoun
from secaudit.app.exchange.noun import Noun
from secaudit.app.exchange.plans import PlanNoun
from secaudit.app.exchange.risks import RiskNoun

_FINDING: Noun = FindingNoun()
_PLAN: Noun = PlanNoun()
_RISK: Noun = RiskNoun()
NOUNS: Mapping[str, Noun] = {noun.name: noun for noun in (_FINDING, _PLAN, _RISK)}
