"""UUIDs of version 7: made by the application, so that no database hands out numbers."""

from __future__ import annotations

import os
import time
import uuid
from threading import Lock
from typing import Final


class _Ids:
    """UUIDs of version 7 (RFC 9562), each greater than the one before, whatever the clock does meanwhile."""

    def __init__(self) -> None:
        self._latest = 0
        self._lock = Lock()

    def next(self) -> str:
        """48 bits of milliseconds and 12 of their fraction (the RFC's method 3), then 62 random ones."""
        with self._lock:
            stamp = self._latest = max(time.time_ns() * 4096 // 1_000_000, self._latest + 1)
        milliseconds, fraction = divmod(stamp, 4096)
        chance = int.from_bytes(os.urandom(8)) >> 2
        return str(uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | chance))


_ids: Final = _Ids()


def new_id() -> str:
    """A new id; ids sort in the order of their making."""
    return _ids.next()
