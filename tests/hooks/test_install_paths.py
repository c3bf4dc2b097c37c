"""Installing where core.hooksPath names another folder (husky's, a team's, a user's, one work tree's): all hooks there still run."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess

import pytest

from gatecheck.cli import main


def ask(project, *words):
    """Run gatecheck in this process, since starting one takes most of a test's time; what is told by it is returned."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*words, "--repo", str(project.path)])
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def type_in(folder, script, **env):
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def hook(folder, name, text, mode=0o755):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(mode)


@pytest.fixture
def clone(project):
    project.main({"file.txt": "one\n"})
    project.change({"feature.txt": "new\n"}, branch="feature")
    return project


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def said(log):
    lines = log.read_text(encoding="utf-8").split() if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def on(project, code=0):
    done = ask(project, "install", "--check")
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def install(project, *words):
    done = ask(project, "install", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def uninstall(project):
    done = ask(project, "uninstall")
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused_on_main(folder):
    done = type_in(folder, "git symbolic-ref HEAD refs/heads/main; git commit --allow-empty -m x")
    type_in(folder, "git symbolic-ref HEAD refs/heads/feature")
    return done.returncode != 0 and "no commits on main" in done.stderr


def test_all_hooks_of_husky_run_also_those_that_we_do_not_have(clone, log):
    """husky 9 sets core.hooksPath to .husky/_, where every hook sources one file beside itself."""
    folder = clone.path / ".husky/_"
    hook(folder, "h", f'echo "$(basename "$0")" >>{log}\n')
    for name in ("pre-commit", "commit-msg", "post-commit", "post-checkout", "pre-push", "pre-auto-gc"):
        hook(folder, name, '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n')
    clone.git("config", "core.hooksPath", ".husky/_")
    before = (clone.path / ".git/config").read_bytes()
    out = install(clone, "--strict")
    assert ".husky/_/post-checkout" in out
    assert on(clone)
    done = type_in(
        clone.path, "git commit -q --allow-empty -m x; git switch -q -c other; git push -q origin other"
    )
    assert done.returncode == 0, done.stderr
    assert said(log) == ["pre-commit", "commit-msg", "post-commit", "post-checkout", "pre-push"]
    assert refused_on_main(clone.path)
    assert type_in(clone.path, "git branch -f main other").returncode != 0
    hook(folder, "post-commit", f"#!/bin/sh\necho changed >>{log}\n")
    hook(folder, "post-rewrite", f"#!/bin/sh\ncat >>{log}\n")
    type_in(clone.path, "git switch -q other; git commit -q --amend --allow-empty -m y")
    assert "changed" in said(log)
    uninstall(clone)
    assert (clone.path / ".git/config").read_bytes() == before
    type_in(clone.path, "git switch -q feature")
    assert said(log) == ["post-checkout"]


def test_a_relative_folder_is_each_work_trees_own(clone, log, tmp_path):
    clone.main({".githooks/.keep": ""})
    hook(clone.path / ".githooks", "pre-commit", f"#!/bin/sh\necho main-tree >>{log}\n")
    clone.git("config", "core.hooksPath", ".githooks")
    install(clone)
    clone.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    hook(tmp_path / "linked/.githooks", "pre-commit", f"#!/bin/sh\necho linked-tree >>{log}\n")
    for where in (clone.path, tmp_path / "linked"):
        assert type_in(where, "git commit -q --allow-empty -m x").returncode == 0
        assert refused_on_main(where)
    assert said(log) == ["main-tree", "linked-tree"]
    assert on(clone)


def test_a_users_folder_for_all_repositories_runs_too_and_is_followed_when_it_changes(clone, log, isolated):
    for name in ("one", "two"):
        hook(isolated / name, "commit-msg", f"#!/bin/sh\necho {name} >>{log}\n")
    settings = isolated / "gitconfig"
    with_global = {"GIT_CONFIG_GLOBAL": str(settings)}
    settings.write_text("[core]\n\thooksPath = ~/one\n", encoding="utf-8")
    before = (clone.path / ".git/config").read_bytes()
    assert type_in(clone.path, "gatecheck install", **with_global).returncode == 0
    assert type_in(clone.path, "gatecheck install --check", **with_global).returncode == 0
    assert refused_on_main(clone.path)
    type_in(clone.path, "git commit -q --allow-empty -m x", **with_global)
    assert said(log) == ["one"]
    settings.write_text("[core]\n\thooksPath = ~/two\n", encoding="utf-8")
    done = type_in(clone.path, "gatecheck install --check", **with_global)
    assert done.returncode == 1
    assert "is not as this gatecheck writes it" in done.stdout
    assert type_in(clone.path, "gatecheck install", **with_global).returncode == 0
    type_in(clone.path, "git commit -q --allow-empty -m x", **with_global)
    assert said(log) == ["two"]
    assert type_in(clone.path, "gatecheck uninstall", **with_global).returncode == 0
    assert (clone.path / ".git/config").read_bytes() == before


def test_one_work_trees_own_folder_runs_in_that_work_tree_only(clone, log, tmp_path):
    linked, config = tmp_path / "linked", clone.path / ".git/worktrees/linked/config.worktree"
    hook(clone.path / ".git/hooks", "pre-commit", f"#!/bin/sh\necho common >>{log}\n")
    hook(tmp_path / "theirs", "pre-commit", f"#!/bin/sh\necho theirs >>{log}\n")
    hook(tmp_path / "theirs", "post-commit", f"#!/bin/sh\necho after >>{log}\n")
    clone.git("config", "extensions.worktreeConfig", "true")
    clone.git("worktree", "add", "--quiet", "-b", "linked", str(linked))
    assert type_in(linked, f"git config --worktree core.hooksPath {tmp_path}/theirs").returncode == 0
    before = (clone.path / ".git/config").read_bytes(), config.read_bytes()
    for _ in range(2):
        install(clone)
        assert on(clone)
        for where in (clone.path, linked):
            assert type_in(where, "git commit -q --allow-empty -m x").returncode == 0
            assert refused_on_main(where)
        assert said(log) == ["common", "theirs", "after"]
    uninstall(clone)
    assert ((clone.path / ".git/config").read_bytes(), config.read_bytes()) == before


def test_the_main_work_trees_own_folder_runs_in_that_one_only(clone, log, tmp_path):
    linked = tmp_path / "linked"
    hook(clone.path / ".git/hooks", "pre-commit", f"#!/bin/sh\necho common >>{log}\n")
    hook(tmp_path / "theirs", "pre-commit", f"#!/bin/sh\necho theirs >>{log}\n")
    clone.git("config", "extensions.worktreeConfig", "true")
    clone.git("worktree", "add", "--quiet", "-b", "linked", str(linked))
    clone.git("config", "--worktree", "core.hooksPath", str(tmp_path / "theirs"))
    before = (clone.path / ".git/config.worktree").read_bytes()
    assert type_in(linked, "gatecheck install").returncode == 0
    assert on(clone)
    for where in (clone.path, linked):
        assert type_in(where, "git commit -q --allow-empty -m x").returncode == 0
    assert said(log) == ["theirs", "common"]
    uninstall(clone)
    assert (clone.path / ".git/config.worktree").read_bytes() == before


def test_a_work_tree_that_gets_a_folder_of_its_own_later_is_told_of(clone, tmp_path):
    install(clone)
    clone.git("config", "extensions.worktreeConfig", "true")
    clone.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    type_in(tmp_path / "linked", "git config --worktree core.hooksPath /dev/null")
    assert "the work tree linked looks for hooks in /dev/null" in on(clone, 1)
    install(clone)
    assert on(clone)
    assert refused_on_main(tmp_path / "linked")
    assert refused_on_main(clone.path)


@pytest.mark.parametrize("value", [".git/hooks", "{}/.git/hooks"])
def test_a_setting_that_names_the_usual_folder_changes_nothing(clone, value):
    clone.git("config", "core.hooksPath", value.format(clone.path))
    install(clone)
    assert not (clone.path / ".git/gatecheck/hooks").exists()
    assert refused_on_main(clone.path)
    assert on(clone)


def test_a_folder_that_is_a_link_into_the_tree_is_not_written_to(clone, log):
    hook(clone.path / "hooks", "pre-commit", f"#!/bin/sh\necho linked >>{log}\n")
    usual = clone.path / ".git/hooks"
    usual.rename(usual.with_name("old"))
    usual.symlink_to("../hooks")
    before = (clone.path / ".git/config").read_bytes()
    install(clone)
    assert [path.name for path in (clone.path / "hooks").iterdir()] == ["pre-commit"]
    assert refused_on_main(clone.path)
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode == 0
    assert said(log) == ["linked"]
    assert on(clone)
    uninstall(clone)
    assert (clone.path / ".git/config").read_bytes() == before
    assert usual.is_symlink()


@pytest.mark.parametrize("value", ["/dev/null", "/nowhere", ""])
def test_a_setting_that_turned_hooks_off_is_put_back(clone, value):
    clone.git("config", "core.hooksPath", value)
    before = (clone.path / ".git/config").read_bytes()
    install(clone)
    assert refused_on_main(clone.path)
    uninstall(clone)
    assert (clone.path / ".git/config").read_bytes() == before
    assert not refused_on_main(clone.path)


@pytest.mark.parametrize(
    "config",
    [
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n  HooksPath=.husky # theirs\n[user]\n\tname = A\n",
        '[core]\n\trepositoryformatversion = 0\n[core]\n\thookspath = .husky\n\n# end, without a newline\n[a "b"]\n\tc = d',
        "[core]\n\trepositoryformatversion = 0\n\thooksPath = .one\n\thooksPath = .husky\n",
        "[core]\n\trepositoryformatversion = 0\n[core] hooksPath = .husky\n",
    ],
)  # fmt: skip
def test_the_configuration_is_as_it_was_however_it_was_written(clone, config):
    path = clone.path / ".git/config"
    path.write_text(config, encoding="utf-8")
    path.chmod(0o640)
    install(clone)
    install(clone)
    assert refused_on_main(clone.path)
    uninstall(clone)
    assert path.read_text(encoding="utf-8") == config
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_came_into_the_configuration_since_stays(clone):
    clone.git("config", "core.hooksPath", ".husky")
    install(clone)
    clone.git("config", "core.editor", "true")
    clone.git("config", "new.key", "value")
    uninstall(clone)
    assert clone.git("config", "core.hooksPath") == ".husky"
    assert clone.git("config", "core.editor") == "true"
    assert clone.git("config", "new.key") == "value"


@pytest.mark.parametrize("own", [True, False])
def test_a_setting_whose_surroundings_were_rewritten_is_put_back_all_the_same(clone, isolated, own):
    env = {}
    if own:
        clone.git("config", "core.hooksPath", ".husky")
    else:
        (isolated / "gitconfig").write_text("[core]\n\thooksPath = .husky\n", encoding="utf-8")
        env = {"GIT_CONFIG_GLOBAL": str(isolated / "gitconfig")}
    assert type_in(clone.path, "gatecheck install", **env).returncode == 0
    ours = clone.git("config", "core.hooksPath")
    path = clone.path / ".git/config"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"hooksPath = {ours}", f"HOOKSPATH={ours}"), encoding="utf-8")
    assert type_in(clone.path, "gatecheck uninstall", **env).returncode == 0
    assert clone.git("config", "--local", "core.hooksPath", check=False) == (".husky" if own else "")


