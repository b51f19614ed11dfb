"""An inventory with several faults names them all, so that it is mended in one go."""

import pytest

from secaudit.core.errors import InputError
from secaudit.registry.asset_files import read_assets

YAML = """schema_version: 1
assets:
- name: Portal
  owner: Dinas Contoh
  addresses: [bukan-alamat]
- name: Surat
  owner: Dinas Contoh
  addresses: [127.0.0.999]
"""


def test_every_row_with_a_fault_is_listed(tmp_path):
    path = tmp_path / "aset.yaml"
    path.write_text(YAML, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_assets(path)
    message, hint = caught.value.in_words()
    assert [f"{path}:5" in message, f"{path}:8" in message] == [True, True]
    assert len(message.splitlines()) == 2
    assert hint == "nothing was imported"


def test_every_key_with_a_fault_is_listed(tmp_path):
    path = tmp_path / "aset.yaml"
    path.write_text(YAML.replace("owner", "pemillik"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_assets(path)
    lines = str(caught.value).splitlines()
    assert f"{path}:4: unknown key 'assets.0.pemillik'" in lines
    assert f"{path}:7: unknown key 'assets.1.pemillik'" in lines
