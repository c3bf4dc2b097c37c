"""Secrets that a branch brings, in real repositories: in any commit, in messages, through merges; and what may be known."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import random
import string
import subprocess
from pathlib import Path

import pytest

LETTERS = string.ascii_letters + string.digits
POLICY = """\
version: 1
protect: [main]
gates:
  secrets: {}
"""


def drawn(count=24, seed=1):
    lot = random.Random(f"{seed} {count}")
    return "".join(lot.choice(LETTERS) for _ in range(count))


VALUE = f"7{drawn()}Qz4"
LEAK = f'PASSWORD = "{VALUE}"\n'
DIGEST = hashlib.sha256(VALUE.encode()).hexdigest()


def asked(project, *words, code=1):
    """Run, and return the gate's part of the report."""
    done = project.gatecheck("run", "--output-format", "json", *words)
    assert done.returncode == code, done.stdout + done.stderr
    (gate,) = [gate for gate in json.loads(done.stdout)["gates"] if gate["kind"] == "secrets"]
    return gate


def found(gate):
    groups = gate["outcome"]["findings"] if gate["outcome"] else []
    return [
        (item["rule"] if "rule" in item else group["rule"], item)
        for group in groups
        for item in group["items"]
    ]


def rules(gate, standing="blocks"):
    return sorted(rule for rule, item in found(gate) if item["standing"] == standing)


def everything_in(folder: Path):
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path, path.read_bytes()


@pytest.fixture
def begun(project):
    project.main({"shop.py": "x = 1\n", "README.md": "A shop.\n"}, policy=POLICY)
    return project


def test_a_secret_that_was_added_and_taken_away_again_is_found_and_said_to_stay(begun):
    begun.change({"settings.py": LEAK})
    leaking = begun.git("rev-parse", "HEAD")
    begun.change({"settings.py": "PASSWORD = None\n", "shop.py": "x = 2\n"})
    gate = asked(begun)
    ((rule, item),) = found(gate)
    assert rule == "secrets/buried"
    assert (item["path"], item["line"]) == ("settings.py", 1)
    assert leaking[:12] in item["message"]
    assert "history" in item["message"]
    assert "Rotate" in item["fix"]
    assert f"git rebase --interactive {begun.git('rev-parse', f'{leaking}^')[:12]}" in item["fix"]
    assert gate["outcome"]["examined"]["count"] == 3


def test_the_command_of_the_fix_takes_it_out(begun):
    begun.change({"settings.py": LEAK})
    begun.change({"settings.py": "PASSWORD = None\n"})
    (_, item) = found(asked(begun))[0]
    onto = item["fix"].partition("--interactive ")[2].partition("`")[0]
    env = {**os.environ, "GIT_SEQUENCE_EDITOR": "sed -i 2s/pick/fixup/", "GIT_EDITOR": "true"}
    subprocess.run(["git", "rebase", "--quiet", "--interactive", onto], cwd=begun.path, env=env, check=True)
    assert rules(asked(begun, code=0)) == []


def test_a_value_is_neither_printed_nor_kept(begun):
    begun.change({"settings.py": LEAK})
    begun.change({"settings.py": None, "config.py": LEAK.replace("PASSWORD", "TOKEN"), "shop.py": "x = 2\n"})
    begun.git("commit", "--quiet", "--allow-empty", "-m", f"Use password = '{VALUE}' from now on")
    for words in ([], ["-v"], ["--output-format", "json"], ["--no-cache"]):
        for _ in range(2):
            done = begun.gatecheck("run", *words)
            assert done.returncode == 1
            assert DIGEST[:16] in done.stdout
            assert VALUE not in done.stdout + done.stderr
            assert VALUE[:8] not in done.stdout + done.stderr
            assert DIGEST not in done.stdout
    for path, data in everything_in(Path(os.environ["GATECHECK_CACHE"])):
        assert VALUE.encode() not in data, path
        assert DIGEST.encode() not in data, path
        assert VALUE[:8].encode() not in data, path


def test_a_secret_in_a_message_is_found(begun):
    begun.change({"shop.py": "x = 2\n"})
    begun.git("commit", "--quiet", "--allow-empty", "-m", f"Say it\n\nThe password = '{VALUE}'")
    ((rule, item),) = found(asked(begun))
    assert rule == "secrets/message"
    assert "line 3 of the message" in item["message"]
    assert "reword" in item["fix"]


