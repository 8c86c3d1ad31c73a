"""The records as guards and templates read them: their fields, and the figures derived from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from typing import Annotated, Any, Final, TypedDict, get_type_hints

from .base import Content, Day, Entry, Like, ManyView, View, World, figure, function
from .contract import AddendaView, ContractView
from .finance import FinanceView
from .sessions import SessionsView
from .types import RECORD_TYPES, RecordType

LEGAL_AGE: Final = 18
"""Years under which a person is a child and a guardian consents in their place (UU 27/2022, article 25)."""


def age_on(person: Mapping[str, Any], day: date) -> int | None:
    """Completed years on ``day``, from ``birth_date``, or ``age_years`` and ``as_of``; None if unknown."""
    born, known = person.get("birth_date"), person.get("as_of")
    if born:
        return _years(date.fromisoformat(born), day)
    if person.get("age_years") is None or not known:
        return None
    return int(person["age_years"]) + _years(date.fromisoformat(known), day)


def _years(first: date, last: date) -> int:
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


class ClientView(View):
    """The person whom the case is about."""

    @figure
    def age(self) -> int | None:
        """Completed years on the working date; None when neither a date of birth nor an age is recorded."""
        return age_on(self.content, self.world.today)

    @figure
    def is_minor(self) -> bool:
        """Whether the client is known to be under 18."""
        return self.age is not None and self.age < LEGAL_AGE

    @figure
    def needs_guardian(self) -> bool:
        """Whether the client is a minor or has limited legal capacity."""
        return self.is_minor or self.content.get("capacity") == "limited"


class IntakeView(View):
    """How the case came to the office."""

    @function
    def days_until(self, day: Day) -> int | None:
        """How many days after the receipt ``day`` lies, 0 on the same day; None without an intake."""
        received = self.content.get("received_on")
        return (date.fromisoformat(day) - date.fromisoformat(received)).days if received else None


class FormView(View):
    """A form of the programme's own that a case has at most once."""

    @figure
    def affirmed(self) -> list[str]:
        """The names of the yes-or-no fields that are answered yes: its ``count`` is the score of a checklist."""
        return [name for name, value in self.content.items() if value is True]


class ConsentsView(ManyView):
    """The consents that were given."""

    @function
    def active(self, type: Annotated[str, Like("consent.type")]) -> bool:
        """Whether a consent of ``type`` is given and, by the working date, not withdrawn."""
        today = self.world.today.isoformat()
        return any(
            item["type"] == type
            and item["given_on"] <= today
            and not (item.get("withdrawn_on") and item["withdrawn_on"] <= today)
            for item in self.items
        )

    @function
    def latest(self, type: Annotated[str, Like("consent.type")]) -> Annotated[Content | None, Like("consent")]:
        """The consent of ``type`` that was given last, withdrawn or not; None when there is none."""
        found = [item for item in self.items if item["type"] == type]
        return max(found, key=lambda item: (item["given_on"], item["item"]), default=None)


def first_of(view: View) -> Content | None:
    """What was first recorded, of a record that a case has once and that says something else now."""
    before = view.entries[-1].first if view.entries else None
    return before.content if before and before.content != view.content else None


class GenogramView(View):
    """The family over its generations."""

    @figure
    def first(self) -> Annotated[Content | None, Like("genogram")]:
        """The genogram as it was first recorded; None when it has not changed since."""
        return first_of(self)

    @figure
    def index_member(self) -> Annotated[Content | None, Like("genogram.members")]:
        """The client among the members."""
        members = self.content.get("members", ())
        return next((m for m in members if m["id"] == self.content["index"]), None)

    @figure
    def others(self) -> Annotated[list[Content], Like("genogram.members")]:
        """The members other than the client."""
        return [m for m in self.content.get("members", ()) if m["id"] != self.content["index"]]


