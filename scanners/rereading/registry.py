"""Which kinds of observations can be read again from their evidence, and by what."""

from collections.abc import Callable, Mapping, Sequence

from scanners.rereading import (
    certificate,
    handshake,
    names,
    ssh,
    starttls,
    tls,
    weakness,
    web,
)
from scanners.rereading.reading import Material, Reading
from secaudit.core.observation import Observation

Rereader = Callable[[Material], Reading]

REREADERS: Mapping[str, Rereader] = {
    "tls.endpoint": tls.reread,
    "tls.handshake": handshake.reread,
    "tls.weakness": weakness.reread,
    "certificate.chain": certificate.reread,
    "starttls.endpoint": starttls.reread,
    "ssh.endpoint": ssh.reread,
    "http.response": web.reread,
    "dns.name": names.reread,
}


def reread(
    observation: Observation, evidence: Sequence[bytes], others: Sequence[Observation] = ()
) -> Reading | None:
    """Hold an observation against its evidence; ``others`` were made of the same host.

    None where this kind is not read again. Raises ValueError where the evidence cannot be read.
    """
    rereader = REREADERS.get(observation.kind)
    return None if rereader is None else rereader(Material(observation, evidence, others))
