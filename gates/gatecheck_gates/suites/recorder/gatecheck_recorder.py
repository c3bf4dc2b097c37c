"""A pytest plugin that writes down what really ran: one JSON object a line, in the interpreter under test.

It stands alone: it is loaded by the user's own Python (3.8 or newer) and pytest (6.1 or newer) with nothing of
gatecheck importable. Lines, by `kind`: `session`, `collected`, `begun`, `report`, `collect-error`, `collect-skip`, `module`,
`end`.
Code under test runs in this process and could forge every line; what it cannot do is stop by accident and look whole.
"""

# Plain os.path, since it is asked for every module that the tests imported; pytest's own objects have no public types.
# ruff: noqa: PTH109, PTH110, PTH112, PTH113, PTH117, PTH118, PTH120, PTH123, PTH206, PTH208, ANN401
from __future__ import annotations

import json
import os
import sys
import sysconfig
from typing import Any, Sequence  # noqa: UP035 -- Python 3.8

import pytest

LONGEST_MESSAGE = 2000
_NOT_OURS = (
    "vendor",
    "vendored",
    "third_party",
    "example",
    "examples",
    "doc",
    "docs",
    "test",
    "tests",
    "benchmarks",
)


def pytest_configure(config: Any) -> None:
    """Start to write, unless this is an xdist worker (then only its modules are looked at) or a nested pytest."""
    tree = os.environ.get("GATECHECK_TREE", os.getcwd())
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Worker(tree), "gatecheck-worker")
        return
    path = os.environ.pop("GATECHECK_RECORD", None)
    # A pytest that a test starts is that test's own business: it must neither overwrite our files nor need our plugin.
    os.environ.pop("PYTEST_ADDOPTS", None)
    if path:
        only = os.environ.pop("GATECHECK_ONLY", None)
        config.pluginmanager.register(Recorder(path, tree, config, _read_ids(only)), "gatecheck-recorder")


class Worker:
    """In an xdist worker: hands what only it can see to the controller, which alone writes."""

    def __init__(self, tree: str) -> None:
        self.tree = tree
        self.skipped: list[str] = []

    def pytest_collectreport(self, report: Any) -> None:
        """Note a file that skips itself while it is collected: xdist does not pass it on."""
        if report.skipped:
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any) -> None:
        """Hand over what this worker imported and skipped."""
        session.config.workeroutput["gatecheck_skipped"] = self.skipped
        session.config.workeroutput["gatecheck_modules"] = foreign_modules(self.tree)


