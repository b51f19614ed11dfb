"""Reading what DNS records say, each by its own RFC. Pure: records to JSON values."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dns.rdata import Rdata

from secaudit.text.escape import visible_bytes

Facts = dict[str, Any]
_MOST_RECORDS = 40
_LONGEST_TEXT = 600
_KEPT_BYTES = 128
_DMARC_POLICIES = ("none", "quarantine", "reject")
_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")
_STS_ID = re.compile(r"[A-Za-z0-9]{1,32}")


def texts(records: Iterable[Rdata]) -> list[bytes]:
    """The strings of TXT records, each record's joined without spaces (RFC 7208, section 3.3)."""
    return [b"".join(getattr(item, "strings", ())) for item in records][: 10 * _MOST_RECORDS]


def shown(content: bytes) -> str:
    """A record as visible, bounded text."""
    return visible_bytes(content, _LONGEST_TEXT)


def caa(records: Iterable[Rdata]) -> list[Facts]:
    """CAA records (RFC 8659, section 4): flags, tag in lower case, value as visible text."""
    return [
        {
            "flags": int(getattr(item, "flags", 0)),
            "tag": visible_bytes(getattr(item, "tag", b""), 40).lower(),
            "value": visible_bytes(getattr(item, "value", b""), 300),
        }
        for item in list(records)[:_MOST_RECORDS]
    ]


def tlsa(records: Iterable[Rdata]) -> list[Facts]:
    """TLSA records (RFC 6698, section 2.1).

    ``data`` is hexadecimal, where it is short; ``data_sha256`` its digest, by which whole
    certificates and keys are compared.
    """
    found = []
    for item in list(records)[:_MOST_RECORDS]:
        data: bytes = getattr(item, "cert", b"")
        found.append(
            {
                "usage": int(getattr(item, "usage", -1)),
                "selector": int(getattr(item, "selector", -1)),
                "matching": int(getattr(item, "mtype", -1)),
                "data": data.hex() if len(data) <= _KEPT_BYTES else None,
                "data_sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    return found


def mail_exchangers(records: Iterable[Rdata]) -> list[Facts]:
    """MX records in their order of preference; a lone ``.`` takes no mail (RFC 7505)."""
    found = [
        {
            "preference": int(getattr(item, "preference", 0)),
            "name": visible_bytes(str(getattr(item, "exchange", "")).encode(), 260).lower(),
        }
        for item in list(records)[:_MOST_RECORDS]
    ]
    return sorted(found, key=lambda item: (item["preference"], item["name"]))


def tags(text: bytes) -> Mapping[str, str] | None:
    """A list of ``tag=value`` between semicolons (RFC 6376, section 3.2); None where it is none.

    Of a tag that comes twice the first one counts.
    """
    found: dict[str, str] = {}
    for part in text.decode("utf-8", "replace").split(";"):
        if not part.strip():
            continue
        match = _TAG.fullmatch(part)
        if match is None:
            return None
        found.setdefault(match[1].lower(), match[2])
    return found


def _versioned(found: Sequence[bytes], version: bytes) -> list[bytes]:
    """Records that begin with ``v=version``, as each of these standards wants it."""
    pattern = re.compile(rb"v\s*=\s*" + version + rb"\s*(;|$)", re.IGNORECASE)
    return [item for item in found if pattern.match(item)]


def dmarc(found: Sequence[bytes], *, inherited: bool) -> Facts:
    """A DMARC policy (RFC 7489, section 6.3), and the one that is in force here.

    ``state``: ``none``, ``multiple`` (none is applied, section 6.6.3), ``malformed`` or ``valid``.
    ``policy`` is null unless it is valid. ``inherited``: the record is that of a domain above.
    """
    records = _versioned(found, b"DMARC1")
    facts: Facts = {
        "state": "none",
        "records": len(records),
        "record": shown(records[0]) if records else None,
        "policy": None,
        "p": None,
        "sp": None,
        "pct": None,
        "rua": False,
        "inherited": inherited,
    }
    if not records:
        return facts
    if len(records) > 1:
        return facts | {"state": "multiple"}
    read = tags(records[0])
    if read is None:
        return facts | {"state": "malformed"}
    reports = "mailto:" in read.get("rua", "").lower()
    policy = read.get("p", "").lower()
    if policy not in _DMARC_POLICIES:
        if not reports:
            return facts | {"state": "malformed"}
        policy = "none"  # a record with an address for reports counts as p=none (section 6.6.3)
    below = read.get("sp", "").lower()
    below = below if below in _DMARC_POLICIES else policy
    share = read.get("pct", "100")
    return facts | {
        "state": "valid",
        "p": policy,
        "sp": below,
        "policy": below if inherited else policy,
        "pct": int(share) if share.isascii() and share.isdigit() and int(share[:4]) <= 100 else 100,
        "rua": reports,
    }


def mta_sts(found: Sequence[bytes]) -> Facts:
    """The record that announces a policy of MTA-STS (RFC 8461, section 3.1)."""
    records = _versioned(found, b"STSv1")
    if len(records) != 1:
        return {"state": "multiple" if records else "none", "id": None}
    identity = (tags(records[0]) or {}).get("id", "")
    if not _STS_ID.fullmatch(identity):
        return {"state": "malformed", "id": None}
    return {"state": "valid", "id": identity}


def tls_reports(found: Sequence[bytes]) -> Facts:
    """Where reports on TLS go (RFC 8460, section 3)."""
    records = _versioned(found, b"TLSRPTv1")
    if len(records) != 1:
        return {"state": "multiple" if records else "none", "rua": None}
    where = (tags(records[0]) or {}).get("rua", "")
    return {"state": "valid" if where else "malformed", "rua": shown(where.encode()) or None}
