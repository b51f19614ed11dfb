"""The register, the internal audit, the reports and the notices of the city over the year 2026."""

import json
from typing import Any

from notice_sinks import Webhook
from year_play import GCIO, SEKDA, City

CRYPTOGRAPHY, NETWORKS = "iso27001-2022:A.8.24", "iso27001-2022:A.8.20"
AUDITOR = "Sari Contoh"


def propose(city: City) -> None:
    """January: the register is proposed; one risk comes from people, others are scored."""
    city.on(1, 20)
    city.run("risk", "propose")
    city.run(
        *("risk", "add", "--title", "Banjir di pusat data", "--owner", "Dinas Perhubungan Contoh"),
        *("--category", "bencana", "--current", "2x5", "--inherent", "3x5", "--harm", "service"),
        *("--asset", "Server 31", "--reason", "kajian BPBD"),
        by="dewi",
    )
    first, second, third = _highest(city)[:3]
    city.run("risk", "score", first, "--current", "4x5", "--inherent", "5x5",
             "--reason", "segmen terpisah", by="keuangan")  # fmt: skip
    city.run(
        *("risk", "treat", second, "--how", "mitigate", "--action", "Perbarui SSH dan TLS"),
        *("--due", "2026-11-30", "--cost", "75000000", "--plan", "P-0001"),
        *("--control", "A.8.24", "--residual", "2x4"),
        by="kominfo",
    )
    city.on(1, 27)
    city.run(
        *("risk", "treat", third, "--how", "accept", "--approver", GCIO, "--until", "2026-09-30"),
        *("--reason", "anggaran 2027", "--proof", city.file("terima-risiko.pdf")),
        *("--requested-by", "Tono Contoh"),
    )
    for risk in (first, second, third):
        version = city.json("risk", "show", risk)["version"]
        city.run(
            *("risk", "approve", risk, "--approver", GCIO, "--reason", "sesuai rapat"),
            *("--document", city.file("persetujuan.pdf"), "--version", version),
        )
    refuse_lowest(city)


def _highest(city: City) -> list[str]:
    return [row["id"] for row in city.json("risk", "list")]


def review(city: City, month: int, day: int, following: str) -> dict[str, Any]:
    """The GCIO goes through the register; what it showed then."""
    city.on(month, day)
    city.run("risk", "propose", by="dewi")
    for row in city.json("risk", "list", "--state", "proposed")[:2]:
        city.run("risk", "approve", row["id"], "--approver", GCIO, "--reason", "ditetapkan",
                 "--document", city.file(f"tinjauan-{month}.pdf"))  # fmt: skip
    for row in city.json("risk", "list", "--state", "approved"):
        city.run(
            *("risk", "review", row["id"], "--by", GCIO, "--reason", "ditinjau"),
            *("--document", city.file(f"tinjauan-{month}.pdf"), "--next", following),
        )
    refuse_lowest(city)
    return register(city)


def refuse_lowest(city: City) -> None:
    """The GCIO sends the lowest risk that waits for a decision back."""
    lowest = city.json("risk", "list", "--state", "proposed")[-1]["id"]
    city.run("risk", "reject", lowest, "--by", GCIO, "--reason", "nilai terlalu tinggi",
             "--document", city.file("penolakan.pdf"))  # fmt: skip


def register(city: City, *at: str) -> dict[str, Any]:
    """The register as the commands show it: each risk, and where it stands in the matrix."""
    rows = city.json("risk", "list", "--all", *at)
    return {
        "risks": {row["id"]: (row["state"], scores_of(row)) for row in rows},
        "matrix": {
            risk: (cell["likelihood"], cell["impact"])
            for cell in city.json("risk", "matrix", *at)
            for risk in cell["risks"]
        },
    }


def scores_of(row: Any) -> dict[str, tuple[int, int] | None]:
    """Likelihood and impact of the three scores of a risk."""
    found: dict[str, tuple[int, int] | None] = {}
    for name in ("inherent", "current", "residual"):
        score = row["scores"][name]
        found[name] = None if score is None else (score["likelihood"], score["impact"])
    return found


