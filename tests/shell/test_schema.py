"""The JSON Schema of the workflow format: published as the code has it, and true of what the loader accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from casework_flow.messages import languages
from casework_flow.records.forms import FIELD_TYPES
from casework_flow.workflowfile import WorkflowFile, form_faults, schema, schema_text
from casework_flow.yaml12 import parse

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / "workflows").glob("*.yaml"))
SCHEMA = schema()


def faults(value: Any, rule: Mapping[str, Any], where: str = "") -> Iterator[str]:
    """What JSON Schema says is wrong with ``value``: the keywords that our schema uses, and no others."""
    known = {
        *("$ref", "$schema", "$defs", "title", "description", "default", "type", "enum", "const", "pattern"),
        *("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "items", "anyOf", "oneOf"),
        *("properties", "patternProperties", "additionalProperties", "propertyNames", "required"),
        *("minProperties", "maxProperties"),
    }
    assert rule.keys() <= known, f"teach this test {rule.keys() - known}"
    if "$ref" in rule:
        yield from faults(value, SCHEMA["$defs"][rule["$ref"].removeprefix("#/$defs/")], where)
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    if "type" in rule and rule["type"] != "null":
        fits = isinstance(value, kinds[rule["type"]]) and (rule["type"] == "boolean" or not isinstance(value, bool))
        if not fits:
            yield f"{where}: no {rule['type']}"
            return
    if rule.get("type") == "null" and value is not None:
        yield f"{where}: not null"
    if "enum" in rule and value not in rule["enum"]:
        yield f"{where}: {value} is not in the list"
    if "const" in rule and value != rule["const"]:
        yield f"{where}: not {rule['const']}"
    for key, fewest in (("anyOf", 1), ("oneOf", 1)):
        fitting = [one for one in rule.get(key, ()) if not list(faults(value, one, where))]
        if key in rule and not (len(fitting) >= fewest if key == "anyOf" else len(fitting) == 1):
            yield f"{where}: fits {len(fitting)} of {key}"
    if isinstance(value, str):
        if not rule.get("minLength", 0) <= len(value) <= rule.get("maxLength", 10**9):
            yield f"{where}: length"
        if "pattern" in rule and not re.search(rule["pattern"], value):
            yield f"{where}: pattern"
    elif isinstance(value, int | float) and not rule.get("minimum", value) <= value <= rule.get("maximum", value):
        yield f"{where}: bounds"
    elif isinstance(value, list):
        if not rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", 10**9):
            yield f"{where}: number of items"
        for number, item in enumerate(value):
            yield from faults(item, rule.get("items", {}), f"{where}.{number}")
    elif isinstance(value, dict):
        yield from object_faults(value, rule, where)


def object_faults(value: dict[str, Any], rule: Mapping[str, Any], where: str) -> Iterator[str]:
    if not rule.get("minProperties", 0) <= len(value) <= rule.get("maxProperties", 10**9):
        yield f"{where}: number of keys"
    for key in rule.get("required", ()):
        if key not in value:
            yield f"{where}: {key} is missing"
    for key, part in value.items():
        yield from faults(key, rule.get("propertyNames", {}), f"{where}.{key}")
        matching = [one for pattern, one in rule.get("patternProperties", {}).items() if re.search(pattern, key)]
        if key in rule.get("properties", {}):
            matching.append(rule["properties"][key])
        for one in matching:
            yield from faults(part, one, f"{where}.{key}")
        other = rule.get("additionalProperties", {})
        if not matching and other is False:
            yield f"{where}: {key} is not known"
        elif not matching:
            yield from faults(part, other, f"{where}.{key}")


def load(path: Path) -> Any:
    return parse(path.read_text(encoding="utf-8"), path.name)[0]


def test_the_published_schema_is_that_of_the_code() -> None:
    published = (ROOT / "docs" / "workflow.schema.json").read_text(encoding="utf-8")
    assert published == schema_text(), "run: make schema"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_shipped_workflow_fits_the_schema(path: Path) -> None:
    assert list(faults(load(path), SCHEMA)) == []


CHANGES: dict[str, Any] = {
    "unknown key": lambda data: data.update(seting={}),
    "no title": lambda data: data.pop("title"),
    "one language": lambda data: data["title"].pop("id"),
    "empty text": lambda data: data["title"].update(id=""),
    "version": lambda data: data.update(version=0),
    "version as text": lambda data: data.update(version="1"),
    "kind": lambda data: data["stages"]["engagement"]["requires"][0].update(kind="moral"),
    "check": lambda data: data["stages"]["engagement"]["requires"][0].pop("check"),
    "days": lambda data: data["stages"]["engagement"].update(days=-1),
    "name of a stage": lambda data: data["stages"].update({"First Stage": {"title": {"id": "a", "en": "b"}}}),
    "status": lambda data: data["moves"][0].update(status="closed"),
    "cycle": lambda data: data["moves"][0].update(cycle=2),
    "role": lambda data: data["permissions"].update(advance=["boss"]),
    "act": lambda data: data["permissions"].update(advnce=["supervisor"]),
    "no closures": lambda data: data.update(closures={}),
    "each": lambda data: data["stages"]["engagement"].update(documents=[{"document": "intake", "eech": "x"}]),
    "type of a field": lambda data: data.update(forms=form(type="txt")),
    "label": lambda data: data.update(forms=form(label={"id": "A"})),
}


def form(**changes: Any) -> dict[str, Any]:
    words = {"id": "A", "en": "A"}
    return {"visit": {"title": words, "fields": {"place": {"type": "text", "label": words, **changes}}}}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_schema_refuses_what_the_check_refuses(change: Any) -> None:
    data = deepcopy(load(WORKFLOWS[0]))
    change(data)
    assert list(faults(data, SCHEMA))


def test_a_sound_form_fits() -> None:
    data = {**load(WORKFLOWS[0]), "forms": form(type="choice", choices=["a", "b"])}
    assert list(faults(data, SCHEMA)) == []
    assert list(form_faults(data)) == []


def test_every_key_is_explained() -> None:
    parts = [SCHEMA["properties"], *(one.get("properties", {}) for one in SCHEMA["$defs"].values())]
    unexplained = [
        name for part in parts for name, one in part.items() if "description" not in one and name not in languages()
    ]
    assert unexplained == []


def test_every_text_must_have_each_language_that_the_software_speaks() -> None:
    assert SCHEMA["$defs"]["Words"]["required"] == list(languages())


def test_the_schema_knows_every_key_of_the_format_and_every_type_of_field() -> None:
    assert SCHEMA["properties"].keys() == {part.alias or name for name, part in WorkflowFile.model_fields.items()}
    assert SCHEMA["$defs"]["FieldPart"]["properties"]["type"]["enum"] == list(FIELD_TYPES)
    assert json.loads(schema_text()) == SCHEMA
