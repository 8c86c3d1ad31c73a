"""What is known of a case at a moment: its records and approvals, as guards and documents see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from .engine import CaseState
from .records.base import Entry
from .records.forms import form_type
from .records.types import RECORD_TYPES, RecordType
from .records.views import build_views
from .workflow import Workflow

Row = Mapping[str, Any]
K = TypeVar("K")
V = TypeVar("V")


class Approvals:
    """The approvals that count now. An approval is for one revision of one record, or for one asked move."""

    def __init__(self, found: Iterable[Mapping[str, Any]]) -> None:
        self._found = found

    @cached_property
    def current(self) -> tuple[Mapping[str, Any], ...]:
        """All of them; looked for when somebody asks."""
        return tuple(self._found)

    def given(self, what: str, because: str | None = None) -> bool:
        """Whether ``what`` (a record, a move, ``close``) is approved; ``because``: for that reason of closing."""
        return any(a["what"] == what and because in (None, a["because"]) for a in self.current)

    def get(self, name: str) -> Any:
        """For guards and templates: ``given``, or an approval by the name of what was approved."""
        if name == "given":
            return self.given
        return next((a for a in self.current if a["what"] == name), None)


@dataclass(frozen=True, slots=True)
class Request:
    """A move that waits for somebody's approval."""

    what: str
    by: str
    because: str | None


def entries(rows: Iterable[Row], state: CaseState, kinds: Mapping[str, RecordType]) -> dict[str, list[Entry]]:
    """The latest revision of each item that counts in the case's present episode and cycle, by record type."""
    latest: dict[tuple[str, int], Row] = {}
    first: dict[tuple[str, int], Row] = {}
    for row in rows:
        kind = kinds.get(row["type"])
        if kind is None or not _in_scope(row, kind, state):
            continue
        key = (row["type"], row["item"])
        if key not in latest or latest[key]["revision"] < row["revision"]:
            latest[key] = row
        if kind.compared and (key not in first or first[key]["revision"] > row["revision"]):
            first[key] = row
    found: dict[str, list[Entry]] = {}
    for (name, item), row in sorted(latest.items()):
        before = first.get((name, item), row)
        found.setdefault(name, []).append(_entry(row, None if before is row else _entry(before)))
    return found


def _entry(row: Row, first: Entry | None = None) -> Entry:
    return Entry(
        id=row["id"],
        item=row["item"],
        revision=row["revision"],
        on=date.fromisoformat(row["on"][:10]),
        by=row["by"],
        content=json.loads(row["content"]),
        cycle=row["cycle"],
        episode=row["episode"],
        first=first,
    )


def _in_scope(row: Row, kind: RecordType, state: CaseState) -> bool:
    if kind.scope == "case":
        return True
    if row["episode"] != state.episode:
        return False
    return kind.scope == "episode" or row["cycle"] == state.cycle


def approvals(events: Iterable[Row], current: Mapping[str, Sequence[Entry]]) -> Iterator[Mapping[str, Any]]:
    """The approvals among ``events`` that still count.

    One for a record lapses when the record is revised, one for a move when the case has moved since.
    """
    found: dict[str, dict[str, Any] | None] = {}
    for event in events:
        body = event["body"]
        if event["kind"] in ("approved", "rejected"):
            approved = event["kind"] == "approved"
            found[body["what"]] = (
                {**body, "by": event["by"], "role": event["role"], "on": event["on"]} if approved else None
            )
        elif "to" in body:
            found = {what: a for what, a in found.items() if a and a["record"]}
    ids = {entry.id for kind in current.values() for entry in kind}
    yield from (a for a in found.values() if a and (a["record"] is None or a["record"] in ids))


def rejections(events: Iterable[Row], current: Mapping[str, Sequence[Entry]]) -> tuple[Row, ...]:
    """The rejections that still stand: nobody has revised the record, or asked for the move again, since."""
    found: dict[str, Row] = {}
    for event in events:
        body = event["body"]
        if event["kind"] == "rejected":
            found[body["what"]] = event
        elif event["kind"] == "approved" or (event["kind"] == "approval_requested" and body["what"] not in current):
            found.pop(body["what"], None)
        elif "to" in body:
            found = {what: no for what, no in found.items() if no["body"]["record"]}
    ids = {entry.id for kind in current.values() for entry in kind}
    return tuple(no for no in found.values() if no["body"]["record"] is None or no["body"]["record"] in ids)


