"""The rows of the cases are a cache of their histories; here they are written anew from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ..engine import CaseState, evolve
from ..errors import Refused
from ..messages import Message
from . import chain
from .imports import origins as origins_of
from .store import Row, Transaction, client_name, state_of
from .verify import UNREADABLE, chain_findings

Rebuilt = tuple[str, tuple[str, ...]]
"""A case's number, and the columns that were other than its history says."""


def rebuild(tx: Transaction) -> Iterator[Rebuilt]:
    """Write the row of every case as its history says; those that were wrong are told.

    Raises:
        Refused: a history is broken itself, so that nothing can be rebuilt from it; nothing is written.
    """
    origins = origins_of(tx)
    for row in tx.each_case():
        state, before = _replayed(tx, row["id"], origins), state_of(row)
        wrong = tuple(name for name in CaseState.__slots__ if getattr(state, name) != getattr(before, name))
        if wrong:
            tx.rewrite(row["id"], state)
            yield state.number, wrong
    for stream in tx.lost_streams():
        state = _replayed(tx, stream, origins)
        tx.restore_case(stream, state)
        yield state.number, tuple(CaseState.__slots__)


def _replayed(tx: Transaction, stream: str, origins: Mapping[str, chain.Offices]) -> CaseState:
    events = tx.raw_events(stream)
    state: CaseState | None = None
    try:
        if not any(chain_findings(events, stream, origins.get(stream, ()))):
            records: dict[int, list[Row]] = {}
            for record in tx.records(stream):
                records.setdefault(record["seq"], []).append(record)
            for event in events:
                added = client_name(records.get(event["seq"], ()))
                state = evolve(state, {**event, "body": json.loads(event["body"]), "client": added})
    except UNREADABLE:
        state = None
    if state is None:
        raise Refused(
            Message(
                "The history of {case} is broken, so that nothing can be rebuilt from it; restore a backup.",
                case=stream,
            )
        )
    return state
