"""What happens to cases, by the names under which other software is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .workflow import ADVANCE, CLOSE

_MOVED: Final = "moved"
_BY_MOVE: Final = {ADVANCE: "advanced", CLOSE: "closed"}

OCCASIONS: Final = (
    "opened",
    "imported",
    "recorded",
    "approval_requested",
    "approved",
    "rejected",
    "advanced",
    "moved",
    "closed",
    "registered",
    "reissued",
    "handed_over",
    "upgraded",
)
"""Everything that can happen to a case. A move has the name of its kind: forward, to the end, or another one."""


def occasion(kind: str, body: Mapping[str, Any]) -> str:
    """What an event of that ``kind`` and ``body`` tells: one of ``OCCASIONS``."""
    return _BY_MOVE.get(body["move"], _MOVED) if kind == _MOVED else kind