def test_a_merge_that_brings_a_secret_of_its_own_is_found(begun):
    begun.change({"shop.py": "x = 2\n"})
    begun.main({"other.py": "y = 1\n"})
    begun.git("merge", "--quiet", "--no-commit", "main")
    begun.commit({"other.py": f"y = 1\n{LEAK}"})
    ((rule, item),) = found(asked(begun))
    assert (rule, item["path"], item["line"]) == ("secrets/leaked", "other.py", 2)


def test_what_a_merge_takes_over_from_the_target_is_not_new(begun):
    begun.change({"shop.py": "x = 2\n"})
    begun.main({"other.py": LEAK})
    begun.git("merge", "--quiet", "main")
    assert rules(asked(begun, code=0)) == []


def test_the_commits_of_another_branch_that_was_merged_are_looked_at(begun):
    begun.change({"side.py": LEAK}, branch="side")
    begun.change({"side.py": None}, branch="side")
    begun.git("switch", "--quiet", "main")
    begun.change({"shop.py": "x = 2\n"})
    begun.git("merge", "--quiet", "side")
    assert rules(asked(begun)) == ["secrets/buried"]


def test_what_only_the_merge_puts_together_is_found(project):
    lines = ["first", *[""] * 12, "last"]
    project.main({"key.txt": "\n".join(lines)}, policy=POLICY)
    project.change({"key.txt": "\n".join([*lines[:-1], drawn(64), drawn(64, 2)])})
    project.main({"key.txt": "\n".join(["-----BEGIN PRIVATE KEY-----", *lines[1:]])})
    ((rule, item),) = found(asked(project))
    assert (rule, item["line"]) == ("secrets/leaked", 1)
    assert "only the merge" in item["message"]


def test_a_secret_that_the_target_has_already_blocks_nothing_wherever_it_goes(project):
    project.main({"old.py": f"{LEAK}x = 1\n", "shop.py": "x = 1\n"}, policy=POLICY)
    project.change({"old.py": None, "new.py": f"# moved\n{LEAK}x = 1\n", "copy.py": f"{LEAK}y = 7\nz = 8\n"})
    gate = asked(project, code=0)
    assert rules(gate) == []
    assert rules(gate, "old") == ["secrets/leaked"]
    project.change({"old.py": f"{LEAK}x = 2\n", "new.py": None, "copy.py": None})
    assert rules(asked(project, code=0), "old") == ["secrets/leaked"]


def test_a_key_that_the_target_has_is_known_in_other_lines_too(project):
    body = [drawn(64, n) for n in range(4)]
    lines = ["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----"]
    project.main({"old.pem": "\n".join(lines), "shop.py": "x = 1\n"}, policy=POLICY)
    project.change({"new.py": 'KEY = "' + "\\n".join(lines) + '"\n'})
    assert rules(asked(project, code=0), "old") == ["secrets/leaked"]
    project.change({"other.pem": "\n".join([lines[0], *reversed(body), lines[-1]])})
    assert rules(asked(project)) == ["secrets/leaked"]


def allowing(expires, digest=DIGEST[:16]):
    entry = f'{{sha256: "{digest}", reason: opens a test, owner: jo, expires: {expires}}}'
    return POLICY.replace("{}", f"{{allow: [{entry}]}}")


def test_what_may_be_known_passes_and_is_told_with_its_owner_and_its_end(begun):
    today = dt.datetime.now(dt.UTC).date()
    begun.change({"settings.py": LEAK})
    ((_, item),) = found(asked(begun))
    assert f'- {{sha256: "{DIGEST[:16]}"' in item["fix"]
    begun.main(policy=allowing(today))
    gate = asked(begun, code=0)
    assert rules(gate) == []
    assert any("jo" in note and str(today) in note for note in gate["outcome"]["notes"])
    assert "opens a test" in begun.gatecheck("run").stdout
    begun.main(policy=allowing(today, hashlib.sha256(b"another").hexdigest()))
    assert rules(asked(begun)) == ["secrets/leaked"]


def test_what_was_allowed_is_found_again_when_its_time_is_over(begun):
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    begun.main(policy=allowing(yesterday, DIGEST))
    begun.change({"settings.py": LEAK})
    gate = asked(begun)
    assert rules(gate) == ["secrets/leaked"]
    assert any("ended" in note for note in gate["outcome"]["notes"])