def test_a_setting_of_somebody_elses_made_since_stays(clone):
    """As husky does at every `npm install`; installing again then stands before it."""
    clone.git("config", "core.hooksPath", ".husky")
    install(clone)
    clone.git("config", "core.hooksPath", ".other")
    assert "not in" in on(clone, 1)
    install(clone)
    assert on(clone)
    assert refused_on_main(clone.path)
    clone.git("config", "core.hooksPath", ".third")
    uninstall(clone)
    assert clone.git("config", "core.hooksPath") == ".third"


def test_a_lost_record_does_not_leave_git_without_hooks(clone, log):
    hook(clone.path / ".git/hooks", "pre-commit", f"#!/bin/sh\necho usual >>{log}\n")
    clone.git("config", "core.hooksPath", ".husky")
    install(clone)
    (clone.path / ".git/gatecheck/installed").unlink()
    uninstall(clone)
    assert clone.git("config", "core.hooksPath", check=False) == ""
    type_in(clone.path, "git commit -q --allow-empty -m x")
    assert said(log) == ["usual"]


def test_a_setting_that_appears_or_goes_is_followed_by_installing_again(clone, log):
    hook(clone.path / ".git/hooks", "pre-commit", f"#!/bin/sh\necho usual >>{log}\n")
    hook(clone.path / ".husky", "pre-commit", f"#!/bin/sh\necho husky >>{log}\n")
    before = {path.name: path.read_bytes() for path in (clone.path / ".git/hooks").iterdir()}
    install(clone, "--strict")
    clone.git("config", "core.hooksPath", ".husky")
    assert "looks for hooks in" in on(clone, 1)
    install(clone)
    assert {path.name: path.read_bytes() for path in (clone.path / ".git/hooks").iterdir()} == before
    assert on(clone)
    type_in(clone.path, "git commit -q --allow-empty -m x")
    assert said(log) == ["husky"]
    clone.git("config", "--unset", "core.hooksPath")
    install(clone)
    assert on(clone)
    type_in(clone.path, "git commit -q --allow-empty -m x")
    assert said(log) == ["usual"]
    assert not (clone.path / ".git/gatecheck/hooks").exists()
    uninstall(clone)
    assert {path.name: path.read_bytes() for path in (clone.path / ".git/hooks").iterdir()} == before


