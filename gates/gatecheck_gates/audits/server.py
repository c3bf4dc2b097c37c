"""A server on the loopback that answers as OSV does, from the imported advisories, for as long as an audit runs.

Source: google.github.io/osv.dev/post-v1-query: a POST of `{"package": {"name", "ecosystem"}, "version"}` is answered by
`{"vulns": [records]}`, and by `{}` when there are none.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gatecheck.formats.advisories import Advisories, Advisory

_LONGEST = 64 * 1024
"""Bytes of a question."""
_IDLE = 60.0
"""Seconds after which a silent connection is closed."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    url: str
    asked: set[tuple[str, str]] = field(default_factory=set)
    """Names and versions that it was asked about."""


@contextmanager
def serving(advisories: Advisories) -> Iterator[Served]:
    """Serve on a free port of the loopback, below a path that nobody can guess; the end of the context is the server's end."""
    path = f"/{secrets.token_urlsafe(16)}/query"
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.advisories, server.path = advisories, path
        server.served = Served(f"http://127.0.0.1:{server.server_port}{path}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.served
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    """Knows what it answers from."""

    daemon_threads = True
    block_on_close = False  # a client that keeps its connection open is cut off
    advisories: Advisories
    path: str
    served: Served

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- as socketserver
        """Say nothing: a client that went away is noticed by whoever started it."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection's questions."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    wbufsize = -1  # head and body leave together: two small packets would wait for each other
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        """Answer a question."""
        length = self.headers.get("Content-Length", "")
        if self.path != self.server.path or not length.isdecimal() or int(length) > _LONGEST:
            self.close_connection = True
            self._send(HTTPStatus.NOT_FOUND, {})
            return
        try:
            asked = json.loads(self.rfile.read(int(length)))
            name, version = str(asked["package"]["name"]), str(asked["version"])
        except (ValueError, KeyError, TypeError):
            self._send(HTTPStatus.BAD_REQUEST, {})
            return
        found = self.server.advisories.affecting(name, version)
        self.server.served.asked.add((name, version))
        self._send(HTTPStatus.OK, {"vulns": [record(each, name, version) for each in found]} if found else {})

    def _send(self, status: HTTPStatus, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 -- as http.server
        """Say nothing."""


def record(advisory: Advisory, name: str, version: str) -> dict[str, Any]:
    """Return an advisory as OSV gives it, reduced to what pip-audit reads; only the fixes that come after the version."""
    fixed = [{"fixed": each} for each in advisory.fixes(version)]
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *fixed]}]
    package = {"name": name, "ecosystem": "PyPI"}
    return {
        "id": advisory.id,
        "aliases": list(advisory.aliases),
        "summary": advisory.summary or "N/A",
        "affected": [{"package": package, "ranges": ranges}],
    }