class Recorder:
    """In the process that reports: writes each event at once, so that a killed run leaves what it saw."""

    def __init__(self, path: str, tree: str, config: Any, only: frozenset[str] | None) -> None:
        self.tree = tree
        self.only = only
        self.reports = 0
        self.modules: list[Sequence[str]] = []
        self.seen: set[str] = set()
        self.stream = open(path, "w", encoding="utf-8")  # noqa: SIM115 -- open as long as the plugin is
        self.write("session", rootdir=str(config.rootpath), cwd=os.getcwd(), pytest=pytest.__version__)

    def write(self, kind: str, **fields: Any) -> None:
        """Write one line at once."""
        fields["kind"] = kind
        self.stream.write(json.dumps(fields) + "\n")
        self.stream.flush()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        """Leave only the tests that were asked for."""
        if self.only is None:
            return
        kept = [item for item in items if item.nodeid in self.only]
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in self.only])
        items[:] = kept

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: Any) -> None:
        """Note what will run."""
        self.collected([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Note what a worker will run."""
        self.collected(ids)

    def collected(self, ids: list[str]) -> None:
        """Write the ids that are new: every worker tells all of them."""
        new = [nodeid for nodeid in ids if nodeid not in self.seen]
        if new:
            self.seen.update(new)
            self.write("collected", ids=new)

    def pytest_collectreport(self, report: Any) -> None:
        """Note a file that cannot be collected, or skips itself."""
        if report.failed:
            self.write("collect-error", id=report.nodeid, crash=crash_of(report))
        if report.skipped:
            self.write("collect-skip", id=report.nodeid)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note which test is under way, should it never end."""
        self.write("begun", id=nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note how one phase of a test ended."""
        self.reports += 1
        where = report.location or (None, None, None)
        self.write(
            "report",
            id=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            xfail=hasattr(report, "wasxfail"),
            seconds=getattr(report, "duration", 0.0),
            path=where[0],
            line=None if where[1] is None else where[1] + 1,
            crash=crash_of(report) if report.failed else None,
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker imported and skipped."""
        told = getattr(node, "workeroutput", {})
        self.modules += told.get("gatecheck_modules", [])
        for nodeid in told.get("gatecheck_skipped", []):
            self.write("collect-skip", id=nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any) -> None:
        """Write the last line: without it the recording is not complete."""
        for name, path, why in sorted({tuple(found) for found in self.modules + foreign_modules(self.tree)}):
            self.write("module", name=name, path=path, why=why)
        self.write(
            "end",
            exit=int(session.exitstatus),
            collected=len(self.seen),
            reports=self.reports,
            interrupted=str(session.shouldstop or session.shouldfail or ""),
        )

    def pytest_unconfigure(self) -> None:
        """Close the file: where warnings are errors, an open one would fail the run."""
        self.stream.close()


def crash_of(report: Any) -> dict[str, Any]:
    """Where and how it went wrong: path, line and message, bounded."""
    place = getattr(report.longrepr, "reprcrash", None)
    if place is not None:
        return {"path": str(place.path), "line": place.lineno, "message": place.message[:LONGEST_MESSAGE]}
    text = str(report.longrepr)
    return {"path": None, "line": None, "message": text[-LONGEST_MESSAGE:]}


def foreign_modules(tree: str) -> list[tuple[str, str, str]]:
    """Imported modules that came from elsewhere although the tree has them, or from the user's own checkout."""
    tree = os.path.realpath(tree)
    origin = os.environ.get("GATECHECK_ORIGIN")
    origin = os.path.realpath(origin) if origin else None
    standard = _standard_folders()
    # A virtual environment inside the checkout is where the tools live; its modules are nobody's work tree.
    interpreters = [os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix)]
    roots = _roots(tree)
    found = []
    for name, module in sorted(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if name == "__main__":  # pytest's own, though the tree may have a file of that name
            continue
        if not isinstance(path, str) or not os.path.isabs(path):
            continue
        real = os.path.realpath(path)
        if _inside(real, tree) or _inside(real, os.path.dirname(os.path.realpath(__file__))):
            continue
        if (
            origin
            and _inside(real, origin)
            and not any(_inside(real, prefix) and _inside(prefix, origin) for prefix in interpreters)
        ):
            found.append((name, path, "origin"))
        elif "." not in name and not _is_standard(real, standard) and _has_module(roots, name):
            found.append((name, path, "shadow"))
    return found


def _read_ids(path: str | None) -> frozenset[str] | None:
    if path is None:
        return None
    with open(path, encoding="utf-8") as stream:
        return frozenset(json.load(stream))


def _standard_folders() -> set[str]:
    return {os.path.realpath(sysconfig.get_paths()[key]) for key in ("stdlib", "platstdlib")}


def _is_standard(path: str, standard: set[str]) -> bool:
    return any(_inside(path, folder) for folder in standard) and "site-packages" not in path.split(os.sep)


def _inside(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _roots(tree: str) -> list[tuple[str, bool]]:
    """Folders of the tree in which a top-level package may lie; copies of other people's code do not count."""
    roots = [(tree, True), (os.path.join(tree, "src"), True)]
    for name in sorted(os.listdir(tree)):
        folder = os.path.join(tree, name)
        ours = name != "src" and name not in _NOT_OURS and not name.startswith(".") and os.path.isdir(folder)
        if ours and not os.path.exists(os.path.join(folder, "__init__.py")):
            roots.append((folder, False))
    return roots


def _has_module(roots: list[tuple[str, bool]], name: str) -> bool:
    for folder, modules in roots:
        if os.path.isfile(os.path.join(folder, name, "__init__.py")):
            return True
        if modules and name != "conftest" and os.path.isfile(os.path.join(folder, name + ".py")):
            return True
    return False
