"""What the hooks cost, as ratios in one run against no hook and against real peers.

Usage: python benchmarks/hooks.py [--cpu] [RUNS] [commits|languages|fetches|pushes|flatness ...]

Wall-clock time is measured; with --cpu, the time that all processes together were at work, for machines that others use too. Everything is interleaved; medians of pairwise ratios are quoted. Nothing is fetched: pre-commit and prek build their environments
from local repositories (gatecheck's own files, and those of the installed pre-commit-hooks) with what this environment lends.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path

import timing
from timing import environment, gatecheck, git, side_by_side, table

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
POLICY = "version: 1\nextends: python\nprotect: [main]\npush: {snapshot: require}\n"
PEER = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "pre-commit-hooks"
version = "0"
[project.scripts]
no-commit-to-branch = "pre_commit_hooks.no_commit_to_branch:main"
"""
NO_COMMIT = "{id: no-commit-to-branch, name: b, entry: no-commit-to-branch, language: python, pass_filenames: false, always_run: true}"
SYSTEM = """\
repos:
  - repo: local
    hooks:
      - {{id: s, name: s, entry: {bin}/gatecheck-secrets, language: system, pass_filenames: false, always_run: true, stages: [pre-commit]}}
      - {{id: m, name: m, entry: {bin}/gatecheck-commit-message, language: system, stages: [commit-msg]}}
"""
KNOWN = {
    "fetch, strict / no hook": "git starts the hook 400 times; see what one that only exits costs",
    "prek, language: python / system": "prek starts the environment's Python once more at each run, to look at it",
    "pre-commit, 100,000 files / small": "for any diff git reads its whole index, about 1 ms for each 10,000 files",
}
"""Bounds that cannot be held, and why: they do not make the benchmark fail."""
HOMES = {"pre-commit": "PRE_COMMIT_HOME", "prek": "PREK_HOME"}
Verdict = tuple[str, float, float]
"""What was measured, its value and its bound."""


