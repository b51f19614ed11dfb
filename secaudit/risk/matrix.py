"""The 5 by 5 matrix: the score is likelihood times impact, and five levels divide the scores."""

from bisect import bisect_left

LARGEST_OF_LEVEL = (3, 6, 10, 16, 25)
"""The highest score of the levels very low, low, medium, high and very high."""
STEPS = range(1, 6)


def score(likelihood: int, impact: int) -> int:
    """Return 1 to 25. Raises ValueError outside 1 to 5."""
    if likelihood not in STEPS or impact not in STEPS:
        raise ValueError(f"likelihood {likelihood} and impact {impact} go from 1 to 5")
    return likelihood * impact


def level(likelihood: int, impact: int) -> int:
    """Return the level, from 1 (very low) to 5 (very high)."""
    return bisect_left(LARGEST_OF_LEVEL, score(likelihood, impact)) + 1
