"""What DNS says about names means. Pure functions: observations to results.

What belongs to a name or a domain and not to a port is judged once a host, about
``zone/address#name``; what binds a certificate is judged where that certificate was shown.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scanners.base import Sight, result
from scanners.catalogue import Check
from scanners.dns.issuers import identifiers_of, organisation_of
from secaudit.core.observation import CheckResult, Observation
from secaudit.core.subject import Subject
from secaudit.core.vocabulary import Outcome, Reason

KIND = "dns.name"
_CHAIN = "certificate.chain"
_Facts = Mapping[str, Any]
_END_ENTITY = (1, 3)
_ANCHOR = (0, 2)
_PKIX_ANCHOR = 0
_WHOLE = 0
"""Matching type: the certificate or key itself, not a digest."""


def _once(
    sight: Sight, part: str, name: Callable[[_Facts], str]
) -> Iterator[tuple[Subject, Observation, _Facts]]:
    """Each name or domain once a host, with the part of the observation that speaks of it.

    Of several observations the first without a problem counts.
    """
    found: dict[Subject, tuple[Observation, _Facts]] = {}
    for seen in sight.of(KIND):
        facts = seen.data[part]
        if facts is None or not isinstance(seen.subject, Subject):
            continue
        subject = seen.subject.host.named(name(seen.data))
        if subject not in found or (found[subject][1]["problem"] and not facts["problem"]):
            found[subject] = (seen, facts)
    for subject, (seen, facts) in found.items():
        yield subject, seen, facts


def _own_name(data: _Facts) -> str:
    return str(data["name"])


def _mail_domain(data: _Facts) -> str:
    return str(data["mail"]["domain"])


def _unknown(
    check: Check, subject: Subject, seen: Observation, problem: str | None, **facts: Any
) -> CheckResult:
    reason = Reason(problem or Reason.NO_OBSERVATION)
    return result(check, subject, Outcome.INCONCLUSIVE, seen, reason, **facts)


def caa_missing(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where no CAA record stands at a name or anywhere above it.

    One result a zone, for there the record belongs: failed by the names that have none.
    """
    zones: dict[Subject, dict[str, tuple[Observation, _Facts]]] = {}
    for subject, seen, facts in _once(sight, "caa", _own_name):
        zone = subject.named(seen.data["zone"] or seen.data["name"])
        zones.setdefault(zone, {})[seen.data["name"]] = (seen, facts)
    for zone, names in zones.items():
        doubtful = {name: item for name, item in names.items() if item[1]["problem"] is not None}
        bare = {
            name: item
            for name, item in names.items()
            if name not in doubtful and not item[1]["found_at"]
        }
        seen, facts = next(iter((bare or doubtful or names).values()))
        told: dict[str, Any] = {"zone": zone.name, "names": ", ".join(bare or names)}
        if doubtful and not bare:
            yield _unknown(check, zone, seen, facts["problem"], **told)
        else:
            outcome = Outcome.FAILED if bare else Outcome.PASSED
            yield result(check, zone, outcome, seen, **told)