def test_a_hook_that_is_gone_from_their_folder_is_not_passed_on_any_more(clone):
    """It would cost every fetch and every status something."""
    for name in ("post-index-change", "reference-transaction"):
        hook(clone.path / ".husky", name, "#!/bin/sh\n")
    clone.git("config", "core.hooksPath", ".husky")
    install(clone)
    there = {path.name for path in (clone.path / ".git/gatecheck/hooks").iterdir()}
    assert {"post-index-change", "reference-transaction"} <= there
    (clone.path / ".husky/post-index-change").unlink()
    install(clone)
    assert there - {path.name for path in (clone.path / ".git/gatecheck/hooks").iterdir()} == {
        "post-index-change"
    }
    assert on(clone)


def test_a_work_tree_whose_setting_was_lost_from_the_record_stays_ours(clone, tmp_path):
    clone.git("config", "extensions.worktreeConfig", "true")
    clone.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    type_in(tmp_path / "linked", "git config --worktree core.hooksPath .own")
    install(clone)
    (clone.path / ".git/gatecheck/installed").unlink()
    install(clone)
    assert refused_on_main(tmp_path / "linked")
    assert refused_on_main(clone.path)


def test_a_file_of_somebody_elses_in_our_folder_stays(clone):
    clone.git("config", "core.hooksPath", ".husky")
    install(clone)
    (clone.path / ".git/gatecheck/hooks/notes.txt").write_text("mine", encoding="utf-8")
    assert "holds files that are not ours" in uninstall(clone)
    assert (clone.path / ".git/gatecheck/hooks/notes.txt").exists()
    assert clone.git("config", "core.hooksPath") == ".husky"


