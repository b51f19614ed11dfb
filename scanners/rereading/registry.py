"""Which kinds of observations can be read again from their evidence, and by what."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scanners.rereading import certificate, ssh, tls
from secaudit.core.observation import Observation

Rereader = Callable[[Mapping[str, Any], Sequence[bytes]], list[str]]

REREADERS: Mapping[str, Rereader] = {
    "tls.endpoint": tls.reread,
    "certificate.chain": certificate.reread,
    "ssh.endpoint": ssh.reread,
}


def differing(observation: Observation, evidence: Sequence[bytes]) -> list[str] | None:
    """The facts of an observation that its evidence does not bear out; none when all agree.

    None where this kind is not read again. Raises ValueError where the evidence cannot be read.
    """
    rereader = REREADERS.get(observation.kind)
    return None if rereader is None else rereader(observation.data, evidence)
