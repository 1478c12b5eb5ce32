"""The people of a team: hashed, with roles, and unknown ones take as long as known ones."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from carreau.base.errors import FormatError, OptionError, ScanError
from carreau.command.cli import main
from carreau.desk.accounts import EDITOR, PUBLISHER, ROLES, TRANSLATOR, Accounts, add_account, includes, read_accounts

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ANNE = {"login": "anne", "name": "Anne Ménard", "email": "anne@example.org", "role": EDITOR}
PASSWORD = "correct horse"  # noqa: S105


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "team" / "users.toml"
    add_account(found, ANNE, PASSWORD, QUICK)
    return found


def test_a_person_is_added_and_changed_and_others_stay(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(path.read_text("utf-8") + "# by hand\n", "utf-8")
    add_account(path, ANNE | {"login": "bert", "role": TRANSLATOR}, PASSWORD, QUICK)
    add_account(path, ANNE | {"role": PUBLISHER}, "another password", QUICK)
    found = read_accounts(path)
    assert [(each.login, each.role) for each in found.values()] == [("anne", PUBLISHER), ("bert", TRANSLATOR)]
    assert "# by hand" in path.read_text("utf-8")
    accounts = Accounts(path, QUICK)
    assert accounts.verify("anne", PASSWORD) is None
    assert accounts.verify("ANNE ", "another password") == found["anne"]


def test_no_password_is_stored(path: Path) -> None:
    assert PASSWORD not in path.read_text("utf-8")
    assert read_accounts(path)["anne"].password.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("login", "password"), [("anne", ""), ("anne", "Correct horse"), ("nobody", PASSWORD), ("", "")]
)
def test_another_password_or_name_is_refused(path: Path, login: str, password: str) -> None:
    assert Accounts(path, QUICK).verify(login, password) is None


def test_an_unknown_name_is_verified_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the time of the answer does not tell which names there are."""
    verified: list[str] = []
    accounts = Accounts(path, QUICK)
    real = PasswordHasher.verify

    def counted(self: PasswordHasher, hashed: str, password: str) -> bool:
        verified.append(hashed)
        return bool(real(self, hashed, password))

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for login in ("anne", "nobody"):
        assert accounts.verify(login, "wrong password") is None
    assert [each.rpartition("$")[0].split("$")[1:4] for each in verified] == [
        verified[0].rpartition("$")[0].split("$")[1:4]
    ] * 2


def test_a_file_that_changes_is_read_again(path: Path) -> None:
    accounts = Accounts(path, QUICK)
    assert accounts.of("anne") is not None
    path.write_text("users = [", "utf-8")
    assert accounts.of("anne") is None
    assert accounts.problem is not None
    path.write_text("", "utf-8")
    assert accounts.of("anne") is None
    assert accounts.problem is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('role = "editor"', 'role = "king"', "role is missing or wrong"),
        ('login = "anne"', 'login = "Anne M"', "login is missing or wrong"),
        ("$argon2id$", "$1$", "password is missing or wrong"),
        ('email = "anne@example.org"', "", "email is missing or wrong"),
        ('name = "Anne Ménard"', 'name = "<x>"', "name is missing or wrong"),
        ("[[user]]", "[[user", "users.toml"),
    ],
)
def test_a_wrong_file_is_told(path: Path, old: str, new: str, said: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(FormatError, match=said):
        read_accounts(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="cannot be read"):
        Accounts(tmp_path / "users.toml", QUICK)


@pytest.mark.parametrize(
    ("change", "password", "said"),
    [
        ({"login": "../x"}, PASSWORD, "--add-user"),
        ({"name": ""}, PASSWORD, "--name"),
        ({"email": "x"}, PASSWORD, "--email"),
        ({}, "short", "fewer than 10"),
    ],
)
def test_what_a_person_lacks_is_told(tmp_path: Path, change: dict[str, str], password: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        add_account(tmp_path / "users.toml", ANNE | change, password, QUICK)
    assert not (tmp_path / "users.toml").exists()


def test_each_role_includes_those_before() -> None:
    assert [[includes(role, wanted) for wanted in ROLES] for role in ROLES] == [
        [True, False, False], [True, True, False], [True, True, True],
    ]  # fmt: skip


def test_the_command_adds_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users.toml"
    command = ["desk", "--users", str(path), "--add-user", "anne", "--name", "Anne", "--email", "a@example.org"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main([*command, "--role", "publisher"]) == 0
    assert read_accounts(path)["anne"].role == PUBLISHER
    assert Accounts(path).verify("anne", PASSWORD) is not None
    assert main([*command, "--role", "king"]) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(command) == 2
    assert main(["desk", "--add-user", "anne"]) == 2
