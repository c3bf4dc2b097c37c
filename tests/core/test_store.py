import hashlib
import json
import os
import subprocess
import sys
import threading

import pytest

from gatecheck.errors import CannotTell
from gatecheck.store import Store, key_of

KEY = key_of("question", 1)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def artefact(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"artefact" * 10_000)
    return path


@pytest.mark.parametrize("synced", [True, False])
def test_an_answer_comes_back_with_its_files_byte_for_byte(store, artefact, synced):
    payload = bytes(range(256))
    kept = store.put(KEY, payload, {"coverage": artefact}, synced=synced)
    artefact.write_bytes(b"another run's")
    found = store.get(KEY)
    assert found.payload == payload
    assert found.files["coverage"].read_bytes() == b"artefact" * 10_000
    assert kept == dict(found.files)


def test_what_was_never_asked_is_a_miss(store):
    assert store.get(KEY) is None


def test_the_key_depends_on_everything_that_was_told_and_on_nothing_else():
    assert key_of("a", {"x": 1, "y": 2}) == key_of("a", {"y": 2, "x": 1})
    assert len({key_of("a", "b"), key_of("ab"), key_of(["a", "b"]), key_of("a"), key_of("a", "\udcff")}) == 5


def test_without_recall_nothing_is_found_but_answers_are_kept_for_others(store, tmp_path):
    Store(tmp_path / "store", recall=False).put(KEY, b"x", {})
    assert Store(tmp_path / "store", recall=False).get(KEY) is None
    assert store.get(KEY).payload == b"x"


def signed(body):
    return hashlib.sha256(KEY.encode() + body).hexdigest().encode() + b"\n" + body


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: data + b" ",
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: data[:90] + bytes([data[90] ^ 4]) + data[91:],
        lambda data: b"\0" * len(data),
        lambda data: b"not ours at all\n",
        lambda data: signed(b"{"),
        lambda data: signed(b"[]"),
        lambda data: signed(b"{}"),
        lambda data: signed(b'{"payload": 5, "files": {}}'),
        lambda data: signed(b'{"payload": "", "files": []}'),
        lambda data: signed(b'{"payload": "", "files": {"a": 5}}'),
        lambda data: signed(b'{"payload": "", "files": {"a": "../answers"}}'),
        lambda data: signed(json.dumps({"payload": "", "files": {"a": "../../data"}}).encode()),
    ],
)
def test_a_damaged_or_foreign_answer_is_a_miss(store, artefact, tmp_path, damage):
    store.put(KEY, b"payload", {"a": artefact})
    path = tmp_path / "store" / "answers" / KEY
    path.write_bytes(damage(path.read_bytes()))
    assert store.get(KEY) is None


def test_an_answer_moved_to_another_key_is_a_miss(store, tmp_path):
    other = key_of("another question")
    store.put(other, b"payload", {})
    (tmp_path / "store" / "answers" / other).rename(tmp_path / "store" / "answers" / KEY)
    assert store.get(KEY) is None


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"artefact")])
def test_an_answer_whose_file_is_gone_or_changed_is_a_miss(store, artefact, damage):
    kept = store.put(KEY, b"payload", {"a": artefact})
    damage(kept["a"])
    assert store.get(KEY) is None
    store.put(KEY, b"payload", {"a": artefact})
    assert store.get(KEY).files["a"].read_bytes() == artefact.read_bytes()


def test_a_store_that_cannot_be_written_says_so_and_leaves_nothing_behind(tmp_path, artefact):
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(CannotTell, match="cannot be kept") as caught:
        Store(tmp_path / "store").put(KEY, b"x", {"a": artefact})
    assert "GATECHECK_CACHE" in caught.value.fix


def test_an_artefact_that_cannot_be_read_leaves_no_torn_file(store, tmp_path):
    with pytest.raises(CannotTell):
        store.put(KEY, b"x", {"a": tmp_path / "never-written"})
    assert list((tmp_path / "store" / "files").iterdir()) == []
    assert store.get(KEY) is None


WRITER = """
import sys
from pathlib import Path
from gatecheck.store import Store
store = Store(Path(sys.argv[1]))
for turn in range(15):
    store.put(sys.argv[2], b"payload", {"a": Path(sys.argv[3])})
    found = store.get(sys.argv[2])
    assert found and found.payload == b"payload" and len(found.files["a"].read_bytes()) == 80_000
"""


def test_any_number_of_threads_and_processes_may_write_and_read_the_same_answer(store, artefact, tmp_path):
    argv = [sys.executable, "-c", WRITER, str(tmp_path / "store"), KEY, str(artefact)]
    others = [subprocess.Popen(argv, env=os.environ.copy()) for _ in range(2)]
    wrong = []

    def work():
        for _ in range(15):
            store.put(KEY, b"payload", {"a": artefact})
            found = store.get(KEY)
            if found is None or found.files["a"].stat().st_size != 80_000:
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait() for other in others] == [0, 0]
    assert wrong == []
    left = {path.name for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert left == {KEY, hashlib.sha256(artefact.read_bytes()).hexdigest()}
