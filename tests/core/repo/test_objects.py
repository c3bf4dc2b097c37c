import subprocess
import threading
import zlib
from hashlib import sha1, sha256

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.process.conversation import Conversation
from gatecheck.repo import Repository
from gatecheck.repo.batch import BatchObjects
from gatecheck.repo.libgit2 import Libgit2Objects

HASHES = {"sha1": sha1, "sha256": sha256}


@pytest.fixture(params=["sha1", "sha256", "sha1 through git"])
def kept(request, tmp_path, make_project):
    """A repository of an object format, with what reads its objects."""
    name = request.param.partition(" ")[0]
    top = tmp_path / name
    subprocess.run(["git", "init", "--quiet", f"--object-format={name}", "-b", "main", top], check=True)
    project = type(make_project("unused"))(top, top)
    project.commit({"a": "1\n", "sub/deep/b": "2\n", "sub.c": "3\n"})
    project.commit({"a": "1\n2\n"})
    objects = Repository.at(str(top)).objects
    assert isinstance(objects, Libgit2Objects if name == "sha1" else BatchObjects)
    if "git" in request.param:
        objects = BatchObjects(top / ".git")
    return project, objects


def put(project, kind, content, *, as_if=None):
    """Write a loose object, whatever git thinks of it; return the id that it has, or is given."""
    data = b"%s %d\0" % (kind, len(content)) + content
    digest = HASHES["sha1" if len(project.git("rev-parse", "HEAD")) == 40 else "sha256"]
    id_ = as_if or digest(data).hexdigest()
    path = project.path / ".git/objects" / id_[:2] / id_[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(data))
    return id_


def test_objects_are_what_git_says_they_are(kept):
    project, objects = kept
    commit, tree, blob = (project.git("rev-parse", f"HEAD{what}") for what in ("", "^{tree}", ":a"))
    assert objects.tree_of(commit) == tree
    assert objects.parents(commit) == (project.git("rev-parse", "HEAD~1"),)
    assert objects.parents(objects.parents(commit)[0]) == ()
    assert objects.blob(blob) == b"".join(objects.stream(blob)) == b"1\n2\n"
    assert objects.size(blob) == 4
    assert objects.changed_lines(project.git("rev-parse", "HEAD~1:a"), blob)[0].first == 2


def test_a_tree_is_asked_for_paths(kept):
    project, objects = kept
    tree = project.git("rev-parse", "HEAD^{tree}")
    found = objects.entry(tree, "sub/deep/b")
    assert (found.id, found.is_file) == (project.git("rev-parse", "HEAD:sub/deep/b"), True)
    assert not objects.entry(tree, "sub/deep").is_file
    for nothing in ("b", "sub/b", "a/b", "sub/deep/b/c", "su"):
        assert objects.entry(tree, nothing) is None


def test_what_is_asked_for_must_be_of_its_kind(kept):
    project, objects = kept
    commit, tree, blob = (project.git("rev-parse", f"HEAD{what}") for what in ("", "^{tree}", ":a"))
    for ask, id_, kind in (
        (objects.tree_of, blob, "commit"),
        (objects.parents, tree, "commit"),
        (objects.blob, commit, "blob"),
        (lambda id_: objects.entry(id_, "a"), blob, "tree"),
        (lambda id_: list(objects.stream(id_)), tree, "blob"),
    ):
        with pytest.raises(CannotTell, match=f"is not a {kind}"):
            ask(id_)
    assert objects.blob(blob), "it goes on after a refusal"


@pytest.mark.parametrize("bad", ["f", "", "HEAD", "--help", "0\nHEAD"])
def test_what_is_missing_or_no_id_is_told(kept, bad):
    project, objects = kept
    id_ = "f" * len(project.git("rev-parse", "HEAD")) if bad == "f" else bad
    for ask in (objects.blob, objects.size, objects.tree_of, lambda id_: list(objects.stream(id_))):
        with pytest.raises(CannotTell, match="missing or damaged"):
            ask(id_)
    assert objects.blob(project.git("rev-parse", "HEAD:a"))


def test_content_of_another_hash_is_told_and_the_next_object_is_read(kept):
    project, objects = kept
    good = project.git("rev-parse", "HEAD:a")
    size = len(good)
    put(project, b"blob", b"evil", as_if="e" * size)
    for ask in (objects.blob, lambda id_: list(objects.stream(id_))):
        with pytest.raises(CannotTell, match="missing or damaged"):
            ask("e" * size)
    broken = project.path / ".git/objects/dd" / ("d" * (size - 2))
    broken.parent.mkdir(exist_ok=True)
    broken.write_bytes(b"no zlib")
    with pytest.raises(CannotTell, match="missing or damaged"):
        objects.blob("d" * size)
    assert objects.blob(good) == b"1\n2\n"


