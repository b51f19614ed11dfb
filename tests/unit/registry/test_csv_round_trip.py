"""What we write as CSV can be read again: the guard against formulas does not stick."""

from pathlib import Path

from secaudit.registry.asset_files import read_assets


def test_the_guard_before_a_formula_is_taken_off_again(tmp_path: Path) -> None:
    path = tmp_path / "aset.csv"
    path.write_text(
        "nama,alamat,perangkat_daerah\nkamera,192.0.2.7,'=cmd()\nlampu,192.0.2.8,Dinas 'Aman'\n",
        encoding="utf-8",
    )
    owners = [item.asset.owner for item in read_assets(path)]
    assert owners == ["=cmd()", "Dinas 'Aman'"]
