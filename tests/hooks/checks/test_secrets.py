"""Nothing secret is committed: real git asks the hook, and whatever it says never says the secret."""

import hashlib
import os
import random
import runpy
import string
import subprocess
import sys
import zlib

import pytest

from gatecheck_hooks import secrets
from gatecheck_hooks.credentials import blobs, staged
from gatecheck_hooks.secrets import main

LOT = random.Random(3)
ALLOWED = ".gatecheck/allowed-secrets"


def drawn(count=28):
    return "".join(LOT.choice(string.ascii_letters + string.digits) for _ in range(count))


def token():
    letters = drawn(30)
    crc, digits = zlib.crc32(letters.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        digits = (string.digits + string.ascii_uppercase + string.ascii_lowercase)[digit] + digits
    return f"ghp_{letters}{digits}"


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def commit(hooked, attempt):
    """Stage files (None deletes one), try to commit them, and return what came of it."""

    def commit(files, *words, **env):
        hooked.write(files)
        hooked.git("add", "--all", "--force")
        return attempt(*words, "commit", "--quiet", "-m", "x", **env)

    return commit


def test_an_ordinary_commit_starts_no_python(hooked, commit):
    hook = hooked.path / ".git/hooks/pre-commit"
    hook.write_text(hook.read_text(encoding="utf-8").replace(sys.executable, "/nowhere"), encoding="utf-8")
    files = {
        "shop.py": "token = token_of(user)\nprint('password:')\n",
        "environment": "x\n",
        "image.svg": "<svg/>\n",
    }
    assert commit(files).returncode == 0
    done = commit({"shop.py": f"KEY = '{token()}'\n"})
    assert done.returncode == 1
    assert "gatecheck is gone" in done.stderr


def test_a_secret_is_refused_and_never_shown_and_the_command_takes_it_out(hooked, commit, attempt):
    kept, password = token(), drawn()
    files = {"shop/pay me.py": f"x = 1\nKEY = '{kept}'  # nosec, pragma: allowlist secret\n", ".env": "A=1\n"}
    done = commit({**files, "good.py": "x = 1\n", "db.py": f"password = '{password}'\n"})
    assert done.returncode == 1
    assert kept not in done.stderr
    assert password not in done.stderr
    assert f"shop/pay me.py:2: GitHub token ghp_... (sha256 {sha(kept)[:16]})" in done.stderr
    assert f"db.py:1: password {password[:4]}..." in done.stderr
    assert ".env: " in done.stderr
    (command,) = [
        line[line.index("git restore") :] for line in done.stderr.splitlines() if "git restore" in line
    ]
    below = hooked.path / "shop"
    subprocess.run(["sh", "-c", command], cwd=below, check=True)
    assert attempt("commit", "--quiet", "-m", "x").returncode == 0
    assert hooked.git("show", "--name-only", "--format=") == "good.py"
    assert (hooked.path / ".env").exists()


def test_before_the_first_commit_another_command_takes_it_out(hooked, attempt):
    hooked.git("switch", "--quiet", "--orphan", "new")
    hooked.write({"a b.py": f"KEY = '{token()}'\n", "good.py": "x = 1\n"})
    hooked.git("add", "--all")
    done = attempt("commit", "--quiet", "-m", "x")
    assert done.returncode == 1
    command = done.stderr[done.stderr.index("git rm") :].splitlines()[0]
    subprocess.run(["sh", "-c", command], cwd=hooked.path, check=True)
    assert attempt("commit", "--quiet", "-m", "x").returncode == 0


@pytest.mark.parametrize(
    "name", ["*.py", "ü\n.py", 'a"b\\c.py', " ", "-x", "a\tb", "'", "d/\x1b[31mred.py", b"\xff.py", "b/a b/x"]
)
def test_any_name_of_a_file_is_told_and_can_be_pasted(hooked, attempt, name):
    path = os.path.join(os.fsencode(hooked.path), name if isinstance(name, bytes) else name.encode())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"KEY = '{token()}'\n")
    hooked.git("add", "--all")
    done = attempt("commit", "--quiet", "-m", "x")
    assert done.returncode == 1
    assert "GitHub token" in done.stderr
    assert "\x1b" not in done.stderr
    command = done.stderr[done.stderr.index("git restore") :].splitlines()[0]
    if not isinstance(name, bytes) and all(each.isprintable() for each in name):
        subprocess.run(["sh", "-c", command], cwd=hooked.path, check=True)
        assert hooked.git("diff", "--cached", "--name-only") == ""


