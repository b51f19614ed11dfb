"""What a web server's answer means. Pure functions: observations to results.

What is judged where (docs/web.md says why):

- The fields about the whole site (HSTS) on every answer under a name over https. Their absence is
  failed on pages and redirects (2xx, 3xx) alone: many servers add fields to no answer of an error,
  so that there it is inconclusive.
- The fields about a page (framing, content type, CSP, referrers) on pages (2xx) over https, or on
  the page behind a redirect where it was permitted to follow one. A redirect and an error page hold
  nothing that these protect, and in clear they can be taken off on the way: nothing is said then.
- Cookies and versions on every answer: what was sent was sent.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scanners.base import Sight, result
from scanners.catalogue import Check
from scanners.http.headers import framed_by_anyone
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason

KIND = "http.response"
_Facts = Mapping[str, Any]


def _answers(sight: Sight) -> Iterator[Observation]:
    """The answers of HTTP that came."""
    for seen in sight.of(KIND):
        if seen.data["status"] is not None:
            yield seen


def _mute(sight: Sight, check: Check, *, https: bool) -> Iterator[CheckResult]:
    """Inconclusive where no answer of HTTP came."""
    for seen in sight.of(KIND):
        data = seen.data
        if data["status"] is None and (not https or data["hsts_applies"]):
            reason = Reason(data["problem"] or Reason.NO_OBSERVATION)
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason, **_place(seen))


def _place(seen: Observation) -> dict[str, Any]:
    subject = seen.subject
    port = subject.port if isinstance(subject, Subject) else None
    return {
        "port": port,
        "url": seen.data["url"],
        "status": seen.data["status"] or "-",
        "scheme": seen.data["scheme"],
    }


def _ordinary(data: _Facts) -> bool:
    """A page or a redirect."""
    return bool(200 <= data["status"] < 400)


def _page(data: _Facts) -> _Facts | None:
    """The facts of the page that is shown, where one was seen."""
    if 200 <= data["status"] < 300:
        return data
    followed = data["followed"]
    if followed is not None and followed["status"] is not None and followed["status"] < 300:
        return dict(followed)
    return None


def hsts(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where browsers are not told to stay with https: no field, a broken one, or an age of 0.

    ``why`` is ``missing``, ``malformed`` or ``switched_off``.
    """
    for seen in _answers(sight):
        data = seen.data
        if not data["hsts_applies"]:
            if data["scheme"] == "https":
                reason = Reason.NOT_OFFERED
                yield result(
                    check, seen.subject, Outcome.NOT_APPLICABLE, seen, reason, **_place(seen)
                )
            continue
        facts = _place(seen) | _hsts_facts(data)
        if data["hsts_max_age"]:
            yield result(check, seen.subject, Outcome.PASSED, seen, **facts)
        elif _ordinary(data) or data["hsts"]["present"]:
            yield result(check, seen.subject, Outcome.FAILED, seen, **facts)
        else:
            reason = Reason.NO_OBSERVATION
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason, **facts)
    yield from _mute(sight, check, https=True)


def _hsts_facts(data: _Facts) -> dict[str, Any]:
    told = data["headers"].get("strict-transport-security", ["-"])
    if not data["hsts"]["present"]:
        why = "missing"
    else:
        why = "malformed" if data["hsts"]["max_age"] is None else "switched_off"
    return {"why": why, "header": told[0], "max_age": data["hsts"]["max_age"]}


