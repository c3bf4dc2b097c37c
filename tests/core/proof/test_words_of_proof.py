"""What verify, audit and log say, and what they refuse to say anything about."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from click.testing import CliRunner

from gatecheck import evidence
from gatecheck.app.logged import logged
from gatecheck.cli.main import gatecheck
from gatecheck.errors import GatecheckError, Refused, ToolError, UsageError
from gatecheck.evidence import Wait
from gatecheck.landing import fetch, move, push, with_trailers
from gatecheck.logbook import REF, Scribe, Thing, read_back, record
from gatecheck.logbook import Entry as LogEntry
from gatecheck.proof import Failed, Unproven, words
from gatecheck.proof.audit import Audit
from gatecheck.proof.audit_words import lines
from gatecheck.proof.carrying import bring_here, keep_branch
from gatecheck.proof.entry import Entry
from gatecheck.proof.law import Laws
from gatecheck.proof.verify import subject_of, verify
from gatecheck.sign import EVIDENCE


@pytest.fixture
def say(shop, monkeypatch):
    """Run a command in this process; return its exit code and what it says."""
    monkeypatch.chdir(shop.project.path)

    def say(*argv):
        done = CliRunner().invoke(gatecheck, argv)
        if isinstance(done.exception, GatecheckError):
            return done.exception.exit_code, done.output + done.exception.message
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    return say


def entry(shop, event="run", repository="https://example.org/shop"):
    scribe = Scribe(str(shop.keys("ci")), EVIDENCE, repository)
    things = [Thing("head", "gitCommit", shop.head)]
    return record(shop.repository, shop.user_git, scribe, event, "refs/heads/main", things)


def test_the_log_is_shown_and_held_against_keys_and_pins(shop, say):
    assert say("log", "verify", "--target", "main")[0] == 4
    assert "empty" in say("log")[1]
    entry(shop)
    pin = entry(shop, "override")
    told = say("log", "-n", "1")[1]
    assert "override" in told
    assert "run" not in told
    assert say("log", "verify", "--target", shop.first)[0] == 4  # which has no list yet
    assert say("log", "verify", "--target", "main", "--pin", pin)[1].endswith(
        f"0 not to be believed; it has {pin}\n"
    )
    shop.git("update-ref", REF, f"{pin}~1")
    for cut in (pin, "1" * 40):
        code, told = say("log", "verify", "--target", "main", "--pin", cut)
        assert (code, "CUT OFF" in told) == (1, True)
    entry(shop, repository="https://example.org/fork")
    shop.git("update-ref", REF, shop.git("commit-tree", "-p", REF, "-m", "x", shop.tree(shop.head)))
    code, told = say("log", "verify", "--target", "main")
    assert code == 1
    assert "NO ENTRY" in told
    assert "it is of the repository https://example.org/fork" in told


def test_a_protected_branch_is_looked_at_as_itself(shop, say):
    shop.git("branch", "-f", "main", shop.base)
    policy = (shop.project.path / ".gatecheck.yaml").read_text().replace("[main]", "[main, 'release/*']")
    shop.git("switch", "--quiet", "main")
    base = shop.project.commit({".gatecheck.yaml": policy})
    shop.git("switch", "--quiet", "--create", "release/1")
    head = shop.project.commit({"r.txt": "1\n"})
    shop.evidence(base=base, head=head, target="refs/heads/release/1")
    shop.git("switch", "--quiet", "topic")
    assert json.loads(say("verify", "release/1", "--json")[1])["ref"] == "refs/heads/release/1"
    assert say("verify", "release/1")[0] == 0
    assert json.loads(say("verify", "topic", "--json")[1])["landed"] is False
    assert json.loads(say("verify", shop.first, "--json", "--target", "main")[1])["verdict"] == "lawless"
    with pytest.raises(UsageError, match="evidence is for a branch"):
        subject_of(shop.repository, None, shop.base)


def test_what_cannot_be_merged_is_refused(shop):
    shop.git("switch", "--quiet", "main")
    shop.git("reset", "--quiet", "--hard", shop.base)
    shop.project.commit({"b.txt": "other\n"})
    with pytest.raises(Failed, match=r"both sides changed b\.txt"):
        verify(shop.repository, subject_of(shop.repository, "topic", "main"), time.time())


def test_reviews_on_a_forge_are_the_runners_word_and_waivers_are_told(shop):
    policy = (
        (shop.project.path / ".gatecheck.yaml").read_text().replace("{quorum: 1}", "{source: forge-review}")
    )
    shop.git("switch", "--quiet", "--detach", shop.base)
    base = shop.project.commit({".gatecheck.yaml": policy})
    head = shop.project.commit({"b.txt": "1\n"})
    said = replace(
        shop.said(base=base, head=head),
        waits=(Wait("size", "large"),),
        waivers=("size/large: old (jo, until 2099)",),
    )
    shop.evidence(said=said)
    shop.git("branch", "-f", "main", base)
    subject = subject_of(shop.repository, head, "main")
    found = verify(shop.repository, subject, time.time())
    told = "\n".join(words.proven(subject, found))
    assert "the runner's word" in told
    assert "waived     size/large: old" in told
    entries = (Entry("1" * 40, "proven", "", waived=("size/large: old",)), Entry("2" * 40, "lawless", ""))
    shown = list(lines(Audit("refs/heads/main", "1" * 40, entries)))
    assert ("waived      111111111111  size/large: old", False) in shown
    assert [red for _, red in shown] == [True, False, True]


def test_what_others_wrote_below_our_refs_stops_nothing(shop):
    shop.evidence(verdict="waiting")
    shop.decide()
    digest = shop.change().digest
    for ref in (f"refs/gatecheck/approvals/{digest}/jo", "refs/gatecheck/evidence/" + shop.tree(shop.head)):
        odd = shop.envelope(b"{}", "ci", EVIDENCE)
        shop.keep(ref, odd)
        evidence.append(shop.user_git, ref, {"readme.json": b"no envelope"})
    shop.git("branch", "-f", "main", shop.head)
    found = verify(shop.repository, subject_of(shop.repository, "main", "main"), time.time())
    assert found.approvals


def test_logs_that_went_apart_are_brought_together_by_a_key(shop, monkeypatch):
    shop.git("push", "--quiet", "origin", f"{shop.base}:refs/heads/main")
    first = entry(shop)
    entry(shop, "merge")
    shop.git("push", "--quiet", "origin", f"{REF}:{REF}")
    shop.git("update-ref", REF, first)
    entry(shop, "override")
    law = Laws(shop.repository).of(shop.base)
    (note,) = bring_here(shop.repository, shop.user_git, "origin", law)
    assert "went apart" in note
    monkeypatch.setenv("GATECHECK_SIGNING_KEY", str(shop.keys("ci")))
    assert bring_here(shop.repository, shop.user_git, "origin", law) == ()
    assert shop.git("log", "--format=%s", REF).split("\n")[0].startswith("3 override")
    keep_branch(
        shop.repository, shop.user_git, shop.tree(shop.base), shop.head
    )  # there is nothing to keep it with
    assert shop.git("for-each-ref", "refs/gatecheck/evidence/") == ""


def test_trailers_join_those_that_are_there():
    more = [("Gatecheck-Evidence", "1")]
    assert (
        with_trailers("A\n\nSigned-off-by: B <c>\n", more)
        == "A\n\nSigned-off-by: B <c>\nGatecheck-Evidence: 1\n"
    )
    assert with_trailers("Fix: this\n", more) == "Fix: this\n\nGatecheck-Evidence: 1\n"
    assert with_trailers("A\n\nB\n", more) == "A\n\nB\n\nGatecheck-Evidence: 1\n"
    assert with_trailers("A\n", []) == "A\n"


def test_a_branch_that_went_on_is_told_from_one_that_may_not_move(shop):
    ref = "refs/heads/main"
    ids = (shop.base, shop.head)
    shop.git("update-ref", ref, shop.merge(shop.base, tree=shop.tree(shop.base)))
    assert move(shop.repository, shop.user_git, ref, ids, is_target=True) is False
    with pytest.raises(Refused, match="has commits here"):
        move(shop.repository, shop.user_git, ref, ids, is_target=False)
    shop.git("update-ref", ref, shop.base)
    hook = shop.project.path / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\necho 'not this one' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Refused, match="not this one"):
        move(shop.repository, shop.user_git, ref, ids, is_target=True)
    hook.unlink()
    shop.git("remote", "set-url", "origin", str(shop.project.path / "nowhere"))
    with pytest.raises(ToolError, match="could not be asked"):
        fetch(shop.user_git, "origin", "main")
    with pytest.raises(ToolError, match="nobody can tell"):
        push(shop.user_git, "origin", ref, ids, ())


def test_a_target_that_never_rests_is_no_answer(shop, monkeypatch, say):
    shop.evidence()
    shop.git("branch", "-f", "main", shop.base)
    monkeypatch.setattr("gatecheck.landing.move", lambda *_, **__: False)
    code, told = say("merge")
    assert (code, "moved 3 times" in told) == (4, True)
    monkeypatch.setattr("gatecheck.landing.merge_commit", lambda *_: shop.base)
    code, told = say("merge")
    assert (code, "nothing has moved" in told) == (4, True)


def test_the_log_takes_only_keys_that_the_base_lists(shop, monkeypatch):
    law = Laws(shop.repository).of(shop.base)
    told = {"things": [Thing("head", "gitCommit", shop.head)], "event": "run", "ref": "refs/heads/main"}

    def why(signers, repository, key):
        return logged(shop.repository, shop.user_git, (signers, repository, str(shop.keys(key))), **told)

    assert "no policy" in "".join([why(None, "r", "ci"), why(law.keys.signers, "", "ci")])
    assert "does not list" in why(law.keys.signers, law.repository, "stranger")
    assert why(law.keys.signers, law.repository, "jo") == ""
    monkeypatch.setattr("gatecheck.logbook.append.TRIES", 1)
    hook = shop.project.path / ".git/hooks/reference-transaction"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert "did not take an entry" in why(law.keys.signers, law.repository, "jo")


def test_an_entry_for_another_purpose_does_not_count(shop):
    law = Laws(shop.repository).of(shop.base)
    things = (Thing("head", "gitCommit", shop.head),)
    said = LogEntry(1, "", law.repository, "run", 0, "refs/heads/main", things)
    data = shop.envelope(said.payload(), "ci", "git").to_json()
    tip = evidence.append(shop.user_git, REF, {"entry.json": data})
    (found,) = read_back(shop.repository, tip, law.keys.signers)
    assert "signed for 'git'" in found.fault


def test_a_policy_whose_gates_cannot_be_made_lets_nothing_in_that_waits(shop):
    policy = (shop.project.path / ".gatecheck.yaml").read_text().replace("{quorum: 1}", "{quorum: many}")
    shop.git("switch", "--quiet", "--detach", shop.base)
    base = shop.project.commit({".gatecheck.yaml": policy})
    head = shop.project.commit({"b.txt": "1\n"})
    shop.evidence(base=base, head=head, verdict="waiting")
    with pytest.raises(Unproven, match="nobody can tell whom it asks"):
        shop.prove(head, old=base)


def test_a_first_commit_has_nothing_before_it(shop, say):
    shop.git("branch", "-f", "main", shop.base)
    code, told = say("verify", shop.first, "--target", "main")
    assert (code, "is the first commit" in told) == (4, True)
    assert "0 without valid evidence" in say("audit", "main", "--no-cache")[1]


def test_a_squash_of_one_commit_has_its_message(shop, say):
    shop.evidence()
    shop.git("branch", "-f", "main", shop.base)
    assert say("merge", "--squash")[0] == 0
    assert shop.git("log", "-1", "--format=%s", "main") == "Topic"


def test_an_override_is_pushed_when_asked(shop, say):
    shop.git("push", "--quiet", "origin", f"{shop.base}:refs/heads/main")
    shop.git("fetch", "--quiet")
    key = str(shop.keys("jo"))
    assert say("override", "--reason", "it burns", "--key", key, "--push")[0] == 0
    assert shop.git("ls-remote", "origin", "refs/gatecheck/approvals/*")
    # nobody lets their own work in
    shop.git("config", "gpg.format", "ssh")
    shop.git("config", "user.signingkey", key)
    shop.git("commit", "--quiet", "--amend", "--no-edit", "-S")
    code, told = say("override", "--reason", "it burns", "--key", key)
    assert (code, "its key signed the commit" in told) == (1, True)
