"""A sample city's report, made of plain values: small, large, empty or hostile on demand."""

from datetime import UTC, date, datetime, timedelta

from reports.model import (
    AcceptanceLine,
    AssetLine,
    AuthorisationLine,
    CertificateLine,
    CheckLine,
    ContentVersion,
    ContradictionLine,
    FindingLine,
    FrameworkLine,
    Period,
    ReferenceLine,
    ReportData,
    RequirementLine,
    ResultLine,
    RiskBand,
    RiskLine,
    RiskMatrix,
    ScanLine,
    Trend,
)
from secaudit.core.canonical import sha256_hex
from secaudit.core.vocabulary import (
    FindingState,
    LegalStatus,
    Modality,
    Outcome,
    Reason,
    Severity,
    Standing,
    Testability,
)

MOMENT = datetime(2026, 11, 18, 2, 15, tzinfo=UTC)
CELLS = (
    (1, 3, 5, 8, 20),
    (2, 7, 11, 13, 21),
    (4, 10, 14, 17, 22),
    (6, 12, 16, 19, 24),
    (9, 15, 18, 23, 25),
)
OWNERS = ("Dinas Komunikasi dan Informatika", "Dinas Kependudukan dan Pencatatan Sipil", "RSUD")

_CHECKS = {
    "id": (
        ("cert.expired", Severity.CRITICAL, "Sertifikat telah berakhir",
         "Sertifikat yang telah berakhir tidak lagi menjamin identitas server.",
         "Terbitkan dan pasang sertifikat baru, lalu otomatiskan perpanjangannya."),
        ("net.telnet.exposed", Severity.HIGH, "Telnet terbuka",
         "Telnet mengirim nama pengguna dan kata sandi tanpa enkripsi.",
         "Matikan Telnet dan gunakan SSH dengan kunci."),
        ("tls.protocol.tls1_0", Severity.MEDIUM, "TLS 1.0 masih diterima",
         "TLS 1.0 telah usang (RFC 8996) dan tidak boleh lagi dipakai.",
         "Batasi server pada TLS 1.2 dan TLS 1.3."),
        ("tls.suite.no_forward_secrecy", Severity.LOW, "Suite sandi tanpa kerahasiaan maju",
         "Rekaman lalu lintas dapat dibuka kelak apabila kunci server bocor.",
         "Utamakan suite ECDHE dan hapus suite RSA statis."),
    ),
    "en": (
        ("cert.expired", Severity.CRITICAL, "Certificate has expired",
         "An expired certificate no longer vouches for the server.",
         "Issue and install a new certificate, then automate its renewal."),
        ("net.telnet.exposed", Severity.HIGH, "Telnet is open",
         "Telnet sends user names and passwords in the clear.",
         "Turn Telnet off and use SSH with keys."),
        ("tls.protocol.tls1_0", Severity.MEDIUM, "TLS 1.0 is accepted",
         "TLS 1.0 is deprecated (RFC 8996) and must not be used.",
         "Restrict the server to TLS 1.2 and TLS 1.3."),
        ("tls.suite.no_forward_secrecy", Severity.LOW, "Cipher suites without forward secrecy",
         "Recorded traffic can be opened later if the server's key leaks.",
         "Prefer ECDHE suites and remove static RSA."),
    ),
}  # fmt: skip


_PLACES = ((4, 5), (3, 3), (3, 3), (2, 4), (1, 2))


def digest(text: str) -> str:
    return sha256_hex(text.encode())


def matrix(language: str) -> RiskMatrix:
    indonesian = language == "id"
    names = (
        ("Sangat rendah", "Rendah", "Sedang", "Tinggi", "Sangat tinggi")
        if indonesian
        else ("Very low", "Low", "Medium", "High", "Very high")
    )
    return RiskMatrix(
        cells=CELLS,
        bands=tuple(
            RiskBand(top, name) for top, name in zip((5, 10, 15, 20, 25), names, strict=True)
        ),
        likelihoods=(
            ("Hampir tidak terjadi", "Jarang", "Kadang-kadang", "Sering", "Hampir pasti")
            if indonesian
            else ("Almost never", "Rarely", "Sometimes", "Often", "Almost certain")
        ),
        impacts=(
            ("Tidak signifikan", "Kurang signifikan", "Cukup signifikan", "Signifikan",
             "Sangat signifikan")
            if indonesian
            else ("Insignificant", "Minor", "Moderate", "Significant", "Very significant")
        ),
    )  # fmt: skip


