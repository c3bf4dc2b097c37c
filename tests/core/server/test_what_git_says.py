"""What a hook of a server reads: git's lines, names that stand for others, whose key it was, and what it wrote down."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatecheck.errors import CannotTell
from gatecheck.place import find
from gatecheck.repo import Repository
from gatecheck.server import passes
from gatecheck.server.names import resolved
from gatecheck.server.pusher import pusher
from gatecheck.server.updates import Update, read

ZERO, ONE, TWO = "0" * 40, "1" * 40, "2" * 40


def test_every_line_of_a_push_is_read():
    lines = f"{ZERO} {ONE} refs/heads/a\n{ONE} {ZERO} refs/tags/ü\n".encode()
    assert read(lines) == (Update(ZERO, ONE, "refs/heads/a"), Update(ONE, ZERO, "refs/tags/ü"))
    assert [update.deletes for update in read(lines)] == [False, True]


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"\n",
        f"{ZERO} {ONE} refs/heads/a".encode(),
        f"{ZERO} {ONE} refs/heads/a\n\n".encode(),
        f"{ZERO} {ONE} main\n".encode(),
        f"{ZERO} {'1' * 64} refs/heads/a\n".encode(),
        f"{ZERO} {ONE} refs/heads/a b\n".encode(),
        f"{ZERO.upper()} {'A' * 40} refs/heads/a\n".encode(),
    ],
)
def test_lines_that_git_does_not_write_are_refused(lines):
    with pytest.raises(CannotTell, match="what is pushed"):
        read(lines)


@given(st.binary(max_size=200))
def test_no_line_is_half_read(data):
    try:
        updates = read(data)
    except CannotTell:
        return
    again = "".join(f"{each.old} {each.new} {each.ref}\n" for each in updates)
    assert again.encode("utf-8", "surrogateescape") == data


@pytest.fixture
def repository(tmp_path) -> Repository:
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", tmp_path / "r.git"], check=True)
    return Repository(find(str(tmp_path / "r.git")))


def refs(repository: Repository) -> Path:
    return Path(repository.place.common_dir, "refs")


def test_a_name_that_stands_for_another_is_seen_through(repository):
    heads = refs(repository) / "heads"
    (heads / "alias").write_text("ref: refs/heads/second\n", encoding="ascii")
    (heads / "second").symlink_to("refs/heads/main")  # as old versions of git wrote symbolic refs
    (heads / "plain").write_text(ONE + "\n", encoding="ascii")
    assert resolved(repository, "refs/heads/alias") == "refs/heads/main"
    assert resolved(repository, "HEAD") == "refs/heads/main"
    assert resolved(repository, "refs/heads/plain") == "refs/heads/plain"
    assert resolved(repository, "refs/heads/not/there") == "refs/heads/not/there"


@pytest.mark.parametrize("how", ["a circle", "no ref", "a link to a file", "a folder that is a link"])
def test_a_name_that_leads_elsewhere_is_refused(repository, how):
    heads, name = refs(repository) / "heads", "refs/heads/x"
    match how:
        case "a circle":
            (heads / "x").write_text("ref: refs/heads/x\n", encoding="ascii")
        case "no ref":
            (heads / "x").write_text("ref: HEAD\n", encoding="ascii")
        case "a link to a file":
            (heads / "x").symlink_to("main")
        case _:
            (heads / "x").symlink_to(".")
            name = "refs/heads/x/main"
    with pytest.raises(CannotTell, match="no ref"):
        resolved(repository, name)


def test_where_refs_are_in_tables_git_is_asked(repository):
    Path(repository.place.common_dir, "reftable").mkdir()
    (refs(repository) / "heads" / "alias").write_text("ref: refs/heads/main\n", encoding="ascii")
    assert resolved(repository, "refs/heads/alias") == "refs/heads/main"


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    """A key, and a certificate of it."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("key", "authority"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    sign = ["ssh-keygen", "-q", "-s", folder / "authority", "-I", "x", "-n", "x", folder / "key.pub"]
    subprocess.run(sign, check=True)
    return folder


def told(folder: Path, *lines: str) -> str:
    path = folder / "told"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    return pusher({"SSH_USER_AUTH": str(path)})


def test_the_key_that_pushes_is_known_by_its_fingerprint_also_behind_a_certificate(keys, tmp_path):
    shown = subprocess.run(
        ["ssh-keygen", "-lf", keys / "key.pub"], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    plain, certificate = (
        " ".join((keys / name).read_text().split()[:2]) for name in ("key.pub", "key-cert.pub")
    )
    assert told(tmp_path, f"publickey {plain}") == shown
    assert told(tmp_path, f"publickey {certificate}") == shown
    assert told(tmp_path, "password", f"publickey {plain}") == shown


def test_whoever_logs_in_without_a_key_has_none(tmp_path):
    assert told(tmp_path, "password") == ""
    assert pusher({}) == ""


def test_a_key_that_cannot_be_read_is_no_key_at_all(tmp_path):
    with pytest.raises(CannotTell, match="whose key"):
        told(tmp_path, "publickey ssh-ed25519 AAAA")
    with pytest.raises(CannotTell, match="whose key"):
        pusher({"SSH_USER_AUTH": str(tmp_path / "absent")})


def test_what_was_let_pass_is_kept_for_the_process_that_moves_it_and_no_longer(tmp_path):
    folder = tmp_path / passes.FOLDER
    folder.mkdir(parents=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    for name in (str(ended.pid), "not a number", "1" * 30):
        (folder / name).touch()
    (folder / "1").touch()  # alive, and perhaps somebody else's
    main, proof = Update(ZERO, ONE, "refs/heads/alias"), Update(ZERO, TWO, "refs/gatecheck/log")
    moved = [(main, ("refs/heads/alias", "refs/heads/main")), (proof, (proof.ref, proof.ref))]
    passes.write(str(tmp_path), os.getpid(), moved, frozenset({"refs/heads/main"}))
    assert sorted(path.name for path in folder.iterdir()) == sorted({"1", str(os.getpid())})
    assert (folder / str(os.getpid())).read_text().splitlines() == [
        f"gatecheck-push 1 {passes.begun(os.getpid())}",
        f"proven {ONE} refs/heads/alias",
        f"proven {ONE} refs/heads/main",
        f"free {TWO} refs/gatecheck/log",
        f"with {TWO} refs/gatecheck/log",
        "end",
    ]
    assert passes.begun(ended.pid) == "-"


def test_another_accounts_process_is_left_alone(tmp_path, monkeypatch):
    def denied(pid, signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", denied)
    (tmp_path / "1").touch()
    passes.sweep(tmp_path)
    assert (tmp_path / "1").exists()


def test_where_nothing_can_be_written_down_nothing_passes(tmp_path):
    with pytest.raises(CannotTell, match="cannot take the push"):
        passes.write(str(tmp_path), os.getpid(), [], frozenset())