def test_only_what_is_new_counts(hooked, commit):
    kept = token()
    hooked.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", "begin")
    hooked.write({"old.py": f"KEY = '{kept}'\n" + "x = 1\n" * 9, ".env": "A=1\n"})
    hooked.git("add", "--all")
    hooked.git("commit", "--quiet", "--no-verify", "-m", "the past")
    assert commit({"old.py": f"KEY = '{kept}'\n" + "x = 2\n" * 9}).returncode == 0, "another line of the file"
    assert commit({"old.py": f"MY_KEY = '{kept}'  # same\n" + "x = 2\n" * 9}).returncode == 0, (
        "the same line, edited"
    )
    assert commit({"old.py": None, "new.py": f"KEY = '{kept}'\n" + "x = 2\n" * 9}).returncode == 0, "renamed"
    assert commit({"new.py": "x = 3\n", "settings.py": f"KEY = '{kept}'\n"}).returncode == 0, (
        "moved to another file"
    )
    assert commit({".env": "A=2\n"}).returncode == 0, "a file that was there"
    assert commit({".env": None, "shop/.env": "A=2\n"}).returncode == 0, "the same file, renamed"
    assert commit({"shop/.env": None, ".env": "A=2\n", "id_rsa": "none\n"}).returncode == 1, (
        "another one with it"
    )
    hooked.git("rm", "--quiet", "--force", "id_rsa")
    assert commit({}).returncode == 0
    assert commit({"settings.py": None, ".env": None}).returncode == 0, "deleted"
    assert commit({"again.py": f"KEY = '{kept}'\n"}).returncode == 1, "brought back"


def test_what_is_not_staged_does_not_count(hooked, attempt):
    hooked.write({"shop.py": f"KEY = '{token()}'\n", "good.py": "x = 1\n"})
    hooked.git("add", "good.py")
    hooked.git("add", "--intent-to-add", "shop.py")
    done = attempt("commit", "--quiet", "-m", "x", "--", "good.py")
    assert done.returncode == 0, done.stderr
    done = attempt("commit", "--quiet", "--all", "-m", "x")
    assert done.returncode == 1
    done = attempt("commit", "--quiet", "-m", "x", "--", "shop.py")
    assert done.returncode == 1


def test_where_nobody_hears_of_broken_pipes_it_is_refused_too(hooked):
    """Some programs that start git ignore SIGPIPE, and what they start inherits it; grep stops reading at its first hit."""
    hooked.write({"a.py": f"KEY = '{token()}'\n", "b.py": "x = 1\n" * 200_000})
    hooked.git("add", "--all")
    code = "trap '' PIPE; exec git commit --quiet -m x"
    done = subprocess.run(["sh", "-c", code], cwd=hooked.path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "a.py:1: GitHub token" in done.stderr


# --- what may be known ---


@pytest.mark.parametrize("digits", [16, 40, 64])
def test_a_value_is_allowed_by_its_digest_on_the_protected_branch(hooked, commit, law, digits):
    kept = token()
    hooked.git("stash", "--quiet", "--include-untracked", check=False)
    hooked.main({ALLOWED: f"# of tests\n\n{sha(kept)[:digits]}\tof the docs\n"})
    law()
    assert commit({"shop.py": f"KEY = '{kept}'\n"}).returncode == 0
    assert commit({"shop.py": f"KEY = '{token()}'\n"}).returncode == 1


@pytest.mark.parametrize("line", ["{}", "{} ", "# {} why", "x{} why"])
def test_a_line_without_a_reason_allows_nothing(hooked, commit, law, line):
    kept = token()
    hooked.main({ALLOWED: line.format(sha(kept)) + "\n"})
    law()
    assert commit({"shop.py": f"KEY = '{kept}'\n"}).returncode == 1


def test_a_list_that_is_not_on_the_protected_branch_allows_nothing(hooked, commit):
    kept = token()
    hooked.git("branch", "--force", "main", "HEAD")
    done = commit({"shop.py": f"KEY = '{kept}'\n", ALLOWED: f"{sha(kept)} why\n"})
    assert done.returncode == 1
    assert "refs/remotes/origin/main" in done.stderr
    hooked.git("commit", "--quiet", "--no-verify", "-m", "x", ALLOWED)
    assert commit({}).returncode == 1


def test_a_policy_without_this_check_lets_pass(hooked, commit):
    policy = hooked.path / ".git/gatecheck/policy"
    policy.write_text(
        policy.read_text(encoding="utf-8").replace("secrets yes", "secrets no"), encoding="utf-8"
    )
    assert commit({"shop.py": f"KEY = '{token()}'\n"}).returncode == 0


# --- what git is set to ---


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.context", "7"),
        ("diff.interHunkContext", "9"),
        ("diff.relative", "true"),
        ("diff.renames", "copies"),
        ("diff.orderFile", "/dev/null"),
        ("diff.submodule", "log"),
        ("diff.algorithm", "patience"),
        ("diff.wsErrorHighlight", "all"),
        ("diff.suppressBlankEmpty", "true"),
        ("diff.colorMoved", "zebra"),
        ("color.ui", "always"),
        ("color.diff", "always"),
        ("core.quotePath", "true"),
        ("core.pager", "cat >/dev/null"),
        ("core.attributesFile", "/nowhere"),
    ],
)
def test_no_setting_of_git_hides_a_secret(hooked, attempt, commit, key, value):
    hooked.git("config", key, value)
    done = commit({"x/one.py": "x = 1\n", "shop/ä b.py": f"a = 1\nKEY = '{token()}'\nb = 1\n"})
    assert done.returncode == 1
    assert "shop/ä b.py:2" in done.stderr


