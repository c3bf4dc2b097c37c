"""Random changes, kills, damage and two runs at once: every answer must be that of a run with an empty cache.

Usage: python tests/stress.py [SECONDS] [SEED]
Ends with 1 at the first answer that differs, and leaves the repository where it was made, with its cache.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

POLICY = """\
version: 1
environment: {create: ["sh -c 'mkdir -p {env}/bin && cp key.txt {env}/key && cp key.txt made'"], key: [key.txt]}
gates:
  all:
    uses: command
    run: [sh, check.sh, .]
    count: '^looked at (\\d+) files'
  some:
    uses: command
    run: [sh, check.sh, some]
    inputs: ["some/**", check.sh]
    paths: ["some/**", "other/**"]
    count: '^looked at (\\d+) files'
  history: {uses: command, run: [sh, -c, "git status --porcelain --ignored | grep -v made; git log -1 --format=%T; echo looked"], count: '^looked'}
"""
CHECK = """\
cat made 2>/dev/null || echo nothing was made
echo "looked at $(find $1 -type f -not -path './.git/*' | wc -l) files"
bad=$(grep -rl bad --include=*.txt $1)
rm -rf other; echo dirt > dirt; chmod 000 some/* 2>/dev/null
test -z "$bad" || { echo "bad: $bad"; exit 1; }
"""
PROGRAM = Path(sys.executable).with_name("gatecheck")


class Stress:
    """One repository, its cache, and what was done to them."""

    def __init__(self, top: Path, chance: random.Random) -> None:
        self.top, self.chance = top, chance
        self.project, self.linked = top / "project", top / "linked"
        self.done: Counter[str] = Counter()
        self.length = 1.0
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        who = {
            f"GIT_{role}_{what}": "stress@localhost"
            for role in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        self.env = {
            **kept,
            **who,
            "HOME": str(top),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GATECHECK_CACHE": str(top / "cache"),
        }
        subprocess.run(["git", "init", "-q", "-b", "main", self.project], check=True)
        files = {f"{folder}/{n}.txt": f"{n}\n" for folder in ("some", "other", "deep/er") for n in range(30)}
        self.write(self.project, {**files, ".gatecheck.yaml": POLICY, "check.sh": CHECK, "key.txt": "0\n"})
        self.commit(self.project)
        self.git(self.project, "switch", "-qc", "change")
        self.git(self.project, "worktree", "add", "-q", "-b", "other", str(self.linked), "main")

    def git(self, where: Path, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=where, env=self.env, capture_output=True, text=True, check=True
        )
        return done.stdout

    @staticmethod
    def write(where: Path, files: Mapping[str, str | None]) -> None:
        for name, text in files.items():
            path = where / name
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)

    def commit(self, where: Path) -> None:
        self.git(where, "add", "-A")
        self.git(where, "commit", "-qm", "step", "--allow-empty")

    def change(self, where: Path) -> None:
        """Commit a few random edits; about every third change is a bad one."""
        if self.chance.random() < 0.5:
            for path in where.rglob("*.txt"):
                if "bad" in path.read_text():
                    path.write_text("mended\n")
        for _ in range(self.chance.randint(1, 4)):
            name = (
                f"{self.chance.choice(['some', 'other', 'deep/er', 'new'])}/{self.chance.randrange(40)}.txt"
            )
            path = where / name
            what = self.chance.random()
            if what < 0.15:
                path.unlink(missing_ok=True)
            elif what < 0.25 and path.exists():
                path.chmod(0o755)
            elif what < 0.35 and path.exists():
                path.rename(path.with_name(f"moved-{self.chance.randrange(99)}.txt"))
            elif what < 0.42:
                self.write(where, {"key.txt": f"{self.chance.randrange(4)}\n"})
            else:
                self.write(
                    where,
                    {name: f"{'bad' if self.chance.random() < 0.15 else 'fine'} {self.chance.random()}\n"},
                )
        self.commit(where)

    def start(self, where: Path, *words: str, cache: Path | None = None) -> subprocess.Popen[str]:
        env = {**self.env, **({"GATECHECK_CACHE": str(cache)} if cache else {})}
        command = [str(PROGRAM), "run", "--output-format", "json", *words]
        return subprocess.Popen(command, cwd=where, env=env, stdout=-1, stderr=-1, text=True)

    def answer(self, run: subprocess.Popen[str]) -> Any:
        out, err = run.communicate(timeout=300)
        if not out:
            return f"no report, exit code {run.returncode}: {err}"
        report = json.loads(out)
        return [run.returncode, [self._of(gate) for gate in report["gates"]], report["change"]["tree"]]

    @staticmethod
    def _of(gate: Mapping[str, Any]) -> list[Any]:
        outcome = gate.get("outcome") or {}
        return [
            gate["name"],
            gate["verdict"],
            gate["reason"],
            outcome.get("examined"),
            json.dumps(outcome.get("findings")),
        ]

    def step(self) -> None:
        """Do one random thing, and compare every answer with that of a run that knows nothing."""
        where = self.chance.choice([self.project, self.linked])
        what = self.chance.choice(["run", "kill", "kill", "two", "damage", "portable", "main", "again"])
        self.done[what] += 1
        words = ["--portable"] if what == "portable" or self.chance.random() < 0.2 else []
        if what == "main":
            self.git(where, "checkout", "-q", "--detach", "main")
            self.change(where)
            self.git(where, "branch", "-f", "main", "HEAD")
            self.git(where, "checkout", "-q", "change" if where == self.project else "other")
        if what != "again":
            self.change(where)
        if what == "kill":
            run = self.start(where, *words)
            time.sleep(self.length * self.chance.random())
            run.kill()
            run.communicate()
        if what == "damage":
            self.damage()
        others = [where, self.linked if where == self.project else self.project] if what == "two" else [where]
        begun = time.monotonic()
        runs = [self.start(place, *words) for place in others]
        told = [self.answer(run) for run in runs]
        self.length = 0.5 * self.length + 0.5 * (time.monotonic() - begun)
        for place, answer in zip(others, told, strict=True):
            empty = Path(tempfile.mkdtemp(dir=self.top))
            expected = self.answer(self.start(place, cache=empty))
            shutil.rmtree(empty)
            self.done[f"exit code {expected[0]}"] += 1
            if answer != expected:
                sys.exit(
                    f"after {what} in {place}: {answer}\nwith an empty cache: {expected}\nsee {self.top}"
                )

    def damage(self) -> None:
        """Cut a random file of the cache short, or take it away, as a crash of the machine might; git guards its own by itself."""
        files = [
            path for path in (self.top / "cache").rglob("*") if path.is_file() and "/env/" not in str(path)
        ]
        inner = [path for path in files if not {"tree", "left", "git"}.intersection(path.parts)]
        for path in self.chance.sample(inner, min(3, len(inner))):
            if self.chance.random() < 0.5:
                path.unlink(missing_ok=True)
            else:
                os.truncate(path, path.stat().st_size // 2)


def main() -> None:
    """Go on until the time is over."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 540.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {seconds:.0f} s", flush=True)
    top = Path(tempfile.mkdtemp(prefix="stress-"))
    stress = Stress(top, random.Random(seed))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stress.step()
    crashes = [*top.glob("cache/crashes/*"), *top.glob("cache/*/crashes/*")]
    print(", ".join(f"{name}: {count}" for name, count in sorted(stress.done.items())))
    if crashes:
        sys.exit(f"every answer was right, but there are {len(crashes)} crash files in {top}")
    shutil.rmtree(top)


if __name__ == "__main__":
    main()
