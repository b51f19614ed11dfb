"""Risks with scores before and after treatment, their past, and the scales they were scored by."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _words(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"id": indonesian, "en": english} for indonesian, english in pairs]


_LEVELS = _words(
    ("sangat rendah", "very low"),
    ("rendah", "low"),
    ("sedang", "medium"),
    ("tinggi", "high"),
    ("sangat tinggi", "very high"),
)
_SCALE: Mapping[str, Any] = {
    "schema_version": 1,
    "id": "product-5x5",
    "title": {
        "id": "Matriks 5 x 5, hasil kali kemungkinan dan dampak",
        "en": "Matrix of 5 by 5, the product of likelihood and impact",
    },
    "source": {
        "id": "Istilah kemungkinan dan dampak menurut Peraturan Menteri PANRB Nomor 5 Tahun 2020"
        " tentang Pedoman Manajemen Risiko SPBE, dari sumber sekunder; matriks ini hasil kali"
        " kemungkinan dan dampak, dengan batas tingkat yang ditetapkan aplikasi ini.",
        "en": "Words for likelihood and impact after Peraturan Menteri PANRB 5/2020 (SPBE risk"
        " management), read from secondary sources; this matrix is the product of likelihood and"
        " impact, with bounds of the levels that this program sets.",
    },
    "confidence": "secondary",
    "confirmed": True,
    "likelihood": _words(
        ("Hampir Tidak Terjadi", "almost never"),
        ("Jarang", "rarely"),
        ("Kadang-Kadang", "sometimes"),
        ("Sering", "often"),
        ("Hampir Pasti Terjadi", "almost certain"),
    ),
    "impact": _words(
        ("Tidak Signifikan", "not significant"),
        ("Kurang Signifikan", "less significant"),
        ("Cukup Signifikan", "fairly significant"),
        ("Signifikan", "significant"),
        ("Sangat Signifikan", "very significant"),
    ),
    "matrix": "product",
    "levels": [
        {"up_to": bound, "word": word}
        for bound, word in zip((3, 6, 10, 16, 25), _LEVELS, strict=True)
    ],
    "appetite": 7,
}
"""The only scale there was."""
_DIGEST = "e89e18f7b132d1b564a404e40b094affff0dbc35b690587803b151a50a4337fd"
_THEMES: Mapping[str, tuple[str, list[str], list[str]]] = {
    "stolen_passwords": (
        "keamanan",
        ["confidentiality", "integrity"],
        ["service", "reputation", "law"],
    ),
    "unknown_services": (
        "infrastruktur",
        ["confidentiality", "integrity", "availability"],
        ["service", "reputation"],
    ),
    "interception": (
        "keamanan",
        ["confidentiality", "integrity"],
        ["service", "reputation", "law"],
    ),
    "abused_visitors": ("aplikasi", ["confidentiality", "integrity"], ["reputation", "law"]),
    "certificate_outage": ("layanan", ["availability"], ["service", "reputation"]),
    "impersonation": (
        "keamanan",
        ["confidentiality", "integrity"],
        ["reputation", "finance", "law"],
    ),
    "unauthorised_access": (
        "infrastruktur",
        ["confidentiality", "integrity", "availability"],
        ["service", "finance", "reputation", "law"],
    ),
    "other": ("keamanan", ["confidentiality", "integrity", "availability"], ["service"]),
}
"""Category, properties and consequences of each theme."""
_OTHER = _THEMES["other"]


def upgrade() -> None:
    """Read the former register, make the new tables, and write it into them."""
    connection = op.get_bind()
    risks = [dict(row._mapping) for row in connection.execute(sa.text("SELECT * FROM risk"))]
    members = connection.execute(
        sa.text(
            "SELECT risk_finding.risk_id, finding_id, risk.proposed_at, finding.state"
            " FROM risk_finding JOIN risk ON risk.id = risk_id"
            " JOIN finding ON finding.id = finding_id ORDER BY risk.number, finding.number"
        )
    ).all()
    events = [
        dict(row._mapping)
        for row in connection.execute(sa.text("SELECT * FROM risk_event ORDER BY number"))
    ]
    for name in ("risk_finding", "risk_event", "risk"):
        op.drop_table(name)
    _make_tables()
    _write(connection, risks, members, events)


def _make_tables() -> None:
    op.create_table(
        "risk",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk")),
        sa.UniqueConstraint("number", name=op.f("uq_risk_number")),
    )
    op.create_index(op.f("ix_risk_key"), "risk", ["key"], unique=False)
    op.create_index(op.f("ix_risk_state"), "risk", ["state"], unique=False)
    op.create_table(
        "risk_scale",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("kept_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_risk_scale")),
    )
    op.create_table(
        "risk_weighing",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_risk_weighing")),
    )
    op.create_table(
        "risk_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("risk_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["risk_id"], ["risk.id"], name=op.f("fk_risk_event_risk_id_risk")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_risk_event")),
    )
    op.create_index(op.f("ix_risk_event_at"), "risk_event", ["at"], unique=False)
    op.create_index(op.f("ix_risk_event_risk_id"), "risk_event", ["risk_id"], unique=False)
    op.create_table(
        "risk_member",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("risk_id", sa.String(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("joined_at", sa.String(length=32), nullable=False),
        sa.Column("left_at", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_risk_member_finding_id_finding")
        ),
        sa.ForeignKeyConstraint(["risk_id"], ["risk.id"], name=op.f("fk_risk_member_risk_id_risk")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_risk_member")),
    )
    op.create_index(op.f("ix_risk_member_finding_id"), "risk_member", ["finding_id"], unique=False)
    op.create_index(
        "ix_risk_member_risk_id_left_at", "risk_member", ["risk_id", "left_at"], unique=False
    )


def _write(
    connection: sa.Connection,
    risks: list[dict[str, Any]],
    members: Any,
    events: list[dict[str, Any]],
) -> None:
    if not risks:
        return
    connection.execute(
        sa.text("INSERT INTO risk_scale VALUES (:digest, :name, :content, :at)"),
        {
            "digest": _DIGEST,
            "name": _SCALE["id"],
            "content": json.dumps(_SCALE),
            "at": min(row["proposed_at"] for row in risks),
        },
    )
    for row in risks:
        mine = [event for event in events if event["risk_id"] == row["id"]]
        content = _content(row, len(mine))
        connection.execute(
            sa.text("INSERT INTO risk VALUES (:id, :number, :key, :state, :version, :content)"),
            {
                **{name: row[name] for name in ("id", "number", "key", "state")},
                "version": len(mine),
                "content": json.dumps(content),
            },
        )
        for version, event in enumerate(mine, start=1):
            connection.execute(
                sa.text(
                    "INSERT INTO risk_event VALUES (:number, :risk_id, :version, :at, :kind,"
                    " :actor, :reason, :details, :content)"
                ),
                {
                    **event,
                    "version": version,
                    "content": json.dumps(_then(content, event, version)),
                },
            )
    for risk, finding, at, state in members:
        connection.execute(
            sa.text(
                "INSERT INTO risk_member (risk_id, finding_id, joined_at, state)"
                " VALUES (:risk, :finding, :at, :state)"
            ),
            {"risk": risk, "finding": finding, "at": at, "state": state},
        )


def _content(row: dict[str, Any], version: int) -> dict[str, Any]:
    category, concerns, consequences = _THEMES.get(row["theme"], _OTHER)
    reasoning = json.loads(row["reasoning"])
    score = {"likelihood": row["likelihood"], "impact": row["impact"]}
    approval = None
    if row["approver"] is not None:
        approval = {
            "approver": row["approver"],
            "at": row["approved_at"],
            "reason": row["approval_reason"],
            "version": version,
            "document": None,
        }
    return {
        "schema_version": 2,
        **{name: row[name] for name in ("id", "key", "state", "theme", "owner", "zone")},
        "origin": "findings",
        "version": version,
        "category": category,
        "title": json.loads(row["title"]),
        "threat": {name: text.partition("\n")[0] for name, text in reasoning.items()},
        "vulnerability": {},
        "consequence": {},
        "concerns": concerns,
        "consequences": consequences,
        "assets": [],
        "named_assets": [],
        "reasoning": {name: text.partition("\n")[2] for name, text in reasoning.items()},
        "facts": json.loads(row["facts"]),
        "scale": _DIGEST,
        "inherent": score,
        "inherent_own": False,
        "computed": score,
        "own": None,
        "residual": None,
        "treatments": [],
        "review_on": None,
        "reviewed_at": None,
        "reviewed_by": "",
        "approval": approval,
        "rejection": None,
        "proposed_at": row["proposed_at"],
        "updated_at": row["updated_at"],
        "updated_by": "",
        "proposed_by": "",
    }


def _then(content: dict[str, Any], event: dict[str, Any], version: int) -> dict[str, Any]:
    """What the risk was after a former event: its score and state were kept, its texts were not."""
    kind = event["kind"]
    state = {"approved": "approved", "lapsed": "lapsed"}.get(kind, "proposed")
    details = json.loads(event["details"])
    score = {**content["computed"]}
    score.update((name, details[name]) for name in score if name in details)
    return {
        **content,
        "state": state,
        "version": version,
        "computed": score,
        "inherent": score,
        "approval": content["approval"] if kind == "approved" else None,
        "updated_at": event["at"],
        "updated_by": event["actor"],
    }