class EcomapView(View):
    """The systems around the client."""

    @figure
    def first(self) -> Annotated[Content | None, Like("ecomap")]:
        """The ecomap as it was first recorded; None when it has not changed since."""
        return first_of(self)

    @figure
    def present(self) -> bool:
        """Whether at least one tie is recorded; an absent tie is a finding, so it counts."""
        return bool(self.content.get("ties"))

    @figure
    def absent_systems(self) -> list[str]:
        """The names of the systems to which there is no active tie."""
        absent = {tie["system"] for tie in self.content.get("ties", ()) if tie["strength"] == "absent"}
        return [system["name"] for system in self.content.get("systems", ()) if system["id"] in absent]


class InComponent(TypedDict):
    """What the plan adds to an item that it takes out of its component."""

    component: str


Findings = Annotated[list[Content], Like("assessment.items")]


class AssessmentView(View):
    """What was found: problems, needs, strengths and resources."""

    def _of_kind(self, kind: str) -> list[Content]:
        found = [item for item in self.content.get("items", ()) if item["kind"] == kind]
        return sorted(found, key=lambda item: item.get("priority", 9))

    @figure
    def problems(self) -> Findings:
        """The problems, the most urgent first."""
        return self._of_kind("problem")

    @figure
    def needs(self) -> Findings:
        """The needs, the most urgent first."""
        return self._of_kind("need")

    @figure
    def strengths(self) -> Findings:
        """The strengths, by priority."""
        return self._of_kind("strength")

    @figure
    def resources(self) -> Findings:
        """The resources, by priority."""
        return self._of_kind("resource")


class PlanView(View):
    """The intervention plan of the running cycle."""

    @cached_property
    def parts(self) -> list[Content]:
        return list(self.content.get("components", ()))

    def _each_has(self, field: str) -> bool:
        return bool(self.parts) and all(part.get(field) for part in self.parts)

    @figure
    def every_component_has_goal(self) -> bool:
        """Whether there is a component and each has a goal."""
        return self._each_has("goal")

    @figure
    def every_component_has_activity(self) -> bool:
        """Whether there is a component and each has an activity."""
        return self._each_has("activities")

    @figure
    def every_component_has_indicator(self) -> bool:
        """Whether there is a component and each has an indicator."""
        return self._each_has("indicators")

    @figure
    def every_component_meets_a_need(self) -> bool:
        """Whether there is a component and each names a need, all of them found in the assessment."""
        known = {need["id"] for need in self.world.view(AssessmentView).needs}
        return self._each_has("needs") and all(known.issuperset(part["needs"]) for part in self.parts)

    @figure
    def activities(self) -> Annotated[list[Content], Like("plan.components.activities"), InComponent]:
        """The activities of all components, each with its component's title as ``component``."""
        return self._flat("activities")

    @figure
    def indicators(self) -> Annotated[list[Content], Like("plan.components.indicators"), InComponent]:
        """The indicators of all components, each with its component's title as ``component``."""
        return self._flat("indicators")

    def _flat(self, field: str) -> list[Content]:
        return [{**item, "component": part["title"]} for part in self.parts for item in part.get(field, ())]

    @figure
    def activities_fit(self) -> bool:
        """Whether there is an activity and all of them end within the contract's weeks, addenda included."""
        weeks = self.world.view(ContractView).total_weeks
        return (
            weeks is not None
            and bool(self.activities)
            and all(activity["week_to"] <= weeks for activity in self.activities)
        )

    @figure
    def every_indicator_measurable(self) -> bool:
        """Whether there is an indicator, and each has a target and a baseline or a reason for having none."""
        return bool(self.indicators) and all(
            item.get("target") is not None and (item.get("baseline") is not None or bool(item.get("baseline_reason")))
            for item in self.indicators
        )


class EvaluationRow(TypedDict):
    """What the evaluation adds to an indicator of the plan."""

    component: str
    rating: Annotated[str | None, Like("evaluation.results.rating")]
    value: float | None
    evidence: str | None
    measured: float | None
    measured_first: float | None


