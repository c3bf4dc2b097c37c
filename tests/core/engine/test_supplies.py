"""What operators brought in is in a gate's key, is witnessed, and is read only by gates that say so."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gatecheck.engine import supplies
from gatecheck.errors import CannotTell
from gatecheck.model import Supply
from gatecheck.place import supply
from gatecheck.witness import holds


class Reads:
    supplies = ("advisories",)


def bring(content: bytes) -> Path:
    path = Path(supply("advisories"))
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name("fresh")
    fresh.write_bytes(content)
    return fresh.replace(path)


def test_a_gate_that_does_not_say_what_it_reads_reads_nothing():
    assert supplies.named(object()) == ()
    assert list(supplies.witnesses(object())) == []


def test_what_was_brought_in_has_the_digest_of_its_content():
    assert supplies.find("advisories") is None
    path = bring(b"one")
    assert supplies.find("advisories") == Supply(path, hashlib.sha256(b"one").hexdigest())


def test_a_witness_no_longer_holds_once_something_else_is_brought_in():
    (before,) = supplies.witnesses(Reads())
    assert holds(before)
    bring(b"one")
    assert not holds(before)
    (after,) = supplies.witnesses(Reads())
    bring(b"two")
    assert not holds(after)


def test_what_cannot_be_read_is_an_error_with_its_place():
    Path(supply("advisories")).mkdir(parents=True)
    with pytest.raises(CannotTell, match="supplies/advisories"):
        supplies.find("advisories")
