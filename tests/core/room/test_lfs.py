import hashlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatecheck.room import excerpt, lfs
from gatecheck.room.blobs import remove

ATTRIBUTES = "*.bin filter=lfs diff=lfs merge=lfs -text\n"


# --- pointers ---


def render(oid, size, extensions=()):
    lines = ["version https://git-lfs.github.com/spec/v1"]
    lines += [f"ext-{number}-{name} sha256:{oid}" for number, name in extensions]
    lines += [f"oid sha256:{oid}", f"size {size}"]
    return "".join(f"{line}\n" for line in lines).encode()


OIDS = st.text("0123456789abcdef", min_size=64, max_size=64)
SIZES = st.integers(0, 2**63 - 1)
EXTENSIONS = st.lists(st.tuples(st.integers(0, 9), st.from_regex(r"\A[a-z_]{1,8}\Z")), max_size=3)


@given(OIDS, SIZES, EXTENSIONS)
def test_a_pointer_says_what_was_written_into_it(oid, size, extensions):
    assert lfs.parse(render(oid, size, extensions)) == (oid, size, bool(extensions))


@given(OIDS, SIZES, st.integers(0, 200), st.binary(max_size=3), st.integers(0, 3))
@example("0" * 64, 0, 127, b"\n", 0)
def test_bytes_that_are_taken_for_a_pointer_are_exactly_one(oid, size, at, put, cut):
    data = render(oid, size)
    changed = data[:at] + put + data[at + cut :]
    pointer = lfs.parse(changed)
    assert pointer is None or changed == render(pointer.oid, pointer.size)


@given(st.binary(max_size=1100))
def test_any_bytes_are_read_without_a_crash(data):
    assert lfs.parse(data) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        render("0" * 64, "01"),
        render("0" * 64, "-1"),
        render("0" * 64, "9" * 20),
        render("A" * 64, 1),
        render("0" * 63, 1),
        render("0" * 64, 1) + b"\n",
        render("0" * 64, 1)[:-1],
        render("0" * 64, 1).replace(b"\n", b"\r\n"),
        render("0" * 64, 1).replace(b"spec/v1", b"spec/v2"),
        render("0" * 64, 1).replace(b"oid", b"key value\noid"),
        render("0" * 64, 1, [(1, "x")] * 12),
    ],
)
def test_what_is_nearly_a_pointer_is_a_file_like_any_other(data):
    assert lfs.parse(data) is None


# --- content ---


@pytest.fixture
def tracked(project, stored):
    """A tree with one file of Git LFS whose content is here, and one whose content is not."""
    project.write({".gitattributes": ATTRIBUTES, "plain": "x\n"})
    project.write({"a/here.bin": stored(b"content\0" * 9), "away.bin": stored(b"other", there=False)})
    (project.path / "a/here.bin").chmod(0o755)
    project.main()
    project.git("switch", "--quiet", "--create", "change")
    return project


def store_of(project, content):
    oid = hashlib.sha256(content).hexdigest()
    return project.path / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid


def test_content_that_is_here_stands_in_the_place_of_its_pointer(tracked, hold):
    held = hold()
    assert (held.tree / "a/here.bin").read_bytes() == b"content\0" * 9
    assert os.access(held.tree / "a/here.bin", os.X_OK)
    assert (held.tree / "away.bin").read_text().startswith("version https://git-lfs")
    assert not os.access(held.tree / "away.bin", os.X_OK)


def test_git_in_the_slot_does_not_take_content_for_a_change(tracked, hold):
    def status():
        words = ["git", "status", "--porcelain"]
        return subprocess.run(words, cwd=held.tree, capture_output=True, text=True, check=True).stdout

    held = hold()
    assert status() == ""
    held.mark()
    (held.tree / "plain").write_text("changed")
    (held.tree / "a/here.bin").unlink()
    assert status() == " M plain\n"
    held.restore()
    assert status() == ""
    tracked.commit({".gitattributes": "# none any more\n"})
    held = hold()
    assert (held.tree / "a/here.bin").read_text().startswith("version")
    (held.tree / "a/here.bin").write_text("changed")
    assert status() == " M a/here.bin\n", "a pointer is a file like any other"


