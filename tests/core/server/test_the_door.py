"""What the hooks of a server answer where something is odd: always no, and always with what to do."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gatecheck.errors import CannotTell
from gatecheck.place import Place, find
from gatecheck.repo import receiving, tips_of
from gatecheck.server import record
from gatecheck.server.__main__ import main

ZERO, ONE = "0" * 40, "1" * 40


@pytest.fixture
def bare(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "r.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", path], check=True)
    monkeypatch.setenv("GIT_DIR", str(path))
    return path


@pytest.fixture
def answer(monkeypatch, capsys):
    def answer(*argv: str, lines: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(lines.encode())))
        return main([*argv]), capsys.readouterr().err

    return answer


def test_without_a_repository_or_a_question_the_answer_is_no(bare, answer, monkeypatch, tmp_path):
    assert answer("guard", lines=f"{ZERO} {ONE} refs/heads/topic\n") == (0, "")
    for words in ((), ("other",), ("receive",)):
        code, said = answer(*words)
        assert (code, "not a question" in said) == (1, True)
    monkeypatch.setenv("GIT_NAMESPACE", "x")
    assert "namespace" in answer("guard")[1]
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    code, said = answer("guard")
    assert (code, "no repository" in said) == (1, True)


def test_a_crash_is_a_no_with_a_file_that_tells_more(bare, answer):
    code, said = answer("receive", "not a number", lines=f"{ZERO} {ONE} refs/heads/topic\n")
    assert (code, "gatecheck crashed" in said, "Traceback" in said) == (1, True, False)
    (file,) = Path(os.environ["GATECHECK_CACHE"], "crashes").iterdir()
    assert "not a number" in file.read_text(encoding="utf-8")


def test_of_many_refusals_some_are_told(bare, answer):
    lines = "".join(f"{ZERO} {ONE} refs/replace/{number:040x}\n" for number in range(30))
    code, said = answer("receive", "1", lines=lines)
    assert (code, said.count("the server's own"), "and 10 more" in said) == (1, 20, True)


def test_a_head_that_is_no_branch_has_no_law(bare, answer):
    Path(bare, "HEAD").write_text(f"{ONE}\n", encoding="ascii")
    code, said = answer("receive", "1", lines=f"{ZERO} {ONE} refs/heads/topic\n")
    assert (code, "no default branch" in said) == (1, True)


def test_where_git_cannot_tell_or_the_disk_does_not_take_it_there_is_no_answer(bare, tmp_path):
    place = find(str(bare))
    assert tips_of(place, ["refs/heads/main"]) == {}
    nowhere = Place(work_tree=None, git_dir=str(tmp_path), common_dir=str(tmp_path / "absent"), cache="")
    with pytest.raises(CannotTell, match="where the refs are"):
        tips_of(nowhere, ["refs/heads/main"])
    with pytest.raises(CannotTell, match="cannot judge the push"), receiving(nowhere, "", ONE):
        pass


def test_names_of_sha256_repositories_are_read_as_such(tmp_path):
    path = tmp_path / "r.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--object-format=sha256", path], check=True)
    words = ["git", "-C", path, "hash-object", "-t", "tree", "-w", "--stdin"]
    tree = subprocess.run(words, input=b"", capture_output=True, check=True).stdout.decode().strip()
    with receiving(find(str(path)), "", "0" * 64) as repository:
        assert repository.objects.read(tree, "tree") == b""


def test_a_record_of_another_format_is_none(bare):
    Path(bare, "gatecheck").mkdir()
    Path(bare, record.NAME).write_text('{"format": 2}', encoding="utf-8")
    assert record.find(str(bare)) is None
    assert record.load(str(bare)) == record.Record()
