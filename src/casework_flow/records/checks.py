"""What a record says against the other records of its case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from ..errors import Problem, did_you_mean
from ..messages import Message
from .base import V
from .contract import ContractView
from .fields import short
from .views import AssessmentView, PlanView, measured

Views = Mapping[str, object]
Found = Iterator[Problem | Message]


def check(kind_name: str, content: Mapping[str, Any], views: Views) -> tuple[list[Problem], list[Message]]:
    """The faults and the warnings of a sound record beside the rest of the case.

    Args:
        kind_name: the name of the record type.
        content: what ``validate`` gave.
        views: the case's records as they are before this one (``build_views``).

    Returns:
        The problems, for which it must be refused, and the warnings.
    """
    found = list(_CHECKS[kind_name](content, views)) if kind_name in _CHECKS else []
    problems = [one for one in found if isinstance(one, Problem)]
    return problems, [one for one in found if isinstance(one, Message)]


def _view(views: Views, cls: type[V]) -> V:
    return next(view for view in views.values() if isinstance(view, cls))


def _plan(content: Mapping[str, Any], views: Views) -> Found:
    weeks = _view(views, ContractView).total_weeks
    needs = {need["id"] for need in _view(views, AssessmentView).needs}
    for number, component in enumerate(content["components"]):
        for place, activity in enumerate(component["activities"]):
            if weeks is not None and activity["week_to"] > weeks:
                where = f"components.{number}.activities.{place}.week_to"
                message = Message(
                    "Week {week} is beyond the contract's {weeks} weeks.",
                    week=activity["week_to"],
                    weeks=weeks,
                )
                yield Problem(where, message)
        for need in component["needs"]:
            if need not in needs:
                yield Message(
                    "The component {component} names the need {need}, which the assessment does not have.",
                    component=short(component["title"]),
                    need=short(need),
                )


def _session(content: Mapping[str, Any], views: Views) -> Found:
    contract = _view(views, ContractView)
    week = contract.week_of(date.fromisoformat(content["held_on"]))
    if week is not None and week != content["week_no"]:
        yield Message(
            "{day} lies in week {week} of the contract, not in week {told}.",
            day=content["held_on"],
            week=week,
            told=content["week_no"],
        )


def _finance(content: Mapping[str, Any], views: Views) -> Found:
    contract = _view(views, ContractView)
    week = contract.week_of(date.fromisoformat(content["date"]))
    if week is not None and contract.total_weeks is not None and not 1 <= week <= contract.total_weeks:
        yield Message("{day} lies outside the contract's weeks and is not counted.", day=content["date"])


def _evaluation(content: Mapping[str, Any], views: Views) -> Found:
    indicators = {indicator["code"]: indicator for indicator in _view(views, PlanView).indicators}
    for number, result in enumerate(content["results"]):
        code = result["code"]
        if code not in indicators:
            near = did_you_mean(code, list(indicators))
            message = Message("The plan has no indicator {code}.", code=short(code))
            if near is not None:
                message = Message("The plan has no indicator {code}. {near}", code=short(code), near=near)
            yield Problem(f"results.{number}.code", message)
            continue
        derived = measured(views, indicators[code].get("measure"))
        if derived is not None and result.get("value") is not None and result["value"] != derived:
            yield Message(
                "The value of {code} is {value}; by the records it is {derived}.",
                code=code,
                value=result["value"],
                derived=derived,
            )


_CHECKS: Final[Mapping[str, Callable[[Mapping[str, Any], Views], Found]]] = {
    "plan": _plan,
    "session": _session,
    "finance": _finance,
    "evaluation": _evaluation,
}
