"""The known answer: given only while nothing moved that it depended on, and cheap to ask for."""

from __future__ import annotations

import marshal
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatecheck import __version__, place, recall, witness
from gatecheck.__main__ import main
from gatecheck.repo.ref_witnesses import RefWitnesses

POLICY = """\
    version: 1
    environment: {pass: [MOOD]}
    gates:
      look: {uses: command, run: [sh, look.sh], count: '^looked'}
    """
HEAVY = {
    "click",
    "yaml",
    "pygit2",
    "json",
    "re",
    "pathlib",
    "dataclasses",
    "hashlib",
    "subprocess",
    "enum",
    "typing",
}


@pytest.fixture
def asked(project):
    """A project whose question was answered once."""
    project.main({"look.sh": "echo looked\n", "code.txt": "one\n"}, policy=POLICY)
    project.change({"code.txt": "two\n"})
    assert project.gatecheck("run").returncode == 0
    assert is_recalled(project)
    return project


def is_recalled(project, *words: str, env=None) -> bool:
    return "answered before" in project.gatecheck("run", *words, env=env).stdout


def test_a_recall_imports_nothing_heavy(asked):
    ask = "import sys; before = set(sys.modules); sys.argv = ['gatecheck', 'run']; from gatecheck.__main__ import main; code = main()"
    tell = "print(code, *(set(sys.modules) - before), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"{ask}; {tell}"], cwd=asked.path, capture_output=True, text=True, check=True
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{ask}; {tell}"], cwd=asked.path, capture_output=True, text=True, check=True
    )
    code, *imported = done.stderr.split()
    assert code == "0"
    assert "answered before" in done.stdout
    assert not HEAVY.intersection(imported), imported


def branch_moved(project):
    project.commit({"code.txt": "three\n"})


def branch_moved_to_the_same_tree(project):
    project.git("commit", "--quiet", "--amend", "--message", "other words")


def target_moved(project):
    project.main({"more.txt": "x\n"})


def target_moved_after_it_was_packed(project):
    project.git("pack-refs", "--all")
    project.gatecheck("run")
    assert is_recalled(project)
    project.main({"more.txt": "x\n"})


def refs_were_packed(project):
    project.git("pack-refs", "--all")


def another_protected_branch_came(project):
    project.git("update-ref", "refs/remotes/origin/master", "HEAD~1")


def the_remotes_head_points_elsewhere(project):
    project.git("update-ref", "refs/remotes/origin/other", "HEAD~1")
    project.gatecheck("run")
    project.git("remote", "set-head", "origin", "other")


def head_was_detached(project):
    project.git("switch", "--quiet", "--detach")


@pytest.mark.parametrize(
    "move",
    [
        branch_moved,
        branch_moved_to_the_same_tree,
        target_moved,
        target_moved_after_it_was_packed,
        refs_were_packed,
        another_protected_branch_came,
        the_remotes_head_points_elsewhere,
        head_was_detached,
    ],
)
def test_what_moved_in_the_repository_is_asked_anew(asked, move):
    move(asked)
    assert not is_recalled(asked)


def test_a_program_that_was_replaced_is_asked_anew(project, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    tool = tools / "inspect-it"
    tool.write_text("#!/bin/sh\necho looked\n")
    tool.chmod(0o755)
    project.main({"code.txt": "one\n"}, policy=POLICY.replace("[sh, look.sh]", "[inspect-it]"))
    project.change({"code.txt": "two\n"})
    env = {"PATH": f"{tools}:{os.environ['PATH']}"}
    assert project.gatecheck("run", env=env).returncode == 0
    assert is_recalled(project, env=env)
    tool.write_text("#!/bin/sh\necho looked; exit 1\n")
    assert project.gatecheck("run", env=env).returncode != 0


def test_a_program_that_comes_first_on_path_is_asked_anew(asked, tmp_path):
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    asked.gatecheck("run", env=env)
    assert is_recalled(asked, env=env)
    (tmp_path / "sh").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "sh").chmod(0o755)
    assert not is_recalled(asked, env=env)


