"""The names that guards and templates may use are those that the records publish."""

from __future__ import annotations

from typing import Any

import pytest
from record_samples import SAMPLES, check, sample, views

from casework_flow.records.kinds import Function, Kind, ListOf, Object, Scalar, at
from casework_flow.records.types import RECORD_TYPES
from casework_flow.records.views import view_class
from casework_flow.records.vocabulary import documentation, vocabulary

NAMES = vocabulary({}, {"consistent_days": 6, "ratio": 0.75, "words": ["a"]}, {}, Object())


def test_it_names_each_record_and_what_stands_beside_them() -> None:
    assert NAMES.keys() == {kind.view for kind in RECORD_TYPES.values()} | {"case", "settings", "approvals"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("client.sex", Scalar("choice", ("female", "male", "unknown"))),
        ("client.birth_date", Scalar("date")),
        ("client.is_minor", Scalar("boolean")),
        ("client.address.region.code", Scalar("text")),
        ("contract.focus", ListOf(Scalar("text"))),
        ("contract.ends_on", Scalar("date")),
        ("contract.visits_per_week", Scalar("number")),
        ("finance.wants_share", Scalar("number")),
        ("finance.longest_run_weeks", ListOf(Scalar("integer"))),
        ("finance.weeks.from", Scalar("date")),
        ("sessions.items.item", Scalar("integer")),
        ("sessions.week_rows.sessions.status", Scalar("choice", ("held", "cancelled", "client_absent"))),
        ("assessment.problems.statement", Scalar("text")),
        ("plan.components.indicators.target", Scalar("number")),
        ("plan.indicators.component", Scalar("text")),
        ("evaluation.rows.measured", Scalar("number")),
        ("genogram.index_member.roles", ListOf(Scalar("text"))),
        ("settings.consistent_days", Scalar("integer")),
        ("settings.words", ListOf(Scalar("text"))),
    ],
)
def test_it_tells_what_a_name_stands_for(path: str, kind: Kind) -> None:
    assert at(Object(NAMES), path.split(".")) == kind


def test_a_published_method_tells_what_it_takes_and_gives() -> None:
    active = at(NAMES["consents"], ["active"])
    types = Scalar("choice", ("service", "data", "sharing", "photo"))
    assert active == Function((types,), Scalar("boolean"))
    latest = at(NAMES["consents"], ["latest"])
    assert isinstance(latest, Function)
    assert at(latest.returns, ["given_on"]) == Scalar("date")


def test_a_name_that_does_not_exist_leads_nowhere() -> None:
    for path in ("client.nam", "finance.weeks.no", "client.name.first", "sessions.held_on"):
        assert at(Object(NAMES), path.split(".")) is None


@pytest.mark.parametrize("kind", RECORD_TYPES.values(), ids=lambda kind: str(kind.name))
def test_every_published_name_is_documented_and_hides_no_field(kind: Any) -> None:
    documented = documentation(kind)
    assert documented.keys() == set(view_class(kind).published())
    assert all(documented.values())
    if not kind.many:
        assert not documented.keys() & check(kind.name, sample(kind.name)).content.keys()


def _fits(value: Any, kind: Kind) -> bool:
    match kind:
        case Function():
            return callable(value)
        case ListOf(item=item):
            return isinstance(value, list) and all(_fits(one, item) for one in value)
        case Object(fields=fields):
            return isinstance(value, dict) and all(
                name in fields and (part is None or _fits(part, fields[name])) for name, part in value.items()
            )
        case Scalar(type="boolean"):
            return isinstance(value, bool)
        case Scalar(type="integer"):
            return isinstance(value, int)
        case Scalar(type="number"):
            return isinstance(value, int | float)
        case Scalar(type="choice", choices=choices):
            return value in choices
        case Scalar(type="date"):
            return len(str(value)) == len("2025-03-17")
        case _:
            return isinstance(value, str)


def test_what_the_records_give_is_what_the_vocabulary_says() -> None:
    records = {
        name: [check(name, sample(name)).content] if RECORD_TYPES[name].many else check(name, sample(name)).content
        for name in SAMPLES
    }
    found = views(records)
    for kind in RECORD_TYPES.values():
        shape = NAMES[kind.view]
        assert isinstance(shape, Object)
        for name, part in shape.fields.items():
            value = found[kind.view].get(name)
            assert value is None or _fits(value, part), f"{kind.view}.{name}"
