"""The account that acts comes from the operating system, not from the environment."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest
from os_accounts import as_account

from secaudit.app.account import account_of_process

ASK = "from secaudit.app.account import account_of_process; print(account_of_process())"


def _asked(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("variable", ["LOGNAME", "USER", "LNAME", "USERNAME"])
def test_a_variable_names_nobody(variable: str) -> None:
    """What getpass would believe changes nothing."""
    assert _asked(**{variable: "sari"}) == account_of_process() != "sari"


def test_the_login_tells_people_of_one_account_apart(tmp_path: Path) -> None:
    """The kernel's login wins over the account that the process runs as, where it has a name."""
    someone = next(entry for entry in pwd.getpwall() if entry.pw_uid != os.getuid())
    login = tmp_path / "loginuid"
    login.write_text(str(someone.pw_uid))
    assert account_of_process(login) == someone.pw_name


@pytest.mark.parametrize("content", ["4294967295", "", "none", "4294960000"])
def test_without_a_login_it_is_the_account_of_the_process(tmp_path: Path, content: str) -> None:
    """Not set, unreadable, or of nobody here: the process's own account."""
    login = tmp_path / "loginuid"
    login.write_text(content)
    assert account_of_process(login) == pwd.getpwuid(os.getuid()).pw_name


def test_another_name_in_the_password_database(tmp_path: Path) -> None:
    """The name is the one that the operating system gives for the user's number."""
    assert _asked(**as_account("sari", tmp_path)) == "sari"