def test_an_included_setting_that_wins_is_told_and_nothing_is_installed(clone):
    (clone.path / ".git/more").write_text("[core]\n\thooksPath = .included\n", encoding="utf-8")
    clone.git("config", "include.path", "more")
    before = (clone.path / ".git/config").read_bytes()
    done = ask(clone, "install")
    assert done.returncode == 4
    assert "git takes the hooks of this repository from" in done.stderr
    assert "an included file" in done.stderr
    assert (clone.path / ".git/config").read_bytes() == before
    assert on(clone, 1)


def test_a_configuration_that_is_locked_is_told(clone):
    clone.git("config", "core.hooksPath", ".husky")
    install(clone)
    lock = clone.path / ".git/config.lock"
    lock.touch()
    done = ask(clone, "uninstall")
    assert done.returncode == 4
    assert "is being written by somebody else" in done.stderr
    assert refused_on_main(clone.path)
    lock.unlink()
    uninstall(clone)


def test_gatecheck_gone_is_told_with_the_setting_that_brings_the_old_hooks_back(clone, log, tmp_path):
    hook(clone.path / ".husky", "pre-commit", f"#!/bin/sh\necho husky >>{log}\n")
    clone.git("config", "core.hooksPath", ".husky")
    clone.git("config", "extensions.worktreeConfig", "true")
    clone.git("worktree", "add", "--quiet", "-b", "linked", str(tmp_path / "linked"))
    type_in(tmp_path / "linked", "git config --worktree core.hooksPath .own")
    install(clone)
    path = clone.path / ".git/gatecheck/hooks/pre-commit"
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("GC_PYTHON="))
    path.write_text(text.replace(line, "GC_PYTHON=/gone"), encoding="utf-8")
    done = type_in(clone.path, "git commit --allow-empty -m x")
    command = done.stderr.partition("To do without it: ")[2].splitlines()[0]
    assert type_in(clone.path, command).returncode == 0
    assert type_in(clone.path, "git commit -q --allow-empty -m x").returncode == 0
    assert said(log) == ["husky"]
    assert type_in(tmp_path / "linked", "git config core.hooksPath").stdout == ".own\n"


