"""The first tables, and the guard of the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = """
CREATE TRIGGER audit_trail_no_{lower} BEFORE {upper} ON audit_trail
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
"""
_IN_ORDER = """
CREATE TRIGGER audit_trail_in_order BEFORE INSERT ON audit_trail
WHEN NEW.position IS NOT 1 + (SELECT coalesce(max(position), 0) FROM audit_trail)
BEGIN SELECT RAISE(ABORT, 'the audit trail is written in order'); END
"""


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "audit_trail",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_trail")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_trail_hash")),
    )
    op.create_index(op.f("ix_audit_trail_object_id"), "audit_trail", ["object_id"], unique=False)
    op.create_table(
        "authorisation",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("valid_from", sa.String(length=32), nullable=False),
        sa.Column("valid_until", sa.String(length=32), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.String(length=32), nullable=False),
        sa.Column("revoked_at", sa.String(length=32), nullable=True),
        sa.Column("revoked_because", sa.String(), nullable=True),
        sa.Column("document_sha256", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_authorisation")),
    )
    op.create_index("ix_authorisation_valid_until", "authorisation", ["valid_until"], unique=False)
    op.create_table(
        "remediation_plan",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remediation_plan")),
        sa.UniqueConstraint("number", name=op.f("uq_remediation_plan_number")),
    )
    op.create_table(
        "risk",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("reasoning", sa.JSON(), nullable=False),
        sa.Column("likelihood", sa.Integer(), nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("proposed_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("approver", sa.String(), nullable=True),
        sa.Column("approved_at", sa.String(length=32), nullable=True),
        sa.Column("approval_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk")),
        sa.UniqueConstraint("key", name=op.f("uq_risk_key")),
        sa.UniqueConstraint("number", name=op.f("uq_risk_number")),
    )
    op.create_index(op.f("ix_risk_state"), "risk", ["state"], unique=False)
    op.create_table(
        "scan",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("authorisation", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("hosts_planned", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=False),
        sa.Column("finished_at", sa.String(length=32), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("tool_version", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan")),
        sa.UniqueConstraint("number", name=op.f("uq_scan_number")),
    )
    op.create_index("ix_scan_zone_started_at", "scan", ["zone", "started_at"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("expression", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("authorisation", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("next_run", sa.String(length=32), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("removed_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("number", name=op.f("uq_schedule_number")),
    )
    op.create_index(
        "ix_schedule_enabled_next_run", "schedule", ["enabled", "next_run"], unique=False
    )
    op.create_table(
        "zone",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_zone")),
    )
    op.create_table(
        "asset",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("hostnames", sa.JSON(), nullable=False),
        sa.Column("confidentiality", sa.Integer(), nullable=False),
        sa.Column("integrity", sa.Integer(), nullable=False),
        sa.Column("availability", sa.Integer(), nullable=False),
        sa.Column("in_scope", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("retired_at", sa.String(length=32), nullable=True),
        sa.Column("retired_because", sa.String(), nullable=True),
        sa.Column("proof_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["zone"], ["zone.name"], name=op.f("fk_asset_zone_zone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("number", name=op.f("uq_asset_number")),
    )
    op.create_index(
        "uq_asset_zone_name_standing",
        "asset",
        ["zone", "name"],
        unique=True,
        sqlite_where=sa.text("retired_at IS NULL"),
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("owner_assigned", sa.Boolean(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("first_seen", sa.String(length=32), nullable=False),
        sa.Column("last_seen", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.String(length=32), nullable=False),
        sa.Column("checked_at", sa.String(length=32), nullable=False),
        sa.Column("last_outcome", sa.String(), nullable=False),
        sa.Column("last_reason", sa.String(), nullable=False),
        sa.Column("first_scan", sa.String(), nullable=False),
        sa.Column("last_scan", sa.String(), nullable=False),
        sa.Column("verified_scan", sa.String(), nullable=True),
        sa.Column("verified_at", sa.String(length=32), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.String(length=32), nullable=True),
        sa.Column("claim_note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["first_scan"], ["scan.id"], name=op.f("fk_finding_first_scan_scan")
        ),
        sa.ForeignKeyConstraint(["last_scan"], ["scan.id"], name=op.f("fk_finding_last_scan_scan")),
        sa.ForeignKeyConstraint(
            ["verified_scan"], ["scan.id"], name=op.f("fk_finding_verified_scan_scan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("number", name=op.f("uq_finding_number")),
    )
    op.create_index("ix_finding_check_id", "finding", ["check_id"], unique=False)
    op.create_index("ix_finding_owner", "finding", ["owner"], unique=False)
    op.create_index(
        "ix_finding_severity_rank_due", "finding", ["severity_rank", "due", "number"], unique=False
    )
    op.create_index(
        "ix_finding_state_severity_rank", "finding", ["state", "severity_rank", "due"], unique=False
    )
    op.create_index("ix_finding_zone_address", "finding", ["zone", "address"], unique=False)
    op.create_index("uq_finding_subject_check_id", "finding", ["subject", "check_id"], unique=True)
    op.create_table(
        "resolution",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("authorisation", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authorisation"],
            ["authorisation.number"],
            name=op.f("fk_resolution_authorisation_authorisation"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_resolution")),
    )
    op.create_index("ix_resolution_name_at", "resolution", ["name", "at"], unique=False)
    op.create_table(
        "result_interval",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("from_at", sa.String(length=32), nullable=False),
        sa.Column("last_seen", sa.String(length=32), nullable=False),
        sa.Column("until_at", sa.String(length=32), nullable=True),
        sa.Column("first_scan", sa.String(), nullable=False),
        sa.Column("last_scan", sa.String(), nullable=False),
        sa.Column("sightings", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_scan"], ["scan.id"], name=op.f("fk_result_interval_first_scan_scan")
        ),
        sa.ForeignKeyConstraint(
            ["last_scan"], ["scan.id"], name=op.f("fk_result_interval_last_scan_scan")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_result_interval")),
    )
    op.create_index(
        "ix_result_interval_subject_check_id",
        "result_interval",
        ["subject", "check_id", "from_at"],
        unique=False,
    )
    op.create_index(
        "ix_result_interval_until_at_check_id",
        "result_interval",
        ["until_at", "check_id"],
        unique=False,
    )
    op.create_table(
        "risk_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("risk_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["risk_id"], ["risk.id"], name=op.f("fk_risk_event_risk_id_risk")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_risk_event")),
    )
    op.create_index(op.f("ix_risk_event_risk_id"), "risk_event", ["risk_id"], unique=False)
    op.create_table(
        "scan_host",
        sa.Column("scan_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("observations", sa.JSON(), nullable=False),
        sa.Column("packets", sa.Integer(), nullable=False),
        sa.Column("connections", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name=op.f("fk_scan_host_scan_id_scan")),
        sa.PrimaryKeyConstraint("scan_id", "address", name=op.f("pk_scan_host")),
    )
    op.create_table(
        "schedule_run",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.String(), nullable=False),
        sa.Column("due_at", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.String(length=32), nullable=True),
        sa.Column("finished_at", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("scan_id", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scan.id"], name=op.f("fk_schedule_run_scan_id_scan")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_schedule_run_schedule_id_schedule")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_schedule_run")),
    )
    op.create_index(
        "uq_schedule_run_schedule_id_due_at", "schedule_run", ["schedule_id", "due_at"], unique=True
    )
    op.create_table(
        "acceptance",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=True),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proof_sha256", sa.String(length=64), nullable=True),
        sa.Column("accepted_at", sa.String(length=32), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_acceptance_finding_id_finding")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_acceptance")),
    )
    op.create_index(
        "ix_acceptance_ended_at_expires_at", "acceptance", ["ended_at", "expires_at"], unique=False
    )
    op.create_index(
        "uq_acceptance_finding_id_standing",
        "acceptance",
        ["finding_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "dispute",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("raised_by", sa.String(), nullable=False),
        sa.Column("raised_at", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("settled_at", sa.String(length=32), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("settled_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_dispute_finding_id_finding")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_dispute")),
    )
    op.create_index(op.f("ix_dispute_finding_id"), "dispute", ["finding_id"], unique=False)
    op.create_table(
        "finding_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("scan_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_finding_event_finding_id_finding")
        ),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scan.id"], name=op.f("fk_finding_event_scan_id_scan")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_finding_event")),
    )
    op.create_index(
        op.f("ix_finding_event_finding_id"), "finding_event", ["finding_id"], unique=False
    )
    op.create_index(op.f("ix_finding_event_scan_id"), "finding_event", ["scan_id"], unique=False)
    op.create_table(
        "plan_finding",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_plan_finding_finding_id_finding")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["remediation_plan.id"],
            name=op.f("fk_plan_finding_plan_id_remediation_plan"),
        ),
        sa.PrimaryKeyConstraint("plan_id", "finding_id", name=op.f("pk_plan_finding")),
    )
    op.create_index(
        op.f("ix_plan_finding_finding_id"), "plan_finding", ["finding_id"], unique=False
    )
    op.create_table(
        "risk_finding",
        sa.Column("risk_id", sa.String(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_risk_finding_finding_id_finding")
        ),
        sa.ForeignKeyConstraint(
            ["risk_id"], ["risk.id"], name=op.f("fk_risk_finding_risk_id_risk")
        ),
        sa.PrimaryKeyConstraint("risk_id", "finding_id", name=op.f("pk_risk_finding")),
    )
    op.create_index(
        op.f("ix_risk_finding_finding_id"), "risk_finding", ["finding_id"], unique=False
    )
    op.create_table(
        "scan_finding",
        sa.Column("scan_id", sa.String(), nullable=False),
        sa.Column("finding_id", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_scan_finding_finding_id_finding")
        ),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scan.id"], name=op.f("fk_scan_finding_scan_id_scan")
        ),
        sa.PrimaryKeyConstraint("scan_id", "finding_id", name=op.f("pk_scan_finding")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_scan_finding_finding_id"), "scan_finding", ["finding_id"], unique=False
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(_APPEND_ONLY.format(lower=verb.lower(), upper=verb))
    op.execute(_IN_ORDER)
