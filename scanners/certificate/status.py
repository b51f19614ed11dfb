"""What came beside a chain, as JSON values: the stapled OCSP response and the SCTs.

- ``asked_status``: the hello asked for a staple. ``staple``: what it says (see
  :mod:`scanners.certificate.ocsp`), or null; ``staple_problem`` where one came that was not read.
- ``scts``: each one (see :mod:`scanners.certificate.sct`), wherever it came from. ``sct_problems``:
  ``source`` and ``problem`` of a list that cannot be read.
- ``ct_list``: ``version`` and ``made_at`` of the list of logs that they were held against, or null.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scanners.certificate.fetch import SentChain
from scanners.certificate.ocsp import ocsp_facts, single_timestamps
from scanners.certificate.sct import Shown, Source, embedded_list, parse_list, sct_facts
from scanners.certificate.trust import TrustStores
from scanners.tls.wire import MalformedError
from secaudit.core.instant import format_instant
from secaudit.core.vocabulary import Reason

NOTHING: dict[str, Any] = {
    "asked_status": False,
    "staple": None,
    "staple_problem": None,
    "scts": [],
    "sct_problems": [],
    "ct_list": None,
}


def status_data(sent: SentChain, shown: Shown, trust: TrustStores, at: datetime) -> dict[str, Any]:
    """Return what stands beside a chain. Never raises for its content."""
    staple, problem = None, sent.staple_problem
    if sent.staple is not None and shown.certificate is not None:
        staple = ocsp_facts(sent.staple, shown.certificate, shown.issuers, at)
    elif sent.staple is not None:
        problem = Reason.UNPARSABLE_CERTIFICATE
    scts: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    for source, content in _lists(sent, problems):
        try:
            found = parse_list(content)
        except MalformedError as error:
            problems.append({"source": source, "problem": str(error)})
            continue
        scts += [sct_facts(sct, source, shown, trust.logs, at) for sct in found]
    logs = trust.logs
    made_at = format_instant(logs.made_at) if logs and logs.made_at else None
    return {
        "asked_status": sent.asked_status,
        "staple": staple,
        "staple_problem": None if problem is None else problem.value,
        "scts": scts,
        "sct_problems": problems,
        "ct_list": None if logs is None else {"version": logs.version, "made_at": made_at},
    }


def _lists(sent: SentChain, problems: list[dict[str, Any]]) -> Iterator[tuple[Source, bytes]]:
    try:
        embedded = embedded_list(sent.certificates[0])
    except MalformedError as error:
        embedded = None
        problems.append({"source": "embedded", "problem": str(error)})
    if embedded is not None:
        yield "embedded", embedded
    if sent.timestamps is not None:
        yield "tls", sent.timestamps
    if sent.staple is not None:
        for content in single_timestamps(sent.staple)[:1]:
            yield "ocsp", content
