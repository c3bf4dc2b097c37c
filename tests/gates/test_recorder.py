"""The programs that run in the interpreter under test: the recorder plugin and the reader of coverage data."""

from __future__ import annotations

import ast
import json
import os
import runpy
import sys
import types

import pytest
from coverage import CoverageData

from gatecheck_gates.suites import recording
from gatecheck_gates.suites.recorder import gatecheck_lines, gatecheck_recorder

pytest_plugins = ["pytester"]


@pytest.fixture
def record(pytester, monkeypatch):
    """Run pytest in this process with the plugin, and read back what it wrote."""

    def run(only=None, **environment):
        path = pytester.path / "record.jsonl"
        monkeypatch.setenv("GATECHECK_RECORD", str(path))
        monkeypatch.setenv("GATECHECK_TREE", str(pytester.path))
        if only is not None:
            (pytester.path / "only.json").write_text(json.dumps(only))
            monkeypatch.setenv("GATECHECK_ONLY", str(pytester.path / "only.json"))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        result = pytester.inline_run(
            "-q", "-p", "no:cacheprovider", "-p", "no:xdist", plugins=[gatecheck_recorder]
        )
        return recording.read(path, pytester.path), result

    return run


def test_every_way_a_test_can_end_is_written_down(pytester, record):
    pytester.makepyfile(
        test_all="""
        import pytest

        def test_pass(): pass
        def test_fail(): assert 0, "boo"
        @pytest.mark.skip
        def test_skip(): pass
        @pytest.mark.xfail
        def test_xfail(): assert 0
        @pytest.mark.xfail
        def test_xpass(): pass
        @pytest.mark.xfail(run=False)
        def test_not_run(): pass
        @pytest.fixture
        def broken(): raise ValueError("setup")
        def test_setup(broken): pass
        @pytest.fixture
        def late():
            yield
            raise ValueError("teardown")
        def test_teardown(late): pass
        """,
        test_import="import nothing_of_this_name",
    )
    seen, result = record()
    assert {name.split("::")[-1]: test.status for name, test in seen.tests.items()} == {
        "test_import.py": "error"
    }
    seen, result = record(PYTEST_ADDOPTS="--continue-on-collection-errors")
    assert {name.split("::")[-1]: test.status for name, test in seen.tests.items()} == {
        "test_import.py": "error",
        "test_pass": "passed",
        "test_fail": "failed",
        "test_skip": "skipped",
        "test_xfail": "xfailed",
        "test_xpass": "xfailed",
        "test_not_run": "skipped",
        "test_setup": "error",
        "test_teardown": "error",
    }
    assert seen.exit_code == result.ret == 1
    assert seen.collected == 8
    failed = seen.tests["test_all.py::test_fail"]
    assert (failed.crash_path, failed.crash_line) == ("test_all.py", 4)
    assert failed.message.startswith("AssertionError: boo")
    assert "PYTEST_ADDOPTS" not in os.environ


def test_only_the_tests_that_are_asked_for_run(pytester, record):
    pytester.makepyfile("def test_a(): pass\ndef test_b(): pass\n")
    seen, _ = record(only=["test_only_the_tests_that_are_asked_for_run.py::test_b"])
    assert [name.split("::")[1] for name in seen.tests] == ["test_b"]


def test_without_a_place_to_write_nothing_is_recorded(pytester, monkeypatch):
    monkeypatch.delenv("GATECHECK_RECORD", raising=False)
    pytester.makepyfile("def test_a(): pass\n")
    assert pytester.inline_run("-q", "-p", "no:xdist", plugins=[gatecheck_recorder]).ret == 0
    assert not (pytester.path / "record.jsonl").exists()


def test_a_worker_hands_its_modules_to_the_process_that_writes(tmp_path, pytester, record, monkeypatch):
    config = types.SimpleNamespace(
        workerinput={}, workeroutput={}, pluginmanager=pytest.PytestPluginManager()
    )
    monkeypatch.setenv("GATECHECK_TREE", str(tmp_path))
    gatecheck_recorder.pytest_configure(config)
    worker = config.pluginmanager.get_plugin("gatecheck-worker")
    worker.pytest_collectreport(types.SimpleNamespace(skipped=True, nodeid="test_b.py"))
    worker.pytest_collectreport(types.SimpleNamespace(skipped=False, nodeid="test_c.py"))
    worker.pytest_sessionfinish(types.SimpleNamespace(config=config))
    assert config.workeroutput == {"gatecheck_modules": [], "gatecheck_skipped": ["test_b.py"]}
    del pytester, record


def test_the_writing_process_takes_over_what_workers_say(tmp_path):
    config = types.SimpleNamespace(rootpath=tmp_path)
    recorder = gatecheck_recorder.Recorder(str(tmp_path / "r"), str(tmp_path), config, None)
    recorder.pytest_xdist_node_collection_finished(["a", "b"])
    recorder.pytest_xdist_node_collection_finished(["a", "b"])
    recorder.pytest_testnodedown(
        types.SimpleNamespace(
            workeroutput={
                "gatecheck_modules": [["m", "/x/m.py", "shadow"]],
                "gatecheck_skipped": ["test_b.py"],
            }
        )
    )
    recorder.pytest_testnodedown(types.SimpleNamespace())
    recorder.pytest_collectreport(types.SimpleNamespace(failed=False, skipped=True, nodeid="test_b.py"))
    report = types.SimpleNamespace(
        nodeid="a", when="???", outcome="failed", failed=True, location=None, longrepr="died"
    )
    recorder.pytest_runtest_logreport(report)
    recorder.pytest_sessionfinish(types.SimpleNamespace(exitstatus=1, shouldstop=False, shouldfail="stop"))
    recorder.pytest_unconfigure()
    seen = recording.read(tmp_path / "r", tmp_path)
    assert (seen.collected, seen.foreign, seen.interrupted) == (2, (("m", "/x/m.py", "shadow"),), "stop")
    assert seen.tests["a"].message == "died"
    assert seen.tests["test_b.py"].status == "skipped"