def test_content_that_is_not_here_is_named_with_the_command_that_fetches_it(tracked, hold):
    head = tracked.git("rev-parse", "HEAD")
    for _ in range(2):  # from the move, and from what was saved
        absent = hold().absent
        assert list(absent) == ["away.bin"]
        assert absent["away.bin"].path == "away.bin"
        assert absent["away.bin"].what == "the Git LFS content of 'away.bin' is not here, only its pointer"
        assert absent["away.bin"].fix == f"Run `git lfs fetch origin {head}`."


def test_a_commit_that_only_gatecheck_knows_is_not_what_the_reader_shall_fetch(tracked, hold, repo):
    main = tracked.git("rev-parse", "HEAD")
    tree = tracked.git("rev-parse", "HEAD^{tree}")
    other = tracked.commit({"plain": "y\n"})
    text = f"tree {tree}\nparent {main}\nparent {other}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n"
    made = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode()).decode().strip()
    held = hold("main")
    held.hold(tree, made, "main")
    assert held.absent["away.bin"].fix == f"Run `git lfs fetch origin {main} {other}`."


def test_what_was_fetched_since_is_found_by_the_next_run(tracked, hold, stored):
    assert hold().absent
    stored(b"other")
    held = hold()
    assert held.absent == {}
    assert (held.tree / "away.bin").read_bytes() == b"other"
    assert hold().absent == {}


@pytest.mark.parametrize("damage", [b"otheR", b"othe", b"other and more", None, "folder", "pipe"])
def test_content_that_was_damaged_is_never_written(tracked, hold, stored, damage):
    stored(b"other")
    place = store_of(tracked, b"other")
    place.unlink()
    if damage == "folder":
        place.mkdir()
    elif damage == "pipe":
        os.mkfifo(place)
    elif isinstance(damage, bytes):
        place.write_bytes(damage)
    for _ in range(2):
        held = hold()
        assert (held.tree / "away.bin").read_bytes() == render(hashlib.sha256(b"other").hexdigest(), 5)
        what = held.absent["away.bin"].what
        assert ("another hash" in what) == (damage == b"otheR")
        assert ("fsck" in held.absent["away.bin"].fix) == (damage == b"otheR")
    remove(place)
    stored(b"other")
    assert hold().absent == {}


def test_content_that_may_not_be_read_counts_as_damaged(tmp_path, repo, tracked, monkeypatch):
    def refuse(*words, **options):
        raise PermissionError

    place = os.fsencode(tmp_path / "file")
    Path(os.fsdecode(place)).write_bytes(b"pointer")
    pointer = lfs.Pointer(hashlib.sha256(b"content\0" * 9).hexdigest(), 72, extended=False)
    monkeypatch.setattr(lfs, "open", refuse, raising=False)
    assert lfs.replace(repo, b"pointer", pointer, place) == "damaged"
    assert Path(os.fsdecode(place)).read_bytes() == b"pointer"


def test_an_extension_is_a_program_and_not_run(project, hold, stored):
    pointer = lfs.parse(stored(b"content"))
    project.commit({".gitattributes": ATTRIBUTES, "x.bin": render(pointer.oid, 7, [(0, "case")])})
    held = hold()
    assert (held.tree / "x.bin").read_text().startswith("version")
    assert "extension" in held.absent["x.bin"].what
    assert "git lfs ext" in held.absent["x.bin"].fix


def test_an_empty_file_needs_no_store(project, hold, stored):
    project.commit({".gitattributes": ATTRIBUTES, "x.bin": stored(b"", there=False)})
    held = hold()
    assert (held.tree / "x.bin").read_bytes() == b""
    assert held.absent == {}


