"""Holding every observation that a test makes against its own evidence."""

from collections.abc import Mapping, Sequence

from scanners.rereading.reading import Reading
from scanners.rereading.registry import reread
from secaudit.core.observation import Observation


def read_again(
    item: Observation, kept: Mapping[str, bytes], others: Sequence[Observation] = ()
) -> Reading:
    """Read one observation again, by the evidence of it that is at hand."""
    evidence = [kept[digest] for digest in item.evidence if digest in kept]
    reading = reread(item, evidence, others)
    assert reading is not None, item.kind
    return reading


def assert_borne_out(
    found: Sequence[Observation], kept: Mapping[str, bytes], others: Sequence[Observation] = ()
) -> None:
    """Fail where the bytes say something else than an observation."""
    for item in found:
        reading = read_again(item, kept, (*others, *found))
        told = {name: item.data.get(name) for name in reading.differing}
        assert not reading.differing, (item.kind, told)
