"""The summary page as plain values, for a terminal."""

from typing import Any

from reports.document import Callout, Tiles
from reports.facts import Facts, identity_of
from reports.model import ReportData
from reports.sections.summary import decisions, summary
from reports.words import Words


def preview_of(data: ReportData) -> dict[str, Any]:
    """Return organisation, period, identity, notices, numbers and decisions as JSON values."""
    words = Words(data.language, data.timezone)
    facts = Facts(data)
    blocks = summary(facts, words).blocks
    return {
        "organisation": data.organisation,
        "period": words.period(data.period.first, data.period.last),
        "identity": identity_of(data),
        "notices": [
            {"title": block.title, "text": block.text}
            for block in blocks
            if isinstance(block, Callout)
        ],
        "numbers": [
            {"value": tile.value, "label": tile.label}
            for block in blocks
            if isinstance(block, Tiles)
            for tile in block.items
        ],
        "decisions": list(decisions(facts, words)),
    }