def _assets() -> tuple[AssetLine, ...]:
    rows = []
    for number in range(1, 9):
        rows.append(
            AssetLine(
                id=f"A-{number:04d}",
                name=f"Layanan contoh {number}",
                owner=OWNERS[number % 3],
                zone="kantor" if number < 7 else "dc",
                kind="it" if number < 7 else "dc",
                addresses=(f"192.0.2.{number}",),
                hostnames=(f"layanan{number}.kota-contoh.example",),
                confidentiality=1 + number % 3,
                integrity=2,
                availability=3 - number % 2,
                in_scope=number != 8,
                last_scanned=None if number in (6, 7) else MOMENT,
            )
        )
    return tuple(rows)


def findings(language: str, count: int) -> tuple[FindingLine, ...]:
    rows = []
    states = (
        FindingState.OPEN, FindingState.PLANNED, FindingState.OPEN, FindingState.CLAIMED_FIXED,
        FindingState.REOPENED, FindingState.VERIFIED, FindingState.ACCEPTED,
    )  # fmt: skip
    for number in range(count):
        check, severity, title, _meaning, _repair = _CHECKS[language][number * 7 % 4]
        state = states[number % 7]
        rows.append(
            FindingLine(
                id=f"F-{number + 1:04d}",
                check=check,
                subject=f"kantor/192.0.2.{number % 5 + 1}:{443 + number // 5}/tcp"
                + ("#layanan.kota-contoh.example" if check.startswith("cert") else ""),
                severity=severity,
                state=state,
                statement=f"{title}: layanan.kota-contoh.example ({number}).",
                first_seen=MOMENT - timedelta(days=20),
                last_seen=MOMENT,
                owner="" if number % 5 == 4 else OWNERS[number % 3],
                asset=f"A-{number % 5 + 1:04d}",
                due=date(2026, 11, 13) + timedelta(days=number % 40),
                evidence=(digest(f"raw {number}"),),
                citations=("A.8.24", "Pasal 26 ayat (5) huruf c"),
                acceptance=AcceptanceLine("Sekretaris Daerah", "Sistem diganti tahun depan.",
                                          date(2026, 12, 31))
                if state is FindingState.ACCEPTED
                else None,
            )
        )  # fmt: skip
    return tuple(rows)


def _requirement(
    number: int, standing: Standing, found: tuple[FindingLine, ...]
) -> RequirementLine:
    contradicted = standing is Standing.CONTRADICTED
    return RequirementLine(
        id=f"contoh:{number}",
        citation=f"A.8.{number}",
        title=f"Ketentuan contoh nomor {number} tentang pengamanan layanan dan jaringan",
        standing=standing,
        testability=Testability.SCAN_IN_PART if number % 3 else Testability.MANUAL,
        supported=4 if standing is Standing.SUPPORTED else 0,
        assets=7,
        contradictions=(
            ContradictionLine(
                "cert.expired",
                "Sertifikat yang berakhir berarti perlindungan jalur tidak terpelihara.",
                tuple(item.id for item in found if item.check == "cert.expired")[:30],
                ("A-0001",),
            ),
        )
        if contradicted
        else (),
        unscanned=("A-0006", "A-0007"),
        modality=Modality.HARUS if number % 2 else Modality.INDICATIVE,
        last_tested=MOMENT if standing is not Standing.NEVER_TESTED else None,
    )


