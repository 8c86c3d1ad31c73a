"""YAML by the 1.2 core schema, from anybody: what is read, what is refused, and where the fault is."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework_flow.errors import Invalid
from casework_flow.yaml12 import MAX_DEPTH, parse


def read(text: str) -> Any:
    return parse(text, "f.yaml")[0]


def fault(text: str) -> str:
    with pytest.raises(Invalid) as refused:
        parse(text, "f.yaml")
    (problem,) = refused.value.problems
    return problem.say("en")


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "y", "n", "On", "YES", "No"])
def test_what_yaml_1_1_took_for_truth_is_text(word: str) -> None:
    assert read(f"a: {word}") == {"a": word}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2025-01-01", "2025-01-01"),
        ("0b11", "0b11"),
        ("'1'", "1"),
        ('"yes"', "yes"),
        ("!!str 1", "1"),
        ("! 1", "1"),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_plain_values_follow_the_core_schema(written: str, value: object) -> None:
    found = read(f"a: {written}")["a"]
    assert (type(found), found) == (type(value), value)


def test_not_a_number() -> None:
    assert math.isnan(read("a: .nan")["a"])


def test_keys_are_text_and_merging_is_not_known() -> None:
    assert read("1: a\ntrue: b\n<<: {c: d}") == {"1": "a", "true": "b", "<<": {"c": "d"}}


def test_an_empty_file_holds_nothing() -> None:
    assert read("") is None
    assert read("# nothing but words\n") is None


def test_an_alias_gives_a_copy() -> None:
    found = read("a: &x {b: [1]}\nc: *x")
    assert found == {"a": {"b": [1]}, "c": {"b": [1]}}
    found["a"]["b"].append(2)
    assert found["c"] == {"b": [1]}


def test_each_value_has_its_line_and_an_unknown_one_that_of_what_is_around_it() -> None:
    _, lines = parse("a: 1\nb:\n  - c: 2\n  -\n    d: 3\n")
    assert [lines.of(p) for p in [("a",), ("b",), ("b", 0, "c"), ("b", 1, "d"), ("b", 1, "d", "x"), ("z",)]] == [
        1,
        2,
        3,
        5,
        5,
        1,
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "f.yaml:3: a is given twice."),
        ("a:\n  !!python/object/apply:os.system [x]", "f.yaml:2: The tag tag:yaml.org,2002:python/"),
        ("a: !secret x", "f.yaml:1: The tag !secret is not allowed."),
        ("a: !!int '1'", "f.yaml:1: The tag tag:yaml.org,2002:int is not allowed."),
        ("a: !!set {x}", "f.yaml:1: The tag tag:yaml.org,2002:set is not allowed."),
        ("a: !!binary aGk=", "f.yaml:1: The tag tag:yaml.org,2002:binary is not allowed."),
        ("a: 1\nb: &x\n  - *x", "f.yaml:3: An alias refers to the value that it stands in."),
        ("a: *x", "f.yaml:1: Nothing before this is called &x."),
        ("? [1]\n: 2", "f.yaml:1: A key must be text."),
        ("? &k a\n: *k", "f.yaml:1: A key must be text."),
        ("a\n---\nb", "f.yaml:2: The file holds more than one document."),
        ("a:\n\t- b", "f.yaml:2: This is not YAML: column 1 does not go on"),
        ("a: [1, 2", "quotes or brackets that are not closed"),
        ("a: \x00", "f.yaml:1: This is not YAML:"),
        ("a: \x1b[31m", "f.yaml:1: This is not YAML:"),
        ("a: b\nc: '\ud800'", "f.yaml:2: This is not YAML:"),
        (f"a: {'9' * 101}", "f.yaml:1: A number has at most 100 digits."),
        ("[" * (MAX_DEPTH + 2), "nests them too deeply."),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, said: str) -> None:
    assert said in fault(text)


def test_without_a_name_the_line_still_is_told() -> None:
    with pytest.raises(Invalid) as refused:
        parse("a: 1\na: 2")
    assert refused.value.problems[0].where == "-:2"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 500_000,
        "{a: " * 250_000,
        "- " * 500_000,
        "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)),
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200)),
    ],
    ids=["lists", "mappings", "items", "a billion laughs", "a deep chain of aliases"],
)
def test_a_bomb_is_refused_before_it_goes_off(text: str) -> None:
    started = time.perf_counter()
    assert "too deeply" in fault(text)
    assert time.perf_counter() - started < 5


BASIC = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])  # YAML has no escape of two halves
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(BASIC, max_size=20),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(BASIC, max_size=6), part, max_size=4),
    max_leaves=15,
)


@given(PLAIN)
def test_json_is_yaml_and_comes_back_as_it_was(data: object) -> None:
    assert read(json.dumps(data)) == data


ANY = st.text(st.characters(exclude_categories=()), max_size=200)
YAMLISH = st.text("ab:-[]{}&*!|>'\"#%@,? \n\t01", max_size=60)


@given(ANY | YAMLISH)
def test_any_text_is_data_or_one_fault_with_its_line(text: str) -> None:
    try:
        parse(text, "f.yaml")
    except Invalid as refused:
        (problem,) = refused.problems
        name, line = problem.where.split(":")
        ends = sum(text.count(end) for end in "\n\r\x85\u2028\u2029")
        assert (name, 1 <= int(line) <= ends + 2) == ("f.yaml", True)  # any text may be sound as well
