"""The empty form of a record: YAML in which every field is explained, and which is accepted once it is filled in."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from record_samples import SAMPLES, check, sample

from casework_flow.records.blank import WIDTH, blank_form
from casework_flow.records.schema import fields_of, model_of
from casework_flow.records.types import RECORD_TYPES

KINDS = list(RECORD_TYPES)


def whole(name: str) -> Any:
    """The form with every part put to use."""
    text, before = blank_form(RECORD_TYPES[name], "id"), ""
    while text != before:
        text, before = re.sub(r"(?m)^( *)# ", r"\1", text), text
    return yaml.safe_load(text)


def shape_of(model: Any) -> Any:
    return {
        name: [inner] if field.many else inner
        for name, field in fields_of(model).items()
        for inner in [shape_of(field.part) if field.part else None]
    }


def emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: emptied(part) for name, part in value.items()}
    return [emptied(part) for part in value] if isinstance(value, list) else None


@pytest.mark.parametrize("name", KINDS)
def test_the_form_shows_every_field_once(name: str) -> None:
    assert emptied(whole(name)) == shape_of(model_of(RECORD_TYPES[name]))


@pytest.mark.parametrize("name", SAMPLES)
def test_the_form_is_accepted_with_its_required_fields_filled_in(name: str) -> None:
    form = yaml.safe_load(blank_form(RECORD_TYPES[name], "en")) or {}
    assert {
        field for field, shape in fields_of(model_of(RECORD_TYPES[name])).items() if shape.required
    } <= form.keys()
    filled = sample(name)
    assert check(name, {**form, **filled}).content == check(name, filled).content


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_each_field_and_each_word_of_a_choice_has_its_label(name: str, lang: str) -> None:
    text = " ".join(blank_form(RECORD_TYPES[name], lang).replace("#", " ").split())
    for shape in fields_of(model_of(RECORD_TYPES[name])).values():
        assert shape.label.say(lang) in text
        for word, label in shape.choice.labels.items() if shape.choice else ():
            assert f"{word}: {label.say(lang)}" in text


@pytest.mark.parametrize("name", KINDS)
def test_the_form_reads_in_eighty_columns(name: str) -> None:
    assert all(len(line) <= WIDTH for line in blank_form(RECORD_TYPES[name], "id").splitlines())