@pytest.mark.parametrize(
    "env",
    [
        {"PATH": "/usr/bin:/bin"},
        {"VIRTUAL_ENV": None},
        {"MOOD": "gloomy"},
        {"COLUMNS": "60"},
        {"PYTHONPATH": "/elsewhere"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=str,
)
def test_another_environment_is_another_question(asked, env):
    assert not is_recalled(asked, env=env)


@pytest.mark.parametrize(
    "words",
    [["-v"], ["--color", "always"], ["--output-format", "json"], ["--jobs", "1"], ["look"]],
    ids=" ".join,
)
def test_other_words_are_another_question(asked, words):
    assert not is_recalled(asked, *words)
    if "json" not in words:
        assert is_recalled(asked, *words)


def test_no_cache_and_reports_are_never_recalled(asked, tmp_path):
    report = tmp_path / "r.json"
    for _ in range(2):
        assert not is_recalled(asked, "--no-cache")
        asked.gatecheck("run", "--report", f"json={report}")
        report.unlink()


def test_a_repository_that_is_named_is_recalled_from_anywhere(asked, tmp_path):
    for word in (["--repo", str(asked.path)], [f"--repo={asked.path}"]):
        done = [asked.gatecheck("run", *word, cwd=tmp_path).stdout for _ in range(2)]
        assert "answered before" in done[1]


@pytest.mark.parametrize(
    "torn", [b"", b"\0" * 100, b"not marshal", marshal.dumps((1, 2)), marshal.dumps(None)]
)
def test_a_torn_or_foreign_file_is_a_miss(asked, torn):
    (kept,) = (asked.cache / "recall").iterdir()
    kept.write_bytes(torn)
    done = asked.gatecheck("run")
    assert done.returncode == 0
    assert "answered before" not in done.stdout
    assert "Traceback" not in done.stderr


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder that looks like a repository, entered."""
    for name in ("objects", "refs"):
        (tmp_path / ".git" / name).mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


RUN = ["run"]


def kept_file() -> Path:
    (kept,) = Path(os.environ["GATECHECK_CACHE"]).glob("*/recall/*")
    return kept


def test_what_was_remembered_is_answered_with_its_code(here, capfdbinary):
    recall.remember(RUN, [witness.file(f"{here}/.git/HEAD")], None, 3, b"said\n")
    assert recall.answer(RUN) == 3
    assert capfdbinary.readouterr().out == b"said\n"
    (here / ".git" / "HEAD").write_text("ref: refs/heads/other\n")
    assert recall.answer(RUN) is None


def test_refs_that_are_no_files_or_too_many_have_no_witnesses(here, monkeypatch):
    found = place.find(".")
    heads = here / ".git" / "refs" / "heads"
    heads.mkdir()
    for number in range(3):
        (heads / f"b{number}").write_text("0" * 40)
    seen = RefWitnesses(found)
    seen.below("refs/heads/")
    assert all(map(witness.holds, seen.all))
    monkeypatch.setattr(witness, "MOST_NAMES", 2)
    assert not witness.holds(witness.names(str(heads)))
    seen.below("refs/heads/")
    assert seen.all is None
    (here / ".git" / "reftable").mkdir()
    assert RefWitnesses(found).all is None


@pytest.mark.parametrize("revision", ["@", "-", "HEAD~1", "main@{1}", "a..b"])
def test_a_revision_that_files_do_not_decide_has_no_witnesses(here, revision):
    seen = RefWitnesses(place.find(str(here)))
    seen.revision("0" * 40)
    assert seen.all == []
    seen.revision(revision)
    assert seen.all is None


@pytest.mark.usefixtures("here")
def test_no_answer_outlives_its_day():
    recall.remember(RUN, [], time.time() + 60, 0, b"")
    assert recall.answer(RUN) == 0
    recall.remember(RUN, [], time.time() - 1, 0, b"")
    assert recall.answer(RUN) is None


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "known",
    [
        (recall.FORMAT + 1, __version__, None, [], 0, b""),
        (recall.FORMAT, "another", None, [], 0, b""),
        (recall.FORMAT, __version__, None, [("magic", "x", None)], 0, b""),
        (recall.FORMAT, __version__, None, [()], 0, b""),
        (recall.FORMAT, __version__, None, [("file", 7.5, None)], 0, b""),
        (recall.FORMAT, __version__, None, [], "0", b""),
        (recall.FORMAT, __version__, None, [], 0, "text"),
        (recall.FORMAT, __version__, "soon", [], 0, b""),
    ],
)
def test_what_another_version_or_nobody_wrote_is_a_miss(known):
    recall.remember(RUN, [], None, 0, b"")
    kept_file().write_bytes(marshal.dumps(known))
    assert recall.answer(RUN) is None


@pytest.mark.parametrize("argv", [[], ["list"], ["run", "--no-cache"], ["run", "--report=json=x"]])
@pytest.mark.usefixtures("here")
def test_what_asks_for_more_than_an_answer_is_never_remembered(argv):
    recall.remember(argv, [], None, 0, b"")
    assert recall.answer(argv) is None
    assert not Path(os.environ["GATECHECK_CACHE"]).exists()


def test_an_option_without_its_value_is_left_to_the_long_way(here):
    recall.remember(["run", "--repo"], [], None, 0, b"")
    assert recall.answer(["run", "--repo"]) == 0, "it is the same words in the same place"
    assert here.is_dir()


def test_our_own_sources_are_witnessed(asked, tmp_path):
    copy = shutil.copytree(Path(recall.__file__).parent, tmp_path / "copy" / "gatecheck")
    env = {"PYTHONPATH": f"{copy.parent}:{os.environ.get('PYTHONPATH', '')}"}
    assert not is_recalled(asked, env=env)
    assert is_recalled(asked, env=env)
    (copy / "errors.py").write_text((copy / "errors.py").read_text() + "# edited\n")
    assert not is_recalled(asked, env=env)


def test_a_distribution_that_is_installed_beside_us_is_a_new_question(asked, tmp_path):
    env = {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    asked.gatecheck("run", env=env)
    assert is_recalled(asked, env=env)
    (tmp_path / "more-1.0.dist-info").mkdir()
    assert not is_recalled(asked, env=env)


def test_a_distribution_that_is_installed_for_the_gates_is_a_new_question(asked, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    env = {"VIRTUAL_ENV": str(tmp_path / "env")}
    asked.gatecheck("run", env=env)
    assert is_recalled(asked, env=env)
    (site,) = (tmp_path / "env").glob("lib/*/site-packages")
    (site / "more-1.0.dist-info").mkdir()
    (site / "more-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: more\nVersion: 1.0\n")
    done = asked.gatecheck("run", env=env)
    assert "recalled" not in done.stdout, "the gate itself is asked again"


def test_an_answer_that_cannot_be_kept_is_worked_out_again(asked):
    shutil.rmtree(asked.cache / "recall")
    (asked.cache / "recall").touch()
    for _ in range(2):
        done = asked.gatecheck("run")
        assert done.returncode == 0
        assert "answered before" not in done.stdout


def test_an_interruption_before_anything_began_is_one_too(monkeypatch):
    def interrupted(_argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(recall, "answer", interrupted)
    assert main() == 130
