"""Killed, short of space, asked twice at once: no answer is false, nothing half-written is believed, and the next run works."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from pathlib import Path

import pytest

POLICY = """\
    version: 1
    environment: {create: ["sh -c 'mkdir -p {env}/bin; echo 1 > made; sleep 0.1'"], key: [key.txt]}
    gates:
      first: {uses: command, run: [sh, check.sh, a.txt], count: '^looked'}
      second: {uses: command, run: [sh, check.sh, b.txt], count: '^looked', inputs: ["*.txt", check.sh]}
    """
CHECK = "cat made 2>/dev/null; echo looked at $1; grep -q good $1 && touch dirt && rm $1\n"
"""Passes for a file that says good, and leaves a mess behind."""


@pytest.fixture
def grown(project):
    files = {f"files/{n}": f"{n}\n" for n in range(60)}
    project.main(
        {**files, "check.sh": CHECK, "key.txt": "1\n", "a.txt": "good 0\n", "b.txt": "good 0\n"},
        policy=POLICY,
    )
    project.change({"a.txt": "good 1\n", "b.txt": "good 1\n", "files/1": "other\n"})
    return project


def verdicts(project, *words, cache=None):
    """The verdict of each gate, and of all together."""
    env = {"GATECHECK_CACHE": str(cache)} if cache else None
    done = project.gatecheck("run", "--output-format", "json", *words, env=env)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode
    return report["verdict"], {gate["name"]: gate["verdict"] for gate in report["gates"]}


def crashes(project):
    return [*Path(project.cache).glob("crashes/*"), *Path(project.cache).parent.glob("crashes/*")]


@pytest.mark.parametrize("words", [(), ("--portable",)], ids=["overlay", "portable"])
def test_after_a_kill_at_any_moment_the_next_run_is_right_and_what_it_finds_is_true(
    grown, tmp_path, words, living
):
    """The moments are spread over the length of a whole run, environment and all; later ones find what earlier ones left."""
    chance = random.Random(4)
    begun = time.monotonic()
    assert verdicts(grown, *words)[0] == "pass"
    length = time.monotonic() - begun
    for number in range(8):
        good = chance.random() < 0.5
        grown.change(
            {
                "a.txt": f"{'good' if good else 'bad'} {number}\n",
                "key.txt": f"{number // 3}\n",
                f"files/{number}": None,
            }
        )
        run = subprocess.Popen(
            [grown.program, "run", *words],
            cwd=grown.path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(length * chance.random())
        run.kill()
        run.wait()
        expected = ("pass", "pass") if good else ("fail", "fail")
        verdict, gates = verdicts(grown, *words)
        assert (verdict, gates["first"]) == expected
        assert gates["second"] == "pass"
    assert verdicts(grown, *words) == verdicts(grown, *words, cache=tmp_path / "empty")
    assert living(f"GATECHECK_ROOM={grown.cache}") == []
    assert crashes(grown) == []


FULL = """
mount -t tmpfs -o size=$1,nr_inodes=0 none "$2"
export $3="$2"
shift 3
"$@"; echo "EXIT $?"
mount -o remount,size=400m "$OLDPWD" 2>/dev/null || mount -o remount,size=400m "$FULL"
"$@"; echo "EXIT $?"
ls -A "$FULL"
"""


@pytest.mark.parametrize("variable", ["GATECHECK_CACHE", "TMPDIR"])
@pytest.mark.parametrize("size", ["4k", "40k", "80k", "120k", "160k", "200k", "240k", "300k", "400k"])
def test_a_full_disk_is_no_answer_or_the_right_one_and_with_more_space_all_is_well(
    grown, tmp_path, variable, size
):
    full = tmp_path / "full"
    full.mkdir()
    words = ["unshare", "-Urm", "env", f"FULL={full}", "sh", "-c", FULL, "-", size, full, variable]
    done = subprocess.run(
        [*words, grown.program, "run"],
        cwd=grown.path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "unshare" in done.stderr:
        pytest.skip(f"no file system of a given size can be made here: {done.stderr}")
    first, second = (int(code) for code in re.findall(r"^EXIT (\d+)$", done.stdout, re.MULTILINE))
    told = done.stdout + done.stderr
    assert first in {0, 4}, told
    assert first == 4 or "pass (exit code 0)" in told.partition("EXIT")[0]
    assert first == 0 or "fix: " in told, told
    assert second == 0, told
    assert "Traceback" not in told
    assert "crash" not in told, told
    assert not list(full.parent.glob("**/crash-*"))


@pytest.mark.parametrize("where", [".git", "."])
def test_a_repository_that_cannot_be_written_is_judged(grown, where):
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && cd . && exec "$@"'
    words = [
        "unshare",
        "-Urm",
        "sh",
        "-c",
        script,
        "-",
        grown.path / where,
        grown.program,
        "run",
        "--repo",
        grown.path,
    ]
    done = subprocess.run(words, cwd="/", capture_output=True, text=True, check=False)
    if "unshare" in done.stderr:
        pytest.skip(f"nothing can be made read-only here: {done.stderr}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_runs_from_two_work_trees_of_one_repository_wait_for_each_other_and_each_is_right(grown, tmp_path):
    grown.git("worktree", "add", "--quiet", "-b", "bad", str(tmp_path / "linked"), "change")
    (tmp_path / "linked" / "a.txt").write_text("bad\n")
    subprocess.run(["git", "commit", "--quiet", "-am", "bad"], cwd=tmp_path / "linked", check=True)
    places = {grown.path: 0, tmp_path / "linked": 1}
    for _ in range(2):
        runs = {
            place: subprocess.Popen(
                [grown.program, "run"], cwd=place, stdout=subprocess.PIPE, stderr=-2, text=True
            )
            for place in places
        }
        told = {place: run.communicate(timeout=120)[0] for place, run in runs.items()}
        assert {place: run.returncode for place, run in runs.items()} == places, told
