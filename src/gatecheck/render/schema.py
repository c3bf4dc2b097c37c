"""The JSON report's schema (JSON Schema 2020-12), with a sentence for every field.

Objects stay open: a reader must expect new fields within one `format_version`, and never a field that is gone.
"""

from __future__ import annotations

from typing import Any

from gatecheck.model import Effect, Verdict
from gatecheck.render.json import FINDINGS_OF_A_GATE, FORMAT, FORMAT_VERSION
from gatecheck.render.words import Standing

Schema = dict[str, Any]


def schema() -> Schema:
    """Return the schema of what `gatecheck.render.json.json` writes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gatecheck report",
        "description": "What one run of gatecheck has to say. Every string is safe to print in a terminal or a CI log.",
        **_object(_REPORT),
        "$defs": {
            "path_bytes": _PATH_BYTES,
            "finding": _FINDING,
            "changed_path": _CHANGED_PATH,
            "gate": _GATE,
        },
    }


def _of(kind: str | list[str], description: str, **more: object) -> Schema:
    return {"type": kind, "description": description, **more}


def _text(description: str, **more: object) -> Schema:
    return _of("string", description, **more)


def _maybe(kind: str, description: str, **more: object) -> Schema:
    return _of([kind, "null"], description, **more)


def _flag(description: str) -> Schema:
    return _of("boolean", description)


def _count(description: str, **more: object) -> Schema:
    return _of("integer", description, minimum=0, **more)


def _choice(names: list[str], description: str) -> Schema:
    return _text(description, enum=names)


def _list(items: Schema, description: str) -> Schema:
    return _of("array", description, items=items)


def _object(fields: Schema, description: str = "", *, optional: tuple[str, ...] = ()) -> Schema:
    said = {"description": description} if description else {}
    required = [name for name in fields if name not in optional]
    return {"type": "object", **said, "properties": fields, "required": required}


def _bounded(items: Schema, description: str) -> Schema:
    fields = {
        "count": _count("How many there are."),
        "omitted": _count("How many of them `items` leaves out."),
        "items": _list(items, "The first of them."),
    }
    return _object(fields, description)


_VERDICTS = [str(verdict) for verdict in Verdict]
_OBJECT_ID = "An object id of the repository."
_PATH = "Relative to the repository's root, with what cannot be shown as escapes (`\\n`, `\\x1b`, `\\u202e`)."
_PATH_BYTES = _text(
    "Only where the path beside it is not the path's own text: its bytes, in base64.",
    contentEncoding="base64",
)
_BYTES = {"$ref": "#/$defs/path_bytes"}
_OPTIONAL_BYTES = ("path_bytes", "old_path", "old_path_bytes")

_FINDING = _object(
    {
        "standing": _choice(
            list(Standing), "What it means for the verdict, from effect, introduced and waiver."
        ),
        "path": _maybe("string", _PATH),
        "path_bytes": _BYTES,
        "line": _maybe("integer", "Counted from 1, in the merge result."),
        "message": _text("What was found."),
        "fix": _text("What to do about it, one imperative sentence."),
        "introduced": _flag("False: the base has it too, so it has no effect."),
        "effect": {
            "enum": [*map(str, Effect), None],
            "description": "What the base's policy says of the rule.",
        },
        "waiver": _maybe("string", "The reason of the waiver that covers it."),
    },
    "One thing that a reader should look at.",
    optional=_OPTIONAL_BYTES,
)
_GROUP = _object(
    {
        "rule": _text("In full, as a waiver names it: `tests/failed`."),
        "count": _count("How many findings of this rule there are."),
        "omitted": _count("How many of them `items` leaves out."),
        "items": _list({"$ref": "#/$defs/finding"}, "Those that block first."),
    }
)
_MEASUREMENT = _object(
    {
        "name": _text("What was measured."),
        "value": _maybe("number", "On the merge result; null when it is not a finite number."),
        "unit": _text("The unit of both values."),
        "base": _maybe("number", "The same on the base; null where it was not measured."),
    }
)
_OUTCOME = {
    **_object(
        {
            "examined": _object(
                {"count": _count("How many."), "kind": _text("Of what: `tests`.")}, "What the gate looked at."
            ),
            "measurements": _list(_MEASUREMENT, "The one that matters most first."),
            "notes": _list({"type": "string"}, "What a reader must know to trust the answer."),
            "repeatable": _flag(
                "False: the same question may get another answer, so this one is not stored."
            ),
            "findings": _list(_GROUP, "By rule; the rule with the gravest finding first."),
            "omitted": _count(
                f"How many findings are left out: a gate shows its {FINDINGS_OF_A_GATE} gravest."
            ),
        },
        "What the gate saw; null when it did not get that far.",
    ),
    "type": ["object", "null"],
}
_GATE = _object(
    {
        "name": _text("The instance's name in the policy."),
        "kind": _text("Which gate it is."),
        "verdict": _choice(_VERDICTS, "The gate's verdict."),
        "reason": _text("Why it is not applicable, or what stopped it; empty otherwise."),
        "fix": _text("What to do about an error; empty otherwise."),
        "seconds": _maybe("number", "Wall-clock time."),
        "recalled": _flag("The result was known already; nothing was run."),
        "log": _maybe("string", "Path of the full output of the programs that it ran."),
        "crash": _maybe("string", "Path of the crash file, when the gate itself broke."),
        "outcome": _OUTCOME,
    }
)
_CHANGED_PATH = _object(
    {
        "path": _text(_PATH),
        "path_bytes": _BYTES,
        "old_path": _text("The path on the base, where the file was renamed."),
        "old_path_bytes": _BYTES,
        "status": _choice(["added", "modified", "deleted", "renamed"], "What happened to it."),
        "blob": _maybe("string", "Object id on the merge result; null when deleted."),
        "old_blob": _maybe("string", "Object id on the base; null when added."),
        "mode": _text("As git writes it.", pattern="^[0-7]{6,}$"),
        "lines": _list(
            _of("array", "First and last line.", items=_count("From 1."), minItems=2, maxItems=2),
            "Lines that the base's file does not have.",
        ),
    },
    optional=_OPTIONAL_BYTES,
)
_CHANGE = _object(
    {
        "target": _text("The ref that would move."),
        "base": _text("The target's tip."),
        "head": _text("The commit that would be merged."),
        "merge_base": _text(_OBJECT_ID),
        "base_tree": _text(_OBJECT_ID),
        "tree": _maybe("string", "The merge result; null when there are conflicts."),
        "conflicts": _bounded(
            _object({"path": _text(_PATH), "path_bytes": _BYTES}, optional=_OPTIONAL_BYTES),
            "Paths that git could not merge.",
        ),
        "paths": _bounded({"$ref": "#/$defs/changed_path"}, "Paths at which base and merge result differ."),
    },
    "What would happen to the target.",
)
_WAIVER = _object(
    {
        "rule": _text("In full: `tests/missing`."),
        "reason": _text("Why."),
        "owner": _text("Who answers for it."),
        "expires": _text("The last day on which it holds, in UTC: `2027-01-31`."),
        "paths": _of(["array", "null"], "Globs; null: everywhere.", items={"type": "string"}),
    }
)
_LAW = _object(
    {
        "source": _text("Where the policy came from."),
        "digest": _text("sha256 of everything that was read to make it."),
        "bootstrap": _flag("The base has no policy."),
        "changed": _flag("The change edits the policy; it was judged by the base's."),
        "waivers": _list(_WAIVER, "All waivers of the policy."),
    },
    "Which policy judged.",
)
_STEP = _object(
    {
        "who": _choice(["author", "approver", "operator"], "Who must act."),
        "what": _text("What must happen."),
        "command": _maybe("string", "A command line to copy."),
    }
)
_MODE = _choice(["overlay", "portable"], "Each over a private copy, or by turns over the same files.")
_ROOM = {"mode": _MODE, "detail": _text("Which namespaces, or why there are none.")}
_REPORT = {
    "format": {"const": FORMAT, "description": "What this document is."},
    "format_version": {
        "const": FORMAT_VERSION,
        "description": "Rises when a field goes or changes its meaning.",
    },
    "gatecheck": _text("The version of gatecheck."),
    "verdict": _choice(_VERDICTS, "The worst of the gates'."),
    "exit_code": {
        "enum": [0, 1, 3, 4],
        "description": "0 pass, 1 fail, 3 waiting for a human, 4 could not tell.",
    },
    "summary": _text("The text report's last line."),
    "never_evidence": _list({"type": "string"}, "Reasons for which this run can never count as evidence."),
    "partial": _flag("Only some of the policy's gates were asked."),
    "stacked": _flag("The target is not a protected branch."),
    "recalled": _flag("The whole report was known already; nothing was run."),
    "started": _of("integer", "Seconds since 1970-01-01 UTC."),
    "seconds": _maybe("number", "Wall-clock time of the run."),
    "room": {
        "description": "What kept the programs of gates apart; null: there was no room, since git could not merge.",
        "anyOf": [_object(_ROOM), {"type": "null"}],
    },
    "repository": _text("Which repository was judged."),
    "logs": _text("The folder that holds the gates' logs."),
    "chosen": _text("How target and head were found."),
    "change": _CHANGE,
    "law": _LAW,
    "gates": _list({"$ref": "#/$defs/gate"}, "In the order in which the report shows them."),
    "notes": _list({"type": "string"}, "What a reader must know about the run."),
    "next": _list(_STEP, "What must happen next."),
}
