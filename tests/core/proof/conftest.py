"""A repository whose main believes a runner and two approvers, and what is signed about its changes: no gate is asked to make it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace

import pytest

from gatecheck import evidence
from gatecheck.app import approvals as of_app
from gatecheck.app.law import read_policy
from gatecheck.approval.statement import Statement, listed_files, listed_steps
from gatecheck.model import Change, Verdict
from gatecheck.place import find
from gatecheck.proof import Landing, prove
from gatecheck.repo import Repository, UserGit
from gatecheck.repo.branch import branch_commits
from gatecheck.repo.edits import edits_between
from gatecheck.sign import APPROVAL, EVIDENCE, Envelope, Signature, fingerprint, parse_sshsig, sign

POLICY = """\
version: 1
repository: https://example.org/shop
protect: [main]
gates:
  size: {}
  approval: {quorum: 1}
"""
MAIN = "refs/heads/main"
LISTED = {"ci": EVIDENCE, "jo": APPROVAL, "al": APPROVAL}


@pytest.fixture(scope="session")
def list_of_keys(keys):
    """Return `.gatecheck/approvers` for people with their roles."""

    def lines(listed=LISTED):
        return "".join(keys.allowed(role, name) for name, role in listed.items())

    return lines


@pytest.fixture
def shop(project, keys, list_of_keys):
    return Shop(project, keys, list_of_keys())


class Shop:
    """What one does with such a repository, by short names."""

    def __init__(self, project, keys, listed):
        self.project, self.keys = project, keys
        project.git("config", "core.fsync", "none")
        self.first = project.commit({"a.txt": "1\n", ".gitignore": "*.pyc\n"}, "First")
        self.base = project.commit({".gatecheck.yaml": POLICY, ".gatecheck/approvers": listed}, "The law")
        project.git("switch", "--quiet", "--create", "topic")
        self.head = project.commit({"b.txt": "1\n"}, "Topic")
        self.place = find(str(project.path))
        self.user_git = UserGit(self.place)

    def git(self, *words, check=True):
        return self.project.git(*words, check=check)

    @property
    def repository(self):
        return Repository(self.place)

    def tree(self, commit):
        return self.git("rev-parse", f"{commit}^{{tree}}")

    def merge(self, *parents, tree="", message="Merge"):
        """Make a commit of the first parents, with the last one's tree."""
        above = [word for parent in parents for word in ("-p", parent)]
        return self.git("commit-tree", *above, "-m", message, tree or self.tree(parents[-1]))

    def envelope(self, payload, who, role):
        unsigned = Envelope(payload, ())
        blob = sign(self.keys(who), role, unsigned.pae)
        return replace(unsigned, signatures=(Signature(fingerprint(parse_sshsig(blob).public_key), blob),))

    def keep(self, ref, envelope):
        data = envelope.to_json()
        evidence.append(self.user_git, ref, {f"{hashlib.sha256(data).hexdigest()}.json": data})

    def said(self, base="", head="", tree="", verdict="pass", **other):
        """Return what a runner would say of a change."""
        base, head = base or self.base, head or self.head
        entries = {
            path: self.git("rev-parse", f"{base}:{path}", check=False)
            for path in (of_app.POLICY, of_app.APPROVERS)
        }
        told = evidence.Statement(
            repository="https://example.org/shop",
            target=MAIN,
            base=base,
            head=head,
            tree=tree or self.tree(head),
            policy=entries,
            gates=(
                evidence.GateSaid("size", "size", Verdict(verdict)),
                evidence.GateSaid("approval", "approval", Verdict.PASS),
            ),
            verdict=Verdict(verdict),
            created=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            waits=(evidence.Wait("size", "large"),) if verdict == "waiting" else (),
        )
        return replace(told, **other)

    def evidence(self, said=None, who="ci", role=EVIDENCE, **told):
        """Sign and keep evidence."""
        said = said or self.said(**told)
        self.keep(evidence.PREFIX + said.tree, self.envelope(said.payload(), who, role))

    def change(self, base="", head="", tree=""):
        base, head = base or self.base, head or self.head
        pair = (self.tree(base), tree or self.tree(head))
        return Change(MAIN, base, head, base, *pair, edits_between(self.repository, [pair])[pair])

    def decide(self, who="jo", decision="approve", change=None, created=0, lasts=3600, role=APPROVAL, **told):
        """Sign and keep what somebody says."""
        change = change or self.change()
        repository = self.repository
        case = of_app.Case(change, "main", policy_of(repository, change.base), change.base_tree)
        commits = branch_commits(repository, change.base, change.head)
        created = created or int(time.time())
        self.nonces = getattr(self, "nonces", 0) + 1
        said = Statement(
            of_app.subject_of(repository, case, commits),
            decision,
            f"{self.nonces:032x}",
            created,
            created + lasts,
            told.pop("reason", "looks good"),
            covers=told.pop("covers", ("size/large",)),
            files=listed_files(change.edits),
            steps=listed_steps(commits),
        )
        said = replace(said, **told)
        self.keep(f"{of_app.PREFIX}{change.digest}/{who}", self.envelope(said.payload(), who, role))
        return said

    def prove(self, new, old="", **told):
        return prove(
            self.repository,
            Landing(told.pop("ref", MAIN), old or self.base, new),
            **{"now": time.time(), **told},
        )


def policy_of(repository, commit):
    return read_policy(repository, repository.objects.tree_of(commit))
