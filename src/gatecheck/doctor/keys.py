"""Whether a key that may approve is within reach: then whoever works here, an agent too, can approve its own work.

Source: ssh-keygen(1), ALLOWED SIGNERS, for the lines of `.gatecheck/approvers`; ssh-add(1), -L, for those of an agent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from gatecheck.doctor.symptom import Status, Symptom
from gatecheck.errors import ToolError
from gatecheck.process import ask

APPROVERS = ".gatecheck/approvers"
"""Public keys of those who may approve, in OpenSSH's format of allowed signers."""
_KEY = re.compile(r"\b((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+) (AAAA[A-Za-z0-9+/=]+)")
_FIX = "Keep approvers' keys where agents cannot read them: another account or machine, or a hardware key."


def look(approvers: str) -> Iterator[Symptom]:
    """Compare the approvers' file with the keys that this user can use."""
    allowed = {found[1]: found[0] for found in _KEY.findall(approvers)}
    if not allowed:
        return
    near = {**_on_disk(), **_in_agent()}
    for key, where in near.items():
        if key in allowed:
            says = f"an approver's key is within reach ({where}): whoever works here, an agent too, can approve its own work"
            yield Symptom("approver's key", Status.NOTE, says, _FIX)
    if not set(near) & set(allowed):
        yield Symptom("approver's key", Status.ON, "no approver's key is within reach of this user")


def _on_disk() -> dict[str, str]:
    """Return the public keys beside private ones that can be read."""
    found = {}
    for path in sorted(Path("~/.ssh").expanduser().glob("*.pub")):
        private = path.with_suffix("")
        if os.access(path, os.R_OK) and os.access(private, os.R_OK):
            for _, key in _KEY.findall(path.read_text("utf-8", "replace")):
                found[key] = str(private)
    return found


def _in_agent() -> dict[str, str]:
    """Return the public keys that an agent holds."""
    if not os.environ.get("SSH_AUTH_SOCK"):
        return {}
    try:
        _, out, _ = ask(["ssh-add", "-L"], env=os.environ, limit=10.0)
    except ToolError:  # there is no ssh here
        return {}
    return {key: "the SSH agent" for _, key in _KEY.findall(out.decode("utf-8", "replace"))}
