"""Workflow files: a corpus of bad ones with what each must be told, and any text at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework_flow.engine import Engine
from casework_flow.errors import Invalid, NotFound
from casework_flow.loader import MAX_FILE, Library, load_file, load_text
from casework_flow.workflow import canonical
from casework_flow.yaml12 import parse

HERE = Path(__file__).parent
GOOD = HERE / "small_workflow.yaml"
BAD = HERE / "bad_workflows"
EXPECTED = (BAD / "expected.txt").read_text(encoding="utf-8").splitlines()
TEXT = GOOD.read_text(encoding="utf-8")


def faults(path: Path) -> list[str]:
    with pytest.raises(Invalid) as refused:
        load_file(path)
    return [problem.say("en") for problem in refused.value.problems]


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_bad_file_is_refused_with_every_fault_its_line_and_what_was_meant(path: Path) -> None:
    assert faults(path) == [line for line in EXPECTED if line.startswith(f"{path.name}:")]


def test_every_expected_fault_has_its_file() -> None:
    assert {line.split(":")[0] for line in EXPECTED} == {path.name for path in BAD.glob("*.yaml")}


def test_a_sound_file_is_a_workflow() -> None:
    flow = load_file(GOOD)
    assert (flow.name, flow.version, flow.order) == ("small", 1, ("engagement", "ending"))
    assert flow.title.say("id") == "Kecil"
    assert [place for place, _ in flow.guards()] == ["engagement", "close withdrawn"]
    assert flow.stages["engagement"].days == 5
    assert flow.closures["done"].complete
    assert flow.may("supervisor", "approve", "plan")
    assert not flow.may("social_worker", "approve", "plan")


def test_a_file_with_several_faults_names_them_all() -> None:
    text = (
        TEXT.replace("days: 5", "days: x")
        .replace("kind: legal", "kind: moral", 1)
        .replace("version: 1", "version: 0")
    )
    with pytest.raises(Invalid) as refused:
        load_text(text, "f.yaml")
    assert [problem.where for problem in refused.value.problems] == ["f.yaml:2", "f.yaml:10", "f.yaml:13"]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"workflow: sm\xff", "The file is not UTF-8 text."),
        (b"workflow: \x00", "This is not YAML"),
        (b"x" * (MAX_FILE + 1), "The file is larger than a workflow can be."),
        (TEXT.encode("utf-16"), "The file is not UTF-8 text."),
        (b"[" * (MAX_FILE - 1), "nests them too deeply"),
    ],
    ids=["latin", "nul", "large", "utf-16", "deep"],
)
def test_bytes_that_are_no_workflow_are_refused(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(raw)
    assert said in faults(path)[0]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(TEXT, encoding="utf-8-sig")
    assert load_file(path).name == "small"


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(NotFound):
            load_file(path)


def test_an_offices_own_workflow_comes_before_a_shipped_one(tmp_path: Path) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for folder, version in ((own, 7), (shipped, 1)):
        folder.mkdir()
        (folder / "small.yaml").write_text(TEXT.replace("version: 1", f"version: {version}"), encoding="utf-8")
    library = Library([own, shipped, tmp_path / "missing"])
    assert library.load("small").version == 7
    assert library.load("small") is library.load("small")
    with pytest.raises(NotFound, match=r"Did you mean small\?"):
        library.load("smal")


def check(text: str) -> None:
    """The text is refused with faults that have a line, or it is a workflow that an engine can run."""
    try:
        flow = load_text(text, "f.yaml")
    except Invalid as refused:
        assert refused.problems  # noqa: PT017  # most texts are refused, a few are sound
        for problem in refused.problems:
            assert problem.where.startswith("f.yaml:")
            assert problem.message.say("id")
    else:
        Engine(flow)
        assert canonical(flow.data)


SNIPPETS = st.sampled_from(
    [
        "&a",
        "*a",
        "!!x",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "\n",
        "  ",
        "\t",
        "null",
        "true",
        "1",
        "-1",
        "é",
        "\0",
    ]
) | st.text(max_size=5)


@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, 12), SNIPPETS), min_size=1, max_size=4))
@settings(max_examples=300)
def test_a_file_with_slips_of_the_pen_is_refused_or_runs(edits: list[tuple[int, int, str]]) -> None:
    text = TEXT
    for at, cut, new in edits:
        text = text[:at] + new + text[at + cut :]
    check(text)


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*path, key)
        yield from places(value, (*path, key))


PLACES = list(places(parse(TEXT)[0]))
WORDS = st.sampled_from(
    ["any", "close", "engagement", "ending", "client", "approve", "consents.active", "legal", "next"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), part, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
@settings(max_examples=300)
def test_a_file_with_any_value_anywhere_is_refused_or_runs(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    data = parse(TEXT)[0]
    for (*path, last), value in changes:
        with suppress(KeyError, IndexError, TypeError):  # an earlier change took the place away
            target = data
            for step in path:
                target = target[step]
            target[last] = value
    check(json.dumps(data))
