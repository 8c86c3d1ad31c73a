"""What was made from files, kept until one of them changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Final

_SETTLED: Final = 2_000_000_000
"""Nanoseconds after which a second change of a file has another time than the first, on any file system."""

_Stamp = tuple[int, int, int] | None


class Kept:
    """Texts that were made from files. Asking whether the files have changed costs a fiftieth of reading them."""

    def __init__(self) -> None:
        self._texts: dict[Hashable, tuple[str, Mapping[str, _Stamp]]] = {}

    def get(self, key: Hashable, make: Callable[[], tuple[str, Iterable[Path]]]) -> str:
        """The text under ``key``, made by ``make`` where there is none or where a file of it has changed.

        Args:
            key: by which the text is known.
            make: gives the text, and the files and folders that it depends on. A folder changes when a file in it
                comes or goes.
        """
        found = self._texts.get(key)
        if found is not None and all(_stamp(path) == stamp for path, stamp in found[1].items()):
            return found[0]
        begun = time.time_ns()
        text, paths = make()
        stamps = {str(path): _stamp(str(path)) for path in paths}
        if all(stamp is None or max(stamp[:2]) < begun - _SETTLED for stamp in stamps.values()):
            self._texts[key] = text, stamps
        return text


def _stamp(path: str) -> _Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path would double the cost
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size