def open_request(events: Sequence[Row], what: str) -> Request | None:
    """The request for ``what`` that nobody has answered since the case last moved, if there is one."""
    for event in reversed(events):
        body = event["body"]
        if "to" in body or (event["kind"] in ("approved", "rejected") and body["what"] == what):
            return None
        if event["kind"] == "approval_requested" and body["what"] == what:
            return Request(what, event["by"], body["because"])
    return None


def decision_on(events: Sequence[Row], record: str) -> Row | None:
    """The event by which this revision of a record was last approved or rejected, by its id; None: nobody has."""
    decided = (e for e in reversed(events) if e["kind"] in ("approved", "rejected") and e["body"]["record"] == record)
    return next(decided, None)


def standing_overrides(events: Sequence[Row], today: date) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    """The overrides that were given until a day which is not over, by stage, move and guard; each with its reason.

    An override without such a day is for its own move only. None outlives the episode in which it was given.
    """
    found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    episode = 1
    for event in events:
        body = event["body"]
        if event["kind"] != "moved":
            continue
        if body["episode"] != episode:
            found, episode = {}, body["episode"]
        for guard in body["guards"]:
            until = guard.get("until", body.get("until"))  # an older event names one day for all of them
            if guard["overridden"] and until and until >= today.isoformat():
                given = {"reason": event["private"].get("reason"), "until": until, "by": event["by"]}
                found[body["from"], body["move"], guard["guard"]] = given
    return found


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a case rested, as ISO dates. ``days_left`` are the working days that its stage had left."""

    since: str
    until: str | None
    expected: str | None
    days_left: int | None


def pauses(events: Sequence[Row]) -> list[Pause]:
    """The pauses of a case; ``until`` of the last one is None while it rests."""
    found: list[Pause] = []
    for event in events:
        body = event["body"]
        if event["kind"] not in ("moved", "imported"):
            continue
        left = body.get("days_left")
        if found and found[-1].until is None:
            left = found[-1].days_left if body["from"] == body["to"] else left  # its clock stands still already
            found[-1] = replace(found[-1], until=event["on"][:10])
        if body["status"] == "paused":
            found.append(Pause(event["on"][:10], None, body.get("until"), left))
    return found


class History:
    """What the events of a case tell, read when somebody asks: many a move is decided without it.

    Args:
        read: gives the events; it is called at most once, while the transaction lasts.
        current: the records that count now.
        today: the working date.
    """

    def __init__(
        self, read: Callable[[], Sequence[Row]], current: Mapping[str, Sequence[Entry]], today: date
    ) -> None:
        self._read = read
        self._today = today
        self.approvals = Approvals(self._approvals(current))
        self.standing = Later(lambda: standing_overrides(self.events, today))

    def _approvals(self, current: Mapping[str, Sequence[Entry]]) -> Iterator[Mapping[str, Any]]:
        yield from approvals(self.events, current)

    @cached_property
    def events(self) -> Sequence[Row]:
        """The events, but for those that only add records."""
        return self._read()

    @cached_property
    def pauses(self) -> list[Pause]:
        """The times in which the case rested."""
        return pauses(self.events)


class Later(Mapping[K, V]):
    """A mapping that is made when somebody looks into it."""

    def __init__(self, make: Callable[[], Mapping[K, V]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[K, V]:
        return self._make()

    def __getitem__(self, key: K) -> V:
        return self._made[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def record_types(workflow: Workflow) -> dict[str, RecordType]:
    """Every type of record that cases of this workflow may have: the general ones, the host's and its own forms.

    A form of the workflow's comes before a record of a host's: that may have been added later than the case.
    """
    forms = {name: form_type(name, spec) for name, spec in workflow.forms.items()}
    return {**RECORD_TYPES, **workflow.added.records, **forms}


def views(
    workflow: Workflow,
    kinds: Mapping[str, RecordType],
    current: Mapping[str, Sequence[Entry]],
    case: Mapping[str, Any],
    approved: Approvals,
    today: date,
) -> dict[str, object]:
    """The names that guards and templates may use, with what stands behind them."""
    more = {name: kind for name, kind in kinds.items() if name not in RECORD_TYPES}
    shown = build_views(current, today=today, settings=workflow.settings, case=case, approvals=approved, forms=more)
    return {**workflow.added.functions, **shown}
