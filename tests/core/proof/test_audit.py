"""The history of a branch, walked back: what came in by evidence, by people's word, by nothing; and once looked at, it is known."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell
from gatecheck.place import find
from gatecheck.proof.audit import audit
from gatecheck.proof.known import Known
from gatecheck.proof.landed import Landed, edits_for
from gatecheck.proof.refs import Refs
from gatecheck.repo import Repository


@pytest.fixture
def walk(shop):
    """Audit main from a tip; what was found before is known."""

    def walk(tip, *, anew=False):
        known = Known(Path(shop.place.cache), "refs/heads/main")
        if anew:
            known.forget()
        return audit(shop.repository, "refs/heads/main", tip, known, lambda _: None)

    return walk


def states(found):
    return [(entry.state, entry.way) for entry in found.entries]


def on(shop, base, files):
    """Commit on a branch of its own from a base."""
    shop.git("switch", "--quiet", "--detach", base)
    return shop.project.commit(files)


def test_every_way_in_is_told_and_the_second_look_is_at_what_is_new(shop, walk):
    shop.evidence()
    one = shop.merge(shop.base, shop.head)
    # several commits at once, with an update from main in between
    branch = on(shop, shop.base, {"c.txt": "1\n"})
    shop.git("merge", "--quiet", "--no-edit", one)
    branch = shop.project.commit({"c.txt": "2\n"})
    shop.evidence(base=one, head=branch)
    # by nothing at all, and by people's word
    bad = shop.merge(branch, on(shop, branch, {"d.txt": "1\n"}))
    burning = on(shop, bad, {"e.txt": "1\n"})
    shop.decide(decision="override", covers=(), change=shop.change(bad, burning), reason="the shop burns")
    over = shop.merge(bad, burning)
    found = walk(over)
    assert states(found) == [
        ("overridden", "merge"),
        ("unproven", ""),
        ("proven", "fast-forward"),
        ("proven", "merge"),
    ]
    assert [entry.base for entry in found.entries] == [bad, branch, one, shop.base]
    assert (found.entries[0].approvers, found.entries[0].reason) == (("jo",), "the shop burns")
    assert "no evidence for its tree" in found.entries[1].reason
    assert (found.before, found.exit_code) == ((shop.base, shop.first), 1)
    assert found.looked_at >= 6
    again = walk(over)
    assert (again.entries, again.looked_at) == (found.entries, 0)
    # evidence that comes later is seen, and so is what is new on top
    shop.evidence(base=branch, head=shop.git("rev-parse", f"{bad}^2"))
    tip = shop.merge(over, on(shop, over, {"f.txt": "1\n"}))
    now = walk(tip)
    assert states(now)[:3] == [("unproven", ""), ("overridden", "merge"), ("proven", "merge")]
    assert now.looked_at == 2
    assert walk(tip, anew=True).entries == now.entries


def test_what_let_a_commit_in_is_judged_as_of_then(shop, walk):
    shop.evidence(verdict="waiting")
    said = shop.decide(lasts=2)
    one = shop.merge(shop.base, shop.head)
    assert states(walk(one)) == [("proven", "merge")]
    # hours later, by its own word: the approval had ended
    late = {"GIT_COMMITTER_DATE": f"@{said.expires + 1} +0000"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in late.items():
            patch.setenv(name, value)
        two = shop.merge(shop.base, shop.head)
    found = walk(two)
    assert states(found) == [("unproven", "")]
    assert "it ended on" in found.entries[0].reason
    # what is older than its approval, and moved forward as it was
    assert states(walk(shop.head)) == [("proven", "fast-forward")]
    # a no that came after the merge alters nothing that had happened
    shop.decide("al", "reject", created=int(time.time()) + 1000)
    assert states(walk(one)) == [("proven", "merge")]


def test_a_key_of_long_ago_hides_nothing(shop, walk, list_of_keys):
    """ci was taken off the list; whoever has its key signs that all since then came from a base of its time."""
    listed = list_of_keys({"robot": "gatecheck-evidence"})
    rotated = on(shop, shop.base, {".gatecheck/approvers": listed})
    shop.evidence(head=rotated)
    bad = on(shop, rotated, {"bad.txt": "1\n"})
    shop.evidence(head=bad)
    found = walk(bad)
    assert states(found) == [("unproven", ""), ("proven", "fast-forward")]
    assert (
        shop.prove(bad).way == "fast-forward"
    )  # which a server would not ask: its branch is at the rotated list


def test_a_policy_that_was_taken_away_is_no_history_before_it(shop, walk):
    gone = on(shop, shop.base, {".gatecheck/approvers": None})
    tip = on(shop, gone, {"x.txt": "1\n"})
    found = walk(tip)
    assert [entry.state for entry in found.entries] == ["lawless", "unproven"]
    assert found.exit_code == 1
    assert walk(shop.base).entries == ()
    assert walk(shop.base).exit_code == 0


def test_evidence_that_names_a_base_that_is_nowhere_is_passed_over(shop, walk):
    shop.evidence(base=shop.base)
    said = replace(shop.said(), base="1" * 40)
    shop.keep(
        "refs/gatecheck/evidence/" + said.tree, shop.envelope(said.payload(), "ci", "gatecheck-evidence")
    )
    other = replace(shop.said(), base=shop.merge(shop.head, tree=said.tree))
    shop.keep(
        "refs/gatecheck/evidence/" + said.tree, shop.envelope(other.payload(), "ci", "gatecheck-evidence")
    )
    assert states(walk(shop.head)) == [("proven", "fast-forward")]
    landed = Landed(shop.repository, "refs/heads/main", Refs.all(shop.repository))
    trace = landed.trace(shop.head)
    assert len(trace.bases) == 2
    assert edits_for(landed, []) == {}


def test_evidence_whose_base_comes_later_proves_nothing(shop, walk):
    later = shop.merge(shop.head, tree=shop.tree(shop.head))
    shop.evidence(base=later, head=shop.head)
    found = walk(shop.head)
    assert states(found) == [("unproven", "")]


def test_a_history_that_is_cut_off_is_no_answer(shop, walk, tmp_path):
    shop.git("clone", "--quiet", "--depth=1", f"file://{shop.project.path}", str(tmp_path / "shallow"))
    repository = Repository(find(str(tmp_path / "shallow")))
    known = Known(tmp_path / "cache", "refs/heads/main")
    with pytest.raises(CannotTell, match="missing"):
        audit(
            repository,
            "refs/heads/main",
            shop.git("-C", str(tmp_path / "shallow"), "rev-parse", "HEAD"),
            known,
            print,
        )


def test_what_is_known_is_believed_only_as_it_was_written(shop, walk):
    shop.evidence()
    found = walk(shop.head)
    (path,) = (Path(shop.place.cache) / "audit").iterdir()
    for torn in ("", "[]", path.read_text()[:-9]):
        path.write_text(torn)
        assert walk(shop.head).entries == found.entries
    told = json.loads(path.read_text())
    told[shop.head][0] = "another key"
    path.write_text(json.dumps(told))
    assert walk(shop.head).looked_at == 1
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("no folder")
    assert walk(shop.head).entries == found.entries
