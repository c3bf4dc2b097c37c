"""A pytest plugin that writes down what really ran: one JSON object a line, in the interpreter under test.

It stands alone: it is loaded by the user's own Python (3.8 or newer) and pytest (6.1 or newer) with nothing of
gatecheck importable. Lines, by `kind`: `session`, `collected`, `begun`, `report`, `collect-error`, `module`, `end`.
Code under test runs in this process and could forge every line; what it cannot do is stop by accident and look whole.
"""

import json
import os
import sys
import sysconfig

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


def pytest_configure(config):
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
    """In an xdist worker: hands the foreign modules to the controller, which alone writes."""

    def __init__(self, tree):
        self.tree = tree

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        session.config.workeroutput["gatecheck_modules"] = foreign_modules(self.tree)


class Recorder:
    """In the process that reports: writes each event at once, so that a killed run leaves what it saw."""

    def __init__(self, path, tree, config, only):
        self.tree = tree
        self.only = only
        self.reports = 0
        self.modules = []
        self.seen = set()
        self.stream = open(path, "w", encoding="utf-8")
        self.write("session", rootdir=str(config.rootpath), cwd=os.getcwd(), pytest=pytest.__version__)

    def write(self, kind, **fields):
        fields["kind"] = kind
        self.stream.write(json.dumps(fields) + "\n")
        self.stream.flush()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        if self.only is None:
            return
        kept = [item for item in items if item.nodeid in self.only]
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in self.only])
        items[:] = kept

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        self.collected([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids):
        self.collected(ids)

    def collected(self, ids):
        new = [nodeid for nodeid in ids if nodeid not in self.seen]
        if new:
            self.seen.update(new)
            self.write("collected", ids=new)

    def pytest_collectreport(self, report):
        if report.failed:
            self.write("collect-error", id=report.nodeid, crash=crash_of(report))

    def pytest_runtest_logstart(self, nodeid):
        self.write("begun", id=nodeid)

    def pytest_runtest_logreport(self, report):
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
    def pytest_testnodedown(self, node):
        self.modules += getattr(node, "workeroutput", {}).get("gatecheck_modules", [])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        for name, path, why in sorted({tuple(found) for found in self.modules + foreign_modules(self.tree)}):
            self.write("module", name=name, path=path, why=why)
        self.write(
            "end",
            exit=int(session.exitstatus),
            collected=len(self.seen),
            reports=self.reports,
            interrupted=str(session.shouldstop or session.shouldfail or ""),
        )


def crash_of(report):
    """Where and how it went wrong: path, line and message, bounded."""
    place = getattr(report.longrepr, "reprcrash", None)
    if place is not None:
        return {"path": str(place.path), "line": place.lineno, "message": place.message[:LONGEST_MESSAGE]}
    text = str(report.longrepr)
    return {"path": None, "line": None, "message": text[-LONGEST_MESSAGE:]}


def foreign_modules(tree):
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


def _read_ids(path):
    if path is None:
        return None
    with open(path, encoding="utf-8") as stream:
        return frozenset(json.load(stream))


def _standard_folders():
    return tuple({os.path.realpath(sysconfig.get_paths()[key]) for key in ("stdlib", "platstdlib")})


def _is_standard(path, standard):
    return any(_inside(path, folder) for folder in standard) and "site-packages" not in path.split(os.sep)


def _inside(path, folder):
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _roots(tree):
    """Folders of the tree in which a top-level package may lie; copies of other people's code do not count."""
    roots = [(tree, True), (os.path.join(tree, "src"), True)]
    for name in sorted(os.listdir(tree)):
        folder = os.path.join(tree, name)
        ours = name != "src" and name not in _NOT_OURS and not name.startswith(".") and os.path.isdir(folder)
        if ours and not os.path.exists(os.path.join(folder, "__init__.py")):
            roots.append((folder, False))
    return roots


def _has_module(roots, name):
    for folder, modules in roots:
        if os.path.isfile(os.path.join(folder, name, "__init__.py")):
            return True
        if modules and name != "conftest" and os.path.isfile(os.path.join(folder, name + ".py")):
            return True
    return False
