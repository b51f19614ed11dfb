"""Findings and their repair as an OSCAL plan of action and milestones (POA&M).

Each finding is an item with the risk that it is and the observation that shows it; its raw evidence
is linked by hash. The status is never better than what a scan saw: what is claimed as repaired is
*remediating*, what was accepted or refuted is *deviation-approved*, and only what a passing re-scan
verified, or what went with its asset, is *closed*.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from reports.exchange.poam_model import PoamAsset, PoamData, PoamItem, PoamPlan, PoamRisk
from reports.words import Words
from secaudit.core.oscal import (
    NAMESPACE,
    OSCAL_VERSION,
    Json,
    prop,
    to_bytes,
    uuid_of,
    uuid_of_content,
)

_STATUS = {
    "open": "open",
    "reopened": "open",
    "planned": "remediating",
    "claimed_fixed": "remediating",
    "accepted": "deviation-approved",
    "false_positive": "deviation-approved",
    "verified": "closed",
    "retired": "closed",
    "withdrawn": "investigating",
}
_OWNER_ROLE = "remediation-owner"
_APPROVER_ROLE = "approver"


def poam_bytes(data: PoamData) -> bytes:
    """The document; the same content gives the same bytes."""
    return to_bytes(poam(data))


def poam(data: PoamData) -> Json:
    """The document as JSON values. Needs one item at least, as OSCAL does."""
    words = Words(data.language)
    maker = _Maker(data, words)
    items = list(data.items)
    body: Json = {
        "metadata": maker.metadata(),
        "system-id": {
            "identifier-type": "http://ietf.org/rfc/rfc4122",
            "id": uuid_of("system", data.organisation, data.unit),
        },
        "local-definitions": {
            "components": [maker.tool()],
            "inventory-items": [maker.inventory(asset) for asset in _assets(items)],
        },
        "observations": [maker.observation(item) for item in items],
        "risks": [maker.risk(item) for item in items],
        "poam-items": [maker.item(item) for item in items],
    }
    if resources := maker.resources(items):
        body["back-matter"] = {"resources": resources}
    return {
        "plan-of-action-and-milestones": {
            "uuid": uuid_of_content("plan-of-action-and-milestones", body),
            **body,
        }
    }


def _assets(items: Iterable[PoamItem]) -> list[PoamAsset]:
    return list({item.asset.key: item.asset for item in items}.values())


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(text: str) -> str:
    return " ".join(text.split()) or "-"


class _Maker:
    def __init__(self, data: PoamData, words: Words) -> None:
        self._data, self._words = data, words
        self._tool = uuid_of("tool", "secaudit")
        self._registered: dict[str, list[PoamRisk]] = {}
        for risk in data.risks:
            for finding in risk.findings:
                self._registered.setdefault(finding, []).append(risk)

    def metadata(self) -> Json:
        data = self._data
        names = {data.organisation: "organization"}
        for item in data.items:
            for name in (item.owner, item.asset.owner, item.plan.owner if item.plan else ""):
                if name.strip():
                    names.setdefault(name.strip(), "organization")
            if item.acceptance is not None:
                names.setdefault(item.acceptance.approver.strip(), "person")
        return {
            "title": f"{self._words('exchange.poam.title')} – {_line(data.organisation)}",
            "last-modified": _instant(data.at),
            "version": _instant(data.at),
            "oscal-version": OSCAL_VERSION,
            "roles": [
                {"id": _OWNER_ROLE, "title": self._words("exchange.poam.owner")},
                {"id": _APPROVER_ROLE, "title": self._words("exchange.poam.approver")},
            ],
            "parties": [
                {"uuid": uuid_of("party", name), "type": kind, "name": _line(name)}
                for name, kind in names.items()
            ],
            "remarks": self._words("exchange.poam.remarks"),
        }

    def tool(self) -> Json:
        return {
            "uuid": self._tool,
            "type": "software",
            "title": "secaudit",
            "description": self._words("exchange.poam.tool"),
            "props": [{"name": "version", "value": self._data.tool_version}],
            "status": {"state": "operational"},
        }

    def inventory(self, asset: PoamAsset) -> Json:
        made: Json = {
            "uuid": uuid_of("asset", asset.key),
            "description": _line(asset.title),
            "props": [{"name": "asset-id", "value": _line(asset.key)}],
        }
        if asset.owner.strip():
            made["responsible-parties"] = [
                {"role-id": _OWNER_ROLE, "party-uuids": [uuid_of("party", asset.owner.strip())]}
            ]
        return made

    def observation(self, item: PoamItem) -> Json:
        made: Json = {
            "uuid": uuid_of("observation", item.id),
            "title": _line(item.title),
            "description": item.statement or _line(item.title),
            "props": [
                prop("check", item.check),
                prop("subject", item.subject),
                prop("outcome", item.outcome),
                prop("reason", item.reason),
                prop("last-failed", _instant(item.last_seen)),
            ],
            "methods": ["TEST"],
            "types": ["finding"],
            "origins": [self._origin()],
            "subjects": [
                {
                    "subject-uuid": uuid_of("asset", item.asset.key),
                    "type": "inventory-item",
                    "title": _line(item.asset.title),
                }
            ],
            "collected": _instant(item.collected),
        }
        if item.evidence:
            made["relevant-evidence"] = [
                {
                    "href": f"#{uuid_of('evidence', digest)}",
                    "description": self._words("exchange.poam.evidence", digest=digest),
                }
                for digest in item.evidence
            ]
        return made

    def risk(self, item: PoamItem) -> Json:
        made: Json = {
            "uuid": uuid_of("risk", item.id),
            "title": _line(item.title),
            "description": item.description or _line(item.title),
            "statement": item.statement or _line(item.title),
            "props": [prop("finding", item.id), prop("state", item.state), *self._register(item)],
            "status": "deviation-requested"
            if item.disputed and _STATUS[item.state] in ("open", "remediating")
            else _STATUS[item.state],
            "origins": [self._origin()],
            "characterizations": [
                {
                    "origin": self._origin(),
                    "facets": [
                        {"name": "severity", "system": NAMESPACE, "value": item.severity},
                    ],
                }
            ],
            "related-observations": [{"observation-uuid": uuid_of("observation", item.id)}],
        }
        if item.deadline is not None:
            made["deadline"] = _instant(item.deadline)
        if remediations := self._remediations(item):
            made["remediations"] = remediations
        made["risk-log"] = {"entries": self._log(item)}
        return made

    def _register(self, item: PoamItem) -> list[Json]:
        return [
            prop("register-risk", f"{risk.id} {risk.likelihood}x{risk.impact} {risk.level}")
            for risk in self._registered.get(item.id, ())
        ]

    def _remediations(self, item: PoamItem) -> list[Json]:
        found: list[Json] = []
        if item.remediation:
            found.append(
                {
                    "uuid": uuid_of("recommendation", item.id),
                    "lifecycle": "recommendation",
                    "title": self._words("exchange.poam.recommended"),
                    "description": item.remediation,
                    "origins": [self._origin()],
                }
            )
        if item.plan is not None:
            found.append(self._planned(item, item.plan))
        if item.acceptance is not None:
            accepted: Json = {
                "uuid": uuid_of("acceptance", item.id, item.acceptance.expires_on.isoformat()),
                "lifecycle": "planned",
                "title": self._words("exchange.poam.accepted"),
                "description": item.acceptance.reason,
                "props": [
                    {"name": "type", "value": "accept"},
                    prop("expires", item.acceptance.expires_on.isoformat()),
                ],
                "origins": [self._party(item.acceptance.approver, _APPROVER_ROLE)],
            }
            if item.acceptance.proof:
                accepted["links"] = [
                    {"href": f"#{uuid_of('evidence', item.acceptance.proof)}", "rel": "evidence"}
                ]
            found.append(accepted)
        return found

    def _planned(self, item: PoamItem, plan: PoamPlan) -> Json:
        facts = [prop("plan", plan.id)]
        if plan.effort_days is not None:
            facts.append(prop("effort-person-days", f"{plan.effort_days:g}"))
        if plan.cost is not None:
            facts.append(prop("cost", f"{plan.cost} {plan.currency}"))
        timing: Json = {"on-date": {"date": _midnight(plan.due)}}
        if plan.start is not None:
            timing = {
                "within-date-range": {"start": _midnight(plan.start), "end": _midnight(plan.due)}
            }
        role = {
            "role-id": _OWNER_ROLE,
            "party-uuids": [uuid_of("party", plan.owner.strip())],
        }
        return {
            "uuid": uuid_of("remediation", plan.id, item.id),
            "lifecycle": "completed" if plan.done else "planned",
            "title": _line(plan.action)[:200],
            "description": plan.action,
            "props": [{"name": "type", "value": "mitigate"}, *facts],
            "origins": [self._party(plan.owner, _OWNER_ROLE)],
            "tasks": [
                {
                    "uuid": uuid_of("milestone", plan.id, item.id),
                    "type": "milestone",
                    "title": _line(f"{plan.id}: {plan.action}")[:200],
                    "timing": timing,
                    "responsible-roles": [role],
                }
            ],
        }

    def _log(self, item: PoamItem) -> list[Json]:
        happened: list[tuple[datetime, str, str]] = [
            (item.first_seen, "found", self._words("exchange.poam.found"))
        ]
        if item.claimed_at is not None:
            happened.append((item.claimed_at, "claimed", self._words("exchange.poam.claimed")))
        if item.verified_at is not None:
            happened.append((item.verified_at, "verified", self._words("exchange.poam.verified")))
        return [
            {"uuid": uuid_of("log", item.id, kind, _instant(at)), "title": title,
             "start": _instant(at)}
            for at, kind, title in sorted(happened)
        ]  # fmt: skip

    def item(self, item: PoamItem) -> Json:
        owner = item.owner.strip()
        made: Json = {
            "uuid": uuid_of("poam-item", item.id),
            "title": _line(f"{item.id}: {item.title}"),
            "description": item.statement or item.description or _line(item.title),
            "props": [
                prop("finding", item.id),
                prop("state", item.state),
                prop("severity", item.severity),
                *([prop("owner", owner)] if owner else []),
                *([prop("due", item.due.isoformat())] if item.due else []),
            ],
            "origins": [self._origin()],
            "related-observations": [{"observation-uuid": uuid_of("observation", item.id)}],
            "related-risks": [{"risk-uuid": uuid_of("risk", item.id)}],
        }
        return made

    def resources(self, items: Iterable[PoamItem]) -> list[Json]:
        digests: dict[str, None] = {}
        for item in items:
            digests |= dict.fromkeys(item.evidence)
            if item.acceptance is not None and item.acceptance.proof:
                digests[item.acceptance.proof] = None
        return [
            {
                "uuid": uuid_of("evidence", digest),
                "title": self._words("exchange.poam.evidence", digest=digest),
                "rlinks": [
                    {
                        "href": f"evidence/{digest[:2]}/{digest}",
                        "hashes": [{"algorithm": "SHA-256", "value": digest}],
                    }
                ],
            }
            for digest in digests
        ]

    def _origin(self) -> Json:
        return {"actors": [{"type": "tool", "actor-uuid": self._tool}]}

    def _party(self, name: str, role: str) -> Json:
        return {
            "actors": [
                {"type": "party", "actor-uuid": uuid_of("party", name.strip()), "role-id": role}
            ]
        }


def _midnight(day: date) -> str:
    """A day as OSCAL wants it, an instant: its midnight in UTC, which is no promise of an hour."""
    return _instant(datetime.combine(day, time(), UTC))