def caa_issuer(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the CAA records do not let the issuer of the shown certificate issue.

    Certificates of public authorities alone: a private one reads no CAA. An authority that we do
    not know by its CAA names is inconclusive.
    """
    for seen, facts, leaf, chain in _with_chains(sight, "caa"):
        if facts["problem"] is not None or not facts["found_at"] or not chain["publicly_rooted"]:
            continue
        allowed = _allowed_issuers(facts["records"], wildcard=_is_wildcard(leaf, seen.data["name"]))
        issuer = leaf["issuer"] or ""
        told = {
            "name": seen.data["name"],
            "found_at": facts["found_at"],
            "allowed": "-" if allowed is None else ", ".join(sorted(allowed)) or ";",
            "issuer": organisation_of(issuer) or issuer or "-",
        }
        known = identifiers_of(issuer)
        if allowed is None or allowed & set(known):
            yield result(check, seen.subject, Outcome.PASSED, seen, **told)
        elif known or not allowed:
            yield result(check, seen.subject, Outcome.FAILED, seen, **told)
        else:
            reason = Reason.NO_OBSERVATION
            yield result(check, seen.subject, Outcome.INCONCLUSIVE, seen, reason, **told)


def _with_chains(sight: Sight, part: str) -> Iterator[tuple[Observation, _Facts, _Facts, _Facts]]:
    """Observations beside the chain shown under the same name: part, leaf, and the chain's data."""
    for seen in sight.of(KIND):
        chain = sight.about(_CHAIN, seen.subject) if isinstance(seen.subject, Subject) else None
        if seen.data[part] is not None and chain is not None and chain.data["chain"]:
            yield seen, seen.data[part], chain.data["chain"][0], chain.data


def _is_wildcard(leaf: _Facts, name: str) -> bool:
    names = {str(item).lower() for item in leaf["dns_names"]}
    return name not in names and f"*.{name.partition('.')[2]}" in names


def _allowed_issuers(found: list[_Facts], *, wildcard: bool) -> set[str] | None:
    """Who may issue (RFC 8659, sections 4.2 and 4.3); None where the records restrict nobody."""
    by_tag: dict[str, list[str]] = {"issue": [], "issuewild": []}
    for item in found:
        if item["tag"] in by_tag:
            by_tag[item["tag"]].append(item["value"].partition(";")[0].strip().lower())
    values = by_tag["issuewild"] if wildcard and by_tag["issuewild"] else by_tag["issue"]
    return {item for item in values if item} if values else None


def tlsa_mismatch(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where no TLSA record fits the certificates shown; pass where one does."""
    for seen, facts, _leaf, chain in _with_chains(sight, "tlsa"):
        told = {"at": facts["at"], "records": _shown(facts["records"])}
        if facts["problem"] is not None:
            yield _unknown(check, _subject(seen), seen, facts["problem"], **told)
        if not facts["records"]:
            continue
        fits = [_fits(item, chain["chain"]) for item in facts["records"]]
        if True in fits:
            yield result(check, seen.subject, Outcome.PASSED, seen, **told)
        elif None in fits:
            yield _unknown(check, _subject(seen), seen, None, **told)
        else:
            yield result(check, seen.subject, Outcome.FAILED, seen, **told)


def _subject(seen: Observation) -> Subject:
    if not isinstance(seen.subject, Subject):
        raise TypeError("dns.name is about an endpoint")
    return seen.subject


def _shown(found: list[_Facts]) -> str:
    return "; ".join(
        f"{item['usage']} {item['selector']} {item['matching']} {(item['data'] or '')[:16]}…"
        for item in found[:5]
    )


def _fits(record: _Facts, chain: list[_Facts]) -> bool | None:
    """Whether a record fits the chain (RFC 7671, section 5); None where that cannot be told.

    An anchor of usage 0, and one published whole, need not be sent by the server.
    """
    if record["usage"] in _END_ENTITY:
        shown, may_be_unsent = chain[:1], False
    elif record["usage"] in _ANCHOR:
        shown = chain[1:] or chain
        may_be_unsent = record["usage"] == _PKIX_ANCHOR or record["matching"] == _WHOLE
    else:
        return None
    verdicts = [_is_named(record, item) for item in shown]
    if True in verdicts:
        return True
    return None if None in verdicts or may_be_unsent else False


_DIGESTS = {(0, 1): "sha256", (0, 2): "sha512", (1, 1): "spki_sha256", (1, 2): "spki_sha512"}


def _is_named(record: _Facts, certificate: _Facts) -> bool | None:
    if record["matching"] == _WHOLE and record["selector"] in (0, 1):
        digest = certificate.get("spki_sha256" if record["selector"] else "sha256")
        return None if digest is None else bool(record["data_sha256"] == digest)
    field = _DIGESTS.get((record["selector"], record["matching"]))
    digest = certificate.get(field) if field else None
    return None if digest is None or record["data"] is None else bool(record["data"] == digest)


def tlsa_unsigned(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where TLSA records are published and DNSSEC does not vouch for them."""
    for seen in sight.of(KIND):
        facts = seen.data["tlsa"]
        if facts is None or not facts["records"]:
            continue
        told = {"at": facts["at"], "records": _shown(facts["records"])}
        if facts["authenticated"] is None:
            yield _unknown(check, _subject(seen), seen, facts["problem"], **told)
        else:
            outcome = Outcome.PASSED if facts["authenticated"] else Outcome.FAILED
            yield result(check, seen.subject, outcome, seen, **told)


def dnssec(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the zone of a name is not signed."""
    for subject, seen, facts in _once(sight, "dnssec", lambda data: data["zone"] or data["name"]):
        told: dict[str, Any] = {"zone": subject.name}
        if facts["signed"] is None:
            yield _unknown(check, subject, seen, facts["problem"], **told)
        else:
            outcome = Outcome.PASSED if facts["signed"] else Outcome.FAILED
            yield result(check, subject, outcome, seen, **told)


def _mail(sight: Sight, part: str) -> Iterator[tuple[Subject, Observation, _Facts, dict[str, Any]]]:
    """Each mail domain once a host: one part of what is known of it, and what statements use."""
    for subject, seen, mail in _once(sight, "mail", _mail_domain):
        facts = mail[part]
        told = {"domain": mail["domain"], "record": facts.get("record") or "-"}
        yield subject, seen, facts, told


def spf_missing(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a mail domain has no record of SPF."""
    for subject, seen, facts, told in _mail(sight, "spf"):
        if facts["records"]:
            yield result(check, subject, Outcome.PASSED, seen, **told)
        elif facts["state"] == "unknown":
            yield _unknown(check, subject, seen, facts["problem"], **told)
        else:
            yield result(check, subject, Outcome.FAILED, seen, **told)


def spf_invalid(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where receivers cannot use the record of SPF."""
    for subject, seen, facts, told in _mail(sight, "spf"):
        state = facts["state"]
        told |= {"fault": facts["fault"] or "-", "lookups": facts["lookups"]}
        told |= {"records": facts["records"]}
        if state == "unknown" and facts["records"]:
            yield _unknown(check, subject, seen, facts["problem"], **told)
        elif state not in ("unknown", "none"):
            outcome = Outcome.PASSED if state == "valid" else Outcome.FAILED
            yield result(check, subject, outcome, seen, **told)


def spf_passes_all(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where SPF lets every sender pass."""
    return _of_sound_spf(sight, check, lambda facts: not facts["passes_all"])


def spf_neutral(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where SPF says nothing of senders that it does not list."""
    return _of_sound_spf(sight, check, lambda facts: facts["all"] != "?" or facts["passes_all"])


def _of_sound_spf(
    sight: Sight, check: Check, good: Callable[[_Facts], bool]
) -> Iterator[CheckResult]:
    for subject, seen, facts, told in _mail(sight, "spf"):
        if facts["state"] == "valid":
            outcome = Outcome.PASSED if good(facts) else Outcome.FAILED
            yield result(check, subject, outcome, seen, **told)


def dmarc_missing(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where no policy of DMARC is in force: none, several, or one that cannot be read."""
    for subject, seen, facts, told in _mail(sight, "dmarc"):
        told |= {"records": facts["records"]}
        if facts["state"] == "unknown":
            yield _unknown(check, subject, seen, facts["problem"], **told)
        else:
            outcome = Outcome.PASSED if facts["state"] == "valid" else Outcome.FAILED
            yield result(check, subject, outcome, seen, **told)


def dmarc_none(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where the policy asks receivers to do nothing."""
    for subject, seen, facts, told in _mail(sight, "dmarc"):
        if facts["state"] == "valid":
            outcome = Outcome.FAILED if facts["policy"] == "none" else Outcome.PASSED
            told |= {"policy": facts["policy"], "share": facts["pct"]}
            yield result(check, subject, outcome, seen, **told)


def mta_sts(sight: Sight, check: Check) -> Iterator[CheckResult]:
    """Fail where a domain that takes mail announces no policy of MTA-STS."""
    mails = {
        seen.subject.host.named(_mail_domain(seen.data)): seen.data["mail"]
        for seen in sight.of(KIND)
        if seen.data["mail"] is not None and isinstance(seen.subject, Subject)
    }
    for subject, seen, facts, told in _mail(sight, "mta_sts"):
        if not mails[subject]["takes_mail"]:
            continue
        if facts["problem"] is not None:
            yield _unknown(check, subject, seen, facts["problem"], **told)
        else:
            outcome = Outcome.PASSED if facts["state"] == "valid" else Outcome.FAILED
            yield result(check, subject, outcome, seen, **told)
