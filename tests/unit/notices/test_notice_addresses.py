import sys

import pytest

from secaudit.app.notices.address import address_of, service_of
from secaudit.app.notices.delivering import deliver
from secaudit.app.notices.sending import send
from secaudit.app.notices.settings import Channel
from secaudit.app.setup import init_workspace
from secaudit.app.workspace import open_workspace
from secaudit.core.errors import InputError

SECRET = "json://127.0.0.1:1/r4has1a"  # noqa: S105 (it leads nowhere)


def keep(folder, text: str, mode: int = 0o600) -> None:
    (folder / "secrets").mkdir(exist_ok=True)
    path = folder / "secrets" / "a.url"
    path.write_bytes(text.encode())
    path.chmod(mode)


def test_one_line_with_remarks(tmp_path):
    keep(tmp_path, f"# surel\n\n {SECRET} \n")
    assert address_of(tmp_path, "a", Channel(secret="a.url")) == SECRET  # noqa: S106


@pytest.mark.parametrize(
    "text", ["", "# x\n", f"{SECRET}\n{SECRET}\n", "r4has1a\n", "json://\n", "js on://r4has1a\n",
             f"{SECRET}\x00\n", "\xff\n", "r4has1a" * 5000],
)  # fmt: skip
def test_what_is_not_one_address_is_refused_and_not_repeated(tmp_path, text):
    keep(tmp_path, text)
    with pytest.raises(InputError) as caught:
        address_of(tmp_path, "a", Channel(secret="a.url"))  # noqa: S106
    assert "r4has1a" not in " ".join(caught.value.in_words())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o602])
def test_a_file_that_others_may_open_is_refused(tmp_path, mode):
    keep(tmp_path, SECRET, mode)
    with pytest.raises(InputError, match="other accounts"):
        address_of(tmp_path, "a", Channel(secret="a.url"))  # noqa: S106


def test_a_folder_or_a_pipe_is_no_file(tmp_path):
    import os

    (tmp_path / "secrets" / "a.url").mkdir(parents=True)
    with pytest.raises(InputError):
        address_of(tmp_path, "a", Channel(secret="a.url"))  # noqa: S106
    os.mkfifo(tmp_path / "secrets" / "b.url", 0o600)
    with pytest.raises(InputError, match="plain file"):
        address_of(tmp_path, "a", Channel(secret="b.url"))  # noqa: S106


def test_the_environment_counts_where_no_file_is_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="no address"):
        address_of(tmp_path, "web_1", Channel())
    monkeypatch.setenv("SECAUDIT_NOTICE_WEB_1", SECRET)
    assert address_of(tmp_path, "web_1", Channel()) == SECRET


def test_the_kind_of_service():
    assert service_of("MailtoS://a:b@c") == "mailtos"
    assert service_of("no address") == ""


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("json://127.0.0.1:1/r4has1a?cto=1", "no_answer"),
        ("nosuchservice://r4has1a", "address_not_understood"),
        ("tgram://r4has1a", "address_not_understood"),
    ],
)
def test_a_failure_is_a_code_that_says_nothing_of_the_address(address, why):
    done = deliver(address, "s", "b", 5)
    assert not done.sent
    assert done.why == why


def test_without_apprise_a_dry_run_works_and_sending_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    folder = tmp_path / "ws"
    init_workspace(folder, "Pemerintah Kota Contoh").database.close()
    settings = folder / "secaudit.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("channels: {}", "channels: {a: {}}"), encoding="utf-8")
    workspace = open_workspace(folder)
    assert send(workspace, dry_run=True).drafts == ()
    with pytest.raises(InputError) as caught:
        send(workspace)
    assert "secaudit[notices]" in caught.value.in_words()[1]
    workspace.database.close()