def sample(language: str = "id", count: int = 14) -> ReportData:
    found = findings(language, count)
    contradicted = Standing.CONTRADICTED if count else Standing.SUPPORTED
    standings = (
        contradicted, contradicted, Standing.SUPPORTED, Standing.SUPPORTED, Standing.SILENT,
        *[Standing.NEVER_TESTED] * 6,
    )  # fmt: skip
    requirements = tuple(
        _requirement(number, standing, found) for number, standing in enumerate(standings, 20)
    )
    return ReportData(
        language=language,
        organisation="Pemerintah Kota Contoh",
        unit="Bidang Persandian dan Keamanan Informasi",
        period=Period(date(2026, 10, 1), date(2026, 11, 21)),
        tool_version="0.1.0",
        sample=True,
        authorisations=(
            AuthorisationLine(
                number="ST/001/XI/2026",
                issuer="Kepala Dinas Komunikasi dan Informatika Kota Contoh",
                valid_from=datetime(2026, 10, 31, 17, tzinfo=UTC),
                valid_until=datetime(2026, 12, 31, 16, 59, tzinfo=UTC),
                targets=("192.0.2.0/24", "2001:db8::/64"),
                exclusions=("192.0.2.200",),
                zones=("kantor", "dc"),
                probe_classes=("discovery", "service", "tls"),
                addresses="255",
                document_sha256=digest("surat tugas"),
            ),
        ),
        scans=(
            ScanLine("S-0001", "ST/001/XI/2026", "kantor", "top100", MOMENT - timedelta(days=20),
                     MOMENT - timedelta(days=20, hours=-1), True, 8, 5, 3, 0, 0, 48210, "op"),
            ScanLine("S-0002", "ST/001/XI/2026", "kantor", "top100", MOMENT - timedelta(hours=1),
                     MOMENT, False, 8, 5, 2, 1, 0, 50122, "op"),
        ),
        assets=_assets(),
        checks={
            check: CheckLine(check, title, meaning, meaning, repair,
                             (ReferenceLine("RFC 8996", "https://www.rfc-editor.org/rfc/rfc8996"),))
            for check, _severity, title, meaning, repair in _CHECKS[language]
        },
        findings=found,
        results=tuple(
            ResultLine(item.check, item.subject, Outcome.FAILED, Reason.OBSERVED, item.severity,
                       item.first_seen, item.last_seen, item.evidence)
            for item in found
        )
        + tuple(
            ResultLine("cert.expired", f"kantor/192.0.2.{number}:8443/tcp", Outcome.PASSED,
                       Reason.OBSERVED, Severity.CRITICAL, MOMENT, MOMENT)
            for number in range(1, 6)
        ),
        frameworks=(
            FrameworkLine("iso27001-2022", "ISO/IEC 27001:2022 Annex A", "ISO 27001",
                          LegalStatus.IN_FORCE, requirements),
            FrameworkLine("perda-contoh", "Peraturan Daerah Kota Contoh Nomor 1 Tahun 2026",
                          "Perda Kota Contoh 1/2026",
                          LegalStatus.IN_FORCE, requirements[:6]),
        ),
        certificates=tuple(
            CertificateLine(
                fingerprint=digest(f"certificate {number}"),
                name=f"layanan{number}.kota-contoh.example",
                issuer="CN=CA Kota Contoh",
                not_before=MOMENT - timedelta(days=300),
                not_after=MOMENT + timedelta(days=days),
                key="RSA 2048",
                signature="sha256WithRSAEncryption",
                places=(f"kantor/192.0.2.{number}:443/tcp",),
                trusted=(True, False, None)[number % 3],
                findings=("F-0001",) if days < 0 else (),
            )
            for number, days in enumerate((-40, 12, 200, 380), 1)
        ),
        risks=tuple(
            RiskLine(
                f"R-{number:04d}",
                "Penyadapan layanan publik" if number % 2 else "Pengambilalihan perangkat",
                "Layanan dengan kerahasiaan tinggi memakai sertifikat yang telah berakhir.",
                likelihood, impact, "approved" if number == 1 else "proposed",
                OWNERS[number % 3], ("F-0001", "F-0002"), "Sekda" if number == 1 else "",
            )
            for number, (likelihood, impact) in enumerate(_PLACES, 1)
        )
        if count
        else (),
        matrix=matrix(language),
        trend=Trend("S-0002", "S-0001", 12, 3, 8, 2, 1, 1, 0) if count else None,
        content=(
            ContentVersion("controls/catalogs/iso27001-2022.yaml", "1", digest("catalogue")),
            ContentVersion("controls/mappings/checks.yaml", "1", digest("mappings")),
        ),
    )  # fmt: skip


def empty(language: str = "id") -> ReportData:
    """A workspace in which nothing was ever scanned."""
    return ReportData(
        language=language,
        organisation="Pemerintah Kota Contoh",
        period=Period(date(2026, 10, 1), date(2026, 11, 21)),
        sample=True,
    )


HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="alert(2)">',
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "=cmd|'/c calc'!A0",
    "+SUM(1)\r\n@x",
    "line one\nline two\x00\x08",
    "\u202egnp.exe\u2066\u200b",
    '#panic("typst") *bold* $x$ `raw` \\ #read("/etc/passwd") @ref <label> = head',
    "{{ 7*7 }} {% raw %} ]]> --> </style> &lt;",
    "你好 😀 עברית العربية ﷺ \ufffe",
    "A" * 3000,
)
