"""What a case shows of itself: its records as guards and templates read them, the persons named as is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from . import facts
from .documents.identity import Identity, redacted
from .records.base import Entry
from .records.types import RecordType
from .workflow import Workflow

Told = Mapping[str, Any]
"""What is told of a case beside its records: ``case`` and ``move``, as snapshots keep them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The names that a template or a drawing may use, and the move with its persons named in the same way."""

    views: Mapping[str, object]
    move: Mapping[str, Any]


def show(
    workflow: Workflow,
    kinds: Mapping[str, RecordType],
    entries: Mapping[str, Sequence[Entry]],
    told: Told,
    approvals: facts.Approvals,
    *,
    identity: Identity,
    seed: str,
    today: date,
) -> Shown:
    """The records in ``entries``, and what is ``told`` of their case, for readers.

    Args:
        workflow: the rules by which the case lives.
        kinds: its record types.
        entries: what is recorded and counts, by type.
        told: what is told of the case and of the move that is made.
        approvals: the approvals that count.
        identity: how persons are named.
        seed: what pseudonyms are drawn from, the same for all documents of a case.
        today: the day by which the records are judged.
    """
    clients = entries.get("client")
    case = told["case"]
    staff = [person for person in (case.get("worker"), case.get("supervisor")) if person]
    contents = {kind: [entry.content for entry in found] for kind, found in entries.items()}
    before = {kind: [entry.first and entry.first.content for entry in found] for kind, found in entries.items()}
    hidden = redacted(
        {"entries": contents, "move": told["move"], "before": before},
        clients[-1].content if clients else {},
        identity,
        seed,
        frozenset(person["name"] for person in staff),
    )
    shown = {
        kind: [
            replace(entry, content=content, first=entry.first and replace(entry.first, content=first))
            for entry, content, first in zip(found, hidden["entries"][kind], hidden["before"][kind], strict=True)
        ]
        for kind, found in entries.items()
    }
    return Shown(facts.views(workflow, kinds, shown, case, approvals, today), hidden["move"])


def seed_of(rows: Sequence[Mapping[str, Any]], number: str) -> str:
    """What the pseudonyms of a case are drawn from: the salt of its first record, which nobody outside can guess.

    Args:
        rows: the records of the case, the first one first.
        number: the case's number, in its place where there is no salt.
    """
    return str(rows[0].get("salt") or number) if rows else number
