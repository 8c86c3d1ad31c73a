"""What the office's own chain tells of cases that came from another database.

Their events are kept as they were written, so their digests carry the id of the office in which each was. Where that
was, and by how much the counters were raised so that no number is given twice, is told by an event of this office.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .chain import Offices
from .store import IMPORTED, Transaction


def _told(tx: Transaction) -> Iterator[dict[str, Any]]:
    """The bodies of these events; what cannot be read is told by ``verify``."""
    for event in tx.raw_events(tx.office_id):
        if event["kind"] == IMPORTED:
            try:
                body = json.loads(event["body"])
                yield {"cases": [(str(case), _offices(found)) for case, found in body["cases"]], **_raised(body)}
            except (LookupError, TypeError, ValueError):
                continue


def _offices(found: Any) -> Offices:
    return [(int(last), str(office)) for last, office in found]


def _raised(body: dict[str, Any]) -> dict[str, Any]:
    return {"raised": [(str(kind), str(year), int(by)) for kind, year, by in body["raised"]]}


def origins(tx: Transaction) -> dict[str, Offices]:
    """The cases that were imported: in which offices each has been before, and up to which event."""
    return {case: offices for body in _told(tx) for case, offices in body["cases"]}


def raised(tx: Transaction) -> dict[tuple[str, str], int]:
    """By how much imports have raised the counter of each kind and year."""
    found: dict[tuple[str, str], int] = {}
    for body in _told(tx):
        for kind, year, by in body["raised"]:
            found[kind, year] = found.get((kind, year), 0) + by
    return found