def plan_audit(city: City) -> None:
    """January: the programme of the audits, approved by the coordinator."""
    city.on(1, 29)
    city.run(
        *("audit", "programme", "add", "--title", "Program 2026-2027", "--first-year", "2026"),
        *("--last-year", "2027", "--every", "1", "--years", "1", "--basis", "Register risiko"),
        *("--approver", SEKDA, "--document", city.file("program.pdf")),
        by="inspektorat",
    )


def audit(city: City) -> None:
    """September: an audit of cryptography and networks, which finds three things."""
    city.on(9, 23)

    def act(*arguments: Any, code: int = 0) -> None:
        city.run("audit", *arguments, code=code, by="inspektorat")

    act(
        *("plan", "--programme", "AP-0001", "--title", "Kriptografi dan jaringan"),
        *("--criterion", CRYPTOGRAPHY, "--criterion", NETWORKS, "--zone", "kantor"),
        *("--from", "2026-01-01", "--until", "2026-08-31"),
        *("--work-from", "2026-09-21", "--work-until", "2026-10-30"),
        *("--letter", "700/12", "--letter-file", city.file("surat-tugas-audit.pdf")),
    )
    city.run("role", "grant", "Ani Contoh", "--role", "auditor", "--account", "ani",
             "--unit", "Dinas Kominfo Contoh", "--document", city.file("sk.pdf"),
             by="sekda")  # fmt: skip
    team = ("team", "add", "AE-0001")
    act(*team, "--name", AUDITOR, "--unit", "Inspektorat Contoh", "--role", "lead",
        "--account", "inspektorat")  # fmt: skip
    act(*team, "--name", "Ani Contoh", "--unit", "Dinas Kominfo Contoh", "--account", "ani")
    act("start", "AE-0001", code=2)
    act("team", "remove", "AE-0001", "--name", "Ani Contoh", "--reason", "memiliki aset")
    act("start", "AE-0001")
    act("sample", "draw", "AE-0001", "--from", "assets", "--size", "8", "--seed", "kota contoh",
        "--method", "stratified", "--stratum", "criticality")  # fmt: skip
    act("sample", "draw", "AE-0001", "--from", "findings", "--size", "12", "--seed", "2026")
    paper = city.file("kertas-kerja.pdf")
    for requirement, conclusion in ((CRYPTOGRAPHY, "not_effective"), (NETWORKS, "partly")):
        act("test", "AE-0001", requirement, "--step", "all", "--conclusion", conclusion,
            "--work", "Dokumen dan hasil pindai ditelaah", "--evidence", paper,
            "--sample", "SM-0001")  # fmt: skip
    proof = city.json("finding", "list", "--check", "tls.cipher", "--zone", "kantor")[0]["id"]
    for requirement, grade, title in (
        (CRYPTOGRAPHY, "major", "Sandi lemah dipakai"),
        (NETWORKS, "minor", "Telnet terbuka"),
        (CRYPTOGRAPHY, "observation", "Daftar kunci belum lengkap"),
    ):
        act("nonconformity", "raise", "AE-0001", requirement, "--grade", grade, "--title", title,
            "--condition", f"{title} pada server contoh.", "--finding", proof)  # fmt: skip
    city.on(10, 20)
    act("conclude", "AE-0001", "--opinion", "inadequate", "--text", "Belum memadai",
        "--document", city.file("lha.pdf"))  # fmt: skip
    for finding, due in (("AF-0001", "2026-11-30"), ("AF-0002", "2026-12-11")):
        city.run(
            *("audit", "nonconformity", "analyse", finding, "--cause", "Tidak ada standar"),
            *("--correction", "Konfigurasi diganti", "--action", "Standar ditetapkan"),
            *("--owner", "Dinas Kominfo Contoh", "--due", due),
            by="kominfo",
        )


def _correct(city: City, finding: str) -> None:
    city.run("audit", "nonconformity", "correct", finding, "--note", "Selesai",
             "--evidence", city.file(f"bukti-{finding}.pdf"), by="kominfo")  # fmt: skip


