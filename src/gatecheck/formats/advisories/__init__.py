"""Advisories about Python packages: records in the OSV format, and many of them compacted into one file that answers at once."""

from gatecheck.formats.advisories.compact import (
    COMMAND,
    SUPPLY,
    About,
    Advisories,
    Canary,
    compacted,
    read_advisories,
)
from gatecheck.formats.advisories.matching import Advisory
from gatecheck.formats.advisories.osv import Record, read_record

__all__ = [
    "COMMAND",
    "SUPPLY",
    "About",
    "Advisories",
    "Advisory",
    "Canary",
    "Record",
    "compacted",
    "read_advisories",
    "read_record",
]
