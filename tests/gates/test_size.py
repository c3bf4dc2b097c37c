"""The size gate in real repositories: what is counted, what is not, and who says so."""

from __future__ import annotations

import json
import subprocess

import pytest

POLICY = "version: 1\nprotect: [main]\ngates:\n  size: {lines: 20, files: 4, commits: 3, commit-lines: 12}\n"


def text(lines: int, word: str = "line") -> str:
    return "".join(f"{word} {number}\n" for number in range(lines))


def judged(project, *words):
    """Run gatecheck; return its exit code, what the gate noted, and the gate."""
    done = project.gatecheck("run", *words, "--output-format", "json")
    assert done.stdout, done.stderr
    (gate,) = json.loads(done.stdout)["gates"]
    groups = gate["outcome"]["findings"] if gate["outcome"] else []
    return done.returncode, {group["rule"] for group in groups}, gate


def measured(gate) -> dict[str, float]:
    return {one["name"]: one["value"] for one in gate["outcome"]["measurements"]}


@pytest.fixture
def shop(project):
    project.main({"shop.py": text(30), "uv.lock": "old\n"}, policy=POLICY)
    return project


def test_a_small_change_passes_with_its_numbers(shop):
    shop.change({"shop.py": text(30) + "more\n", "new.py": text(5)})
    code, rules, gate = judged(shop)
    assert (code, rules) == (0, set())
    assert gate["outcome"]["examined"] == {"count": 2, "kind": "changed files"}
    assert measured(gate) == {"lines added or edited": 6, "commits": 1, "largest commit": 6}


def test_what_is_large_is_a_note_and_blocks_where_the_policy_says_so(shop):
    shop.change({"a.py": "x\n"})
    shop.change({"new.py": text(19)})
    code, rules, gate = judged(shop)
    assert (code, rules) == (0, {"size/large", "size/large-commit"})
    messages = {item["message"] for group in gate["outcome"]["findings"] for item in group["items"]}
    assert any("adds or edits 20 lines" in message for message in messages)
    assert any("(a step) is large" in message for message in messages)
    shop.main(policy=POLICY.replace("}", ", effect: {large: block}}"))
    assert judged(shop)[0] == 1


def test_many_files_are_large_too(shop):
    shop.change({f"{name}.py": "x\n" for name in "abcd"})
    assert judged(shop)[1] == {"size/large"}


def test_many_commits_are_many_and_merges_are_none(shop):
    for number in range(2):
        shop.change({"a.py": f"{number}\n"})
    shop.main({"b.py": text(100)})
    shop.git("merge", "--quiet", "--no-edit", "main")
    code, rules, gate = judged(shop)
    assert (code, rules) == (0, set())
    assert measured(gate) == {"lines added or edited": 1, "commits": 2, "largest commit": 1}
    shop.change({"a.py": "3\n"})
    assert judged(shop)[1] == {"size/commits"}


def test_a_large_commit_is_named_in_a_small_change(shop):
    shop.change({"a.py": text(15)})
    shop.change({"a.py": text(2)})
    code, rules, gate = judged(shop)
    assert (code, rules) == (0, {"size/large-commit"})
    assert measured(gate)["largest commit"] == 15


def test_zero_is_no_limit(shop):
    shop.main(policy=POLICY.replace("20", "0").replace("4,", "0,").replace("3,", "0,").replace("12", "0"))
    for number in range(5):
        shop.change({f"{number}.py": text(50)})
    assert judged(shop)[1] == set()


def test_lock_files_and_what_the_policy_names_do_not_count(shop):
    shop.change({"uv.lock": text(500), "web/package-lock.json": text(500), "a.py": "x\n"})
    code, rules, gate = judged(shop)
    assert (code, rules) == (0, set())
    assert gate["outcome"]["examined"]["count"] == 1
    assert "uv.lock, web/package-lock.json" in gate["outcome"]["notes"][0]
    shop.main(policy=POLICY.replace("{lines", "{uncounted: [a.py], lines"))
    assert judged(shop)[1] == {"size/large"}


