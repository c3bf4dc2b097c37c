"""Builds a small shop with a bare remote, and has the real program judge six branches of it.

    python examples/demo.py [FOLDER]     default: demo/ beside this folder; it is made anew each time

Ends with 0 when every branch got the exit code that it should get, and with 1 when one did not.
The files are in `examples/shop` (the first commit) and `examples/changes` (what each branch makes of it).
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REMADE = "This folder was made by examples/demo.py, which removes it when it runs again.\n"


@dataclass(frozen=True)
class Story:
    """One branch: what it is about, and which exit code the gate owes it."""

    branch: str
    headline: str
    message: str
    exit_code: int
    green_alone: bool = False
    """Show first that the branch's own tests pass, and main's too."""


STORIES = (
    Story("count-items", "An innocent change may enter.", "Count what is in a basket", 0),
    Story("round-down", "A test fails that passes on main.", "Simplify the tax", 1),
    Story("gift-cards", "New code that no test runs.", "Sell gift cards", 1),
    Story(
        "rename-gross",
        "Green on its branch, main is green too, and the result of the merge is red.",
        "Give gross() a better name",
        1,
        green_alone=True,
    ),
    Story("cheaper-shipping", "Both sides changed the same line.", "Lower the fee", 1),
    Story(
        "help-myself",
        "A change that edits the policy to help itself is judged by main's policy.",
        "Sell gift cards, and tidy up the policy",
        1,
    ),
)


def environment(folder: Path) -> dict[str, str]:
    """Return what `activate` would set, with a HOME, a cache and a git identity of the demo's own."""
    tools = Path(sys.executable).parent
    who = {"NAME": "Demo", "EMAIL": "demo@example.invalid", "DATE": "2026-01-05T12:00:00+00:00"}
    found = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "PYTEST_", "COVERAGE_")) and name != "CI"
    }
    return {
        **found,
        **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GATECHECK_CACHE": str(folder / "cache"),
        "HOME": str(folder / "home"),
        "VIRTUAL_ENV": sys.prefix,
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def build(folder: Path) -> Path:
    """Make the bare remote and a developer's clone with all branches, and return the clone."""
    env = environment(folder)
    remote, clone = folder / "shop.git", folder / "shop"
    (folder / "home").mkdir()
    _git(folder, env, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    _git(folder, env, "init", "--quiet", "--initial-branch=main", str(clone))
    _git(clone, env, "remote", "add", "origin", str(remote))
    _commit(clone, env, HERE / "shop", "Open the shop")
    _git(clone, env, "branch", "first")
    _commit(clone, env, HERE / "changes" / "main", "Print invoices, and raise the fee")
    _git(clone, env, "push", "--quiet", "origin", "main")
    _git(clone, env, "remote", "set-head", "origin", "main")
    for story in STORIES:
        _git(clone, env, "switch", "--quiet", "--create", story.branch, "first")
        _commit(clone, env, HERE / "changes" / story.branch, story.message)
    _git(clone, env, "branch", "--quiet", "--delete", "--force", "first")
    _git(clone, env, "switch", "--quiet", "main")
    # As a developer's clone has one: who tries it later, with no environment active, gets the same tools.
    (clone / ".git" / "info").mkdir(exist_ok=True)
    (clone / ".git" / "info" / "exclude").write_text("/.venv\n", encoding="utf-8")
    (clone / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return clone


def tell(clone: Path, env: Mapping[str, str], number: int, story: Story) -> bool:
    """Judge one branch, show all of it, and tell whether the exit code is the one that it should be."""
    print(f"\n{'=' * 100}\n{number}. {story.headline}\n{'=' * 100}", flush=True)
    if story.green_alone:
        for ref in (story.branch, "origin/main"):
            _git(clone, env, "switch", "--quiet", "--detach", ref)
            show(clone, env, "python", "-m", "pytest", "-q", comment=f"on {ref}")
    _git(clone, env, "switch", "--quiet", story.branch)
    code = show(clone, env, "gatecheck", "run", comment=f"on {story.branch}")
    print(f"exit code {code}", end="")
    print("" if code == story.exit_code else f", and not {story.exit_code}: the demo has failed")
    return code == story.exit_code


def show(cwd: Path, env: Mapping[str, str], *argv: str, comment: str) -> int:
    """Run a program as a person would, with its output where a person would see it."""
    print(f"\n$ {' '.join(argv)}    # {comment}", flush=True)
    program = shutil.which(argv[0], path=env["PATH"]) or argv[0]
    return subprocess.run(
        [program, *argv[1:]], cwd=cwd, env=env, stdin=subprocess.DEVNULL, check=False
    ).returncode


def main(argv: list[str]) -> int:
    """Build, judge, and sum up."""
    folder = Path(argv[0] if argv else HERE.parent / "demo").resolve()
    _make_room(folder)
    started = time.monotonic()
    clone, env = build(folder), environment(folder)
    print(
        f"A shop of {_count(HERE / 'shop')} files with a bare remote is in {clone}; main has moved on since the branches began."
    )
    print("Its policy, .gatecheck.yaml on main:\n")
    print((HERE / "shop" / ".gatecheck.yaml").read_text(encoding="utf-8"), end="")
    told = [tell(clone, env, number, story) for number, story in enumerate(STORIES, 1)]
    print(f"\n{'=' * 100}")
    print(
        f"{told.count(True)} of {len(told)} branches got the exit code that they should, in {time.monotonic() - started:.0f} s."
    )
    program = os.path.relpath(Path(sys.executable).parent / "gatecheck", clone)
    words = [["cd", os.path.relpath(clone)], ["git", "switch", STORIES[0].branch], [program, "run"]]
    print(f"Try it yourself: {' && '.join(map(shlex.join, words))}")
    return 0 if all(told) else 1


def _make_room(folder: Path) -> None:
    mark = folder / "README"
    if folder.exists() and any(folder.iterdir()):
        if not mark.is_file() or mark.read_text(encoding="utf-8") != REMADE:
            sys.exit(f"{folder} is not empty and was not made by this demo: name another folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(REMADE, encoding="utf-8")


def _commit(clone: Path, env: Mapping[str, str], files: Path, message: str) -> None:
    # With the times of the originals (copy2) git would take a file of the same size for an unchanged one.
    skip = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copytree(files, clone, dirs_exist_ok=True, ignore=skip, copy_function=shutil.copyfile)
    _git(clone, env, "add", "--all")
    _git(clone, env, "commit", "--quiet", "--message", message)


def _git(cwd: Path, env: Mapping[str, str], *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=cwd, env=env, stdin=subprocess.DEVNULL, check=True)


def _count(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
