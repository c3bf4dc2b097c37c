"""A forge that is ill, or is not a forge: whatever comes over the wire, it is an error with a fix, in time, and never a yes."""

from __future__ import annotations

import re
import time

import pytest

from gatecheck.errors import ToolError
from gatecheck.forge_reviews.address import from_here, is_safe, next_page
from gatecheck.forge_reviews.opener import opener


def raw(*lines, body=b"", close=True):
    """Answer with these bytes."""

    def answer(handler):
        handler.wfile.write(b"\r\n".join([*lines, b"", body]))
        handler.wfile.flush()
        handler.close_connection = close

    return answer


def slow(first):
    """Begin, and then send a byte now and again for a long time."""

    def answer(handler):
        handler.wfile.write(first)
        for _ in range(400):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.02)

    return answer


OK = b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "is empty"),
        (b"<html>Sign in</html>", "cannot be read"),
        (b'{"head": ', "cannot be read"),
        (b'{"a":' * 100_000, "cannot be read"),
        (b"[NaN]", "cannot be read"),
        (b"\xff\xfe\xfa", "cannot be read"),
        (
            raw(OK, b"Content-Length: 100", body=b"{}"),
            "could not be asked for the pull request 7: IncompleteRead",
        ),
        (raw(OK, b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n"), "IncompleteRead"),
        (raw(b"HTTP/9"), "BadStatusLine"),
        (raw(OK, *(b"X-%d: y" % number for number in range(200))), "HTTPException"),
        (raw(), "could not be asked"),
        (204, "answered 204"),
        (400, "answered 400"),
        (401, "the token is not valid"),
        (403, "the token may not see it"),
        (404, "answered 404"),
        (429, "too many requests"),
        (500, "answered 500"),
        (502, "answered 502"),
    ],
)
def test_what_is_no_answer_is_an_error_with_a_fix(github, answer, says):
    github.says[github.top] = answer
    with pytest.raises(ToolError) as caught:
        github.ask()
    assert says in caught.value.message
    assert caught.value.fix
    assert "secret-token" not in f"{caught.value.message}{caught.value.fix}"


def test_an_endless_answer_ends(github):
    github.says[github.top] = b"[" + b"1," * 100_000
    with pytest.raises(ToolError, match="sent more than 1,000 bytes"):
        github.ask(largest=1_000)


def test_an_endless_list_ends(github):
    path = f"{github.top}/reviews"
    github.server.headers[path] = {"Link": f'<{path}>; rel="next"'}
    with pytest.raises(ToolError, match="more than 3 pages of reviews"):
        github.ask(pages=3)
    github.server.headers[path] = {"Link": "<" * 9_000}
    with pytest.raises(ToolError, match="9,000 bytes of links"):
        github.ask()


@pytest.mark.parametrize(
    "begun", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", b""]
)
def test_a_forge_that_sends_a_byte_now_and_again_is_left_in_time(github, begun):
    github.says[github.top] = slow(begun)
    started = time.monotonic()
    with pytest.raises(ToolError, match=r"did not send the pull request 7 within the 0\.2 seconds"):
        github.ask(seconds=0.2)
    assert time.monotonic() - started < 5


def test_an_answer_that_begins_after_the_end_is_not_read(github):
    with pytest.raises(TimeoutError):
        opener(time.monotonic() - 1).open(f"{github.server.url}{github.top}", timeout=5)


def test_time_is_one_for_all_questions(github):
    with pytest.raises(ToolError, match="within the 0 seconds"):
        github.ask(seconds=0)
    github.says[github.top] = 503
    with pytest.raises(ToolError, match="answered 503"):  # and no second try, which would be too late
        github.ask(seconds=5, pause=5)
    assert len(github.server.asked) == 1


def test_what_is_over_in_a_moment_is_tried_once_more(github):
    whole = github.says[github.top]

    def flaky(handler):
        github.says[github.top] = whole
        handler.close_connection = True

    github.says[github.top] = flaky
    assert github.ask().approved == ()
    assert len([path for path, _ in github.server.asked if path == github.top]) == 2