def test_no_program_of_the_repository_runs(hooked, attempt):
    marker = hooked.path / ".git/ran"
    program = hooked.path / ".git/program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n", encoding="utf-8")
    program.chmod(0o755)
    hooked.write({".gitattributes": "*.py diff=own filter=own\n", "shop.py": f"KEY = '{token()}'\n"})
    hooked.git("add", "--all")
    for key in ("external", "own.command", "own.textconv"):
        hooked.git("config", f"diff.{key}", str(program))
    for key in ("core.fsmonitor", "filter.own.clean", "filter.own.smudge", "core.pager"):
        hooked.git("config", key, str(program))
    done = attempt("hook", "run", "pre-commit", GIT_EXTERNAL_DIFF=str(program))
    assert done.returncode == 1
    assert "shop.py:1" in done.stderr
    assert not marker.exists()


@pytest.mark.parametrize("attribute", ["-diff", "binary", "-text", "diff", "diff=x", "export-ignore"])
def test_no_attribute_hides_a_secret(commit, attribute):
    done = commit({".gitattributes": f"*.py {attribute}\n", "shop.py": f"a = 1\nKEY = '{token()}'\n"})
    assert done.returncode == 1
    assert "shop.py:2" in done.stderr


def test_an_object_that_stands_in_for_another_hides_no_secret(hooked, attempt):
    hooked.write({"shop.py": f"a = 1\nKEY = '{token()}'\n", "clean.py": "a = 1\n"})
    hooked.git("add", "--all")
    hooked.git("replace", hooked.git("rev-parse", ":shop.py"), hooked.git("rev-parse", ":clean.py"))
    done = attempt("hook", "run", "pre-commit")
    assert done.returncode == 1
    assert "shop.py:2" in done.stderr