def test_a_torn_recording_is_read_up_to_the_tear(tmp_path):
    path = tmp_path / "r"
    path.write_text(
        '{"kind": "session", "rootdir": "/x"}\n{"kind": "begun", "id": "a"}\n{"kind": "en\n{"kind": "end"}\n'
    )
    seen = recording.read(path, tmp_path)
    assert (seen.exit_code, seen.last_begun) == (None, "a")
    assert recording.read(tmp_path / "none", tmp_path).rootdir is None


def module(monkeypatch, name, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(__file__=str(path)))


def test_modules_from_elsewhere_are_told_from_those_that_belong_there(tmp_path, monkeypatch):
    tree, other, origin = tmp_path / "tree", tmp_path / "other", tmp_path / "origin"
    for name in (
        "top_one.py",
        "src/top_two/__init__.py",
        "lib/top_three/__init__.py",
        "top_one.txt",
        "src/top_two/__main__.py",
        "__main__.py",
        "vendor/top_five/__init__.py",
    ):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()
    for name in ("top_one", "top_four", "top_five"):
        module(monkeypatch, name, other / f"{name}.py")
    module(monkeypatch, "top_two", other / "top_two" / "__init__.py")
    module(monkeypatch, "top_three", other / "top_three" / "__init__.py")
    module(monkeypatch, "__main__", other / "__main__.py")
    module(monkeypatch, "fine", tree / "fine.py")
    module(monkeypatch, "stale", origin / "stale.py")
    module(monkeypatch, "tool", origin / ".venv" / "tool.py")
    monkeypatch.setattr(sys, "prefix", str(origin / ".venv"))
    monkeypatch.setenv("GATECHECK_ORIGIN", str(origin))
    assert [(name, why) for name, _, why in gatecheck_recorder.foreign_modules(str(tree))] == [
        ("stale", "origin"),
        ("top_one", "shadow"),
        ("top_three", "shadow"),
        ("top_two", "shadow"),
    ]


SOURCE = """# coding: utf-8
def old(a):  # pragma: no cover
    return a


def new(a):  # pragma: no cover
    return "# no comment, no pragma"  # one \x0c two
"""


def test_only_comments_that_the_base_does_not_have_are_taken_out():
    base = "def old():  # pragma: no cover\n    pass\n"
    stripped = gatecheck_lines.without_new_comments(SOURCE, base, {1, 2, 3, 6, 7})
    expected = SOURCE.replace("new(a):  # pragma: no cover", "new(a):  ").replace("# one \x0c two", "")
    expected = expected.replace("# coding: utf-8", "").replace(
        "# no comment, no pragma", "_ no comment, no ______"
    )
    assert stripped == expected
    assert gatecheck_lines.without_new_comments(SOURCE, "", {3}) == SOURCE


def test_every_line_of_a_statement_leads_to_its_first():
    source = "x = (\n    1,\n)\nif (x and\n        x):\n    @dec\n    def f(a,\n          b): pass\nmatch x:\n    case 1:\n        pass\n"
    assert gatecheck_lines.first_lines(ast.parse(source)) == {
        1: 1, 2: 1, 3: 1, 4: 4, 5: 4, 7: 7, 8: 8, 9: 9, 11: 11,
    }  # fmt: skip


def test_the_reader_answers_or_names_the_file_that_it_cannot_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "page.html").write_text("hello\n")
    data = CoverageData(str(tmp_path / "data"))
    data.add_lines({"a.py": [1], "page.html": [1]})
    data.write()
    (tmp_path / "rules").write_text("[run]\nrelative_files = true\n")

    def ask(files, *, touch=True):
        wishes = {path: {"lines": [1], "touch": touch} for path in files}
        request = {"files": wishes, "base": str(tmp_path / "base"), "report": str(tmp_path / "report")}
        request |= {
            "data": str(tmp_path / "data"),
            "settings": str(tmp_path / "rules"),
            "answer": str(tmp_path / "answer"),
        }
        (tmp_path / "request").write_text(json.dumps(request))
        monkeypatch.setattr(sys, "argv", ["", str(tmp_path / "request")])
        runpy.run_path(gatecheck_lines.__file__, run_name="__main__")
        return json.loads((tmp_path / "answer").read_text())

    assert ask(["a.py"]) == {
        "measured": ["a.py", "page.html"],
        "statements": {"a.py": {"1": 1}},
        "chosen": ["a.py"],
    }
    assert json.loads((tmp_path / "report").read_text())["files"]["a.py"]["executed_lines"] == [1]
    assert ask([])["chosen"] == []
    (tmp_path / "broken.py").write_text("def (\n")
    assert ask(["broken.py"])["path"] == "broken.py"
    assert ask(["broken.py"], touch=False)["chosen"] == []
    assert ask(["page.html"])["statements"] == {}


def test_data_in_which_nothing_ran_can_still_be_asked_for_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text("x = 1\n")
    CoverageData(str(tmp_path / "data")).write()
    (tmp_path / "rules").write_text("[run]\nrelative_files = true\n")
    request = {"files": {"a.py": {"lines": [1], "touch": True}}, "base": "base", "report": "report"}
    request |= {"data": str(tmp_path / "data"), "settings": "rules", "answer": "answer"}
    (tmp_path / "request").write_text(json.dumps(request))
    gatecheck_lines.main(["", "request"])
    assert json.loads((tmp_path / "answer").read_text())["measured"] == []
    assert json.loads((tmp_path / "report").read_text())["files"]["a.py"]["missing_lines"] == [1]
