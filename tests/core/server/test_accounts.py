"""Who could go past the hooks of a server: looked at in accounts and folders of the test's own."""

import grp
import os
import pwd
from pathlib import Path

import pytest

from gatecheck.doctor.symptom import Status
from gatecheck.place import Place
from gatecheck.server import accounts

KEY = "ssh-ed25519 AAAA somebody"


def account(folder: Path, shell: str, *, name: str = "git", uid: int = 4711) -> pwd.struct_passwd:
    return pwd.struct_passwd((name, "x", uid, 4711, "", str(folder), shell))


def login(folder: Path, shell: str, keys: str | None = None) -> Status:
    if keys is not None:
        (folder / ".ssh").mkdir(exist_ok=True)
        (folder / ".ssh" / "authorized_keys").write_text(keys, encoding="utf-8")
    return next(accounts.login(account(folder, shell), folder / "sshd")).status


def test_an_account_with_a_shell_goes_past_every_hook(tmp_path):
    assert login(tmp_path, "/bin/bash") is Status.OFF
    assert login(tmp_path, "/usr/bin/git-shell") is Status.ON
    assert login(tmp_path, "/bin/bash", f"# all\n\n{KEY}\n") is Status.OFF
    assert login(tmp_path, "/bin/bash", f'no-pty {KEY}\nrestrict,command="git-shell" {KEY}\n') is Status.OFF
    assert (
        login(tmp_path, "/bin/bash", f'command="git-shell" {KEY}\nrestrict,command="git-shell" {KEY}\n')
        is Status.ON
    )


def test_what_git_shell_lets_one_start_besides_is_said(tmp_path):
    (tmp_path / "git-shell-commands").mkdir()
    found = list(accounts.login(account(tmp_path, "/usr/bin/git-shell"), tmp_path))
    assert [(each.name, each.status) for each in found] == [
        ("login", Status.ON),
        ("git-shell", Status.NOTE),
        ("pusher", Status.NOTE),
    ]


def test_whether_sshd_tells_whose_key_it_was_is_read_from_its_files(tmp_path):
    def pusher() -> Status:
        return list(accounts.login(account(tmp_path, "/usr/bin/git-shell"), tmp_path))[-1].status

    assert pusher() is Status.NOTE
    (tmp_path / "sshd_config").write_text("#ExposeAuthInfo yes\nExposeAuthInfo no\n", encoding="utf-8")
    assert pusher() is Status.NOTE
    (tmp_path / "sshd_config.d").mkdir()
    (tmp_path / "sshd_config.d" / "git.conf").write_text("Port 22\nexposeauthinfo yes\n", encoding="utf-8")
    assert pusher() is Status.ON


def access(common: Path):
    (found,) = accounts.access(Place(work_tree=None, git_dir=str(common), common_dir=str(common), cache=""))
    return found


@pytest.fixture
def common(tmp_path) -> Path:
    folder = tmp_path / "r.git"
    for name in ("", "objects", "refs", "hooks"):
        (folder / name).mkdir(mode=0o755)
    return folder


def test_whoever_can_write_to_the_repository_needs_no_push(common):
    assert access(common).status is Status.ON
    (common / "hooks").chmod(0o777)
    assert (access(common).status, str(common / "hooks") in access(common).says) == (Status.OFF, True)
    (common / "hooks").chmod(0o755)
    common.parent.chmod(0o777)
    assert access(common).status is Status.OFF
    common.parent.chmod(0o1777)
    assert access(common).status is Status.ON


def test_a_group_may_write_when_all_of_it_log_in_to_git_alone(common, monkeypatch, tmp_path):
    (common / "objects").chmod(0o775)
    shells = {"ada": "/usr/bin/git-shell", "bob": "/usr/bin/git-shell", "eve": "/bin/sh"}
    people = [
        account(tmp_path, shell, name=name, uid=uid) for uid, (name, shell) in enumerate(shells.items(), 9001)
    ]
    eve = people.pop()
    monkeypatch.setattr(pwd, "getpwall", lambda: people)
    monkeypatch.setattr(grp, "getgrgid", lambda gid: grp.struct_group(("g", "x", gid, ["ada", "eve"])))
    assert access(common).status is Status.ON
    people.append(eve)
    assert (access(common).status, "eve" in access(common).says) == (Status.OFF, True)

    def unknown(gid):
        raise KeyError(gid)

    monkeypatch.setattr(grp, "getgrgid", unknown)
    assert access(common).status is Status.OFF


def test_the_account_that_asks_is_the_one_that_is_looked_at():
    first = next(accounts.login())
    assert pwd.getpwuid(os.geteuid()).pw_name in first.says
