"""The probe of known weaknesses: what follows from earlier observations, and the few that must ask.

Observation ``tls.weakness``, about ``zone/address:port/tcp``:

- ``weaknesses``: name (see :class:`scanners.weakness.verdict.Weakness`) -> ``state`` (``proved``,
  ``absent``, ``inconclusive``), ``why`` (a word that docs/probes.md explains), ``reason`` (the
  reason code of an inconclusive state, else ``observed``), ``facts`` (what the state rests on).
- ``asked_name``: the name in the hellos, or null. ``connections`` made, ``problems`` (reasons).
"""

from collections.abc import Iterable, Sequence

from scanners.base import Dialer, Endpoint
from scanners.dialer import utc_now
from scanners.tls.exchange import TRANSCRIPT_TYPE, Exchanger
from scanners.tls.limits import Meter
from scanners.tls.probe import KIND as ENDPOINT
from scanners.tls.probe import sni_of
from scanners.weakness.derived import derive
from scanners.weakness.earlier import ssl2_of
from scanners.weakness.early import look_early
from scanners.weakness.ground import Ground
from scanners.weakness.padding import look_at_padding
from scanners.weakness.robot import look_for_robot
from scanners.weakness.settings import WeaknessSettings
from scanners.weakness.ticketbleed import look_for_ticketbleed
from scanners.weakness.verdict import State, Verdict, Weakness, inconclusive
from secaudit.core.observation import EvidenceSink, Observation
from secaudit.core.vocabulary import Reason

KIND = "tls.weakness"
_ASKED_FOR = (
    Weakness.HEARTBLEED,
    Weakness.CCS_INJECTION,
    Weakness.ROBOT,
    Weakness.TICKETBLEED,
    Weakness.POODLE_TLS,
    Weakness.PADDING_ORACLE,
    Weakness.CRIME,
    Weakness.RENEGOTIATION,
)
"""What can only be told by asking the server."""
_DEFAULT = WeaknessSettings()


async def probe_weaknesses(
    endpoint: Endpoint,
    dialer: Dialer,
    evidence: EvidenceSink,
    found: Sequence[Observation],
    settings: WeaknessSettings = _DEFAULT,
) -> list[Observation]:
    """Look at one endpoint. ``found`` are the observations that were made about it before.

    Nothing comes back where no ``tls.endpoint`` is among them. Raises ScopeRefusedError alone.
    """
    seen = next((item for item in found if item.kind == ENDPOINT), None)
    if seen is None:
        return []
    observed_at = utc_now()
    ground = Ground(seen)
    exchanger = Exchanger(endpoint, dialer, Meter(settings.tls))
    name = sni_of(endpoint.names)
    verdicts = derive(ground, ssl2_of(found))
    if settings.may_send:
        verdicts.update(await look_early(ground, exchanger, name, settings))
        verdicts[Weakness.ROBOT] = await look_for_robot(ground, exchanger, name, settings)
        if Weakness.TICKETBLEED not in verdicts:
            verdicts[Weakness.TICKETBLEED] = await look_for_ticketbleed(ground, exchanger, name)
        verdicts.update(await look_at_padding(ground, exchanger, name, settings))
    else:
        unasked = inconclusive(Reason.CLASS_NOT_PERMITTED, "not_asked")
        verdicts.update(dict.fromkeys(_ASKED_FOR, unasked))
    digests: tuple[str, ...] = ()
    if exchanger.transcript.lines:
        digests = (evidence.put(exchanger.transcript.content(), TRANSCRIPT_TYPE),)
    data = {
        "weaknesses": {weakness.value: verdicts[weakness].data() for weakness in Weakness},
        "asked_name": name,
        "connections": exchanger.meter.connections,
        "problems": _problems(verdicts.values()),
    }
    return [Observation(KIND, endpoint.subject, observed_at, data, (*digests, *seen.evidence))]


def _problems(verdicts: Iterable[Verdict]) -> list[str]:
    return sorted({item.reason.value for item in verdicts if item.state is State.INCONCLUSIVE})