def test_a_change_cannot_allow_its_own_secret(begun):
    begun.change({"settings.py": LEAK, ".gatecheck.yaml": allowing("2999-01-01")})
    assert rules(asked(begun)) == ["secrets/leaked"]


@pytest.mark.parametrize(
    ("entry", "word"),
    [
        ('{sha256: "abc", reason: a, owner: b, expires: 2999-01-01}', "sha256sum"),
        (f'{{sha256: "{DIGEST}", reason: "", owner: b, expires: 2999-01-01}}', "reason"),
        (f'{{sha256: "{DIGEST}", reason: a, owner: " ", expires: 2999-01-01}}', "owner"),
        (f'{{sha256: "{DIGEST}", reason: a, owner: b, expires: soon}}', "2027-01-31"),
        (f'{{sha256: "{DIGEST}", reason: a, expires: 2999-01-01}}', "owner"),
    ],
)
def test_an_allowance_without_reason_owner_or_end_is_none(project, entry, word):
    project.main({"a": "1\n"}, policy=POLICY.replace("{}", f"{{allow: [{entry}]}}"))
    project.change({"a": "2\n"})
    done = project.gatecheck("run")
    assert done.returncode == 2
    assert word in done.stderr + done.stdout


def test_files_that_should_never_be_there_are_known_by_their_names(begun):
    begun.main({"deploy/.env": "A=1\n"})
    begun.change(
        {"id_rsa": "x\n", ".env": "A=1\n", ".netrc": "", ".env.example": "A=\n", "deploy/.env": "A=2\n"}
    )
    gate = asked(begun)
    assert sorted(item["path"] for _, item in found(gate)) == [".env", "id_rsa"]
    assert rules(gate) == ["secrets/file"] * 2


def test_a_policy_names_more_files_and_waives_others(begun):
    more = (
        'waivers:\n  - {rule: secrets/file, paths: [".env"], reason: empty, owner: jo, expires: 2999-01-01}\n'
    )
    begun.main(policy=POLICY.replace("{}", '{files: ["*.jks"]}') + more)
    begun.change({".env": "A=1\n", "app/debug.jks": b"\0\1", "copy/.env": "A=1\n"})
    assert sorted(item["path"] for _, item in found(asked(begun)) if item["standing"] == "blocks") == [
        "app/debug.jks"
    ]
    begun.change({"app/debug.jks": None, "copy/.env": None})
    assert {rule for rule, _ in found(asked(begun))} == {"secrets/file"}


def test_exempt_files_count_and_only_paths_of_the_gate_narrow_it(begun):
    begun.main(policy=POLICY + 'exempt: ["/*.md"]\n')
    begun.change({"README.md": f"A shop.\n\n{LEAK}"})
    assert rules(asked(begun)) == ["secrets/leaked"]
    begun.main(policy=POLICY.replace("{}", '{paths: ["src/**"]}'))
    assert rules(asked(begun, code=0)) == []
    begun.change({"src/a.py": LEAK})
    assert [item["path"] for _, item in found(asked(begun))] == ["src/a.py"]


def test_a_branch_that_changes_nothing_in_the_end_is_looked_at_all_the_same(begun):
    begun.change({"settings.py": LEAK})
    begun.change({"settings.py": None})
    assert rules(asked(begun)) == ["secrets/buried"]


def test_a_branch_that_changes_nothing_and_hides_nothing_is_still_no_pass(begun):
    begun.change({"settings.py": "x = 1\n"})
    begun.change({"settings.py": None})
    done = begun.gatecheck("run")
    assert done.returncode == 4
    assert "no file" in done.stdout


def test_a_change_that_only_takes_away_is_judged_by_its_messages(begun):
    begun.change({"shop.py": None})
    examined = asked(begun, code=0)["outcome"]["examined"]
    assert examined == {"count": 1, "kind": "commit messages"}


def test_a_shallow_clone_that_ends_before_the_branch_does_cannot_tell(begun, tmp_path):
    begun.change({"settings.py": LEAK})
    begun.change({"settings.py": None, "shop.py": "x = 2\n"})
    begun.change({"shop.py": "x = 3\n"})
    begun.git("push", "--quiet", "origin", "change")
    shallow = tmp_path / "shallow"
    words = [
        "git",
        "clone",
        "--quiet",
        "--depth=2",
        "--no-single-branch",
        "-b",
        "change",
        f"file://{begun.remote}",
        shallow,
    ]
    subprocess.run(words, check=True)
    project = type(begun)(shallow, begun.remote)
    done = project.gatecheck("run")
    assert done.returncode == 4, done.stdout
    assert "--unshallow" in done.stdout + done.stderr
    project.git("fetch", "--quiet", "--unshallow")
    assert rules(asked(project)) == ["secrets/buried"]


