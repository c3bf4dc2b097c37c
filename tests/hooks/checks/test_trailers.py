"""A message's trailers are what git says: real git is the oracle for whatever hypothesis comes up with."""

import subprocess

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gatecheck_hooks.messages.trailers import cleaned, trailers

SCISSORS = "# ------------------------ >8 ------------------------"
TOLD = st.sampled_from(
    [
        *(
            "Agent: robot 1",
            "Task:GH-1",
            "agent : lower",
            "Co-authored-by: A <a@b.c>",
            "X:",
            "Y: ",
            ": no name",
        ),
        *("Signed-off-by: A <a@b.c>", "Signed-off-by:tight", "(cherry picked from commit 0123abc)"),
        *("some prose", "a b: two words", "Bug #43", "Näme: ü", "-: dash", "a\tb : c", "http://x.y/z"),
        *("  continued", "\tcont: inued", " ", "\t", "", "", "", "\r", "Agent: crlf\r", "\v", "\f", "\x1f"),
        *("# comment", "#Agent: none", "; other", ";Agent: none", "---", "--- a/file", "---x", "----"),
        *(SCISSORS, SCISSORS[:-1], ";" + SCISSORS[1:], "Conflicts:", "\tpath", "Conflicts: x"),
    ]
)
LINE = st.one_of(TOLD, TOLD, st.text(alphabet="aA:#- \t\n\r;é", max_size=8))
MESSAGE = st.builds(
    lambda lines, end: "\n".join(lines) + end,
    st.lists(LINE, max_size=14),
    st.sampled_from(["", "\n", "\n\n"]),
)


def git_says(message, comment="#"):
    command = ["git", "-c", f"core.commentChar={comment}", "interpret-trailers", "--parse", "--no-divider"]
    done = subprocess.run(command, input=message, capture_output=True, check=True)
    return [line.decode("utf-8", "replace").rstrip(" ") for line in done.stdout.split(b"\n")[:-1]]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=MESSAGE, comment=st.sampled_from("##;"))
@example(message="subject\n\nbody\n\nAgent: a\nTask: b\n  more\n", comment="#")
@example(message=f"subject\n\nAgent: a\n{SCISSORS}\nTask: b\n", comment="#")
@example(message="subject\n\nprose\nprose\nprose\nSigned-off-by: a\n", comment="#")
@example(message="subject\n\nprose\nprose\nprose\nprose\nSigned-off-by: a\n", comment="#")
@example(message="subject\n\nAgent: a\n---\nTask: b\n", comment="#")
@example(message="subject\n\nAgent: a\n\nConflicts:\n\tpath\n", comment="#")
@example(message="subject\n\nConflicts:\n\tpath\n\nAgent: a\n", comment="#")
@example(message="# ------------------------ >8 ------------------------\nAgent: a\n", comment="#")
def test_trailers_are_read_as_git_reads_them(message, comment):
    ours = [f"{name}: {value}".rstrip(" ") for name, value in trailers(message.encode(), comment)]
    assert ours == git_says(message.encode(), comment)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    message=st.binary(max_size=60).filter(lambda b: b"\0" not in b),
    start=st.sampled_from([b"", b"s\n\nAgent: "]),
)
def test_bytes_that_are_no_text_do_not_matter(message, start):
    ours = [f"{name}: {value}".rstrip(" ") for name, value in trailers(start + message)]
    assert ours == git_says(start + message)


def test_a_message_ends_where_its_string_ends_for_git():
    assert trailers(b"subject\n\nAgent: a\0\nTask: b\n") == [("Agent", "a")]


@pytest.mark.parametrize("comment", ["#", ";", "//"])
def test_what_git_would_strip_is_no_part_of_the_text(comment):
    text = f"\n\n{comment} a comment\nsubject  \n\n\n\nbody\n{comment}{SCISSORS[1:]}\ndiff\n"
    assert cleaned(text.encode(), comment) == "subject\n\nbody"


def test_a_message_that_nobody_edited_keeps_its_comments():
    assert cleaned(b"#1 is done\n\n# Heading\n", None) == "#1 is done\n\n# Heading"