def test_a_diff_that_git_cannot_make_lets_nothing_pass(hooked, attempt, monkeypatch):
    hooked.write({"shop.py": "x = 1\n" * 9})
    hooked.git("add", "--all")
    blob = hooked.git("rev-parse", ":shop.py")
    (hooked.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    (hooked.path / "shop.py").unlink()
    done = attempt("hook", "run", "pre-commit")
    assert done.returncode != 0
    assert "gatecheck: git could not show what is staged" in done.stderr
    monkeypatch.chdir(hooked.path)
    assert main([".git/gatecheck/policy"]) == 4


# --- what is no text, or very much of it ---


def test_utf_16_is_read(commit):
    text = f"a = 1\nKEY = '{token()}'\n"
    done = commit(
        {"a.py": b"\xff\xfe" + text.encode("utf-16-le"), "b.py": b"\xfe\xff" + text.encode("utf-16-be")}
    )
    assert "a.py:2: GitHub token" in done.stderr
    assert "b.py:2: GitHub token" in done.stderr


def test_a_binary_file_is_searched_and_what_it_had_is_not_new(hooked, commit):
    kept = token().encode()
    done = commit({"data.bin": b"\0\1\2 " + kept + b" \0"})
    assert done.returncode == 1
    assert "data.bin:1: GitHub token" in done.stderr
    hooked.git("commit", "--quiet", "--no-verify", "-m", "x")
    assert commit({"data.bin": b"\0\1\2\3 " + kept + b" \0"}).returncode == 0
    assert commit({"data.bin": b"\0\1\2\3 " + token().encode() + b" \0"}).returncode == 1
    assert commit({"data.bin": None}).returncode == 0


def test_a_large_file_that_was_not_looked_into_is_named(commit):
    large = os.urandom(blobs.LARGEST)
    done = commit({"film.bin": b"\0" + large, "small.bin": b"\0"})
    assert done.returncode == 0
    assert "not looked into for secrets, being large or binary: film.bin\n" in done.stderr
    done = commit({"dump.sql": "insert into shop values (1);\n" * 300_000})
    assert done.returncode == 0
    assert "dump.sql" in done.stderr
    assert "film.bin" not in done.stderr


def test_many_files_that_were_not_looked_into_are_counted(commit):
    large = os.urandom(blobs.LARGEST)
    done = commit({f"{number}.bin": b"\0" + large + bytes([number]) for number in range(23)})
    assert done.returncode == 0
    assert "and 3 more" in done.stderr


def test_many_secrets_are_counted(hooked, commit, monkeypatch):
    done = commit({f"{number:02}.py": f"KEY = '{token()}'\n" for number in range(25)})
    assert done.returncode == 1
    assert "25 secrets" in done.stderr
    assert "and 5 more" in done.stderr
    assert "24.py" not in done.stderr
    monkeypatch.chdir(hooked.path)
    assert main([".git/gatecheck/policy"]) == 1


def test_lines_that_look_like_a_diff_are_content(commit):
    text = f"--- a/x\n+++ b/x\n@@ -0,0 +1 @@\ndiff --git a/x b/x\nKEY = '{token()}'\n"
    done = commit({"notes.diff": text})
    assert "notes.diff:5: GitHub token" in done.stderr
    done = commit({"notes.diff": text.replace("\n", "\r\n")[:-2], "x.py": "x"})
    assert "notes.diff:5" in done.stderr


# --- merges ---


@pytest.fixture
def conflict(hooked, attempt):
    """Give a merge of main, whose past has a secret, with a conflict to be resolved."""
    kept = token()
    hooked.git("config", "core.hooksPath", "/dev/null")
    hooked.main({"old.py": f"KEY = '{kept}'\n", "file": "1\n"})
    hooked.commit({"file": "2\n"})
    hooked.git("config", "--unset", "core.hooksPath")
    assert attempt("merge", "main").returncode == 1
    tip = hooked.git("rev-parse", "refs/remotes/origin/main")
    policy = hooked.path / ".git/gatecheck/policy"
    lines = policy.read_text(encoding="utf-8").splitlines(keepends=True)
    policy.write_text(
        "".join(f"tip {tip}\n" if line.startswith("tip ") else line for line in lines), encoding="utf-8"
    )
    return hooked


def test_what_a_merge_brings_is_not_new(conflict, commit):
    assert commit({"file": "3\n"}).returncode == 0


def test_what_is_added_in_a_merge_is_new(conflict, commit, monkeypatch, capsys):
    done = commit({"file": f"KEY = '{token()}'\n"})
    assert done.returncode == 1
    assert "file:1" in done.stderr
    assert "old.py" not in done.stderr
    monkeypatch.chdir(conflict.path)
    assert main([".git/gatecheck/policy"]) == 1
    told = capsys.readouterr().err
    assert "a secret is staged" in told
    assert "file:1" in told


# --- as a framework runs it, and as a program ---


@pytest.fixture
def asked(hooked, monkeypatch, capsys):
    """Ask the program in the hooked repository, which has no compiled policy."""
    monkeypatch.chdir(hooked.path)
    monkeypatch.setattr(sys, "argv", ["gatecheck-secrets"])
    (hooked.path / ".git/gatecheck/policy").unlink()

    def asked(*words):
        code = main(list(words) if words else None)
        return code, capsys.readouterr().err

    return asked


def test_nothing_staged_is_well_and_said(asked):
    code, told = asked()
    assert code == 0
    assert "nothing is staged" in told


def test_all_that_is_staged_is_seen_at_once(hooked, asked, monkeypatch):
    """What other tests try commit by commit, seen in one diff, with context that somebody's variable adds."""
    moved, wide, deep, quoted = token(), token(), token(), token()
    hooked.git("config", "core.hooksPath", "/dev/null")
    hooked.commit(
        {
            "old.py": f"KEY = '{moved}'\nlast",
            "data.bin": b"\0" + moved.encode(),
            "gone.bin": b"\0",
            "edited": "1\n2\n3\n",
        }
    )
    hooked.write(
        {"old.py": None, "new.py": f"a = 1\nKEY = '{moved}'\nlast", "gone.bin": None, "edited": "1\n22\n3\n"}
    )
    hooked.write(
        {"wide.py": b"\xff\xfe" + f"KEY = '{wide}'\n".encode("utf-16-le"), ".env": "A=1\n", "empty/.env": ""}
    )
    hooked.write(
        {"data.bin": b"\0\1" + moved.encode() + deep.encode(), "large.bin": b"\0" + os.urandom(blobs.LARGEST)}
    )
    hooked.write({'say "\\\303\u00fc\t"*': f"KEY = '{quoted}'"})
    hooked.git("add", "--all")
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=3")
    code, told = asked()
    assert code == 1
    found = sorted(line.partition(" (")[0] for line in told.splitlines() if line.startswith("  - "))
    assert found == [
        "  - .env: a file of variables that are mostly secrets",
        "  - data.bin:1: GitHub token ghp_...",
        '  - say "\\\303ü?"*:1: GitHub token ghp_...',
        "  - wide.py:1: GitHub token ghp_...",
    ]
    assert "not looked into for secrets, being large or binary: large.bin\n" in told
    assert ":(top,literal)say" in told


def test_without_a_compiled_policy_the_default_branch_has_the_list(hooked, asked):
    kept = token()
    hooked.write({"shop.py": f"KEY = '{kept}'\n"})
    hooked.git("add", "shop.py")
    code, told = asked()
    assert code == 1
    assert "refs/remotes/origin/HEAD" in told
    hooked.git("stash", "--quiet")
    hooked.git("config", "core.hooksPath", "/dev/null")
    hooked.git("switch", "--quiet", "--create", "lists")
    hooked.commit({ALLOWED: f"{sha(kept)} of the docs\n"})
    hooked.git("switch", "--quiet", "change")
    hooked.git("stash", "pop", "--quiet", "--index")
    assert asked()[0] == 1
    assert asked("--policy-ref=lists") == (0, "")  # nothing to be said


def test_a_repository_without_any_branch_has_no_list(asked, tmp_path, monkeypatch):
    fresh = tmp_path / "fresh"
    subprocess.run(["git", "init", "--quiet", fresh], check=True)
    (fresh / "shop.py").write_text(f"KEY = '{token()}'\n", encoding="utf-8")
    subprocess.run(["git", "add", "shop.py"], cwd=fresh, check=True)
    monkeypatch.chdir(fresh)
    code, told = asked()
    assert code == 1
    assert "refs/heads/main" in told


def test_a_compiled_policy_is_found(hooked, asked, law):
    law()
    hooked.write({"shop.py": f"KEY = '{token()}'\n"})
    hooked.git("add", "shop.py")
    code, told = asked()
    assert code == 1
    assert "refs/remotes/origin/main" in told


@pytest.mark.parametrize("name", ["commondir", "none"])
def test_a_linked_work_tree_has_the_list_of_its_repository(hooked, asked, law, tmp_path, monkeypatch, name):
    law()
    hooked.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    monkeypatch.chdir(tmp_path / "linked")
    (folder,) = (hooked.path / ".git/worktrees").iterdir()
    if name == "commondir":
        (folder / "commondir").write_text(f"{hooked.path}/.git\n", encoding="utf-8")
    (tmp_path / "linked/shop.py").write_text(f"KEY = '{token()}'\n", encoding="utf-8")
    subprocess.run(["git", "add", "shop.py"], cwd=tmp_path / "linked", check=True)
    code, told = asked()
    assert code == 1
    assert "refs/remotes/origin/main" in told


def test_wrong_arguments_and_a_policy_that_is_none_let_nothing_pass(asked, hooked):
    assert asked("--colour")[0] == 2
    assert asked("a", "b")[0] == 2
    code, told = asked(".git/config")
    assert code == 4
    assert "no policy for hooks" in told
    assert "fix: " in told


def test_what_is_beyond_the_bound_is_said(asked, hooked, monkeypatch):
    monkeypatch.setattr(staged, "LIMIT", 4000)
    hooked.write({"a.py": f"KEY = '{token()}'\n", "b.py": "x = 1\n" * 900_000})
    hooked.git("add", "a.py", "b.py")
    code, told = asked()
    assert code == 1
    assert "a.py:1" in told
    assert "only the first" in told


def test_objects_that_cannot_be_read_let_nothing_pass(asked, hooked, monkeypatch):
    hooked.write({"data.bin": b"\0\1"})
    hooked.git("add", "data.bin")
    real = blobs.git
    monkeypatch.setattr(blobs, "git", lambda *words, **more: (128, real(*words, **more)[1]))
    code, told = asked()
    assert code == 4
    assert "git could not read staged files" in told


def test_the_file_runs_by_its_path_with_nothing_but_python(hooked, monkeypatch):
    monkeypatch.chdir(hooked.path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", ["secrets.py", ".git/gatecheck/policy"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(secrets.__file__, run_name="__main__")
    assert ended.value.code == 0