def test_a_token_that_nobody_issued_is_a_note(begun):
    begun.change({"page.py": f"see ghp_{drawn(36)}\n"})
    assert rules(asked(begun, code=0), "note") == ["secrets/lookalike"]


def test_what_was_not_looked_into_is_said(begun):
    begun.main(policy=POLICY.replace("{}", "{largest: 1000}"))
    begun.change({"big.sql": "x" * 2000, "a.zip": b"PK\x03\x04\0", "shop.py": "x = 2\n"})
    gate = asked(begun, code=0)
    assert sorted(item["path"] for _, item in found(gate)) == ["a.zip", "big.sql"]
    assert rules(gate, "note") == ["secrets/unread"] * 2
    assert gate["outcome"]["examined"]["count"] == 2


def test_what_was_seen_in_a_file_is_not_looked_for_again(begun):
    begun.change({"settings.py": LEAK, "shop.py": "x = 2\n"})
    before = found(asked(begun))
    begun.change({"other.py": "y = 1\n"})
    assert found(asked(begun)) == before


@pytest.mark.parametrize("name", ["a\nb.py", "\udcff.py", "--help", "ä;rm.py"])
def test_files_of_any_name_are_looked_at(begun, name):
    begun.change({name: LEAK})
    assert rules(asked(begun)) == ["secrets/leaked"]


def test_a_link_that_leads_to_a_secret_and_a_first_commit_are_looked_at(begun):
    begun.git("switch", "--quiet", "--orphan", "island")
    begun.commit({"settings.py": LEAK})
    begun.git("switch", "--quiet", "-c", "change", "main")
    (begun.path / "link").symlink_to(f"https://ada:{VALUE}9Z-@db.internal/")
    begun.commit({"shop.py": "x = 2\n"})
    begun.git("merge", "--quiet", "--allow-unrelated-histories", "island")
    gate = asked(begun)
    assert sorted(item["path"] for _, item in found(gate)) == ["link", "settings.py"]
    assert any("--root" in item["fix"] for _, item in found(gate))


def test_uncommitted_work_is_looked_at_as_the_commit_that_it_would_make(begun):
    begun.change({"shop.py": "x = 2\n"})
    begun.write({"settings.py": LEAK})
    assert rules(asked(begun, "--worktree")) == ["secrets/leaked"]


def test_no_environment_is_waited_for(begun):
    begun.main(policy=POLICY + "environment: {create: [[false]]}\n")
    begun.change({"shop.py": "x = 2\n"})
    assert asked(begun, code=0)["verdict"] == "pass"


def test_one_secret_in_many_places_is_one_finding_that_names_some_of_them(begun):
    begun.change({"a.py": LEAK, "b.py": f"\n{LEAK}"})
    begun.change({"a.py": f"# moved\n{LEAK}"})
    begun.change({f"{name}.py": LEAK for name in "cdef"})
    ((rule, item),) = found(asked(begun))
    assert (rule, item["path"], item["line"]) == ("secrets/leaked", "a.py", 2)
    assert "b.py:2, c.py:1, d.py:1 and 2 more" in item["message"]
    assert item["message"].count("commits ") == 1


def test_what_the_target_has_may_stand_in_a_message_and_is_looked_for_in_its_files(project):
    project.write({"large.txt": "x" * 2000, "old.py": LEAK, "shop.py": "x = 1\n"})
    (project.path / "a-link").symlink_to("old.py")
    project.main({"a-folder/x": ""}, policy=POLICY.replace("{}", "{largest: 1000}"))
    project.change({"shop.py": "x = 2\n"})
    project.git("commit", "--quiet", "--allow-empty", "-m", f"The password = '{VALUE}' is known")
    assert rules(asked(project, code=0)) == []
    project.git("commit", "--quiet", "--allow-empty", "-m", f"The password = '{VALUE}x' is not")
    assert rules(asked(project)) == ["secrets/message"]
