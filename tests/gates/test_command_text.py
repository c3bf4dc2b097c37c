"""Which of a command's lines a reader is shown: those that tell what failed, not what the programs around say of themselves."""

from gatecheck_gates.command import Command

NOTICES = """
npm notice
npm notice New minor version of npm available! 11.0.0 -> 11.1.0
npm notice Changelog: https://github.com/npm/cli/releases/tag/v11.1.0
npm notice To update run: npm install -g npm@11.1.0
npm notice
npm error A complete log of this run can be found in: /root/.npm/_logs/2026-01-01-debug-0.log
npm ERR!     /root/.npm/_logs/2026-01-01-debug-0.log
npm warn Unknown user config "x"
npm warn Unknown user config "y"
"""
SUMMARY = (
    "1..3\n# tests 3\n# suites 0\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 0\n# todo 1\n# duration_ms 3\n"
)
SPEAKS = Command(run=("sh", "-c", "cat said; exit $(cat code)"), exit_code_only=True)


def excerpt(room, said):
    """The lines that a finding shows below its first."""
    workspace = room({"said": "fine\n", "code": "0"}, {"said": said, "code": "1"})
    (finding,) = SPEAKS.check(workspace).findings
    return [line.strip() for line in finding.message.splitlines()[1:]]


def test_what_npm_says_of_itself_does_not_drown_what_the_test_said(room):
    assert excerpt(room, f"> x@1.0.0 test\n> node t.js\n\n1 is not 2 in t.js{NOTICES}") == [
        "> x@1.0.0 test",
        "> node t.js",
        "1 is not 2 in t.js",
    ]


def test_why_npm_ran_nothing_is_shown(room):
    missing = 'npm error Missing script: "test"\nnpm error\nnpm error To see a list of scripts, run:\nnpm error   npm run'
    assert excerpt(room, missing + NOTICES)[0] == 'npm error Missing script: "test"'


def test_where_npm_alone_spoke_its_lines_are_shown(room):
    assert excerpt(room, NOTICES)[-1] == 'npm warn Unknown user config "y"'


def test_the_lines_of_failing_tests_come_before_a_summary_that_names_none(room):
    cases = "ok 1 - fine\nnot ok 2 - adds two\n  ---\n  error: '1 == 2'\n  ...\nnot ok 3 - later # TODO\n"
    shown = excerpt(room, cases + SUMMARY)
    assert shown[:2] == ["not ok 2 - adds two", "error: '1 == 2'"]
    assert shown[2:] == SUMMARY.splitlines()[-6:]


def test_of_many_failing_tests_the_first_few_are_shown_and_none_twice(room):
    many = "".join(f"--- FAIL: Test{number}\n" for number in range(20))
    assert excerpt(room, many) == [f"--- FAIL: Test{number}" for number in (0, 1, 2, 3, *range(14, 20))]
