import os
from pathlib import Path

import pytest

GOOD = (
    Path(__file__).parents[1] / "examples/plan/pass/head/.gatecheck/plans/20260101T000000Z-raise-the-price.md"
).read_text("utf-8")


@pytest.fixture
def shop(project):
    project.main({"shop.py": "1\n"})
    project.change({"shop.py": "2\n"})
    return project


def written(done):
    assert done.returncode == 0, done.stderr
    first, following = done.stdout.splitlines()
    assert following.startswith("next: ")
    return first.removeprefix("wrote ")


def test_a_new_plan_is_for_the_branch_that_is_checked_out_and_is_not_finished(shop):
    path = written(shop.gatecheck("plan", "new", "Raise the price: \x1b[31mnow"))
    assert path.startswith(".gatecheck/plans/20")
    assert path.endswith("Z-raise-the-price-31mnow.md")
    assert 'branch: "change"' in (shop.path / path).read_text("utf-8")
    done = shop.gatecheck("plan", "check")
    assert done.returncode == 1
    assert f"{path}:5:13: no component is declared\n  fix: " in done.stdout
    assert done.stdout.endswith(f"{path}: 16 to mend\n")


def test_a_second_plan_is_not_begun_before_the_first_is_finished(shop):
    path = written(shop.gatecheck("plan", "new"))
    done = shop.gatecheck("plan", "new", "again")
    assert done.returncode == 2
    assert f"{path} is a plan for change that is not finished" in done.stderr
    (shop.path / path).write_text(GOOD)
    assert written(shop.gatecheck("plan", "new", "again")) != path


def test_another_branchs_unfinished_plan_is_in_nobodys_way(shop):
    written(shop.gatecheck("plan", "new"))
    shop.git("switch", "--quiet", "--create", "other")
    written(shop.gatecheck("plan", "new", "mine"))
    shop.git("switch", "--quiet", "--detach")
    written(shop.gatecheck("plan", "new", "nobodys"))
    written(shop.gatecheck("plan", "new", "nobodys"))


def test_a_finished_plan_is_fine_and_what_comes_next_is_said(shop):
    shop.write(
        {
            ".gatecheck/plans/mine.md": GOOD,
            ".gatecheck/plans/jos.md": GOOD.replace("branch: change", "branch: x"),
        }
    )
    done = shop.gatecheck("plan", "check")
    assert done.returncode == 0
    assert done.stdout.startswith(".gatecheck/plans/mine.md: fine\nnext: ")
    assert "gatecheck run plan --worktree" in done.stdout


def test_a_plan_of_whom_nobody_knows_is_checked_too(shop):
    shop.write({".gatecheck/plans/mine.md": GOOD, ".gatecheck/plans/broken.md": "no front matter\n"})
    done = shop.gatecheck("plan", "check")
    assert done.returncode == 1
    assert "there is no front matter" in done.stdout
    assert "mine.md: fine" in done.stdout


def test_where_no_plan_is_for_the_branch_the_command_for_one_is_told(shop):
    done = shop.gatecheck("plan", "check")
    assert done.returncode == 2
    assert "none of the 0 plans in .gatecheck/plans/ is for change" in done.stderr
    assert "gatecheck plan new" in done.stderr
    shop.write({".gatecheck/plans/jos.md": GOOD.replace("branch: change", "branch: x")})
    shop.git("switch", "--quiet", "--detach")
    assert (
        "none of the 1 plans in .gatecheck/plans/ is for a detached HEAD"
        in shop.gatecheck("plan", "check").stderr
    )


def test_any_file_can_be_named(shop, tmp_path):
    (tmp_path / "p.md").write_text(GOOD.replace("risk: low", "risk: \u202elow"))
    done = shop.gatecheck("plan", "check", str(tmp_path / "p.md"))
    assert done.returncode == 1
    assert "U+202E" in done.stdout
    assert "\u202e" not in done.stdout
    for name in (tmp_path / "absent.md", tmp_path):
        done = shop.gatecheck("plan", "check", str(name))
        assert done.returncode == 2
        assert f"{name} cannot be read" in done.stderr


def test_names_that_would_act_on_a_terminal_are_escaped(shop):
    shop.write({".gatecheck/plans/\x1b[31m.md": GOOD})
    done = shop.gatecheck("plan", "check")
    assert "\x1b" not in done.stdout
    assert r".gatecheck/plans/\x1b[31m.md: fine" in done.stdout


def test_a_file_that_only_hangs_about_among_the_plans_is_passed_over(shop):
    folder = shop.path / ".gatecheck/plans"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()
    (folder / "away.md").symlink_to("nowhere")
    assert shop.gatecheck("plan", "check").returncode == 2


def test_outside_of_a_work_tree_there_is_nothing_to_plan(shop, tmp_path):
    for words in (("new",), ("check",)):
        for place in (tmp_path, shop.remote):
            done = shop.gatecheck("plan", *words, cwd=place)
            assert done.returncode == 2
            assert "not in a work tree" in done.stderr


def test_a_place_that_cannot_be_written_is_told(shop):
    (shop.path / ".gatecheck").write_text("x")
    done = shop.gatecheck("plan", "new")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "fix: " in done.stderr


def test_it_can_be_asked_from_a_folder_below_and_for_another_repository(shop, tmp_path):
    (shop.path / "deep/er").mkdir(parents=True)
    path = written(shop.gatecheck("plan", "new", "one", cwd=shop.path / "deep/er"))
    assert (shop.path / path).is_file()
    assert shop.gatecheck("plan", "check", "--repo", str(shop.path), cwd=tmp_path).returncode == 1
