"""What a scan says of how far it is, where no terminal listens."""

import pytest

from scanners.engine import Pulse
from secaudit.cli import progress
from secaudit.text.language import Language, set_language


def test_the_per_cent_are_those_of_the_hosts_that_are_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", 0.0)
    set_language(Language.ENGLISH)
    with progress.scan_progress() as observer:
        observer.pulse(Pulse(hosts_done=9, hosts=12, work=11.4, packets=100))
        observer.pulse(Pulse(hosts_done=12, hosts=12, work=12.0, packets=200))
    said = capsys.readouterr().err
    assert "9 of 12 hosts (75 %)" in said
    assert "12 of 12 hosts (100 %)" in said
