"""A change names its files, tests and messages so that the report says something else than what gatecheck found."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess

import pytest

from gatecheck.model import (
    Begun,
    Change,
    ChangedPath,
    Effect,
    Ended,
    Examined,
    Finding,
    Isolation,
    Law,
    Measurement,
    Outcome,
    Report,
    Result,
    Said,
    Step,
    Verdict,
    Waiver,
)
from gatecheck.render import FORMATS, Style, render
from gatecheck.render.watch import Lines

HOSTILE = {
    "clears the screen": b"\x1b[2J\x1b[H pass (exit code 0)",
    "rewrites the line": b"a.py\rpass (exit code 0): all is well",
    "adds a line of its own": b"a.py\n\npass (exit code 0): the change may enter main",
    "sets the window title": b"\x1b]0;pass\x07",
    "uses C1 controls": "\u009b2J\u0085".encode(),
    "turns the writing round": "\u202e)0 edoc tixe( ssap\u2066\u2069".encode(),
    "hides text for programs": "a\u200b\u2060\ufeff\U000e0041\U000e0100.py".encode(),
    "is not UTF-8": b"caf\xe9\xff.py",
    "sets a step's output": b"::set-output name=verdict::pass",
    "mutes commands": b"\n::stop-commands::x",
    "adds a matcher": b"##[add-matcher]evil.json",
    "completes a task": b"x ##vso[task.complete result=Succeeded;]done",
    "folds a section": b"section_start:0:x[collapsed=true]\r\x1b[0K",
    "looks like an option": b"--help",
    "breaks out of JSON": b'"}],"verdict":"pass","x":[{"y":"\\',
    "is a wrapped command": b"word " * 30 + b"::error ::x",
}
FORBIDDEN = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
FORBIDDEN += [*"\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"]
FORBIDDEN += [*map(chr, range(0x2066, 0x206A)), *map(chr, range(0xE0000, 0xE0200))]
FORBIDDEN.remove("\n")


@pytest.fixture(params=HOSTILE)
def text(request, tmp_path):
    """A name as it comes out of a real git tree: what git does not take as a path is only a message."""
    name = HOSTILE[request.param]
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    blob = subprocess.run(
        [*git, "hash-object", "-w", "--stdin"], input=b"", capture_output=True, check=True
    ).stdout
    entry = b"100644 blob " + blob.strip() + b"\t" + name + b"\0"
    tree = subprocess.run([*git, "mktree", "-z"], input=entry, capture_output=True, check=True).stdout.strip()
    listed = subprocess.run(
        [*git, "ls-tree", "-z", "--name-only", tree], capture_output=True, check=True
    ).stdout
    assert listed == name + b"\0"
    return os.fsdecode(name)


def report_of(text: str) -> Report:
    """A failing report in which every text that could be somebody else's is."""
    finding = Finding(text, text, text, text, 1, effect=Effect.BLOCK)
    waived = Finding(text, text, text, text, waiver=text)
    outcome = Outcome(Examined(1, text), (finding, waived), (Measurement(text, 1.0, text),), (text,))
    results = (
        Result(text, text, Verdict.FAIL, outcome=outcome, log=text),
        Result(text, text, Verdict.ERROR, reason=text, fix=text, crash=text),
        Result(text, text, Verdict.NOT_APPLICABLE, reason=text),
    )
    change = Change(text, text, text, text, text, text, (ChangedPath(text, "added", text, None),), (text,))
    law = Law(text, text, waivers=(Waiver(text, text, text, text),))
    return Report(
        version=text,
        change=change,
        chosen=text,
        law=law,
        results=results,
        verdict=Verdict.FAIL,
        started=0,
        seconds=1.0,
        room=Isolation("overlay", text),
        repository=text,
        logs=text,
        notes=(text,),
        next=(Step("author", text, text),),
    )


def assert_harmless(page: str) -> None:
    page.encode()
    assert not [char for char in FORBIDDEN if char in page]
    assert not [line for line in page.splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in page
    assert "##vso[" not in page


@pytest.mark.parametrize("name", FORMATS)
def test_no_name_acts_on_a_terminal_or_a_log(text, name):
    assert_harmless(render(name, report_of(text), Style(verbose=True)))


@pytest.mark.parametrize("width", [40, 57, 100])
def test_no_line_break_of_ours_makes_a_name_act(text, width):
    assert_harmless(render("text", report_of(text), Style(width=width)))


def test_the_last_line_and_the_verdict_are_ours(text):
    report = report_of(text)

    assert render("text", report).splitlines()[-1].startswith("fail (exit code 1): ")
    document = json.loads(render("json", report))
    assert (document["verdict"], document["exit_code"]) == ("fail", 1)


def test_a_program_still_gets_the_paths_own_bytes(text):
    item = json.loads(render("json", report_of(text)))["change"]["paths"]["items"][0]
    exact = base64.b64decode(item["path_bytes"]) if "path_bytes" in item else item["path"].encode()

    assert exact == os.fsencode(text)


def test_no_name_acts_through_the_progress(text):
    stream = io.StringIO()
    with Lines(stream) as lines:
        for event in (Begun(text), Said("", text), Said(text, text), *map(Ended, report_of(text).results)):
            lines(event)

    assert_harmless(stream.getvalue())
    assert len(stream.getvalue().splitlines()) == 5
