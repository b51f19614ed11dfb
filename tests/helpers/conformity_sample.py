"""A conformity report of a sample city, made of plain values."""

from dataclasses import replace
from datetime import UTC, date, datetime

from reports.conformity.model import (
    AcceptedLine,
    AuditFindingLine,
    ConformityData,
    FileLine,
    FindingLine,
    FrameworkLine,
    IssueLine,
    MoveLine,
    ObligationLine,
    PlanLine,
    PreviousLine,
    Progress,
    RequirementLine,
    RiskLine,
    SaidLine,
)
from reports.conformity.numbers import numbers_of

HOSTILE = "=cmd|' /C calc'!A0<script>\x1b[2J\u202etxt"
AT = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)


def said(value: str = "conform", *, kept: bool = True) -> SaidLine:
    """Somebody's word about a requirement."""
    files = (FileLine("kebijakan.pdf", "ab" * 32, kept),)
    return SaidLine(
        "AT-0001", value, "Kepala Bidang", date(2026, 6, 1), date(2027, 6, 1), "", files
    )


def requirement(number: int = 24, **others: object) -> RequirementLine:
    """A control of Annex A about which somebody spoke."""
    line = RequirementLine(
        id=f"iso27001-2022:A.8.{number}",
        framework="iso27001-2022",
        citation=f"Lampiran A 8.{number}",
        title="Penggunaan kriptografi",
        bearer="",
        caution="",
        verdict="conform",
        said=said(),
        graded=None,
        lapsed=None,
        standing="supported",
        supported=2,
        assets=3,
        unscanned=1,
        contradicting=(),
        accepted=(),
        last_tested=date(2026, 12, 1),
        differences=(),
    )
    return replace(line, **others)


def finding(number: int = 1, **others: object) -> FindingLine:
    """A finding that stands."""
    line = FindingLine(
        id=f"F-{number:04d}",
        check="net.telnet.exposed",
        title="Layanan Telnet terbuka",
        subject="kantor/192.0.2.7:23/tcp",
        severity="high",
        state="open",
        owner="Dinas Contoh",
        asset="Portal",
        opened=date(2026, 10, 1),
        due=date(2026, 10, 15),
        late=True,
        plan="",
        requirements=("ISO/IEC 27001:2022 Lampiran A 8.20",),
        evidence=("cd" * 32,),
    )
    return replace(line, **others)


def sample_report(**others: object) -> ConformityData:
    """A report with something in every part; its numbers follow from its lines."""
    accepted = AcceptedLine(
        "Ratna Contoh", "Menunggu migrasi", date(2026, 11, 1), date(2027, 2, 1), "ef" * 32
    )
    data = ConformityData(
        language="id",
        organisation="Pemerintah Kota Contoh",
        unit="Bidang Persandian",
        addressee="Wali Kota Contoh",
        timezone="Asia/Jakarta",
        tool_version="0.0",
        sample=True,
        first=date(2026, 7, 1),
        last=date(2026, 12, 31),
        day=date(2027, 1, 4),
        at=AT,
        judged_at=datetime(2027, 1, 4, 3, tzinfo=UTC),
        basis=("Perwal Pekalongan 26/2021 Pasal 6 ayat (1) huruf c: melaporkan.",),
        frameworks=(
            FrameworkLine(
                "iso27001-2022", "ISO/IEC 27001", "ISO/IEC 27001:2022", "standard",
                ("Lampiran A 7.8",), "SOA-0001",
            ),
        ),
        requirements=(
            requirement(24),
            requirement(
                20, verdict="conform", standing="contradicted", contradicting=("F-0001", "F-0002"),
                accepted=("F-0002",), differences=("contradicted", "evidence_gone"),
                said=said(kept=False),
            ),
            requirement(
                21, verdict="partly", graded=said("minor"), standing="never_tested",
                differences=("graded",), last_tested=None,
            ),
            requirement(
                22, verdict="not_judged", said=None, lapsed=date(2026, 8, 1),
                standing="never_tested", last_tested=None, caution="dari sumber sekunder",
            ),
        ),
        findings=(
            finding(1),
            finding(2, state="accepted", late=False, accepted=accepted),
            finding(3, owner="", due=None, late=False, plan="P-0002", requirements=()),
        ),
        plans=(
            PlanLine("P-0001", "Tim Contoh", "Matikan", date(2026, 9, 1), False, 2, 2, None, "IDR"),
            PlanLine("P-0002", "Tim Contoh", "Ganti", date(2026, 9, 1), True, 2, 1, 1500, "IDR"),
        ),
        audit_findings=(
            AuditFindingLine(
                "NC-0001", "AE-0001", "minor", "Tanpa daftar", "iso27001-2022:A.8.21",
                "ISO/IEC 27001:2022 Lampiran A 8.21", "Dinas Contoh", date(2026, 12, 1), True,
                "open",
            ),
        ),
        risks=(
            RiskLine("R-0001", "Penyadapan", "tinggi", 16, "Dinas", True, False, "", None),
            RiskLine("R-0002", "Pemadaman", "rendah", 3, "", False, True, "Genset", None),
        ),
        obligations=(
            ObligationLine("a", "Pasal 1", "Rapat", "setahun sekali", "late", None, ()),
            ObligationLine(
                "b", "Pasal 2", "Audit", "setahun sekali", "met", date(2027, 12, 31),
                (date(2026, 9, 1),),
            ),
        ),
        assets=3,
        unscanned=("Arsip",),
        scans=("S-0001",),
        numbers={},
        previous=None,
        progress=None,
        trail_position=20,
        trail_hash="12" * 32,
    )  # fmt: skip
    data = replace(data, **others)
    return replace(data, numbers=numbers_of(data))


def with_previous(data: ConformityData) -> ConformityData:
    """The same report with one before it."""
    return replace(
        data,
        previous=PreviousLine(
            "CR-0001", date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 6), "34" * 32,
            {**data.numbers, "conform": 9}, date(2026, 7, 8), "Selesaikan sebelum akhir tahun.",
        ),
        progress=Progress(
            verdicts=(
                MoveLine("r", "Lampiran A 8.21", "Layanan", "conform", "partly"),
                MoveLine("s", "Lampiran A 8.24", "Kripto", "not_conform", "conform"),
                MoveLine("t", "Lampiran A 8.22", "Zona", "conform", "not_judged"),
            ),
            evidence=(MoveLine("r", "Lampiran A 8.20", "x", "supported", "contradicted"),),
            added=("Lampiran A 8.22",), dropped=(), new=("F-0003",), verified=("F-0009",),
            reopened=(), closed_otherwise=(), newly_late=("F-0001",), plans_done=("P-0001",),
            risks_risen=("R-0001",), risks_fallen=(),
        ),
    )  # fmt: skip


def issued(data: ConformityData) -> ConformityData:
    """The same report as it is issued."""
    document = FileLine("laporan.pdf", "56" * 32)
    return replace(
        data,
        issue=IssueLine(
            "CR-0002", "500/1", date(2027, 1, 3), "Ratna Contoh", date(2027, 1, 4), data.judged_at,
            document, "",
        ),
    )  # fmt: skip
