"""Running the probe of the moment before TLS against loopback."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from read_again import assert_borne_out
from tls_probing import MemoryEvidence, endpoint_at, free_dialer

from scanners.base import Sight
from scanners.network.services.inside_tls import TlsStream
from scanners.registry import judge, load_checks
from scanners.starttls.dialer import DEFAULT_PATIENCE, Patience, StartTlsDialer
from scanners.starttls.dialogues import DIALOGUES
from scanners.starttls.preamble import Bounds
from scanners.starttls.probe import StartTlsSettings, probe_starttls
from scanners.tls.limits import TlsSettings
from scanners.tls.probe import probe_tls
from secaudit.core.canonical import canonical_json
from secaudit.core.network import parse_address
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.vocabulary import ProbeClass

HERE = "127.0.0.1"
QUICK = StartTlsSettings(preamble=Bounds(seconds=1.0), inside_seconds=1.0)


def observed(
    name: str, port: int, *names: str, host: str = HERE, settings: StartTlsSettings | None = None
) -> tuple[Observation, MemoryEvidence]:
    """The one ``starttls.endpoint`` observation, with its evidence."""
    kept = MemoryEvidence()
    endpoint = endpoint_at(port, *names, address=host)
    probing = probe_starttls(endpoint, free_dialer(), kept, name, settings or StartTlsSettings())
    found = asyncio.run(probing)
    assert len(found) == 1
    assert set(found[0].evidence) == set(kept)
    canonical_json(found[0])
    assert_borne_out(found, kept)
    return found[0], kept


def seen_at(
    name: str, port: int, *names: str, host: str = HERE, settings: StartTlsSettings | None = None
) -> dict[str, Any]:
    """What the observation says."""
    return dict(observed(name, port, *names, host=host, settings=settings)[0].data)


def judged_at(name: str, port: int) -> dict[str, CheckResult]:
    """Results of the checks of this room, by check."""
    results = judge(Sight([observed(name, port)[0]]), (), datetime.now(UTC))
    own = [item for item in results if item.check.startswith("starttls.")]
    for item in own:
        if item.outcome == "failed":
            statement = load_checks()[item.check].statement
            assert statement.id.format(**item.details)
            assert statement.en.format(**item.details)
    return {item.check: item for item in own}


def words_dialer(name: str, *names: str, patience: Patience = DEFAULT_PATIENCE) -> StartTlsDialer:
    """The dialer that speaks the words before TLS."""
    return StartTlsDialer(free_dialer(), DIALOGUES[name], names, patience)


def behind(
    name: str,
    port: int,
    *names: str,
    host: str = HERE,
    inside: bytes = b"",
    settings: TlsSettings | None = None,
) -> tuple[Observation, str | None]:
    """The survey of TLS behind the words, and the version of a whole handshake there.

    ``inside`` is what the server is expected to say first once TLS is up.
    """

    async def work() -> tuple[Observation, str | None]:
        kept = MemoryEvidence()
        endpoint = endpoint_at(port, *names, address=host)
        dialer = words_dialer(name, *names)
        found = await probe_tls(endpoint, dialer, kept, settings or TlsSettings())
        words = dialer.keep_words(kept)
        assert all(b"words before TLS" in kept[digest] for digest in words)
        assert words
        stream = await dialer.connect(parse_address(host), port, ProbeClass.TLS)
        async with await TlsStream.over(stream, None, 5.0) as tls:
            if inside:
                assert await tls.receive_exactly(len(inside), 5.0) == inside
            return found[0], tls._tls.version()

    return asyncio.run(work())