def test_without_the_attribute_a_pointer_is_a_text(project, hold, stored):
    text = stored(b"content")
    project.commit({"x.bin": text, "x.txt": text})
    held = hold()
    held.mark()
    (held.tree / "x.bin").write_bytes(b"changed")
    held.restore()
    assert (held.tree / "x.bin").read_bytes() == text
    attributed = project.commit({".gitattributes": ATTRIBUTES})
    held = hold()
    assert (held.tree / "x.bin").read_bytes() == b"content", "only the attributes changed"
    assert (held.tree / "x.txt").read_bytes() == text
    project.commit({".gitattributes": "*.txt filter=lfs\n"})
    held = hold()
    assert (held.tree / "x.bin").read_bytes() == text
    assert (held.tree / "x.txt").read_bytes() == b"content"
    assert (hold(attributed).tree / "x.bin").read_bytes() == b"content"
    project.commit({".gitattributes": f"# a remark\n{ATTRIBUTES}", "y": "y\n"})
    assert (hold().tree / "x.bin").read_bytes() == b"content"


def test_attributes_of_a_folder_count_and_lines_that_git_ignores_do_not_matter(project, hold, stored):
    project.write(
        {
            ".gitattributes": "!x filter=lfs\n*.bin fil!ter=lfs\n",
            "sub/.gitattributes": "[attr]big filter=lfs\n",
        }
    )
    project.write({".gitattributes": "[attr]big filter=lfs\n!x filter=lfs\n*.bin fil!ter=lfs\n"})
    project.write(
        {"sub/.gitattributes": "*.bin big\n", "sub/x.bin": stored(b"content"), "x.bin": stored(b"content")}
    )
    project.commit()
    tree = hold().tree
    assert (tree / "sub/x.bin").read_bytes() == b"content"
    assert (tree / "x.bin").read_text().startswith("version")


def test_the_users_own_attributes_say_nothing(project, hold, stored, isolated):
    project.commit({"x.bin": stored(b"content")})
    (isolated / ".config" / "git").mkdir(parents=True)
    (isolated / ".config" / "git" / "attributes").write_text(ATTRIBUTES)
    (project.path / ".git" / "info" / "attributes").write_text(ATTRIBUTES)
    (project.path / ".gitattributes").write_text(ATTRIBUTES)
    assert (hold().tree / "x.bin").read_text().startswith("version")


def test_no_filter_is_run(project, hold, stored, tmp_path):
    project.commit({".gitattributes": ATTRIBUTES, "x.bin": stored(b"content")})
    for name in ("smudge", "process", "clean"):
        project.git("config", f"filter.lfs.{name}", f"touch {tmp_path}/ran")
    assert (hold().tree / "x.bin").read_bytes() == b"content"
    assert not (tmp_path / "ran").exists()


def test_a_tree_moves_on_and_back(tracked, hold, stored):
    tracked.commit({"a/here.bin": stored(b"newer"), "away.bin": None, "new.bin": stored(b"new")})
    held = hold()
    assert (held.tree / "a/here.bin").read_bytes() == b"newer"
    assert (held.tree / "new.bin").read_bytes() == b"new"
    assert held.absent == {}
    tracked.commit({"new.bin": "now a plain file\n"})
    assert (hold().tree / "new.bin").read_text() == "now a plain file\n"
    held = hold("main")
    assert (held.tree / "a/here.bin").read_bytes() == b"content\0" * 9
    assert list(held.absent) == ["away.bin"]


def test_a_program_that_changed_content_finds_it_mended(tracked, hold):
    held = hold()
    held.mark()
    (held.tree / "a/here.bin").write_bytes(b"changed")
    (held.tree / "away.bin").write_bytes(b"changed")
    held.restore()
    assert (held.tree / "a/here.bin").read_bytes() == b"content\0" * 9
    assert os.access(held.tree / "a/here.bin", os.X_OK)
    assert list(held.absent) == ["away.bin"]
    held.mark()
    (held.tree / "a/here.bin").unlink()
    store_of(tracked, b"content\0" * 9).unlink()
    held.restore()
    assert sorted(held.absent) == ["a/here.bin", "away.bin"]
    held.mark()
    (held.tree / "a/here.bin").unlink()
    assert sorted(hold().absent) == ["a/here.bin", "away.bin"]