def hsts_age(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the policy lasts shorter than the parameter ``seconds``."""
    least = int(str(check.parameters["seconds"]))
    for seen in _answers(sight):
        age = seen.data["hsts_max_age"]
        if age:
            outcome = Outcome.PASSED if age >= least else Outcome.FAILED
            days, wanted = age // 86400, least // 86400
            facts = _place(seen) | {"max_age": age, "days": days, "least_days": wanted}
            yield result(check, seen.subject, outcome, seen, **facts)


def hsts_in_clear(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the field is sent over http, where RFC 6797 (section 7.2) forbids it."""
    for seen in _answers(sight):
        if seen.data["scheme"] == "http":
            outcome = Outcome.FAILED if seen.data["hsts"]["present"] else Outcome.PASSED
            header = _hsts_facts(seen.data)["header"]
            yield result(check, seen.subject, outcome, seen, **_place(seen), header=header)


def downgrade(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a page under https leads on to http."""
    for seen in _answers(sight):
        redirect = seen.data["redirect"]
        if seen.data["scheme"] == "https" and redirect is not None and redirect["leads"]:
            outcome = Outcome.FAILED if redirect["leads"] == "http" else Outcome.PASSED
            facts = _place(seen) | {"location": redirect["location"]}
            yield result(check, seen.subject, outcome, seen, **facts)


def name_in_clear(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where one name stays in clear at an endpoint whose first answer led to https.

    Where not even that one does, net.http.no_redirect has said so of the endpoint as a whole.
    """
    for seen in _answers(sight):
        if seen.data["scheme"] != "http" or seen.data["asked_name"] is None:
            continue
        if not isinstance(seen.subject, Subject) or not _leads_on(sight, seen.subject):
            continue
        redirect = seen.data["redirect"] or {"location": None, "leads": None}
        secured = redirect["leads"] == "https" or seen.data["status"] == 426
        if secured:
            outcome = Outcome.PASSED
        elif _ordinary(seen.data):
            outcome = Outcome.FAILED
        else:
            continue
        facts = _place(seen) | {"location": redirect["location"] or "-"}
        yield result(check, seen.subject, outcome, seen, **facts)


def _leads_on(sight: Sight, subject: Subject) -> bool:
    service = sight.about("service", subject.endpoint)
    answer = service.data["http"] if service is not None else None
    return bool(answer and (answer["location"] or "").strip().lower().startswith("https://"))


def cookie(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where cookies lack what the parameter ``lacks`` names; pass where all have it.

    ``secure``, ``http_only``, ``same_site`` or ``prefix``. The names in ``spared`` are not judged
    (as the cookies that scripts must read), nor are those that are being deleted by an empty value.
    """
    fault = _COOKIE_FAULTS[str(check.parameters["lacks"])]
    spared = {name.lower() for name in _texts(check.parameters.get("spared", ()))}
    for seen in _answers(sight):
        found = [
            item
            for item in _cookies(seen.data)
            if item["name"].lower() not in spared
            and item["value_bytes"]
            and not (check.parameters["lacks"] == "prefix" and item["prefix"] is None)
        ]
        if found:
            bad = [item["name"] or "(-)" for item in found if fault(item)]
            facts = _place(seen) | {"cookies": ", ".join(bad) or "-", "count": len(bad)}
            outcome = Outcome.FAILED if bad else Outcome.PASSED
            yield result(check, seen.subject, outcome, seen, **facts)


def _cookies(data: _Facts) -> list[Mapping[str, Any]]:
    """The cookies of the answer and of the page behind it."""
    followed = data["followed"]
    more = followed["cookies"] if followed is not None and followed["status"] is not None else []
    return [*data["cookies"], *more]


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (tuple, list)) else (str(value),)


_COOKIE_FAULTS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "secure": lambda item: not item["secure"],
    "http_only": lambda item: not item["http_only"],
    "same_site": lambda item: item["same_site"] is None,
    "prefix": lambda item: item["prefix_kept"] is False,
}


def framing(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where any site may show the page in a frame of its own."""

    def protected(page: _Facts) -> bool:
        ancestors = page["csp"]["frame_ancestors"]
        if ancestors is not None:
            return not framed_by_anyone(ancestors)
        return page["frame_options"] is not None

    return _of_pages(sight, check, protected, html=True)


def sniffing(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where browsers may guess another type of content than the one declared."""
    return _of_pages(sight, check, lambda page: bool(page["nosniff"]))


def content_policy(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where no content security policy is in force, by a field or by a meta element."""
    return _of_pages(
        sight, check, lambda page: page["csp"]["present"] or page["csp"]["meta"], html=True
    )


def referrers(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where no referrer policy is set, or one that gives whole addresses to everyone."""

    def guarded(page: _Facts) -> bool:
        policy = page["referrer_policy"]
        return bool(page["meta_referrer"] if policy is None else policy != "unsafe-url")

    return _of_pages(sight, check, guarded, html=True)


def _of_pages(
    sight: Sight, check: Check, good: Callable[[_Facts], bool], *, html: bool = False
) -> Iterator[CheckResult]:
    """Judge each page seen over https; with ``html`` only those that a browser renders."""
    for seen in _answers(sight):
        page = _page(seen.data)
        if page is None or page["scheme"] != "https" or (html and not page["html"]):
            continue
        outcome = Outcome.PASSED if good(page) else Outcome.FAILED
        facts = _place(seen) | {"page": page["url"], "referrer": page["referrer_policy"] or "-"}
        yield result(check, seen.subject, outcome, seen, **facts)


def versions(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where headers tell the version of the software, under any name of an endpoint.

    One result an endpoint, since one program serves all its names as a rule.
    """
    by_endpoint: dict[Subject, list[Observation]] = {}
    for seen in _answers(sight):
        if isinstance(seen.subject, Subject):
            by_endpoint.setdefault(seen.subject.endpoint, []).append(seen)
    for endpoint, answers in by_endpoint.items():
        telling = [seen for seen in answers if seen.data["disclosed"]]
        seen = (telling or answers)[0]
        told = dict.fromkeys(item for answer in telling for item in answer.data["disclosed"])
        outcome = Outcome.FAILED if told else Outcome.PASSED
        facts = _place(seen) | {"told": "; ".join(told) or "-"}
        yield result(check, endpoint, outcome, seen, **facts)
