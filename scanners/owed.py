"""What a check that failed before is owed when nothing was seen that its rule could judge.

Not reached is not fixed, and inconclusive is not passed: a pass needs a port that is known to be
shut, on a host that is known to be up. A port that is only silent may be full, or shut to us alone:
see ``when_filtered`` of :class:`scanners.catalogue.Check`.
"""

from datetime import datetime

from scanners.base import Sight
from scanners.catalogue import Check
from scanners.ports import in_runs
from scanners.starttls.dialogues import DIALOGUES
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason

_ABOUT_TLS = ("tls.", "cert.")
_ABOUT_SSH = "ssh."
_ABOUT_HTTP = "http."
_MAY_START_TLS = frozenset({*DIALOGUES, "mongodb"})
"""Services that can turn to TLS after a first word: not asked is not refused."""


def port_state(ports: Observation, port: int) -> str | None:
    """Return ``open``, ``closed`` or ``filtered``; None when the port was not probed."""
    if port in ports.data["open"]:
        return "open"
    for state in ("closed", "filtered"):
        if in_runs(ports.data[state], port):
            return state
    return None


def outcome_owed(sight: Sight, check: Check, subject: Subject, at: datetime) -> CheckResult:
    """Return the outcome for a subject on which the check failed before.

    Silent host: not reached. Port closed or silent: what the check says that means. Port open: a
    check of TLS, SSH or HTTP does not apply where another protocol was recognised, nor where a
    service offers no TLS any more; a probe that failed there is an error, else inconclusive. Port
    not probed: not reached.
    """
    ports = sight.about("host.ports", subject.host)
    failure = _failure(sight, subject)
    basis: Observation | None
    if (spoken := _other_protocol(sight, check, subject)) is not None:
        known = spoken.data["name"] in _MAY_START_TLS
        reason = Reason.NOT_OFFERED if known else Reason.PROTOCOL_MISMATCH
        outcome, basis = Outcome.NOT_APPLICABLE, spoken
    else:
        outcome, reason = _owed(check, subject, ports, failure)
        basis = failure if outcome is Outcome.ERROR else ports
    return CheckResult(
        check=check.id,
        subject=subject,
        outcome=outcome,
        reason=reason,
        severity=check.severity,
        observed_at=basis.observed_at if basis else at,
        evidence=basis.evidence if basis else (),
    )


def _owed(
    check: Check, subject: Subject, ports: Observation | None, failure: Observation | None
) -> tuple[Outcome, Reason]:
    error = (Outcome.ERROR, Reason(failure.data["reason"])) if failure else None
    if ports is None:
        return error or (Outcome.NOT_REACHED, Reason.NO_OBSERVATION)
    if ports.data["state"] == "silent":
        return Outcome.NOT_REACHED, Reason.NO_ANSWER
    if subject.port is None:
        return error or (Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION)
    state = port_state(ports, subject.port)
    if state == "open":
        return error or (Outcome.INCONCLUSIVE, Reason.NO_OBSERVATION)
    if state is None:
        return Outcome.NOT_REACHED, Reason.NO_OBSERVATION
    if state == "filtered":
        return Outcome(check.when_filtered), Reason.PORT_FILTERED
    return Outcome(check.when_closed), Reason.PORT_CLOSED


def _other_protocol(sight: Sight, check: Check, subject: Subject) -> Observation | None:
    """The named service that answers where a check of TLS, SSH or HTTP failed, and has none."""
    if subject.port is None or not check.id.startswith((*_ABOUT_TLS, _ABOUT_SSH, _ABOUT_HTTP)):
        return None
    service = sight.about("service", subject.endpoint)
    if service is None or service.data["name"] == "unknown":
        return None
    if check.id.startswith(_ABOUT_HTTP):
        return None if service.data["name"] in ("http", "https") else service
    if check.id.startswith(_ABOUT_SSH):
        return None if service.data["name"] == "ssh" else service
    unasked = service.data["starttls"] is None and service.data["name"] in _MAY_START_TLS
    return None if service.data["tls"] or service.data["starttls"] or unasked else service


def _failure(sight: Sight, subject: Subject) -> Observation | None:
    """The failure of a probe that should have spoken about this subject."""
    concerned = {subject, subject.endpoint, subject.host}
    return next((item for item in sight.of("error") if item.subject in concerned), None)