# --- what --check tells ---


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("chmod -x .git/hooks/pre-push", "pre-push is not executable"),
        ("rm .git/hooks/pre-commit", "pre-commit is not there"),
        ("echo '#!/bin/sh' >.git/hooks/commit-msg", "is somebody else's"),
        ("echo '# x' >>.git/hooks/commit-msg", "is not as this gatecheck writes it"),
        ("rm .git/gatecheck/policy", "policy is missing or damaged"),
        ("sed -i '/^protect/d' .git/gatecheck/policy", "is not the policy of refs/remotes/origin/main as it is now"),
        ("rm .git/gatecheck/installed", "no hooks of gatecheck are installed"),
        ("git config core.hooksPath x", "looks for hooks in"),
        ("sed -i 's#\"python\": \".*\"#\"python\": \"/gone\"#' .git/gatecheck/installed", "hooks call /gone, which is not there"),
        ("sed -i 's#\"version\": \".*\"#\"version\": \"0.0\"#' .git/gatecheck/installed", "were written by gatecheck 0.0"),
    ],
)  # fmt: skip
def test_what_is_off_is_told_with_what_to_do(clone, damage, says):
    install(clone)
    assert on(clone)
    assert type_in(clone.path, damage).returncode == 0
    out = on(clone, 1)
    assert says in out
    assert "fix: " in out
    install(clone)
    assert "OFF" not in on(clone)


@pytest.mark.parametrize(
    "env",
    [
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": "/dev/null"},
        {"GIT_CONFIG_PARAMETERS": "'core.hooksPath'='/dev/null'"},
    ],
)
def test_an_environment_that_turns_hooks_off_is_told(clone, env):
    install(clone)
    done = type_in(clone.path, "gatecheck install --check", **env)
    assert done.returncode == 1
    assert "because of GIT_CONFIG variables in this environment" in done.stdout
    harmless = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.editor", "GIT_CONFIG_VALUE_0": "vi"}
    assert type_in(clone.path, "gatecheck install --check", **harmless).returncode == 0


def test_a_strict_one_that_is_asked_for_and_missing_is_told(clone):
    install(clone)
    assert ask(clone, "install", "--check", "--strict").returncode == 1
    install(clone, "--strict")
    assert ask(clone, "install", "--check", "--strict").returncode == 0


def test_a_broken_policy_is_told(clone):
    install(clone)
    clone.git("-c", "core.hooksPath=/dev/null", "switch", "--quiet", "main")
    clone.write({".gatecheck.yaml": "version: 1\nprotect: 3\n"})
    off = "git add -A; git -c core.hooksPath=/dev/null commit -q -m x; git -c core.hooksPath=/dev/null push -q origin main"
    assert type_in(clone.path, off).returncode == 0
    out = on(clone, 1)
    assert ".gatecheck.yaml:" in out


def test_a_hook_that_was_not_executable_before_is_mentioned(clone):
    hook(clone.path / ".git/hooks", "pre-commit", "#!/bin/sh\n", 0o644)
    install(clone)
    assert "is not executable, as it was; it is not run" in on(clone)
