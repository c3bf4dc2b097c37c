"""Each kind of secret is found, what only resembles one is not, and the net in sh catches whatever Python would find.

No secret stands in this file: they are put together here, drawn by lot.
"""

import base64
import random
import string
import subprocess
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gatecheck_hooks
from gatecheck_hooks.credentials.kinds import KINDS, checksummed, entropy
from gatecheck_hooks.credentials.names import named
from gatecheck_hooks.credentials.passwords import LONGEST_LINE
from gatecheck_hooks.credentials.search import search

PACKAGE = Path(gatecheck_hooks.__file__).parent
LETTERS = string.ascii_letters + string.digits
WEB = LETTERS + "_-"
HEX = "0123456789abcdef"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
PATIENT = [HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow]


class Lot:
    """Draws what services draw for their tokens."""

    def __init__(self, seed=7):
        self.random = random.Random(seed)

    def __call__(self, count, letters=LETTERS):
        return "".join(self.random.choice(letters) for _ in range(count))

    def checked(self, start):
        letters = self(30)
        crc, digits = zlib.crc32(letters.encode()), ""
        for _ in range(6):
            crc, digit = divmod(crc, 62)
            digits = BASE62[digit] + digits
        return start + letters + digits

    def web_token(self, header='{"typ":"JWT","alg":"HS256"}'):
        parts = (header, '{"sub":"ada","role":"cook"}')
        encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
        return ".".join([*encoded, self(43, WEB)])

    def key(self, kind="RSA ", lines=4, end="\n"):
        body = end.join(self(64, LETTERS + "+/") for _ in range(lines))
        return f"-----BEGIN {kind}PRIVATE KEY-----{end}{body}{end}-----END {kind}PRIVATE KEY-----"

    def all(self):
        """Return an example of every kind, by its pattern's first words."""
        digits = string.digits
        return [
            ("AWS access key id", "AKIA" + self(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
            ("AWS access key id", "ASIA" + self(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
            *(("GitHub token", self.checked(f"gh{letter}_")) for letter in "opsur"),
            ("GitHub token", f"github_pat_{self(22)}_{self(59)}"),
            ("npm token", self.checked("npm_")),
            ("PyPI token", "pypi-Ag" + self(150, WEB)),
            ("GitLab token", "glpat-" + self(20)),
            ("GitLab token", f"glrt-{self(27)}.{self(2, HEX)}.{self(9, HEX)}"),
            ("Slack token", f"xoxb-{self(11, digits)}-{self(11, digits)}-{self(24)}"),
            ("Slack token", f"xapp-1-A{self(9, string.ascii_uppercase)}-{self(12, digits)}-{self(64, HEX)}"),
            (
                "Slack webhook",
                f"https://hooks.slack.com/services/T{self(8, digits)}/B{self(8, digits)}/{self(24)}",
            ),
            ("Stripe key", "sk_l" + "ive_" + self(24)),
            ("Stripe key", "rk_l" + "ive_" + self(99)),
            ("Google API key", "AIza" + self(35, WEB)),
            ("Google client secret", "GOCSPX-" + self(28, WEB)),
            ("OpenAI key", f"sk-proj-{self(40)}T3BlbkFJ{self(40)}"),
            ("Anthropic key", f"sk-ant-api03-{self(93, WEB)}AA"),
            ("Hugging Face token", "hf_" + self(34, string.ascii_letters)),
            ("SendGrid key", f"SG.{self(22)}.{self(43)}"),
            ("DigitalOcean token", "dop_v1_" + self(64, HEX)),
            ("Docker token", "dckr_pat_" + self(27, WEB)),
            ("Shopify token", "shpat_" + self(32, HEX)),
            ("Azure storage key", f"AccountName=shop;AccountKey={self(86)}=="),
            ("Vault token", "hvs." + self(95)),
            ("Telegram token", f"{self(10, '123456789')}:AA{self(33)}"),
            ("age key", "AGE-SECRET-KEY-1" + self(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")),
            ("JSON web token", self.web_token()),
            *(("private key", self.key(kind)) for kind in ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ")),
            ("private key", f'key = "{self.key(end=chr(92) + "n")}"'),
            ("private key", self.key(lines=1)),
            ("password", f'password = "{self(24)}"'),
            ("password", f"PASSWORD='4{self(6)}-aB3'"),
            ("password", f'  "api_key": "{self(32, HEX)}",'),
            ("password", f"aws_secret_access_key = '{self(38)}/+'"),
            ("password", f'client.secret := "{self(30)}"'),
            ("password", f'env["ACCESS_TOKEN"] = `{self(30)}`'),
            ("password", f"postgresql://shop:{self(20)}@db.internal/shop"),
            ("password", f"machine example.org login ada password {self(20)}"),
        ]


EVERY = Lot().all()


def found(text, path="shop/settings.py"):
    lines = list(enumerate(text.encode().split(b"\n"), 1))
    return [(secret.line, secret.kind) for secret in search(lines, path.encode())]


@pytest.fixture(scope="module")
def net():
    """Tell whether the net in sh catches something in a diff, as what it asks first and as what it asks of a long one."""

    def net(diff):
        script = '. "$1/sh/secrets.sh"; se_diff=$(cat); se_caught'
        caught = []
        for text in (diff, diff + b"\n context" * 2000):
            done = subprocess.run(
                ["sh", "-c", script, "sh", PACKAGE], input=text, capture_output=True, check=False
            )
            assert done.returncode in (0, 1), done.stderr
            assert done.stderr == b""
            caught.append(done.returncode == 0)
        assert caught[0] == caught[1]
        return caught[0]

    return net


@pytest.mark.parametrize(
    ("kind", "text"), EVERY, ids=[f"{number}-{kind}" for number, (kind, _) in enumerate(EVERY)]
)
def test_every_kind_is_found_in_its_line_once(kind, text):
    assert found(f"first\n{text}\nlast") == [(2, kind)]


def test_every_kind_that_there_is_has_an_example_above():
    assert {kind.name for kind in KINDS} | {"private key", "password"} == {kind for kind, _ in EVERY}
    tried = set()
    for kind in KINDS:
        tried |= {kind.pattern for _, text in EVERY if list(kind.places(text.encode()))}
    assert tried == {kind.pattern for kind in KINDS}


@pytest.mark.parametrize("seed", range(5))
def test_the_net_catches_every_kind(net, seed):
    for kind, text in Lot(seed).all():
        assert net("\n".join(f"+x {line}" for line in text.split("\n")).encode()), kind
        assert not net("\n".join(f"-x {line}" for line in text.split("\n")).encode()), kind


NAMES = st.sampled_from(
    [
        "password",
        "Passwd",
        "PASSPHRASE",
        "pwd",
        "Secret",
        "accessToken",
        "credentials",
        "api-key",
        "PrivateKey",
        "master_key",
        "key",
    ]
)
SUFFIX = st.sampled_from(["", "_", "s", "-main", ".0", "Prod", "_url", '"', "']", '"]'])
ASSIGN = st.sampled_from(["=", " = ", ":", ": ", " := ", " => ", "==", " \t= "])
QUOTES = st.sampled_from(['"{}"', "'{}'", "`{}`", 'b"{}"', "{}", '"{}', "<{}>"])
VALUES = st.text(alphabet=LETTERS + "!#%+/=@_.:-", min_size=6, max_size=40).map(lambda text: f"{text}7Qz-")


@settings(max_examples=400, deadline=None, suppress_health_check=PATIENT)
@given(NAMES, SUFFIX, ASSIGN, QUOTES, VALUES, st.sampled_from(["a.py", ".env", "x.yaml"]))
def test_the_net_catches_every_password_that_python_finds(net, name, suffix, assign, quotes, value, path):
    line = f"{name}{suffix}{assign}{quotes.format(value)}"
    if found(line, path):
        assert net(f"+{line}".encode())


@settings(max_examples=100, deadline=None, suppress_health_check=PATIENT)
@given(
    st.from_regex(
        rb"[a-z]{1,9}://[a-z]{1,5}:[^\s@/]{4,20}@[a-z]|machine [a-z]+ login [a-z]+ password \S{6,20}"
    )
)
def test_the_net_catches_every_password_in_an_address(net, line):
    line = line.replace(b"\n", b" ")
    if list(search([(1, line)], b"x")):
        assert net(b"+" + line)


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "AKIA" + "X" * 16,
        "ghp_" + "a1B2c3" * 6,
        "npm_" + "a1B2c3" * 6,
        "glpat-" + "x" * 20,
        "xoxb-your-token-goes-here-please",
        "sk_l" + "ive_" + "1234567890" * 3,
        "sk_t" + "est_" + Lot()(24),
        "AIza" + "0" * 35,
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ." + Lot()(43),
        Lot().web_token('{"typ":"JWT","alg":"none"}'),
        Lot().web_token('{"typ":"JWT"}      '),
        "eyJ0123456789.eyJ0000000000.00000000000000000000000",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n" + "A" * 64 + "\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\n" + Lot()(64) + "\n-----END PUBLIC KEY-----",
        'password = "password"',
        'password = "correct horse battery"',
        'password = "correct-horse-battery-staple"',
        'password = "hunter2hunter2"',
        'password = "changeme123!A"',
        'password = "${DB_PASSWORD_1}"',
        'password = "<Your-Pass-1>"',
        'token = "csrfmiddlewaretoken"',
        'token = "550e8400-e29b-41d4-a716-446655440000"',
        'token = "2016-09-08T21:47:36Z"',
        'secret_name = "a8Fk2Lq9Zx71mQpd"',
        'token_url = "kJ8mq2Lx0vbnA3s5d7"',
        'cache_key = "a8Fk2Lq9Zx71mQpd"',
        "password = get_password(account_17, Realm2)",
        'password = "aaaaaaaaaaaaaaaaaaaaaaaa1"',
        'password = "Ab1!Ab1!"',
        'password = "abcdef-ghijkl-9"',
        'password = "abcdefghijklmnopq.rstuv"',
        "https://shop:password@db.internal/shop",
        "https://docs.example.org:8443/@handle",
        "machine example.org login ada password secret",
    ],
)
def test_what_only_resembles_a_secret_is_not_found(text):
    assert found(text) == []


def test_values_without_quotes_count_where_settings_are_written():
    value = Lot()(30)
    for path in (".env", "app.ini", "config/prod.yaml", ".npmrc", "x.properties"):
        assert found(f"TOKEN={value}", path) == [(1, "password")]
    assert found(f"token = {value}", "shop/code.py") == []


def test_what_machines_wrote_is_not_searched_for_names_but_still_for_forms():
    kept = Lot().checked("ghp_")
    line = "x" * LONGEST_LINE + f';password="{Lot()(24)}";{kept}'
    assert found(line) == [(1, "GitHub token")]


def test_a_web_token_is_found_wherever_its_word_begins():
    kept = Lot().web_token()
    for before in ("Bearer ", "Bearer-", "x", "x."):
        assert found(before + kept) == [(1, "JSON web token")], before


@pytest.mark.parametrize(
    "hostile",
    ["eyJaaaaaaaaaaa", "eyJaaaaaaaaaaaaaa.", 'password="abcdefgh12" ', "eyJaaaaaaaaaaa.eyJaaaaaaaaaaa.a"],
)
def test_four_times_as_much_hostile_text_takes_about_four_times_as_long(hostile):
    def seconds(count):
        text = (hostile * count + ".eyJaaaaaaaaaaaa.a").encode()
        begun = time.process_time()
        assert list(search([(1, text)], b"shop.py")) == []
        return time.process_time() - begun

    assert min(seconds(40_000) for _ in range(3)) < 10 * min(seconds(10_000) for _ in range(3))


def test_a_token_that_is_assigned_to_a_password_is_one_finding():
    assert found(f'password = "{Lot().checked("ghp_")}"') == [(1, "GitHub token")]


def test_a_checksum_is_githubs():
    assert checksummed(b"ghp_" + b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + b"0mLq17")
    assert not checksummed(b"ghp_" + b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + b"0mLq18")


def test_entropy_is_shannons():
    assert entropy(b"aaaa") == 0
    assert entropy(b"abcd") == 2


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("id_rsa", True),
        ("home/.ssh/id_ed25519", True),
        (".env", True),
        ("shop/.env.production", True),
        (".netrc", True),
        (".aws/credentials", True),
        ("home/.docker/config.json", True),
        ("vault.kdbx", True),
        ("keys/key.ppk", True),
        ("id_rsa.pub", False),
        (".env.example", False),
        (".env.test", False),
        ("aws/credentials", False),
        ("docs/netrc.md", False),
        ("environment", False),
    ],
)
def test_some_files_are_secrets_by_their_names(net, path, secret):
    assert (named(path.encode()) is not None) is secret
    head = f"diff --git a/{path} b/{path}".encode()
    if secret:
        assert net(head)
        assert net(f'diff --git "a/ä{path}" "b/ä/{path}"'.encode())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(EVERY) - 1))
def test_whatever_stands_around_a_search_ends(noise, which):
    text = noise + EVERY[which][1].encode() + noise
    assert all(each.line == 1 and each.value for each in search([(1, text)], b"a.env"))


def test_a_search_takes_time_in_proportion_to_the_text():
    """A pattern that backtracks would take minutes for these; each is what one of them begins with, over and over."""
    for start in (
        "password",
        "a.b-c_",
        "eyJ",
        "-----BEGIN ",
        "http://a:",
        "machine ",
        "xoxb-",
        "token = '",
        "key" * 3,
        "x:AA",
    ):
        assert list(search([(1, start.encode() * 40_000)], b"a.env")) == [], start
