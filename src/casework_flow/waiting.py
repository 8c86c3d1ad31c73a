"""Approvals that wait: who recorded or asked for what, since when, what has changed, and who may decide."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from . import facts
from .cases import Loaded, oversees
from .messages import Message, Sayable
from .records.base import Entry
from .records.comparing import Change, changes
from .values import Case, Staff
from .workflow import CLOSE


@dataclass(frozen=True, slots=True)
class Rejection:
    """That what waits was rejected, and must be done better first."""

    by: str
    on: date
    note: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that a supervisor is asked to approve.

    ``what`` is the name to approve it by, ``revision`` that of a record, and ``changes`` what is other in it than in
    the revision before; ``may`` are the short names of those who may decide.
    """

    case: Case
    what: str
    title: Sayable
    because: str | None
    since: date
    by: str
    may: tuple[str, ...]
    revision: int | None = None
    changes: tuple[Change, ...] = ()
    rejection: Rejection | None = None

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        no = self.rejection
        return {
            "case": self.case.number,
            "client": self.case.client,
            "worker": self.case.worker,
            "stage": self.case.stage,
            "what": self.what,
            "title": self.title.say(lang),
            "because": self.because,
            "since": self.since.isoformat(),
            "by": self.by,
            "may": list(self.may),
            "revision": self.revision,
            "changes": [change.as_data() for change in self.changes],
            "rejected": {"by": no.by, "on": no.on.isoformat(), "note": no.note} if no else None,
        }


def waits(loaded: Loaded, case: Case, staff: Sequence[Staff]) -> Iterator[Waiting]:
    """What waits in a case: records that its next move needs approved, and moves that somebody asked for."""
    flow, state = loaded.workflow, loaded.state
    if state.status == "active":
        for what in dict.fromkeys(guard.approves for guard in flow.stages[state.stage].requires):
            entries = loaded.entries.get(what or "")
            if what and entries and _lacking(loaded, what):
                yield _record(loaded, case, staff, what, entries[-1])
    for event in _requests(loaded):
        what, because = event["body"]["what"], event["body"]["because"]
        authors = {event["by"]}
        yield Waiting(
            case,
            what,
            _move_title(loaded, what, because),
            because,
            _day(event["on"]),
            event["by"],
            _may(loaded, staff, what, authors),
        )


def _lacking(loaded: Loaded, what: str) -> bool:
    requires = loaded.workflow.stages[loaded.state.stage].requires
    return any(guard.approves == what and not guard.check(loaded.views) for guard in requires)


def _record(loaded: Loaded, case: Case, staff: Sequence[Staff], what: str, entry: Entry) -> Waiting:
    rows = [row for row in loaded.rows if (row["type"], row["item"]) == (what, entry.item)]
    before = [row for row in rows if row["revision"] < entry.revision]  # that of an earlier plan round, too
    last = facts.decision_on(loaded.events, entry.id)
    rejected = last if last and last["kind"] == "rejected" else None
    return Waiting(
        case,
        what,
        loaded.kinds[what].title,
        None,
        entry.on,
        entry.by,
        _may(loaded, staff, what, {row["by"] for row in rows}),
        entry.revision,
        changes(json.loads(before[-1]["content"]), entry.content) if before else (),
        Rejection(rejected["by"], _day(rejected["on"]), rejected["private"].get("note")) if rejected else None,
    )


def _requests(loaded: Loaded) -> Iterator[dict[str, Any]]:
    """The events that ask for the approval of a move, unanswered."""
    asked = {e["body"]["what"]: dict(e) for e in loaded.events if e["kind"] == "approval_requested"}
    for what, event in asked.items():
        if what not in loaded.kinds and facts.open_request(loaded.events, what):
            yield event


def _move_title(loaded: Loaded, what: str, because: str | None) -> Sayable:
    flow = loaded.workflow
    if what == CLOSE and because is not None:
        return Message("closing: {reason}", reason=flow.closures[because].title)
    return next((move.title for move in flow.moves if move.name == what), Message("{what}", what=what))


def _may(loaded: Loaded, staff: Sequence[Staff], what: str, authors: set[str]) -> tuple[str, ...]:
    """Who may decide: a supervisor of the case's worker, or who works in every case, but never its author."""
    flow, worker = loaded.workflow, loaded.worker
    own = {*authors, worker.name}
    nips = {person.nip for person in staff if person.name in own and person.nip}
    return tuple(
        person.name
        for person in staff
        if flow.may(person.role, "approve", what)
        and oversees(flow, person, worker)
        and person.name not in own
        and person.nip not in nips
    )


def _day(on: str) -> date:
    return date.fromisoformat(on[:10])
