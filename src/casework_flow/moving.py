"""A move that was decided, carried out: its event, its documents and what the case becomes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from . import issuing
from .calendar import working_days_after, working_days_between
from .cases import Loaded
from .documents.render import Templates
from .engine import Option, Requirement
from .office import Office
from .values import Done, Issued, Staff
from .workflow import Workflow


@dataclass(frozen=True, slots=True)
class Made:
    """What a move writes, and what it tells."""

    done: Done
    body: dict[str, Any]
    private: Mapping[str, Any] | None
    documents: Sequence[dict[str, Any]]
    templates: Mapping[str, str]
    """The templates of the documents, by digest."""


def make(
    loaded: Loaded,
    option: Option,
    *,
    actor: Staff,
    on: str,
    reason: str | None,
    until: str | None,
    overrides: Collection[str],
    office: Office,
    templates: Templates,
    issued: Callable[[], Sequence[Mapping[str, Any]]],
) -> Made:
    """Everything that the decided ``option`` writes; nothing is written yet.

    Args:
        loaded: the case.
        option: the move, decided by the engine.
        actor: who makes it.
        on: the working date, or date and time.
        reason: why, where somebody said so.
        until: an ISO date: until when an override holds, or a pause is expected to last.
        overrides: the guards that this move overrides, beside those that an earlier one has until a day to come.
        office: the office's profile.
        templates: where the documents' templates are.
        issued: gives the documents that were issued before.

    Raises:
        IncompleteDocument: a document lacks a value.
        TemplateFault: a template is wrong.
    """
    state, flow, lang = loaded.state, loaded.workflow, office.letter.language
    overridden = [r for r in option.requirements if r.overridden]
    rows: Sequence[dict[str, Any]] = ()
    bundles: Mapping[str, str] = {}
    if option.documents:
        told = {
            "move": option.move,
            "because": option.because,
            "title": option.title.say(lang) if option.title else None,
            "from": flow.stages[state.stage].title.say(lang),
            "to": flow.stages[option.stage].title.say(lang),
            "status": option.status,
            "reason": reason,
            "by": actor.as_data(),
            "until": until,
            "overrides": [
                {
                    "guard": r.guard,
                    "message": r.message.say(lang),
                    "reason": reason if r.guard in overrides else _earlier_reason(loaded, option, r),
                }
                for r in overridden
            ],
        }
        rows, bundles = issuing.issue(
            loaded,
            option,
            office=office.as_data(),
            templates=templates,
            move=told,
            existing=issued(),
            lang=lang,
            on=on,
        )
    body = {
        "move": option.move,
        "because": option.because,
        "from": state.stage,
        "to": option.stage,
        "status": option.status,
        "cycle": state.cycle + option.next_cycle,
        "episode": state.episode + option.next_episode,
        "due_on": _due_after(loaded, option, on, office),
        "until": until,
        "days_left": _days_left(loaded, on, office) if _rests(loaded, option) else None,
        "guards": [_result(r, until if r.guard in overrides else None) for r in option.requirements],
    }
    done = Done(
        case=state.number,
        move=option.move,
        source=state.stage,
        to=option.to,
        at=on,
        by=actor.name,
        documents=tuple(issued_of(row) for row in rows),
        overrides=tuple(r.guard for r in overridden),
        because=option.because,
    )
    return Made(done, body, {"reason": reason} if reason else None, rows, bundles)


def _earlier_reason(loaded: Loaded, option: Option, requirement: Requirement) -> str | None:
    """Why a guard is overridden: as was said when the override was given."""
    standing = loaded.standing.get((loaded.state.stage, option.move, requirement.guard))
    return str(standing["reason"]) if standing else None


def _due_after(loaded: Loaded, option: Option, on: str, office: Office) -> str | None:
    """When the case should leave the stage that ``option`` leads to; none while it rests or when it is closed.

    After a rest the stage has the working days left that it had when the clock was stopped.
    """
    if option.status != "active":
        return None
    resumed = loaded.state.status == "paused" and option.stage == loaded.state.stage
    rested = loaded.pauses[-1] if resumed and loaded.pauses else None
    if rested is None or rested.days_left is None:
        return due_on(loaded.workflow, option.stage, on, loaded.views, office)
    start = date.fromisoformat(on[:10])
    return working_days_after(start, max(rested.days_left, 0), office.closed_on()).isoformat()


def _rests(loaded: Loaded, option: Option) -> bool:
    """Whether the case pauses where it is; what another stage has left was never its own."""
    return option.status == "paused" and option.stage == loaded.state.stage


def _days_left(loaded: Loaded, on: str, office: Office) -> int | None:
    """The working days that the stage has left on ``on``; None where a date in the records is its end."""
    due, stage = loaded.state.due_on, loaded.workflow.stages[loaded.state.stage]
    if due is None or stage.until is not None:
        return None
    return working_days_between(date.fromisoformat(on[:10]), date.fromisoformat(due), office.closed_on())


def due_on(flow: Workflow, stage: str, on: str, views: Mapping[str, object], office: Office) -> str | None:
    """When a case that enters ``stage`` on ``on`` should leave it: a date in the records, or some working days."""
    wanted = flow.stages[stage]
    if wanted.until is not None:
        until = wanted.until.value(views)
        return until.isoformat() if isinstance(until, date) else until if isinstance(until, str) else None
    if wanted.days is None:
        return None
    return working_days_after(date.fromisoformat(on[:10]), wanted.days, office.closed_on()).isoformat()


def _result(requirement: Requirement, until: str | None) -> dict[str, Any]:
    """A guard as the event keeps it: its answer, what it read when that was no, until when it is overridden."""
    return {
        "guard": requirement.guard,
        "kind": requirement.kind,
        "ok": requirement.ok,
        "overridden": requirement.overridden,
        "until": until if requirement.overridden else None,
        "detail": dict(requirement.detail) if requirement.detail else None,
    }


def done_again(event: Mapping[str, Any], number: str, documents: Sequence[Mapping[str, Any]]) -> Done:
    """What the move of an earlier ``event`` told; ``documents`` are those of the case."""
    body = event["body"]
    return Done(
        case=number,
        move=body["move"],
        source=body["from"],
        to="closed" if body["status"] == "closed" else body["to"],
        at=event["on"],
        by=event["by"],
        documents=tuple(issued_of(row) for row in documents if row["seq"] == event["seq"]),
        overrides=tuple(guard["guard"] for guard in body["guards"] if guard["overridden"]),
        because=body["because"],
    )


def issued_of(row: Mapping[str, Any]) -> Issued:
    """A document as its row tells of it."""
    return Issued(row["name"], row["item"] or None, row["number"], row["version"], row["sha256"], row["on"])
