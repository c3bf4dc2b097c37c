"""Approvals where a clone has too little, a cache is not what it was, or somebody wrote to the refs what means nothing."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from gatecheck.app import approvals, approving, kept, signing
from gatecheck.app.approving import Wish
from gatecheck.app.docket import Docket, open_docket
from gatecheck.errors import CannotTell, PolicyError, Refused
from gatecheck.model import Law
from gatecheck.place import find
from gatecheck.repo import UserGit, ledger

POLICY = """\
version: 1
repository: https://example.org/shop
gates:
  look: {uses: command, run: [sh, -c, "echo looked; test ! -e odd"], count: '^looked', effect: note}
  approval: {required-when: {gates: [look]}}
"""


@pytest.fixture
def shop(project, keys):
    kind, encoded = keys("jo").with_name("jo.pub").read_text().split()[:2]
    listed = f'jo@example.org namespaces="gatecheck-approval" {kind} {encoded}\n'
    project.main({"code.py": "1\n", ".gatecheck/approvers": listed}, policy=POLICY)
    project.change({"odd": "1\n"})
    assert project.gatecheck("run").returncode == 3
    return project


def git(project) -> UserGit:
    place = find(str(project.path))
    assert place
    return UserGit(place)


def opened(project) -> Docket:
    return open_docket(str(project.path), None, None)


def approved(project, key: Path, wish: Wish = Wish("approve")) -> None:  # noqa: B008 -- frozen
    docket = opened(project)
    envelope = signing.signed(approving.stated(docket, wish), str(key))
    one = approving.checked(docket, envelope)
    approving.kept(docket, git(project), envelope, one.key)


def known(docket: Docket, **more):
    return approvals.approvals_of(docket.repository, dataclasses.replace(docket.case, **more), docket.now)


def test_what_another_gate_found_is_what_people_are_asked_about(shop, keys):
    approved(shop, keys("jo"))
    docket = opened(shop)
    assert (docket.approvals.cover("approval/required"), docket.named()) == ("jo@example.org", [])
    assert shop.gatecheck("run").returncode == 0


def test_a_clone_that_is_too_shallow_says_so(shop, keys, tmp_path):
    approved(shop, keys("jo"))
    shop.git("push", "--quiet", "origin", "change", "refs/gatecheck/*:refs/gatecheck/*")
    clone = tmp_path / "clone"
    words = ["git", "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{shop.remote}", clone]
    subprocess.run([*words, "--branch", "change"], check=True)
    there = dataclasses.replace(shop, path=clone)
    there.git("fetch", "--quiet", "--depth=1", "origin", "refs/gatecheck/*:refs/gatecheck/*")
    case = opened(shop).case
    repository = approvals.Repository.at(str(clone))
    found = approvals.approvals_of(repository, case, opened(shop).now)
    assert "too shallow to see the commits" in found.void[0].why
    ground = approvals.ground_of(repository, case, 0)
    assert (ground.commits, ground.subject.commits) == (None, "")


@pytest.mark.parametrize("depth", [0, 1])
def test_a_base_that_is_not_here_may_have_seen_the_change_land(shop, keys, tmp_path, depth):
    approved(shop, keys("jo"))
    shop.main({"other": "1\n"})
    shop.main({"other": "2\n"})
    shop.git("rebase", "--quiet", "main")
    shop.git("push", "--quiet", "origin", "change", "refs/gatecheck/*:refs/gatecheck/*")
    clone = tmp_path / "clone"
    words = ["git", "clone", "--quiet", "--depth=2", "--no-single-branch", f"file://{shop.remote}", clone]
    subprocess.run([*words, "--branch", "change"], check=True)
    there = dataclasses.replace(shop, path=clone)
    there.git("fetch", "--quiet", "origin", "refs/gatecheck/*:refs/gatecheck/*")
    if depth:
        there.git("fetch", "--quiet", "--depth=1", "origin", shop.git("rev-parse", "main~2"))
    found = approvals.approvals_of(approvals.Repository.at(str(clone)), opened(shop).case, opened(shop).now)
    assert ("too shallow" if depth else "does not have the base") in found.void[0].why


def test_too_many_landings_are_one_too_many(shop, keys, monkeypatch):
    approved(shop, keys("jo"))
    shop.main({"odd": "2\n"})
    shop.main({"odd": None})
    assert known(opened(shop)).holding
    monkeypatch.setattr(approvals, "MOST_LANDINGS", 1)
    assert known(opened(shop)).void[0].why == "too much happened on the target since"


def test_what_means_nothing_in_the_refs_is_passed_over_and_too_much_is_refused(shop, keys, monkeypatch):
    approved(shop, keys("jo"))
    ref = shop.git("for-each-ref", "--format=%(refname)", "refs/gatecheck/approvals/")
    shop.git("update-ref", ref.replace(opened(shop).change.digest, "0" * 64), ref)
    envelope = signing.Envelope(b"{}", (signing.Signature("", b"SSHSIG"),))
    other = ref.replace(opened(shop).change.digest, "1" * 64)
    ledger.append(git(shop), other, {"0.json": envelope.to_json()}, "x")
    fork = approving.stated(opened(shop), Wish("approve"))
    fork = dataclasses.replace(fork, subject=dataclasses.replace(fork.subject, repository="a fork"))
    elsewhere = ref.replace(opened(shop).change.digest, "2" * 64)
    ledger.append(git(shop), elsewhere, {"0.json": signing.signed(fork, str(keys("jo"))).to_json()}, "x")
    ledger.append(git(shop), ref, {"0.json": envelope.to_json(), "1.json": b"{}"}, "x")
    found = known(opened(shop))
    assert len(found.holding) == 1
    assert [(void.who, void.key) for void in found.void] == [((), "")] * 2
    shop.git("update-ref", ref.replace(opened(shop).change.digest, "3" * 64), "main")
    assert len(known(opened(shop)).holding) == 1
    mine = UserGit(opened(shop).repository.place)
    key = signing.fingerprint_of(str(keys("jo")))
    own = approving.own_nonces(opened(shop), key)
    ledger.append(mine, ref, {"2.json": envelope.to_json()}, "x")
    assert (len(own), approving.own_nonces(opened(shop), key)) == (1, own)
    approved(shop, keys("jo"), Wish("reject", "no"))
    monkeypatch.setattr(approvals, "MOST", 1)
    with pytest.raises(CannotTell, match="statements about this change"):
        known(opened(shop))


def test_a_decision_about_another_change_is_not_taken_in(shop, keys):
    docket = opened(shop)
    envelope = signing.signed(approving.stated(docket, Wish("reject", "no")), str(keys("jo")))
    shop.commit({"odd": "2\n"})
    with pytest.raises(Refused, match="about another change"):
        approving.checked(opened(shop), envelope)


def test_a_list_of_approvers_that_is_a_link_lists_nobody(shop):
    (shop.path / "link").symlink_to(".gatecheck/approvers")
    shop.git("switch", "--quiet", "main")
    (shop.path / ".gatecheck/approvers").unlink()
    (shop.path / ".gatecheck/approvers").symlink_to("../code.py")
    shop.main({})
    shop.git("switch", "--quiet", "change")
    docket = opened(shop)
    assert "it is not a file" in docket.approvals.notes[0]
    with pytest.raises(PolicyError):
        approvals.keys_of(docket.repository, docket.case)


def test_the_check_is_run_again_where_it_runs(shop):
    docket = opened(shop)
    assert approving.again(git(shop), docket) == docket.judging
    shop.git("remote", "set-url", "origin", "git@github.com:shop/shop.git")
    assert approving.again(git(shop), docket).startswith("gh run rerun --failed")


def test_a_report_is_kept_whole_or_not_at_all(shop, tmp_path):
    docket = opened(shop)
    (path,) = (shop.cache / kept.FOLDER).iterdir()
    assert docket.results
    path.write_text("{}")
    assert not opened(shop).results
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("no folder")
    assert shop.gatecheck("run").returncode == 3
    path.parent.unlink()
    assert shop.gatecheck("run", "look").returncode == 0
    assert kept.last(shop.cache, docket.change, Law("", "")) is None


def test_a_plan_tells_its_risk_and_the_way_back(shop):
    plan = '---\ntitle: t\nbranch: change\nrisk: high\ncomponents: {all: ["/odd"]}\nsteps: {one: {does: it, rollback: git revert}}\n---\n'
    shop.commit({".gatecheck/plans/p.md": plan})
    (shop.path / ".gatecheck/plans/link.md").symlink_to("p.md")
    shop.commit()
    shop.write({".git/gatecheck/snapshots/change": "backup-20260102T030405Z x y\n"})
    done = shop.gatecheck("review", "change")
    assert "high: the plan .gatecheck/plans/p.md says so" in done.stdout
    assert "the state before it is kept: backup-20260102T030405Z" in done.stdout
    assert "the plan .gatecheck/plans/p.md says how" in done.stdout
