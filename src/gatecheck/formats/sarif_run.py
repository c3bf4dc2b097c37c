"""One run in a SARIF file: whether it succeeded, its rules, and what its results refer to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from gatecheck.errors import ToolError
from gatecheck.formats.sarif_value import Value

_MAX_BASES = 20
"""Of `uriBaseId`s that refer to one another."""
_PLACEHOLDER = re.compile(r"\{(\d{1,4})\}|\{\{|\}\}")
_LOOKED_AT = {"analysisTarget", "resultFile"}
"""Roles of an artifact that the tool examined (3.24.6)."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """What the file says of a rule."""

    name: str
    level: str
    value: Value


class Run:
    """A view on one element of `runs`; what it returns is read from the document when asked for."""

    def __init__(self, value: Value) -> None:
        self._run = value
        driver = value["tool"]["driver"]
        self.tool = driver["name"].text() or "(unnamed tool)"
        self._rules = {
            name: rule for rule in driver["rules"].items() if (name := rule["id"].text()) is not None
        }

    def check(self) -> None:
        """Raise ToolError when the run failed, or keeps its results somewhere else (3.20.14, 3.20.21, 3.15.2)."""
        fix = f"See the output of {self.tool}, mend what stopped it, and run it again."
        if self._run["externalPropertyFileReferences"]["results"]:
            message = f"The SARIF file of {self.tool} keeps its results in other files, which are not read."
            raise ToolError(message, fix="Let the tool write one file that holds everything.")
        if not self._run["results"]:
            raise ToolError(
                f"The SARIF file's run of {self.tool} has no `results`, so it did not get that far.", fix=fix
            )
        for invocation in self._run["invocations"].items():
            for kind in ("toolExecutionNotifications", "toolConfigurationNotifications"):
                for notice in invocation[kind].items():
                    if notice["level"].text() == "error":
                        text = self.message(notice["message"], None)
                        raise ToolError(f"{self.tool} reports about its own run: {text}", fix=fix)
            if invocation["executionSuccessful"].optional(bool) is False:
                raise ToolError(f"{self.tool} says in its SARIF file that its run did not succeed.", fix=fix)

    def results(self) -> Iterator[Value]:
        """Yield the run's results."""
        return self._run["results"].items()

    def rules(self) -> int:
        """Return how many rules are described, by the tool and its extensions."""
        tool = self._run["tool"]
        return sum(
            len(part["rules"].optional(list) or ()) for part in (tool["driver"], *tool["extensions"].items())
        )

    def artifacts(self) -> Iterator[str]:
        """Yield the files that were looked at: all that are listed, but for those with only other roles."""
        for artifact in self._run["artifacts"].items():
            roles = {role.text() for role in artifact["roles"].items()}
            path = self._path(artifact["location"])
            if path is not None and (not roles or roles & _LOOKED_AT):
                yield path

    def rule(self, result: Value) -> RuleText:
        """Return the rule of a result, named by `ruleId`, `rule` or `ruleIndex` (3.27.5 to 3.27.7)."""
        reference = result["rule"]
        tool = self._run["tool"]
        extension = reference["toolComponent"]["index"].optional(int)
        component = tool["driver"] if extension is None else tool["extensions"].at(extension)
        index = result["ruleIndex"].optional(int)
        index = reference["index"].optional(int) if index is None else index
        name = result["ruleId"].text() or reference["id"].text()
        rule = component["rules"].at(index)
        if not rule and name is not None:
            # 3.49.3: `CA1000/sub` belongs to the rule CA1000
            rule = self._rules.get(name) or self._rules.get(name.rpartition("/")[0]) or rule
        level = rule["defaultConfiguration"]["level"].text() or "warning"
        return RuleText(name or rule["id"].text() or "(unnamed rule)", level, rule)

    def message(self, message: Value, rule: RuleText | None) -> str:
        """Return a message's text, with its arguments put in (3.11.5)."""
        text = message["text"].text()
        key = message["id"].text()
        if text is None and key is not None and rule is not None:
            text = rule.value["messageStrings"][key]["text"].text()
        if text is None:
            return message["markdown"].text() or key or "(no message)"
        arguments = [argument.text() or "" for argument in message["arguments"].items()]
        if not arguments:
            return text

        def put(match: re.Match[str]) -> str:
            if match[1] is None:
                return match[0][0]
            return arguments[int(match[1])] if int(match[1]) < len(arguments) else match[0]

        return _PLACEHOLDER.sub(put, text)

    def place(self, result: Value) -> tuple[str | None, Value]:
        """Return the path of the result's first location, and the region in it."""
        physical = result["locations"].at(0)["physicalLocation"]
        return self._path(physical["artifactLocation"]), physical["region"]

    def _path(self, location: Value, followed: int = 0) -> str | None:
        """Return where an artifactLocation is on a disk (3.4): absolute if it can be told, None for other schemes."""
        uri, index = location["uri"].text(), location["index"].optional(int)
        if uri is None and index is not None and followed == 0:
            return self._path(self._run["artifacts"].at(index)["location"], 1)
        base, at = location["uriBaseId"].text(), uri
        while base is not None and at is not None and not _has_scheme(at) and followed < _MAX_BASES:
            followed += 1
            start = self._run["originalUriBaseIds"][base]
            # A base without `uri` stands for "wherever the sources are": the tree, as for a relative path
            at = _join(start["uri"].text() or "", at)
            base = start["uriBaseId"].text()
        return None if at is None else _file_path(at)


def _join(start: str, uri: str) -> str:
    return uri if not start or uri.startswith("/") else f"{start.rstrip('/')}/{uri}"


def _has_scheme(uri: str) -> bool:
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", uri) is not None


def _file_path(uri: str) -> str | None:
    if _has_scheme(uri):
        try:
            parts = urlsplit(uri)
        except ValueError:
            return None
        if parts.scheme.lower() != "file" or parts.netloc not in {"", "localhost"}:
            return None
        uri = parts.path
    path = unquote(uri, errors="surrogateescape").replace("\\", "/")
    return posixpath.normpath(path) if path and "\0" not in path else None
