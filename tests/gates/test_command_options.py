"""What the command gate's options may be together."""

import pytest

from gatecheck_gates.command import Command

PLAIN = {"run": ("tool",)}
THERE = {"run": ("tool", "--out={scratch}/r")}


@pytest.mark.parametrize(
    "options",
    [
        {**PLAIN, "junit": "reports/r.xml"},
        {**THERE, "junit": "{scratch}/r"},
        {**PLAIN, "sarif": "-"},
        {**PLAIN, "sarif": "-", "count": r"ran (\d+)"},
        {**PLAIN, "json": "r.json", "pointer": ""},
        {**PLAIN, "json": "-", "pointer": "/a~1b/0"},
        {**PLAIN, "count": "^ok"},
        {**PLAIN, "exit_code_only": True, "findings_exit": (1, 255), "unit": "targets"},
    ],
)
def test_options_that_fit_together_are_taken(options):
    assert Command(**options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"run": (), "exit_code_only": True}, "no program"),
        ({"run": ("",), "exit_code_only": True}, "no program"),
        (PLAIN, "say how to count"),
        ({**PLAIN, "junit": "r", "sarif": "s"}, "exclude each other"),
        ({**PLAIN, "junit": "r", "count": "s"}, "exclude each other"),
        ({**PLAIN, "count": "s", "exit_code_only": True}, "exclude each other"),
        ({**PLAIN, "json": "r"}, "needs `pointer`"),
        ({**PLAIN, "count": "x", "pointer": "/a"}, "needs `json`"),
        ({**PLAIN, "json": "r", "pointer": "a"}, "no JSON pointer"),
        ({**PLAIN, "junit": "-"}, "needs a file"),
        ({**PLAIN, "junit": "/abs"}, "no path"),
        ({**PLAIN, "sarif": "a/../../b"}, "no path"),
        ({**PLAIN, "sarif": ""}, "no path"),
        ({**THERE, "json": "a/{scratch}/b", "pointer": ""}, "no path"),
        ({**THERE, "junit": "{scratch}r"}, "no path"),
        ({**PLAIN, "junit": "{scratch}/r"}, "does not tell"),
        ({**PLAIN, "count": "("}, "no regular expression"),
        ({**PLAIN, "count": "x*"}, "empty output"),
        ({**PLAIN, "count": "x", "findings_exit": (0,)}, "1 to 255"),
        ({**PLAIN, "count": "x", "findings_exit": (256,)}, "1 to 255"),
        ({**PLAIN, "count": "x", "unit": " "}, "`unit` is empty"),
    ],
)
def test_options_that_do_not_are_refused_with_a_sentence(options, says):
    with pytest.raises(ValueError, match=says):
        Command(**options)


def test_all_problems_are_said_at_once():
    with pytest.raises(ValueError, match=r"no program.*say how.*1 to 255"):
        Command(run=(), findings_exit=(0,))
