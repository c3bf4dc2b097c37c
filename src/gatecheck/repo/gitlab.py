"""What GitLab CI says about the change. Source: GitLab's documentation, "Predefined CI/CD variables" and "Merge request pipelines"."""

from __future__ import annotations

from dataclasses import replace

from gatecheck.errors import UsageError
from gatecheck.repo.forge import Told, Value, parents_here, pushed
from gatecheck.repo.repository import Repository

_MERGED = {"merged_result", "merge_train"}
"""Kinds of merge request pipelines for which GitLab merges, and checks out what it made."""
_MERGE_PARENTS = 2


def told(repository: Repository, *, needed: bool) -> Told | None:
    """Return what the pipeline's variables say when it is `needed` and they are about a change; None otherwise.

    Raises UsageError for variables that cannot be what GitLab sets.
    """
    if not needed:
        return None
    source = repository.variable("CI_PIPELINE_SOURCE")
    if source == "merge_request_event":
        return _merge_request(repository)
    if source == "push":
        return _push(repository)
    return None


def _merge_request(repository: Repository) -> Told:
    kind = repository.variable("CI_MERGE_REQUEST_EVENT_TYPE")
    by = f"GitLab's {kind} pipeline" if kind in _MERGED else "GitLab's merge request pipeline"
    _refuse_fork(repository)
    commit = Value(by, "CI_COMMIT_SHA", repository.variable("CI_COMMIT_SHA")).commit()
    target = _branch(repository, by, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    default = _branch(repository, by, "CI_DEFAULT_BRANCH", optional=True)
    source = _branch(repository, by, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", optional=True)
    known = Told(by, commit, target, default, branch=source, fork=_is_from_fork(repository))
    if kind not in _MERGED:
        return known
    parents = parents_here(repository, commit)
    if len(parents) == _MERGE_PARENTS:
        return replace(known, head=parents[1], base=parents[0], merge=commit)
    # a train of a project that rebases has no merge commits
    name = "CI_MERGE_REQUEST_TARGET_BRANCH_SHA"
    return replace(known, base=Value(by, name, repository.variable(name)).commit())


def _push(repository: Repository) -> Told:
    by = "GitLab's push pipeline"
    before, after = (
        Value(by, name, repository.variable(name)).commit()
        for name in ("CI_COMMIT_BEFORE_SHA", "CI_COMMIT_SHA")
    )
    branch = _branch(repository, by, "CI_COMMIT_BRANCH", optional=True)  # a tag has none
    default = _branch(repository, by, "CI_DEFAULT_BRANCH")
    return pushed(by, branch=branch, default=default, before=before, after=after)


def _branch(repository: Repository, by: str, name: str, *, optional: bool = False) -> str:
    return Value(by, name, repository.variable(name)).branch(optional=optional)


def _is_from_fork(repository: Repository) -> bool:
    """Tell whether the merge request's branch lies in another project than its target."""
    source = repository.variable("CI_MERGE_REQUEST_SOURCE_PROJECT_ID")
    return bool(source) and source != repository.variable("CI_MERGE_REQUEST_PROJECT_ID")


def _refuse_fork(repository: Repository) -> None:
    """Raise UsageError in a pipeline of the fork, where `origin` has the fork's branches and not the target's."""
    here, wanted = repository.variable("CI_PROJECT_ID"), repository.variable("CI_MERGE_REQUEST_PROJECT_ID")
    if here and wanted and here != wanted:
        raise UsageError(
            "this pipeline runs in the fork, whose branches are not those of the target",
            fix="Run the pipeline in the target's project (a member of it can: Pipelines, Run pipeline).",
        )