class EvaluationView(View):
    """What was reached, indicator by indicator."""

    @cached_property
    def results_by_code(self) -> dict[str, Content]:
        return {result["code"]: result for result in self.content.get("results", ())}

    @figure
    def every_indicator_rated(self) -> bool:
        """Whether the plan has an indicator and each is rated, met or not."""
        codes = {indicator["code"] for indicator in self.world.view(PlanView).indicators}
        return bool(codes) and codes <= self.results_by_code.keys()

    @figure
    def every_rating_has_evidence(self) -> bool:
        """Whether there is a rating and each has its evidence."""
        results = self.results_by_code.values()
        return bool(results) and all(result.get("evidence") for result in results)

    @figure
    def rows(
        self,
    ) -> Annotated[list[Content], Like("plan.components.indicators"), EvaluationRow]:
        """The plan's indicators with their results.

        ``measured`` is the figure that the indicator is derived from, on the working date; ``measured_first``
        is what it was in the beginning, where that is published too.
        """
        rows: list[Content] = []
        for indicator in self.world.view(PlanView).indicators:
            result = self.results_by_code.get(indicator["code"], {})
            measure = indicator.get("measure")
            rows.append(
                {
                    **indicator,
                    "value": result.get("value"),
                    "rating": result.get("rating"),
                    "evidence": result.get("evidence"),
                    "measured": measured(self.world.views, measure),
                    "measured_first": measured(self.world.views, f"{measure}_first" if measure else None),
                }
            )
        return rows


CLASSES: Final[Mapping[str, type[View]]] = {
    "client": ClientView,
    "intake": IntakeView,
    "consent": ConsentsView,
    "contract": ContractView,
    "addendum": AddendaView,
    "genogram": GenogramView,
    "ecomap": EcomapView,
    "assessment": AssessmentView,
    "plan": PlanView,
    "session": SessionsView,
    "finance": FinanceView,
    "evaluation": EvaluationView,
}
"""The view of each type of record that publishes figures of its own."""


def view_class(kind: RecordType) -> type[View]:
    """The class whose instances show records of ``kind``."""
    plain = ManyView if kind.many else FormView if kind.form else View
    return CLASSES.get(kind.name, plain)


_GENERAL: Final = tuple((kind.name, kind.view, view_class(kind)) for kind in RECORD_TYPES.values())
"""The records of every programme: the name of each, and of what shows it; looked up once, not for each case."""


def build_views(
    entries: Mapping[str, Sequence[Entry]],
    *,
    today: date,
    settings: Mapping[str, Any],
    case: Mapping[str, Any],
    approvals: object,
    forms: Mapping[str, RecordType],
) -> dict[str, object]:
    """What guards and templates read, by name.

    Args:
        entries: the current revisions that are in scope, by name of record type.
        today: the working date.
        settings: the workflow's settings; ``consistent_days`` and ``assistance_categories`` are used here.
        case: facts of the case.
        approvals: what has been approved; handed on as it is.
        forms: the record types of the programme's own, and of the host's.
    """
    world = World(today, settings, case)
    own = ((kind.name, kind.view, view_class(kind)) for kind in forms.values())
    for name, shown_as, shown_by in (*_GENERAL, *own):
        world.views[shown_as] = shown_by(world, entries.get(name, ()))
    return {**world.views, "case": case, "settings": settings, "approvals": approvals}


def measured(views: Mapping[str, object], measure: str | None) -> float | None:
    """The value of a published figure such as ``finance.longest_run``; None when it is not known."""
    if measure not in measures():
        return None
    name, _, figure_name = measure.partition(".")
    view = views[name]
    found = view.get(figure_name) if isinstance(view, View) else None
    return found if isinstance(found, int | float) else None


@cache
def measures() -> tuple[str, ...]:
    """The published figures that are numbers: what an indicator may be derived from."""
    numbers = {int, float, int | None, float | None}
    found = []
    for kind in RECORD_TYPES.values():
        cls = view_class(kind)
        for name in cls.published():
            publisher = getattr(cls, name)
            if isinstance(publisher, figure) and get_type_hints(publisher.func)["return"] in numbers:
                found.append(f"{kind.view}.{name}")
    return tuple(found)