def _verify(city: City, finding: str, verdict: str) -> None:
    city.run("audit", "nonconformity", "verify", finding, verdict, "--how", "Dipindai ulang",
             "--evidence", city.file(f"uji-{finding}.pdf"), "--by", AUDITOR,
             by="inspektorat")  # fmt: skip


def follow_up(city: City) -> None:
    """November: both are corrected, one of them without effect."""
    city.on(11, 24)
    for finding, verdict in (("AF-0001", "--not-effective"), ("AF-0002", "--effective")):
        _correct(city, finding)
        _verify(city, finding, verdict)
    close = ("audit", "nonconformity", "close")
    city.run(*close, "AF-0002", "--by", AUDITOR, by="inspektorat")
    city.run(*close, "AF-0003", "--reason", "masuk rencana 2027", "--by", AUDITOR,
             by="inspektorat")  # fmt: skip


def close_audit(city: City) -> None:
    """December: the second try works; the management looks at the year."""
    city.on(12, 16)
    _correct(city, "AF-0001")
    _verify(city, "AF-0001", "--effective")
    city.run("audit", "nonconformity", "close", "AF-0001", "--by", AUDITOR, by="inspektorat")
    city.on(12, 21)
    city.run(
        *("audit", "review", "record", "--chair", SEKDA, "--minutes", city.file("notulen.pdf")),
        *("--action", "Tambah auditor", "Inspektorat Contoh", "2027-03-31"),
        *("--action", "Standar TLS", "Dinas Kominfo Contoh", "2027-01-31"),
        by="sekda",
    )
    city.run("audit", "review", "done", "MA-0002", "--note", "Ditetapkan", by="kominfo")


def attest(city: City) -> None:
    """June: the owners say how far requirements are met."""
    city.on(6, 22)
    for requirement, verdict in (
        (CRYPTOGRAPHY, "partly"),
        (NETWORKS, "conform"),
        ("perda-pekalongan-3-2026:pasal-26.ayat-5.huruf-c", "not_conform"),
    ):
        city.run(
            *("control", "attest", requirement, "--verdict", verdict, "--note", "dinilai sendiri"),
            *("--evidence", city.file("penilaian.pdf"), "--by", "Kiki Contoh"),
            by="kominfo",
        )


def report(city: City, period: str, number: str, day: tuple[int, int, int]) -> Any:
    """Draft, issue, pass on and receive a conformity report; what was issued, as JSON."""
    year, month, first = day
    city.on(month, first, year=year)
    draft = city.folder.parent / f"konsep-{period}.pdf"
    city.run("conformity", "draft", "--period", period, "-o", draft, "--sample")
    identity = city.talk.split("identity ")[1].split(".")[0]
    city.run(
        *("conformity", "issue", "--period", period, "--document", draft, "--sample"),
        *("--identity", identity, "--letter", f"500/{number}"),
        by="gcio",
    )
    city.run("conformity", "forward", number, "--note", "untuk Wali Kota", by="sekda")
    city.run("conformity", "receive", number, "--by", "Wali Kota Contoh",
             "--direction", "Percepat perbaikan")  # fmt: skip
    path = city.folder.parent / f"{number}.json"
    city.run("conformity", "show", number, "-o", path)
    city.run("conformity", "show", number, "--verify")
    return json.loads(path.read_bytes())


def notices(city: City, sink: Webhook) -> None:
    """A channel to a webhook of this machine: a dry run, then what there is to tell."""
    settings = city.folder / "secaudit.yaml"
    kept = settings.read_text(encoding="utf-8").partition("notices:\n")[0]
    channel = "    persandian: {secret: persandian.url, recipients: [Tim persandian]}\n"
    settings.write_text(f"{kept}notices:\n  channels:\n{channel}", encoding="utf-8")
    folder = city.folder / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    secret = folder / "persandian.url"
    secret.write_text(f"json://127.0.0.1:{sink.port}/rahasia-contoh\n", encoding="utf-8")
    secret.chmod(0o600)
    city.on(7, 15)
    assert city.run("notice", "send", "--dry-run")
    assert sink.received == []
    city.run("notice", "send", "--now")
    assert len(sink.received) == 1
    city.run("notice", "send", "--now")
    assert len(sink.received) == 1, "nothing is told twice"
