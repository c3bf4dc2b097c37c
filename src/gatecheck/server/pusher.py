"""Whose key pushes, as sshd tells it: who pushes a change does not approve it. Source: sshd_config(5), ExposeAuthInfo; ssh(1), SSH_USER_AUTH."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.sign.errors import Unbelievable
from gatecheck.sign.keys import read_text

VARIABLE = "SSH_USER_AUTH"
_WORDS = 3


def pusher(variables: Mapping[str, str]) -> str:
    """Return the fingerprint of the key with which somebody logged in; empty where that is not known.

    Raises CannotTell when sshd says something that cannot be read.
    """
    path = variables.get(VARIABLE)
    if not path:
        return ""
    try:
        lines = Path(path).read_text(encoding="ascii").splitlines()
        keys = [line.split() for line in lines if line.startswith("publickey ")]
        found = [read_text(*words[1:_WORDS]).fingerprint for words in keys if len(words) >= _WORDS]
    except (OSError, UnicodeError, Unbelievable) as error:
        raise CannotTell(
            f"sshd does not tell whose key pushes: {error}",
            fix="Push with an ssh-ed25519 key; whoever runs the server sees what sshd writes to $SSH_USER_AUTH.",
        ) from error
    return found[-1] if found else ""
