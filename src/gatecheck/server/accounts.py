"""Who can reach the repository past its hooks: accounts with a whole shell, and others of this machine who may write to it.

Whoever may start any program on the server says `git -c core.hooksPath=... receive-pack`, and no hook is asked.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from gatecheck.doctor.symptom import Status, Symptom
from gatecheck.place import Place

_SHELLS = {"git-shell", "nologin", "false"}
_FORCED = re.compile(r'(?:^|[\s,])command="', re.IGNORECASE)
_KINDS = ("ssh-", "ecdsa-", "sk-")
_SSHD = Path("/etc/ssh")
_EXPOSES = re.compile(r"^\s*ExposeAuthInfo\s*=?\s*yes\s*$", re.IGNORECASE | re.MULTILINE)
_LOOKED_AT = (".", "objects", "refs", "hooks", "config", "gatecheck", "packed-refs")


def access(place: Place) -> Iterator[Symptom]:
    """Tell who besides this account can write to the repository on the disk, and start a program of theirs."""
    common = Path(place.common_dir)
    for path in (common.parent, *(common / name for name in _LOOKED_AT)):
        try:
            seen = path.stat()
        except OSError:
            continue
        who = "" if path == common.parent and seen.st_mode & stat.S_ISVTX else _writers(seen)
        if who:
            says = f"{who} on this machine can write to {path}, and so past every hook"
            fix = f"chmod go-w {path}, and have all of them push by ssh"
            yield Symptom("local access", Status.OFF, says, fix)
            return
    yield Symptom("local access", Status.ON, f"nobody else with a shell can write to {common}")


def _writers(seen: os.stat_result) -> str:
    """Return which others may write to a file or folder and have a shell; empty when nobody has."""
    if seen.st_mode & stat.S_IWOTH:
        return "everybody"
    if not seen.st_mode & stat.S_IWGRP:
        return ""
    try:
        members = set(grp.getgrgid(seen.st_gid).gr_mem)
    except KeyError:
        return f"the group {seen.st_gid}"
    others = [
        each.pw_name
        for each in pwd.getpwall()
        if (each.pw_name in members or each.pw_gid == seen.st_gid)
        and each.pw_uid not in {0, seen.st_uid}
        and Path(each.pw_shell).name not in _SHELLS
    ]
    return ", ".join(others)


def login(account: pwd.struct_passwd | None = None, sshd: Path = _SSHD) -> Iterator[Symptom]:
    """Tell whether those who log in as this account can start anything but git's two programs, and whether sshd tells their keys."""
    account = account or pwd.getpwuid(os.geteuid())
    shell = Path(account.pw_shell).name
    free = _free_keys(Path(account.pw_dir, ".ssh", "authorized_keys"))
    if shell in _SHELLS:
        yield Symptom("login", Status.ON, f"the shell of {account.pw_name} is {account.pw_shell}")
    elif free == []:
        yield Symptom("login", Status.ON, f"every key of {account.pw_name} is bound to one command")
    else:
        which = f"{account.pw_name} has the shell {account.pw_shell}"
        keys = f", and {len(free)} of its keys are bound to no command" if free else ""
        says = f"{which}{keys}: whoever logs in so goes past every hook (--receive-pack='git -c core.hooksPath=...')"
        fix = f'chsh -s "$(command -v git-shell)" {account.pw_name}, or put command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" before each key'
        yield Symptom("login", Status.OFF, says, fix)
    if Path(account.pw_dir, "git-shell-commands").is_dir():
        says = f"{account.pw_dir}/git-shell-commands holds programs that whoever logs in may start"
        yield Symptom(
            "git-shell", Status.NOTE, says, "Look at each of them: none may start git with other settings"
        )
    yield _exposed(sshd)


def _free_keys(path: Path) -> list[str] | None:
    """Return the lines of keys that may start any program; None where no such file can be read. Source: sshd(8), AUTHORIZED_KEYS."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    keys = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return [line for line in keys if line.startswith(_KINDS) or not _FORCED.search(line)]


def _exposed(sshd: Path) -> Symptom:
    """Tell whether sshd tells hooks whose key it was; its files are looked at, not what it has read."""
    files = [sshd / "sshd_config", *sorted((sshd / "sshd_config.d").glob("*.conf"))]
    for path in files:
        try:
            if _EXPOSES.search(path.read_text(encoding="utf-8", errors="replace")):
                return Symptom(
                    "pusher", Status.ON, f"{path} has ExposeAuthInfo yes: hooks know whose key pushes"
                )
        except OSError:
            continue
    says = f"no ExposeAuthInfo in {sshd}: hooks do not know whose key pushes, so an approver may push what they approve"
    return Symptom("pusher", Status.NOTE, says, "Put `ExposeAuthInfo yes` into sshd_config, and reload sshd")
