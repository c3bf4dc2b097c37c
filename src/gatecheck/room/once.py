"""Things that are made when they are first asked for, each by one thread while others that want it wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """A mapping that fills itself. What could not be made is tried again by the next who asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._making: dict[K, threading.Lock] = {}
        self._made: dict[K, V] = {}

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return what is there for a key, or else what `make` returns."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]

    def items(self) -> list[tuple[K, V]]:
        """Return what is there, with its keys."""
        return list(self._made.items())

    def pop(self, key: K) -> V | None:
        """Take away what is there for a key, and return it."""
        return self._made.pop(key, None)

    def clear(self) -> list[V]:
        """Take away everything, and return it."""
        there = list(self._made.values())
        self._made.clear()
        return there
