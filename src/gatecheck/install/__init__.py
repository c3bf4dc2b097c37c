"""Hooks in a user's repository: the policy compiled for them, installing, uninstalling, and whether they are on."""

from gatecheck.install.checking import Fact, facts, folder_of
from gatecheck.install.compiled import Compiled, Source, compiled, from_text, to_text
from gatecheck.install.files import turn
from gatecheck.install.ground import OWN
from gatecheck.install.installing import Installed, install, write_law
from gatecheck.install.record import load as installed
from gatecheck.install.removing import uninstall

__all__ = [
    "OWN",
    "Compiled",
    "Fact",
    "Installed",
    "Source",
    "compiled",
    "facts",
    "folder_of",
    "from_text",
    "install",
    "installed",
    "to_text",
    "turn",
    "uninstall",
    "write_law",
]