def test_a_tree_that_git_would_not_write_is_told(kept):
    project, objects = kept
    for content in (b"garbage", b"100644 a", b"9 a\0" + b"x" * 32):
        with pytest.raises(CannotTell, match=r"missing or damaged|is not a tree"):
            objects.entry(put(project, b"tree", content), "a")


def test_a_commit_without_a_tree_is_told(kept):
    project, objects = kept
    with pytest.raises(CannotTell, match="missing or damaged"):
        objects.tree_of(put(project, b"commit", b"author nobody\n\ntree " + b"f" * 40 + b"\n"))


def test_a_commit_that_nobody_made_has_what_its_header_says(kept):
    project, _ = kept
    objects = BatchObjects(project.path / ".git")
    tree = project.git("rev-parse", "HEAD^{tree}")
    commit = put(project, b"commit", f"tree {tree}\n".encode())
    assert (objects.tree_of(commit), objects.parents(commit)) == (tree, ())


def test_a_git_that_dies_is_told_and_the_next_question_goes_to_another(kept, tmp_path, monkeypatch):
    project, _ = kept
    objects = BatchObjects(project.path / ".git")
    blob = project.git("rev-parse", "HEAD:a")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text("#!/bin/sh\nexit 128\n")
    (tmp_path / "bin/git").chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setenv("PATH", str(tmp_path / "bin"))
        with pytest.raises(CannotTell, match="git cannot read it"):
            objects.blob(blob)
    assert objects.blob(blob) == b"1\n2\n"


def test_parents_are_those_of_the_header_and_not_of_the_message_or_a_graft(kept):
    project, objects = kept
    head = project.git("rev-parse", "HEAD")
    commit = project.git("commit-tree", "HEAD^{tree}", "-p", head, "-m", f"parent {'f' * len(head)}\n")
    (project.path / ".git/shallow").write_text(commit + "\n")
    assert Repository.at(str(project.path)).objects.parents(commit) == objects.parents(commit) == (head,)


def test_many_threads_may_read(kept):
    project, objects = kept
    ids = [project.git("rev-parse", name) for name in ("HEAD:a", "HEAD~1:a", "HEAD:sub.c", "HEAD:sub/deep/b")]
    told = []
    threads = [
        threading.Thread(target=lambda: told.append([objects.blob(id_) for id_ in ids])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [[b"1\n2\n", b"1\n", b"3\n", b"2\n"]] * 8


def test_who_stops_in_the_middle_of_a_large_object_disturbs_nobody(kept):
    project, objects = kept
    project.commit({"large": b"0123456789abcde\n" * 500_000})
    large = project.git("rev-parse", "HEAD:large")
    pieces = objects.stream(large)
    assert len(next(pieces)) <= 1024 * 1024
    pieces.close()
    assert objects.blob(project.git("rev-parse", "HEAD:sub.c")) == b"3\n"
    assert objects.changed_lines(project.git("rev-parse", "HEAD:a"), large)[0].last == 500_000
    assert objects.changed_lines(None, large)[0].last == 500_000


def test_a_private_repository_that_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(CannotTell, match="cannot be opened") as caught:
        Libgit2Objects(tmp_path)
    assert "gatecheck clean" in caught.value.fix


# --- programs that stay ---


def test_a_program_answers_line_by_line_until_it_is_ended():
    talk = Conversation(["cat"], env={"PATH": "/usr/bin:/bin"})
    assert talk.say(b"one") == b"one"
    assert talk.say(b"two\nthree") == b"two"
    assert b"".join(talk.chunks(5)) == b"three"
    talk.end()
    assert talk.say(b"four") == b""
    talk.end()


def test_a_program_that_is_gone_says_nothing():
    talk = Conversation(["sh", "-c", "read line; echo $line; printf ab"], env={"PATH": "/usr/bin:/bin"})
    assert talk.say(b"one") == b"one"
    assert b"".join(talk.chunks(5)) == b"ab"
    for _ in range(3):
        assert talk.say(b"more") == b""


def test_a_program_ends_with_the_object():
    talk = Conversation(["cat"], env={"PATH": "/usr/bin:/bin"})
    child = talk._child  # noqa: SLF001 -- nothing else shows it
    del talk
    assert child.poll() is not None


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(ToolError, match="cannot be started"):
        Conversation(["no-such-program"], env={})