def test_a_limit_says_until_when(github):
    github.says[github.top] = 403
    github.server.headers[github.top] = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800000000"}
    with pytest.raises(ToolError, match="too many requests") as caught:
        github.ask()
    assert caught.value.fix == "Run again after 2027-01-15 08:00:00 UTC."
    github.server.headers[github.top] = {"Retry-After": "60"}
    with pytest.raises(ToolError, match="too many requests") as caught:
        github.ask()
    assert caught.value.fix == "Run again in 60 seconds."
    github.says[github.top] = 429
    github.server.headers[github.top] = {"Retry-After": "soon"}
    with pytest.raises(ToolError, match="too many requests") as caught:
        github.ask()
    assert caught.value.fix == "Run again later."


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_the_same_host_is_followed(github, status):
    github.says["/repositories/1/pulls/7"] = github.says[github.top]
    github.says[github.top] = status
    github.server.headers[github.top] = {"Location": "/repositories/1/pulls/7"}
    assert github.ask().approved == ()


def test_the_token_goes_to_no_other_host(github, make_forge):
    other = make_forge()
    other.says[github.top] = github.says[github.top]
    elsewhere = [
        f"{other.url}{github.top}",
        other.url.replace("127.0.0.1", "localhost"),
        "https://127.0.0.1/",
        "file:///etc/passwd",
        "http://[/",
        "//evil.example/",
    ]
    github.says[github.top] = 302
    for location in elsewhere:
        github.server.headers[github.top] = {"Location": location}
        with pytest.raises(ToolError, match="another host, which must not get the token"):
            github.ask()
    github.server.headers[github.top] = {"Location": github.top}
    with pytest.raises(ToolError, match="on and on"):
        github.ask()
    github.server.headers[github.top] = {}
    with pytest.raises(ToolError, match="answered 302"):
        github.ask()
    del github.says[github.top]
    github.says[github.top] = other.says[github.top]
    github.server.headers[f"{github.top}/commits"] = {"Link": f'<{other.url}/x>; rel="next"'}
    with pytest.raises(ToolError, match="another host"):
        github.ask()
    assert other.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "http://api.github.com",
        "ftp://api.github.com",
        "https://",
        "https://user@api.github.com",
        "https://:x@api.github.com",
        "https://api.github.com?x",
        "https://api.github.com#x",
        "https://api.github.com:x",
        "https://[x",
        "api.github.com",
        "",
    ],
)
def test_a_token_goes_out_only_over_tls_or_not_at_all(github, address):
    assert not is_safe(address)
    with pytest.raises(ToolError, match="no address to which a token may be sent"):
        github.at(api=address).ask()


def test_addresses_to_which_a_token_may_go():
    for address in ("https://api.github.com", "https://git.example.org:8443/api/v4", "http://[::1]:80/x"):
        assert is_safe(address)
    assert from_here("https://a.example/x?y", "https://A.example:443/z") == "https://A.example:443/z"


@pytest.mark.parametrize(
    ("links", "further"),
    [
        ("", None),
        ('<https://a/?page=2>; rel="last"', None),
        ('<https://a/?page=2>; rel="nextish"', None),
        ("<https://a/?page=2>; rel=next", "https://a/?page=2"),
        ('<https://a/?1>; rel="prev", <https://a/?2>; a="b"; rel="next"', "https://a/?2"),
    ],
)
def test_a_list_goes_on_where_its_link_says(links, further):
    assert next_page(links) == further


def test_links_made_to_take_long_do_not():
    started = time.monotonic()
    for text in ("<>;" * 2_700, "<>; " * 2_000, "<>" + ";  " * 2_600, "<" * 8_000, "<>;" + "," * 8_000):
        assert next_page(text) is None
    assert time.monotonic() - started < 5


def test_a_host_that_is_not_there_or_has_no_good_certificate(github):
    with pytest.raises(ToolError, match="could not be asked for the pull request 7"):
        github.at(api="http://127.0.0.1:1").ask()
    with pytest.raises(ToolError, match="could not be asked for the pull request 7"):
        github.at(api=github.server.url.replace("http", "https")).ask()


@pytest.mark.parametrize("token", [None, "", " \n"])
def test_without_a_token_nothing_is_asked(github, monkeypatch, token):
    monkeypatch.delenv("GITHUB_TOKEN") if token is None else monkeypatch.setenv("GITHUB_TOKEN", token)
    with pytest.raises(ToolError, match="GITHUB_TOKEN is not set") as caught:
        github.ask()
    assert "github.token" in caught.value.fix
    assert github.server.asked == []


def test_a_token_that_is_none_is_not_shown(github, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret\nX-Evil: 1")
    with pytest.raises(ToolError) as caught:
        github.ask()
    assert not re.search("secret|Evil", str(caught.value))