def test_what_is_unchanged_is_not_asked_again(tracked, hold, monkeypatch):
    hold()
    tracked.commit({"plain": "y\n"})
    monkeypatch.setattr(lfs, "filtered", None)
    assert (hold().tree / "plain").read_text() == "y\n"


def test_names_that_are_no_text_have_content_too(project, hold, stored):
    project.write({".gitattributes": ATTRIBUTES})
    with open(os.fsencode(project.path) + b"/caf\xe9\n.bin", "wb") as stream:
        stream.write(stored(b"content"))
    with open(os.fsencode(project.path) + b"/na\xefve.bin", "wb") as stream:
        stream.write(stored(b"nothing", there=False))
    project.commit()
    held = hold()
    with open(os.fsencode(held.tree) + b"/caf\xe9\n.bin", "rb") as stream:
        assert stream.read() == b"content"
    assert list(held.absent) == ["na\udcefve.bin"]


def test_a_link_is_not_a_pointer_whatever_it_says(project, hold, stored):
    project.write({".gitattributes": ATTRIBUTES})
    (project.path / "x.bin").symlink_to(stored(b"content").decode())
    project.commit()
    held = hold()
    assert (held.tree / "x.bin").is_symlink()
    assert held.absent == {}


def test_a_narrowed_folder_has_the_content_of_what_is_wanted(tracked, repo, tmp_path, stored):
    tracked.commit({"unwanted.bin": stored(b"unwanted", there=False)})
    (tracked.path / "link").symlink_to("plain")
    head = tracked.commit()
    folder = tmp_path / "narrow" / "tree"
    folder.mkdir(parents=True)
    tree = repo.objects.tree_of(head)
    absent = excerpt.fill(repo, tree, head, folder, lambda path: path not in {b"unwanted.bin", b"plain"})
    assert sorted(path.name for path in folder.iterdir()) == [".gitattributes", "a", "away.bin"]
    assert (folder / "a/here.bin").read_bytes() == b"content\0" * 9
    assert list(absent) == ["away.bin"]
    assert absent["away.bin"].fix == f"Run `git lfs fetch origin {head}`."


def test_a_large_file_is_never_held_in_memory(project, repo, tmp_path):
    """The content has 300 MB; the program that writes it may take 100 MB more than one that writes 1 kB."""
    program = """
        import hashlib, os, resource, sys
        from pathlib import Path
        from gatecheck.repo import Repository
        from gatecheck.room.slot import Slot

        repo = Repository.at(sys.argv[1])
        commit = repo.resolve("HEAD")
        slot = Slot(Path(sys.argv[2]), repo)
        slot.hold(repo.objects.tree_of(commit), commit, "main")
        assert not slot.absent
        print(os.path.getsize(slot.tree / "x.bin"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
    peak = {}
    for size in (1024, 300 * 1024 * 1024):
        source = tmp_path / "content"
        with source.open("wb") as stream:
            stream.truncate(size)
        with source.open("rb") as stream:
            oid = hashlib.file_digest(stream, "sha256").hexdigest()
        place = project.path / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4]
        place.mkdir(parents=True)
        source.rename(place / oid)
        project.commit({".gitattributes": ATTRIBUTES, "x.bin": render(oid, size)})
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), project.path, tmp_path / f"slot-{size}"],
            capture_output=True,
            text=True,
            check=True,
        )
        written, memory = map(int, done.stdout.split())
        assert written == size
        peak[size] = memory
        (place / oid).unlink()
    assert peak[300 * 1024 * 1024] - peak[1024] < 100 * 1024
