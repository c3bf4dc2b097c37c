"""The only part that knows git: its objects (through pygit2), its command line, and how a change is computed.

In the user's repository nothing runs but `rev-parse --verify`, `symbolic-ref` and `for-each-ref`, which start no program that a
hostile configuration could name. Everything else runs in a private repository that borrows the user's objects.
"""

from gatecheck.repo.aim import Aim, branch_of, default_target, find_aim, short
from gatecheck.repo.change import compute
from gatecheck.repo.command import check_git
from gatecheck.repo.moves import announced
from gatecheck.repo.objects import Entry, Objects
from gatecheck.repo.protection import policy_commit, protecting_commit
from gatecheck.repo.repository import Repository
from gatecheck.repo.user_git import UserGit
from gatecheck.repo.worktree import commit_of_worktree

__all__ = [
    "Aim",
    "Entry",
    "Objects",
    "Repository",
    "UserGit",
    "announced",
    "branch_of",
    "check_git",
    "commit_of_worktree",
    "compute",
    "default_target",
    "find_aim",
    "policy_commit",
    "protecting_commit",
    "short",
]
