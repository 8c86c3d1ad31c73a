"""What somebody should be told about a case: late stages, missed visits, long rests. Nothing here blocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from .cases import Loaded
from .messages import Message

PAUSE_REMINDER_DAYS: Final = 90
"""Days of rest after which the worker is reminded, unless ``settings.pause_reminder_days`` says otherwise."""


def reminders(loaded: Loaded) -> Iterator[Message]:
    """The reminders of a case on its working date, the most urgent first."""
    state, today = loaded.state, loaded.today
    if state.status == "active" and state.due_on and state.due_on < today.isoformat():
        yield Message("This stage was due on {due}.", due=state.due_on)
    if state.status == "paused" and loaded.pauses:
        yield from _rest(loaded, date.fromisoformat(loaded.pauses[-1].since))
    if _is_visited(loaded):
        yield from _visits(loaded)


def _rest(loaded: Loaded, since: date) -> Iterator[Message]:
    longest = int(loaded.workflow.settings.get("pause_reminder_days", PAUSE_REMINDER_DAYS))
    rested = (loaded.today - since).days
    expected = loaded.pauses[-1].expected
    if rested >= longest:
        yield Message(
            "The case has rested for {days} days, since {since}: resume or close it.", days=rested, since=since
        )
    elif expected and expected < loaded.today.isoformat():
        yield Message("The return was expected on {day}: resume the case, or pause it anew.", day=expected)


def _is_visited(loaded: Loaded) -> bool:
    """Whether the case has come to the stage that lasts as long as the records say, or is beyond it."""
    flow = loaded.workflow
    visited = [place for place, name in enumerate(flow.order) if flow.stages[name].until is not None]
    return bool(visited) and flow.order.index(loaded.state.stage) >= visited[0]


def _visits(loaded: Loaded) -> Iterator[Message]:
    """Weeks without a session held: one is flagged, two in a row are for the supervisor."""
    sessions = loaded.views["sessions"]
    missed = sessions.get("missed_weeks")  # type: ignore[attr-defined]  # every view has ``get``
    in_a_row = sessions.get("missed_in_a_row")  # type: ignore[attr-defined]
    if in_a_row >= 2:
        yield Message(
            "No session was held in the last {count} weeks: the supervisor should know. Weeks missed: {weeks}.",
            count=in_a_row,
            weeks=missed,
        )
    elif missed:
        yield Message("No session was held in these weeks of the contract: {weeks}.", weeks=missed)