class Scratch:
    """A folder with an environment of its own, in which repositories are made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lent = {
            "PYTHONPATH": sysconfig.get_path("purelib"),
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_NO_INDEX": "1",
        }
        (folder / "uv.toml").write_text(
            "offline = true\n[pip]\nno-deps = true\nno-build-isolation = true\n", encoding="utf-8"
        )
        self.env = {
            **environment(folder),
            "GIT_CONFIG_SYSTEM": os.devnull,
            "PRE_COMMIT_HOME": str(folder / "p"),
            "PREK_HOME": str(folder / "k"),
        }
        self.env["PATH"] = f"{SCRIPTS}{os.pathsep}{self.env['PATH']}"
        self.building = {
            **self.env,
            **lent,
            "UV_CONFIG_FILE": str(folder / "uv.toml"),
            "UV_CACHE_DIR": str(folder / "uv"),
        }

    def offered(self, name: str, files: Mapping[str, Path | str]) -> tuple[Path, str]:
        """Make a repository that offers hooks, and return it with its commit."""
        folder = self.folder / name
        folder.mkdir()
        for path, what in files.items():
            if isinstance(what, str):
                (folder / path).write_text(what, encoding="utf-8")
            elif what.is_dir():
                shutil.copytree(what, folder / path, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(what, folder / path)
        git(folder, self.env, "init", "-q")
        git(folder, self.env, "add", "--all")
        git(folder, self.env, "commit", "-qm", "offer")
        return folder, git(folder, self.env, "rev-parse", "HEAD")

    def user(self, name: str, *, files: int = 100, tags: int = 0, config: str = "") -> Path:
        """Make a user's repository on a branch, with its remote."""
        folder, remote = self.folder / name, self.folder / f"{name}.git"
        for words in (["--bare", str(remote)], [str(folder)]):
            subprocess.run(["git", "init", "-q", "-b", "main", *words], env=self.env, check=True)
        stream = ["commit refs/heads/main", "committer b <b@l> 1700000000 +0000", "data 4", "base"]
        texts = {".gatecheck.yaml": POLICY, ".pre-commit-config.yaml": config}
        texts |= {f"shop/d{number // 100}/m{number}.py": f"VALUE = {number}\n" for number in range(files)}
        for path, text in texts.items():
            stream += [f"M 100644 inline {path}", f"data {len(text)}", text]
        for number in range(tags):
            stream += [f"reset refs/tags/v{number}", "from refs/heads/main", ""]
        text = "\n".join([*stream, ""]).encode()
        subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, env=self.env, input=text, check=True)
        for words in (
            ("remote", "add", "origin", str(remote)),
            ("push", "-q", "origin", "main"),
            ("switch", "-q", "-c", "feature"),
        ):
            git(folder, self.env, *words)
        git(folder, self.env, "pack-refs", "--all") if tags else None
        git(folder, self.env, "reset", "-q", "--hard", "main")
        return folder

    def run(self, folder: Path, *words: str) -> None:
        """Run a program that sets something up."""
        done = subprocess.run(
            words, cwd=folder, env=self.building, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")


def committing(scratch: Scratch, folder: Path, *, off: bool = False) -> Callable[[], float]:
    """Return an action that commits one file, with hooks or without them, and tells how long it took."""
    numbers = count(int(off) * 1_000_000)
    more = ["-c", "core.hooksPath=/dev/null"] if off else []

    def commit() -> float:
        (folder / "shop/new.py").write_text(f"VALUE = {next(numbers)}\n", encoding="utf-8")
        git(folder, scratch.env, "add", "shop/new.py")
        return once(["git", *more, "commit", "-q", "-m", "Sell tea"], folder, scratch.env)

    return commit


def ratio(seen: Mapping[str, list[float]], name: str, unit: str) -> float:
    """Return the median of the pairwise ratios."""
    return statistics.median(a / b for a, b in zip(seen[name], seen[unit], strict=True))


def commits(scratch: Scratch, runs: int) -> list[Verdict]:
    """Compare a commit with all native hooks to none, to prek's built-in check and to pre-commit's."""
    installed = Path(sysconfig.get_path("purelib"), "pre_commit_hooks")
    files = {
        "pre_commit_hooks": installed,
        "pyproject.toml": PEER,
        ".pre-commit-hooks.yaml": f"- {NO_COMMIT}\n",
    }
    peer, commit = scratch.offered("peer", files)
    remote = f"repos: [{{repo: {peer}, rev: {commit}, hooks: [{{id: no-commit-to-branch}}]}}]\n"
    users = {
        "no hook": scratch.user("none"),
        "gatecheck install": scratch.user("native"),
        "gatecheck install --strict": scratch.user("strict"),
        "prek, built-in no-commit-to-branch": scratch.user(
            "prek", config="repos: [{repo: builtin, hooks: [{id: no-commit-to-branch}]}]\n"
        ),
        "pre-commit, no-commit-to-branch": scratch.user("pre-commit", config=remote),
    }
    none, native, strict, prek, pre_commit = users
    scratch.run(users[native], gatecheck(), "install")
    scratch.run(users[strict], gatecheck(), "install", "--strict")
    scratch.run(users[prek], "prek", "install")
    scratch.run(users[pre_commit], "pre-commit", "install", "--install-hooks")
    seen = side_by_side({name: committing(scratch, folder) for name, folder in users.items()}, runs)
    print("\ngit commit of one file on a branch")
    table(seen, none)
    return [
        (f"commit, {what} / {other}", ratio(seen, name, unit), bound)
        for what, name in (("native", native), ("native and strict", strict))
        for other, unit, bound in (
            ("no hook", none, 3.0),
            ("prek's built-in", prek, 1.0),
            ("pre-commit", pre_commit, 0.1),
        )
    ]


def languages(scratch: Scratch, runs: int) -> list[Verdict]:
    """Compare our hooks of `language: python` to the very same programs as system hooks."""
    names = (
        ".pre-commit-hooks.yaml",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "config",
        "gates",
        "hooks",
        "src",
    )
    ours, commit = scratch.offered("ours", {name: ROOT / name for name in names})
    hooks = "hooks: [{id: gatecheck-secrets}, {id: gatecheck-commit-message}]"
    verdicts = []
    for framework in ("pre-commit", "prek"):
        install = (framework, "install", "--install-hooks", "-t", "pre-commit", "-t", "commit-msg")
        python = scratch.user(
            f"{framework}-python", config=f"repos: [{{repo: {ours}, rev: {commit}, {hooks}}}]\n"
        )
        scratch.run(python, *install)
        (program,) = Path(scratch.env[HOMES[framework]]).rglob("bin/gatecheck-secrets")
        system = scratch.user(f"{framework}-system", config=SYSTEM.format(bin=program.parent))
        scratch.run(system, *install)
        users = {f"{framework}, system": system, f"{framework}, python": python}
        seen = side_by_side({name: committing(scratch, folder) for name, folder in users.items()}, runs)
        print(f"\nour checks as hooks of {framework}")
        table(seen, f"{framework}, system")
        more = ratio(seen, f"{framework}, python", f"{framework}, system")
        verdicts.append((f"{framework}, language: python / system", more, 1.25))
    return verdicts


def fetches(scratch: Scratch, runs: int) -> list[Verdict]:
    """Compare a fetch of 200 new branches, each with a commit of its own; git asks the hook twice for each."""
    users = {
        name: scratch.user(f"fetch-{name}")
        for name in ("no hook", "a hook that only exits", "gatecheck install --strict")
    }
    none, exits, strict = users
    hook = users[exits] / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    hook.chmod(0o755)
    scratch.run(users[strict], gatecheck(), "install", "--strict")

    def fetching(folder: Path) -> Callable[[], float]:
        numbers = count()

        def fetch() -> float:
            turn, stream = next(numbers), []
            for number in range(200):
                stream += [
                    f"commit refs/heads/b{turn}/{number}",
                    "committer b <b@l> 1700000100 +0000",
                    "data 1",
                    "x",
                ]
                stream += [
                    "from refs/heads/main^0",
                    f"M 100644 inline shop/n{number}.py",
                    "data 1",
                    str(turn % 10),
                ]
            remote, text = f"{folder}.git", "\n".join([*stream, ""]).encode()
            subprocess.run(
                ["git", "fast-import", "--quiet"], cwd=remote, env=scratch.env, input=text, check=True
            )
            return once(["git", "fetch", "-q", "origin"], folder, scratch.env)

        return fetch

    seen = side_by_side({name: fetching(folder) for name, folder in users.items()}, max(runs // 3, 3))
    print("\ngit fetch of 200 new branches")
    table(seen, none)
    return [("fetch, strict / no hook", ratio(seen, strict, none), 4.5)]


def pushes(scratch: Scratch, runs: int) -> list[Verdict]:
    """Compare a push to a local remote, which has the branch's snapshot."""
    users = {"no hook": scratch.user("push-none"), "gatecheck install": scratch.user("push-native")}
    none, native = users
    for folder in users.values():
        tag = "backup-20260101T000000Z"
        stash = git(folder, scratch.env, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "snapshot")
        git(folder, scratch.env, "tag", "-a", tag, stash, "-m", "gatecheck snapshot: the state of feature")
        git(folder, scratch.env, "push", "-q", "origin", tag)
    scratch.run(users[native], gatecheck(), "install")
    record = users[native] / ".git/gatecheck/snapshots/feature"
    record.parent.mkdir(parents=True, exist_ok=True)
    ids = (git(users[native], scratch.env, "rev-parse", what) for what in (tag, "HEAD"))
    record.write_text(" ".join([tag, *ids]) + "\n", encoding="utf-8")

    def pushing(folder: Path) -> Callable[[], float]:
        def push() -> float:
            git(folder, scratch.env, "commit", "-q", "--no-verify", "--allow-empty", "-m", "x")
            return once(["git", "push", "-q", "origin", "feature"], folder, scratch.env)

        return push

    bare = "python -I -c pass"
    actions = {name: pushing(folder) for name, folder in users.items()}
    seen = side_by_side(
        {**actions, bare: lambda: once([sys.executable, "-I", "-c", "pass"], scratch.folder, scratch.env)},
        runs,
    )
    print("\ngit push of one branch to a local remote that has its snapshot")
    table(seen, none)
    more = statistics.median(
        (a - b) / c for a, b, c in zip(seen[native], seen[none], seen[bare], strict=True)
    )
    return [(f"push, what the hook adds / {bare}", more, 10.0)]


def flatness(scratch: Scratch, runs: int) -> list[Verdict]:
    """Compare each hook's own process in small and large repositories."""
    sizes = {"small": (100, 10), "100,000 files": (100_000, 10), "10,000 tags": (100, 10_000)}
    verdicts = []
    users = {
        name: scratch.user(f"flat{files}-{tags}", files=files, tags=tags)
        for name, (files, tags) in sizes.items()
    }
    inputs = {
        "pre-commit": [],
        "prepare-commit-msg": [".git/COMMIT_EDITMSG"],
        "commit-msg": [".git/COMMIT_EDITMSG"],
        "pre-push": ["origin", "URL"],
        "reference-transaction": ["prepared"],
    }
    for folder in users.values():
        scratch.run(folder, gatecheck(), "install", "--strict")
        committing(scratch, folder)()
        (folder / "shop/new.py").write_text("VALUE = 1\n", encoding="utf-8")
        git(folder, scratch.env, "add", "shop/new.py")
    seen = side_by_side(
        {
            name: committing(scratch, users["100,000 files"], off=off)
            for name, off in (("no hook", True), ("hooks", False))
        },
        max(runs // 3, 3),
    )
    print("\ngit commit of one file among 100,000")
    table(seen, "no hook")
    verdicts.append(("commit among 100,000 files, all hooks / no hook", ratio(seen, "hooks", "no hook"), 1.3))
    print("\neach hook's own process")
    for hook, words in inputs.items():
        seen = side_by_side(
            {name: running(scratch, folder, hook, words) for name, folder in users.items()}, runs
        )
        print(f"{hook}:")
        table(seen, "small")
        verdicts += [(f"{hook}, {name} / small", ratio(seen, name, "small"), 1.3) for name in list(users)[1:]]
    return verdicts


def running(scratch: Scratch, folder: Path, hook: str, words: list[str]) -> Callable[[], float]:
    """Return an action that runs a hook as git would."""
    tip = git(folder, scratch.env, "rev-parse", "HEAD")
    lines = {
        "pre-push": f"refs/heads/feature {tip} refs/heads/feature {'0' * 40}\n",
        "reference-transaction": f"{'0' * 40} {tip} refs/heads/other\n",
    }
    told = folder / ".git/told"
    told.write_text(lines.get(hook, ""), encoding="utf-8")
    env = {**scratch.env, "GIT_INDEX_FILE": ".git/index", "GIT_DIR": ".git", "GIT_EDITOR": ":"}
    if hook == "pre-push":  # without a snapshot there is nothing to look up but refs
        policy = folder / ".git/gatecheck/policy"
        policy.write_text(
            policy.read_text(encoding="utf-8").replace("push-snapshot require", "push-snapshot off"),
            encoding="utf-8",
        )
    command = ["sh", "-c", 'exec ".git/hooks/$0" "$@" <.git/told', hook, *words]
    return lambda: once(command, folder, env)


def once(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> float:
    """Return the seconds of one run, by the clock that was asked for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = timing.once(command, folder, env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if "--cpu" in sys.argv
        else seconds
    )


SECTIONS = {each.__name__: each for each in (commits, languages, fetches, pushes, flatness)}


def main() -> None:
    """Print the tables, then each bound and whether it holds; exit with 1 when one does not."""
    runs = next((int(word) for word in sys.argv[1:] if word.isdigit()), 31)
    chosen = [SECTIONS[word] for word in sys.argv[1:] if word in SECTIONS] or list(SECTIONS.values())
    with tempfile.TemporaryDirectory() as folder:
        scratch = Scratch(Path(folder))
        verdicts = [verdict for measure in chosen for verdict in measure(scratch, runs)]
    print()
    missed = {what for what, value, bound in verdicts if value > bound}
    for what, value, bound in verdicts:
        note = f"  MISSED{': ' + KNOWN[what] if what in KNOWN else ''}" if what in missed else ""
        print(f"{what:60} {value:6.2f} (bound {bound:g}){note}")
    sys.exit(bool(missed - KNOWN.keys()))


if __name__ == "__main__":
    main()
