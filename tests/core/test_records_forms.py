"""Record types that a programme's workflow file adds."""

from __future__ import annotations

from typing import Any

import pytest
from record_samples import TODAY, faults, views

from casework_flow.errors import Invalid
from casework_flow.messages import Message
from casework_flow.records.forms import FIELD_TYPES, form_type
from casework_flow.records.input import from_csv_row, validate
from casework_flow.records.kinds import ListOf, Object, Scalar
from casework_flow.records.schema import choice_label, label
from casework_flow.records.types import RecordType
from casework_flow.records.vocabulary import kind_of_view

TITLE = {"id": "Penempatan", "en": "Placement"}


def _field(type_: str, **more: Any) -> dict[str, Any]:
    return {"type": type_, "label": {"id": "Isian", "en": "Field"}, **more}


SPEC: dict[str, Any] = {
    "title": TITLE,
    "fields": {
        "place": _field("text", required=True),
        "model_copy": _field("integer", min=1, max=9),
        "score": _field("number", min=0.5),
        "cost": _field("money"),
        "moved_on": _field("date"),
        "return_on": _field("announced_date"),
        "agreed": _field("boolean"),
        "kind": _field("choice", choices={"kin": {"id": "Kerabat", "en": "Kin"}, "home": {"id": "Panti"}}),
        "witnesses": _field("list"),
    },
}
SOUND: dict[str, Any] = {
    "place": "Rumah nenek",
    "model_copy": 3,
    "score": 0.5,
    "cost": 0,
    "moved_on": "2025-05-20",
    "return_on": "2026-01-01",
    "agreed": True,
    "kind": "kin",
    "witnesses": ["Saksi Contoh"],
}


def form(**changes: Any) -> RecordType:
    return form_type("placement", {**SPEC, **changes})


def test_the_example_has_a_field_of_each_type() -> None:
    assert {field["type"] for field in SPEC["fields"].values()} == set(FIELD_TYPES)


def test_a_form_is_validated_like_any_record() -> None:
    content = validate(form(), SOUND, today=TODAY).content
    assert content == SOUND
    assert validate(form(), {"place": "x"}, today=TODAY).content == {"place": "x", "witnesses": []}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("place", 1),
        ("model_copy", 0),
        ("model_copy", 10),
        ("model_copy", "3"),
        ("score", 0.4),
        ("cost", -1),
        ("cost", 5.0),
        ("moved_on", "2025-05-22"),
        ("agreed", "ya"),
        ("kind", "kim"),
        ("witnesses", "Saksi"),
    ],
)
def test_a_value_of_another_type_is_refused_by_the_fields_own_name(field: str, value: object) -> None:
    assert faults(form(), {**SOUND, field: value}).keys() == {field}


def test_unknown_and_missing_fields_are_named() -> None:
    found = faults(form(), {"plase": "x"})
    assert found.keys() == {"place", "plase"}
    assert "Did you mean place?" in found["plase"]


def test_a_form_has_labels_in_the_files_languages() -> None:
    assert label(form(), "place").say("id") == "Isian"
    assert choice_label(form(), "kind", "kin").say("id") == "Kerabat"
    words = form(fields={"kind": _field("choice", choices=["kin"])})
    assert choice_label(words, "kind", "kin").say("id") == "kin"
    assert form().title.say("id") == "Penempatan"


def test_a_form_is_read_like_any_record() -> None:
    one = views({"placement": SOUND}, forms={"placement": form()})["placement"]
    assert one.get("place") == "Rumah nenek"
    many = views({"placement": [SOUND, SOUND]}, forms={"placement": form(many=True)})["placement"]
    assert (many.count, many.items[1]["item"]) == (2, 2)


def test_a_form_has_its_place_in_the_vocabulary() -> None:
    shape = kind_of_view(form())
    assert shape.fields["kind"] == Scalar("choice", ("kin", "home"))
    assert shape.fields["cost"] == Scalar("integer")
    assert shape.fields["return_on"] == Scalar("date")
    many = kind_of_view(form(many=True))
    assert isinstance(many.fields["items"], ListOf)
    assert isinstance(many.fields["items"].item, Object)
    assert many.fields["count"] == Scalar("integer")


def test_a_row_of_a_table_is_converted_by_the_forms_types() -> None:
    row = {"place": "1", "model_copy": "3", "score": "0.5", "agreed": "ya"}
    assert from_csv_row(form(), row) == {"place": "1", "model_copy": 3, "score": 0.5, "agreed": True}


@pytest.mark.parametrize(
    ("name", "spec", "where"),
    [
        ("client", SPEC, ""),
        ("sessions", SPEC, ""),
        ("settings", SPEC, ""),
        ("Placement", SPEC, ""),
        ("class", SPEC, ""),
        ("_x", SPEC, ""),
        ("x", [], ""),
        ("x", {**SPEC, "title": "Penempatan"}, "title"),
        ("x", {**SPEC, "titel": TITLE}, "titel"),
        ("x", {**SPEC, "many": "yes"}, "many"),
        ("x", {"title": TITLE, "fields": {}}, "fields"),
        ("x", {"title": TITLE, "fields": {"a": "text"}}, "fields.a"),
        ("x", {"title": TITLE, "fields": {"items": _field("text")}}, "fields.items"),
        ("x", {"title": TITLE, "fields": {"a b": _field("text")}}, "fields.a b"),
        ("x", {"title": TITLE, "fields": {"a": _field("txt")}}, "fields.a.type"),
        ("x", {"title": TITLE, "fields": {"a": {"type": "text"}}}, "fields.a.label"),
        ("x", {"title": TITLE, "fields": {"a": _field("text", require=True)}}, "fields.a.require"),
        ("x", {"title": TITLE, "fields": {"a": _field("text", required=1)}}, "fields.a.required"),
        ("x", {"title": TITLE, "fields": {"a": _field("text", choices=["x"])}}, "fields.a.choices"),
        ("x", {"title": TITLE, "fields": {"a": _field("choice")}}, "fields.a.choices"),
        ("x", {"title": TITLE, "fields": {"a": _field("choice", choices=[1])}}, "fields.a.choices"),
        ("x", {"title": TITLE, "fields": {"a": _field("text", min=1)}}, "fields.a.min"),
        ("x", {"title": TITLE, "fields": {"a": _field("money", max="9")}}, "fields.a.max"),
    ],
)
def test_a_form_that_cannot_be_used_is_refused_at_its_place(name: str, spec: object, where: str) -> None:
    with pytest.raises(Invalid) as refused:
        form_type(name, spec)
    assert where in [problem.where for problem in refused.value.problems]
    assert isinstance(refused.value.message, Message)
