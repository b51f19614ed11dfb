"""Running the handshake probe against loopback, after the probe that it builds on."""

import asyncio

from read_again import assert_borne_out
from tls_probing import MemoryEvidence, endpoint_at, free_dialer

from scanners.handshake.probe import probe_handshake
from scanners.tls.limits import TlsSettings
from scanners.tls.probe import probe_tls
from secaudit.core.canonical import canonical_json
from secaudit.core.observation import Observation


def handshakes(
    port: int,
    *names: str,
    settings: TlsSettings | None = None,
    gentle: bool = False,
    kept: MemoryEvidence | None = None,
    **where: str,
) -> tuple[Observation, Observation]:
    """The ``tls.endpoint`` and the ``tls.handshake`` observation."""
    evidence = MemoryEvidence() if kept is None else kept
    endpoint = endpoint_at(port, *names, **where)

    async def both() -> list[Observation]:
        dialer, chosen = free_dialer(), settings or TlsSettings()
        found = await probe_tls(endpoint, dialer, evidence, chosen)
        again = await probe_handshake(endpoint, dialer, evidence, found[0], chosen, gentle=gentle)
        return found + again

    first, second = asyncio.run(both())
    assert all(digest in evidence for digest in second.evidence)
    canonical_json(second)
    assert_borne_out([first, second], evidence)
    return first, second
