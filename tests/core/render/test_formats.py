from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gatecheck.errors import UsageError
from gatecheck.render import FORMATS, Style, known, render
from gatecheck.render.text import text


def test_every_format_is_a_function_of_the_report_and_ends_with_a_newline(reports):
    for name in FORMATS:
        for report in reports.values():
            assert render(name, report) == render(name, report, Style())
            assert render(name, report).endswith("\n")


def test_a_format_follows_the_style(reports):
    style = Style(color=True, verbose=True, width=60)

    assert render("text", reports["fail"], style) == text(reports["fail"], color=True, verbose=True, width=60)
    assert json.loads(render("json", reports["fail"], style)) == json.loads(render("json", reports["fail"]))


def test_an_unknown_format_is_a_usage_error_that_knows_what_was_meant():
    with pytest.raises(UsageError, match="did you mean json") as caught:
        known("jsn")
    assert "text" in caught.value.fix
    with pytest.raises(UsageError) as caught:
        known("\x1b")
    assert "did you mean" not in caught.value.message
    assert caught.value.message.isprintable()


def test_rich_is_imported_only_where_a_terminal_shows_it():
    program = "import sys, gatecheck.render, gatecheck.render.watch; sys.exit('rich' in sys.modules)"

    assert subprocess.run([sys.executable, "-I", "-c", program], check=False).returncode == 0
