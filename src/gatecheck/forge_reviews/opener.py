"""Connections that end at a moment, however slowly the other side sends.

A socket's time limit holds for each step, so that one byte a second would keep a reader for ever.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    getproxies,
)

from gatecheck import __version__


class _Until(io.RawIOBase):
    """Reads from a socket until a moment of the monotonic clock."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._raw, self._sock, self._deadline = raw, sock, deadline

    def readable(self) -> bool:
        """It is for reading alone."""
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 -- as RawIOBase
        """Read what is there. Raises TimeoutError at the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer that must have come by a deadline."""

    def __init__(self, sock: socket.socket, *args: Any, deadline: float, **options: Any) -> None:  # noqa: ANN401 -- as HTTPResponse
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Until(self.fp.detach(), sock, deadline))


def _connecting(
    kind: Callable[..., http.client.HTTPConnection], deadline: float
) -> Callable[..., http.client.HTTPConnection]:
    """Return what makes connections of a kind whose answers must have come by a moment of the monotonic clock."""

    def connect(host: str, **options: Any) -> http.client.HTTPConnection:  # noqa: ANN401 -- as HTTPConnection
        made = kind(host, **options)
        made.response_class = partial(_Answer, deadline=deadline)  # type: ignore[assignment] # it is only called
        return made

    return connect


class _Plain(HTTPHandler):
    """Opens connections to this machine."""

    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        """Ask."""
        return self.do_open(_connecting(http.client.HTTPConnection, self._deadline), req)


class _Secure(HTTPSHandler):
    """Opens connections over TLS, by the machine's authorities or those that SSL_CERT_FILE names."""

    def __init__(self, deadline: float) -> None:
        self._trust = ssl.create_default_context()
        super().__init__(context=self._trust)
        self._deadline = deadline

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        """Ask."""
        return self.do_open(
            _connecting(http.client.HTTPSConnection, self._deadline), req, context=self._trust
        )


def opener(deadline: float) -> OpenerDirector:
    """Return what opens http and https and nothing else, the latter through the environment's proxy; redirects it raises as errors."""
    made = OpenerDirector()
    proxies = {scheme: proxy for scheme, proxy in getproxies().items() if scheme == "https"}
    for handler in (
        ProxyHandler(proxies),
        _Plain(deadline),
        _Secure(deadline),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):
        made.add_handler(handler)
    made.addheaders = [("User-Agent", f"gatecheck/{__version__}")]
    return made