def test_a_change_of_nothing_that_counts_is_not_its_matter(shop):
    shop.change({"uv.lock": "new\n"})
    code, _, gate = judged(shop)
    assert (code, gate["verdict"]) == (4, "not-applicable")
    assert "uv.lock is generated, vendored or locked" in gate["reason"]


@pytest.mark.parametrize("attribute", ["linguist-generated", "linguist-vendored", "linguist-generated=true"])
def test_what_the_bases_attributes_call_generated_or_vendored_does_not_count(shop, attribute):
    shop.main({".gitattributes": f"gen/** {attribute}\n", "api/.gitattributes": f"*.py {attribute}\n"})
    shop.change({"gen/a.py": text(500), "api/b.py": text(500), "c.py": "x\n"})
    code, rules, gate = judged(shop)
    assert (code, rules, gate["outcome"]["examined"]["count"]) == (0, set(), 1)


def test_a_change_cannot_hide_itself_with_attributes_or_by_a_rename(shop):
    shop.main({"gen/.gitattributes": "* linguist-generated\n"})
    shop.change({"a.py": text(50), ".gitattributes": "* linguist-generated\n"})
    assert judged(shop)[1] == {"size/large"}
    shop.git("switch", "--quiet", "main")
    shop.git("switch", "--quiet", "--create", "moved")
    shop.git("mv", "shop.py", "gen/shop.py")
    shop.commit({"gen/shop.py": text(30) + text(25, "new")})
    assert judged(shop)[1] == {"size/large"}


def test_deletions_and_changed_permissions_are_files_without_lines(shop):
    shop.change({"shop.py": None})
    code, rules, gate = judged(shop)
    assert (code, rules) == (0, set())
    assert (gate["outcome"]["examined"]["count"], measured(gate)["lines added or edited"]) == (1, 0)


def test_a_first_commit_of_another_history_is_measured_whole(shop):
    shop.git("switch", "--quiet", "--orphan", "other")
    shop.commit({"other.py": text(15)})
    shop.git("switch", "--quiet", "--create", "change", "main")
    shop.commit({"a.py": "x\n"})
    shop.git("merge", "--quiet", "--no-edit", "--allow-unrelated-histories", "other")
    code, rules, gate = judged(shop)
    assert (code, rules) == (0, {"size/large-commit"})
    assert measured(gate)["largest commit"] == 15, "its one commit that is no merge"


def test_of_a_long_branch_only_the_last_commits_are_measured(shop):
    who = "committer Ada <ada@example.org> 1700000000 +0000"
    stream = []
    for number in range(205):
        body = text(50) if number == 0 else f"{number}\n"
        begin = ["from refs/heads/main"] if number == 0 else []
        stream += [
            "commit refs/heads/change",
            who,
            "data 1",
            "x",
            *begin,
            "M 100644 inline a.py",
            f"data {len(body)}",
            body,
        ]
    (shop.path.parent / "stream").write_text("\n".join([*stream, ""]))
    with (shop.path.parent / "stream").open() as lines:
        subprocess.run(["git", "fast-import", "--quiet"], cwd=shop.path, stdin=lines, check=True)
    shop.git("switch", "--quiet", "change")
    code, rules, gate = judged(shop)
    assert (code, rules) == (0, {"size/commits"})
    assert gate["outcome"]["notes"] == ["Of 205 commits only the last 200 were measured one by one."]


def test_where_the_history_is_too_short_it_cannot_tell(shop, tmp_path):
    shop.change({"a.py": "x\n"})
    shop.change({"a.py": "y\n"})
    shop.git("push", "--quiet", "origin", "change")
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{shop.remote}", shallow],
        check=True,
    )
    done = shop.gatecheck("run", "--target", "origin/main", "--head", "origin/change", cwd=shallow)
    assert done.returncode == 4
    assert "too shallow" in done.stdout + done.stderr
