"""What proof costs: verify of one commit against a bare interpreter, and audit of many merges, which must be linear.

Usage: python benchmarks/verify.py [MERGES] [RUNS]

A history of merges is made, each with evidence that a runner's key signed. Signatures are real: ssh-keygen
makes many in one call. verify is to take at most 25 times `python -I -c pass`, audit less than 5 ms for each merge on two idle cores, and the
second audit only looks at what is new.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from timing import environment, gatecheck, git, once, side_by_side, table

from gatecheck import evidence
from gatecheck.model import Verdict
from gatecheck.sign import EVIDENCE, Envelope, Signature, fingerprint, parse_sshsig, unarmor

REPOSITORY = "https://example.org/bench"
POLICY = f"version: 1\nrepository: {REPOSITORY}\nprotect: [main]\ngates: {{size: {{}}}}\n"
VERIFY, AUDIT = 25.0, 5.0
CORES = 2
"""Which audit keeps busy: on a machine that others use too, their work is what can be compared."""
AT_ONCE = 500


class Maker:
    """Makes a repository with many proven merges, by fast-import."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.path, self.env = folder / "repository", env
        self.key = folder / "ci"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", self.key], check=True)
        subprocess.run(["git", "init", "--quiet", "-b", "main", self.path], env=env, check=True)
        listed = f'ci namespaces="{EVIDENCE}" {self.key.with_suffix(".pub").read_text()}'
        (self.path / ".gatecheck").mkdir()
        (self.path / ".gatecheck/approvers").write_text(listed)
        (self.path / ".gatecheck.yaml").write_text(POLICY)
        git(self.path, env, "add", "--all")
        git(self.path, env, "commit", "--quiet", "-m", "The law")

    def merges(self, number: int) -> None:
        """Add merges to main, with their evidence."""
        base = git(self.path, self.env, "rev-parse", "main")
        stream, begun = [], int(git(self.path, self.env, "rev-list", "--count", "main"))
        for each in range(begun, begun + number):
            who = f"A <a@localhost> {1_700_000_000 + each} +0000\n"
            file = f"M 100644 inline f/{each % 100}/{each}\ndata {len(str(each))}\n{each}\n"
            onto = base if each == begun else f":{2 * each}"
            stream.append(
                f"commit refs/heads/topic\nmark :{2 * each + 1}\nauthor {who}committer {who}data 1\nt\nfrom {onto}\n{file}\n"
            )
            stream.append(
                f"commit refs/heads/main\nmark :{2 * each + 2}\nauthor {who}committer {who}data 1\nm\nfrom {onto}\nmerge :{2 * each + 1}\n{file}\n"
            )
        self._import("".join(stream))
        listed = git(self.path, self.env, "log", "--first-parent", "--format=%T %P %ct", f"-{number}", "main")
        self._evidence([line.split() for line in listed.splitlines()])

    def _evidence(self, moves: Sequence[Sequence[str]]) -> None:
        policy = {
            path: git(self.path, self.env, "rev-parse", f"main:{path}")
            for path in (".gatecheck.yaml", ".gatecheck/approvers")
        }
        payloads = [said(move, policy) for move in moves]
        signatures = self._signed([Envelope(payload, ()).pae for payload in payloads])
        stream = []
        for move, payload, blob in zip(moves, payloads, signatures, strict=True):
            by = Signature(fingerprint(parse_sshsig(blob).public_key), blob)
            data = Envelope(payload, (by,)).to_json().decode()
            name = f"{hashlib.sha256(data.encode()).hexdigest()}.json"
            head = f"commit refs/gatecheck/evidence/{move[0]}\ncommitter g <g@localhost> 0 +0000\ndata 1\ne\n"
            stream.append(f"{head}M 100644 inline {name}\ndata {len(data)}\n{data}\n")
        self._import("".join(stream))
        git(self.path, self.env, "pack-refs", "--all")

    def _signed(self, messages: Sequence[bytes]) -> list[bytes]:
        """Return signatures, many made by one call."""
        found = []
        for first in range(0, len(messages), AT_ONCE):
            with tempfile.TemporaryDirectory() as name:
                files = [Path(name, str(place)) for place, _ in enumerate(messages[first : first + AT_ONCE])]
                for file, message in zip(files, messages[first:], strict=False):
                    file.write_bytes(message)
                subprocess.run(
                    ["ssh-keygen", "-q", "-Y", "sign", "-f", self.key, "-n", EVIDENCE, *files],
                    check=True,
                    capture_output=True,
                )
                found += [unarmor(file.with_suffix(".sig").read_bytes()) for file in files]
        return found

    def _import(self, stream: str) -> None:
        subprocess.run(
            ["git", "fast-import", "--quiet", "--force"],
            cwd=self.path,
            env=self.env,
            input=stream.encode(),
            check=True,
        )


def said(move: Sequence[str], policy: Mapping[str, str]) -> bytes:
    """Return what a runner says of a merge."""
    tree, base, head, when = move
    told = evidence.Statement(
        repository=REPOSITORY,
        target="refs/heads/main",
        base=base,
        head=head,
        tree=tree,
        policy=dict(policy),
        gates=(evidence.GateSaid("size", "size", Verdict.PASS),),
        verdict=Verdict.PASS,
        created=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(int(when))),
    )
    return told.payload()


def audited(maker: Maker) -> tuple[float, float, int]:
    """Return the seconds of an audit, those at which all its processes were at work, and how many commits it looked at."""
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [gatecheck(), "audit", "main", "--json"],
        cwd=maker.path,
        env=maker.env,
        capture_output=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit(done.stdout.decode()[-2000:] + done.stderr.decode())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, work, json.loads(done.stdout)["looked_at"]


def main() -> int:
    """Measure, print, and return 1 where a bound is not held."""
    number, runs = (int(word) for word in [*sys.argv[1:], "1000", "15"][:2])
    bad = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**environment(folder), "PATH": os.environ["PATH"]}
        maker = Maker(folder, env)
        per_merge = []
        for part in (number // 4, number - number // 4):
            maker.merges(part)
            shutil.rmtree(folder / "cache", ignore_errors=True)
            total = int(git(maker.path, env, "rev-list", "--first-parent", "--count", "main"))
            seconds, work, looked = audited(maker)
            per_merge.append(1000 * work / CORES / total)
            print(
                f"audit of {total:,} commits: {seconds:.2f} s, {1000 * seconds / total:.2f} ms each; "
                f"work of {CORES} cores {per_merge[-1]:.2f} ms each; {looked:,} looked at"
            )
        maker.merges(10)
        seconds, _, looked = audited(maker)
        print(f"audit with 10 merges more: {seconds:.2f} s; {looked:,} looked at")
        bad += looked > 20 or per_merge[-1] > AUDIT  # noqa: PLR2004 -- ten merges, and what lies between
        python, program = [sys.executable, "-I", "-c", "pass"], gatecheck()
        seen = side_by_side(
            {
                "python -I -c pass": lambda: once(python, maker.path, env),
                "gatecheck verify main": lambda: once([program, "verify", "main"], maker.path, env),
                "gatecheck verify, older": lambda: once(
                    [program, "verify", "--target", "refs/heads/main", "main~30"], maker.path, env
                ),
            },
            runs,
        )
        table(seen, "python -I -c pass")
        ratios = sorted(
            a / b for a, b in zip(seen["gatecheck verify main"], seen["python -I -c pass"], strict=True)
        )
        bad += ratios[len(ratios) // 2] > VERIFY
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
