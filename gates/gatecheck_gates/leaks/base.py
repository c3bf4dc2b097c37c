"""Which secrets the base has already: the same value in any of its files. Asked only when something was found."""

from __future__ import annotations

from collections.abc import Mapping

from gatecheck.formats.credentials.keys import private_keys
from gatecheck.model import Workspace
from gatecheck_gates.leaks import content
from gatecheck_gates.leaks.allowed import digest

_KEY = "private key"
_YES, _NO = b"yes", b"no"


def known(workspace: Workspace, values: Mapping[str, tuple[str, bytes]], largest: int) -> frozenset[str]:
    """Return the digests of those values (each with its kind) that a file of the base has, as long as it is not too large."""
    tree = workspace.change.base_tree
    questions = {each: f"whether {tree} has {each}, in files of {largest} bytes" for each in values}
    kept = {each: workspace.recall(question, side=None) for each, question in questions.items()}
    found = {each for each, memory in kept.items() if memory and memory.payload == _YES}
    unknown = {each: values[each] for each, memory in kept.items() if memory is None}
    if unknown:
        workspace.say("looking whether the base has what was found")
        new = _search(workspace, unknown, largest)
        for each in unknown:
            workspace.remember(questions[each], _YES if each in new else _NO, {}, side=None)
        found |= new
    return frozenset(found)


def _search(workspace: Workspace, values: Mapping[str, tuple[str, bytes]], largest: int) -> set[str]:
    plain = {each: value for each, (kind, value) in values.items() if kind != _KEY}
    keys = values.keys() - plain.keys()
    found: set[str] = set()
    for path in workspace.files(side="base"):
        data = workspace.read(path, side="base")
        if data is None or len(data) > largest:
            continue
        text = content.read(data, path).text
        found.update(each for each, value in plain.items() if value in text)
        if keys:  # it may stand there in other lines, or in one
            found.update(keys & {digest(value) for _, value in private_keys(text)})
        if len(found) == len(values):
            break
    return found
