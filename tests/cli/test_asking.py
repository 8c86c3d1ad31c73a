"""Asking for a record: what an answer means, the course of the questions, and a terminal that is left and resumed."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from driver import NUMBER, casework
from hypothesis import given, settings
from hypothesis import strategies as st
from test_asking_case_s import PROMPT, terminal
from typist import meaning, typed

from casework_flow import Invalid
from casework_flow.cli import answers
from casework_flow.cli.interview import Interview
from casework_flow.notation import Unclear
from casework_flow.records.fields import Context
from casework_flow.records.generated import complete
from casework_flow.records.input import validate
from casework_flow.records.schema import FieldShape, fields_of, model_of
from casework_flow.records.types import RECORD_TYPES, RecordType

START = date(2025, 3, 17)
TODAY = date(2025, 6, 30)
CONTEXT = Context(TODAY)
SEX = fields_of(model_of(RECORD_TYPES["client"]))["sex"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-03-06", "2025-03-06"),
        ("6/3/2025", "2025-03-06"),
        ("6 Maret 2025", "2025-03-06"),
        ("6-3-25", "2025-03-06"),
        ("Hari ini", "2025-06-30"),
        ("kemarin", "2025-06-29"),
        ("yesterday", "2025-06-29"),
        ("besok", "2025-07-01"),
    ],
)
def test_a_day_as_people_say_it(text: str, day: str) -> None:
    assert answers.day(text, TODAY).isoformat() == day


@pytest.mark.parametrize("text", ["3/25/2025", "31/2/2025", "45000", "lusa kemarin besok"])
def test_a_day_that_is_none_or_could_be_two_is_asked_back(text: str) -> None:
    with pytest.raises(Unclear):
        answers.day(text, TODAY)


def test_a_birth_may_lie_in_either_century() -> None:
    assert answers.day("6/3/75", TODAY, long_ago=True) == date(1975, 3, 6)
    with pytest.raises(Unclear, match="four digits"):
        answers.day("6/3/20", TODAY, long_ago=True)


@pytest.mark.parametrize("text", ["250.000", "250000", "Rp250.000", "rp 250.000,00", "Rp. 250.000,-"])
def test_an_amount_as_people_write_it(text: str) -> None:
    assert answers.whole(text) == 250_000


@pytest.mark.parametrize("text", ["1,250", "1.25", "12.5", "2.50.000", "-", "", "seribu"])
def test_an_amount_that_is_none_or_could_be_two_is_asked_back(text: str) -> None:
    with pytest.raises(Unclear):
        answers.whole(text)


def test_a_number_with_three_decimals_could_be_thousands() -> None:
    assert answers.number("0,5") == answers.number("0.5") == 0.5
    assert answers.number("1.2500") == 1.25
    assert isinstance(answers.number("5"), int)
    for text in ("1.250", "1,250"):
        with pytest.raises(Unclear, match="could be two numbers; write 1250 or"):
            answers.number(text)


@pytest.mark.parametrize("text", ["female", "1", "Female", "perempuan", "P", "PEREMPUAN"])
def test_a_choice_by_number_word_or_label(text: str) -> None:
    assert answers.chosen(text, SEX, "client") == "female"


@pytest.mark.parametrize("text", ["0", "4", "x", "٣"])
def test_a_choice_that_there_is_not_names_all(text: str) -> None:
    with pytest.raises(Unclear, match="Female, Male"):
        answers.chosen(text, SEX, "client")


@pytest.mark.parametrize(("text", "meant"), [("y", True), ("Ya", True), ("yes", True), ("t", False), ("no", False)])
def test_yes_and_no_in_each_language(text: str, meant: bool) -> None:
    assert answers.yes(text) is meant


def entered(kind: RecordType, wanted: Any, prior: dict[str, Any] | None = None) -> Any:
    """What an interview gives when somebody types ``wanted``."""
    interview = Interview(kind, CONTEXT, prior)
    for answer in typed(interview, wanted):
        question = interview.question
        assert question is not None
        said = meaning(question, wanted)
        if question.asks == "value" and question.shape and answer not in ("", "-"):
            assert answers.value(answer, question.shape, kind.name, TODAY) == said
        assert interview.give(said) is None
    return interview.content


def places(
    shapes: dict[str, FieldShape], content: Any, path: tuple[Any, ...] = ()
) -> list[tuple[tuple[Any, ...], FieldShape]]:
    """Every value of a record, however deep, with its shape."""
    found = []
    for name, shape in shapes.items():
        if name not in content:
            continue
        value = content[name]
        found.append(((*path, name), shape))
        if shape.part:
            for place, part in enumerate(value) if shape.many else [(None, value)]:
                inner = (*path, name) if place is None else (*path, name, place)
                found += places(dict(fields_of(shape.part)), part, inner)
    return found


def changed(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    found = deepcopy(content)
    around = found
    for name in path[:-1]:
        around = around[name]
    if value is None:
        del around[path[-1]]
    else:
        around[path[-1]] = value
    return found


def sound(kind: RecordType, content: Any) -> Any:
    try:
        return validate(kind, content, today=TODAY).content
    except Invalid:
        return None


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@st.composite
def records(draw: st.DrawFn, kind: RecordType) -> dict[str, Any]:
    """A valid record of ``kind``: a complete one, of which parts are left out and texts replaced."""
    content = sound(kind, complete(kind, START))
    assert content is not None
    for path, shape in places(dict(fields_of(model_of(kind))), content):
        change = draw(st.sampled_from(["keep", "keep", "drop", "text", "more"]))
        try:
            value = content
            for name in path:
                value = value[name]
        except (KeyError, IndexError):
            continue
        if change == "drop":
            tried = changed(content, path, None)
        elif change == "text" and isinstance(value, str):
            tried = changed(content, path, draw(TEXTS))
        elif change == "text" and shape.many and not shape.part:
            tried = changed(content, path, draw(st.lists(TEXTS, max_size=3)))
        elif change == "more" and isinstance(value, int | float) and not isinstance(value, bool):
            tried = changed(content, path, value + draw(st.sampled_from([1, 0.5, 0.125])))
        else:
            continue
        content = sound(kind, tried) or content
    return content


@pytest.mark.parametrize("kind", [*RECORD_TYPES.values()], ids=lambda kind: kind.name)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_any_valid_record_can_be_entered_by_answers_and_comes_out_equal(
    kind: RecordType, data: st.DataObject
) -> None:
    wanted = data.draw(records(kind))
    if not kind.many:
        assert sound(kind, entered(kind, wanted)) == wanted
        return
    two = [wanted, data.draw(records(kind))]
    assert [sound(kind, item) for item in entered(kind, two)] == two


@pytest.mark.parametrize("kind", [RECORD_TYPES[name] for name in ("client", "plan", "genogram", "contract")], ids=str)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_whatever_is_recorded_enter_keeps_it(kind: RecordType, data: st.DataObject) -> None:
    prior = data.draw(records(kind))
    interview = Interview(kind, CONTEXT, prior)
    while interview.question:
        assert interview.give(interview.default) is None
    assert sound(kind, interview.content) == prior


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_going_back_and_on_again_changes_nothing(data: st.DataObject) -> None:
    kind = RECORD_TYPES["plan"]
    wanted = data.draw(records(kind))
    interview = Interview(kind, CONTEXT)
    for _ in typed(interview, wanted):
        for _ in range(data.draw(st.integers(0, 3))):
            interview.back()
        while interview.question and data.draw(st.booleans()):
            interview.give(meaning(interview.question, wanted))
        if interview.question:
            interview.give(meaning(interview.question, wanted))
    assert sound(kind, interview.content) == wanted


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_draft_goes_on_where_it_was_left(data: st.DataObject) -> None:
    kind = RECORD_TYPES["ecomap"]
    wanted = data.draw(records(kind))
    first = Interview(kind, CONTEXT)
    stop = data.draw(st.integers(0, 12))
    for number, _ in enumerate(typed(first, wanted)):
        if number == stop:
            break
        assert first.question is not None
        first.give(meaning(first.question, wanted))
    again = Interview(kind, CONTEXT, answers=first.answers)
    assert again.question == first.question
    for _ in typed(again, wanted):
        assert again.question is not None
        again.give(meaning(again.question, wanted))
    assert sound(kind, again.content) == wanted


def test_answers_that_fit_no_longer_are_asked_anew() -> None:
    interview = Interview(RECORD_TYPES["intake"], CONTEXT, answers=[("received_on", "2025-03-03"), ("gone", 1)])
    assert interview.question is not None
    assert interview.question.path == "source"


def test_a_fault_asks_the_same_question_again() -> None:
    interview = Interview(RECORD_TYPES["intake"], CONTEXT)
    assert str(interview.give(None)) == "Received on is required."
    assert str(interview.give("2030-01-01")) == "2030-01-01 is after the working date 2025-06-30."
    assert interview.question is not None
    assert interview.question.path == "received_on"
    assert interview.give("2025-03-03") is None


def test_a_fault_between_fields_leads_back_to_the_one_it_names_with_the_other_answers_at_hand() -> None:
    interview = Interview(RECORD_TYPES["assessment"], CONTEXT)
    interview.give("2025-03-13")
    assert "is before" in str(interview.give("2025-03-06"))
    assert interview.question is not None
    assert interview.question.path == "finished_on"
    interview.back()
    assert interview.default == "2025-03-13"


def test_a_list_that_must_not_be_empty_says_so_at_once() -> None:
    interview = Interview(RECORD_TYPES["contract"], CONTEXT)
    assert str(interview.give(None)) == "Focus of the service is required."
    assert interview.question is not None
    assert interview.question.path == "focus.0"


def test_correcting_one_field_keeps_every_other_answer() -> None:
    kind = RECORD_TYPES["plan"]
    content = complete(kind, START)
    interview = Interview(kind, CONTEXT)
    for _ in typed(interview, content):
        assert interview.question is not None
        interview.give(meaning(interview.question, content))
    interview.correct("components.0.activities.0.week_to")
    assert interview.question is not None
    assert interview.question.path == "components.0.activities.0.week_to"
    assert interview.give(7) is None
    assert interview.question is None
    assert interview.content["components"][0]["activities"][0]["week_to"] == 7
    assert entered(kind, interview.content) == interview.content


def test_a_part_of_a_list_that_is_not_kept_is_gone() -> None:
    kind = RECORD_TYPES["ecomap"]
    prior = {"systems": [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}], "ties": []}
    interview = Interview(kind, CONTEXT, prior)
    interview.give(False)
    while interview.question:
        interview.give(interview.default)
    assert interview.content["systems"] == [{"id": "b", "name": "B"}]


# on a terminal

INTAKE = ["2025-03-03", "outreach", "", "Penghasilan tidak cukup", ""]
ASK = ("record", NUMBER, "intake", "--as", "rina", "--at", "2025-03-06")


def typing(folder: Path, lines: list[str]) -> Any:
    child = terminal(folder, *ASK)
    for line in lines:
        child.expect(PROMPT)
        child.sendline(line)
    return child


def draft(folder: Path) -> Path:
    return folder / ".casework" / "drafts" / f"{NUMBER}-intake-rina.json"


def ended(child: Any) -> tuple[int, str]:
    said = child.read()
    child.close()
    return child.exitstatus, said


def test_who_stops_goes_on_later_with_the_same_command(at_stage: Callable[[str], Path]) -> None:
    folder = at_stage("")
    code, said = ended(typing(folder, [*INTAKE, "."]))
    assert code != 0
    kept = draft(folder)
    assert kept.name in said.replace("\r\n", "")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert casework("show", NUMBER, "intake", "--json").data == []
    code, said = ended(typing(folder, ["", "y", "", ""]))
    assert code == 0, said
    assert not kept.exists()
    assert casework("show", NUMBER, "intake", "--json").data[0]["content"] == {
        "received_on": "2025-03-03",
        "source": "outreach",
        "presenting_problem": "Penghasilan tidak cukup",
        "eligibility": {"ok": True},
    }


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_lost_when_the_terminal_is(end: signal.Signals, at_stage: Callable[[str], Path]) -> None:
    folder = at_stage("")
    child = typing(folder, INTAKE)
    child.expect(PROMPT)
    os.kill(child.pid, end)
    child.read()
    child.close()
    assert "Penghasilan tidak cukup" in draft(folder).read_text(encoding="utf-8")
    code, said = ended(typing(folder, ["", "y", "", ""]))
    assert code == 0, said


def test_the_way_back_explanations_and_faults(at_stage: Callable[[str], Path]) -> None:
    folder = at_stage("")
    lines = [
        "?",
        "<",
        "besok",
        "2025-03-03",
        "nowhere",
        "1",
        "<",
        "3",
        "",
        "pendek",
        "Penghasilan tidak cukup",
        "",
        "ya",
        "",
        "<",
    ]
    code, said = ended(typing(folder, [*lines, "dasar", ""]))
    assert code == 0, said
    content = casework("show", NUMBER, "intake", "--json").data[0]["content"]
    assert content["source"] == "outreach"
    assert content["eligibility"] == {"ok": True, "basis": "dasar"}


def test_a_record_that_is_there_is_corrected_with_enter_for_what_stays(at_stage: Callable[[str], Path]) -> None:
    folder = at_stage("assessment")
    before = casework("show", NUMBER, "intake", "--json").data[0]["content"]
    code, said = ended(typing(folder, ["2025-03-02", "", "", "", "", "", "", ""]))
    assert code == 0, said
    after = casework("show", NUMBER, "intake", "--json").data[0]
    assert after["revision"] == 2
    assert after["content"] == {**before, "received_on": "2025-03-02"}


@pytest.mark.parametrize("argv", [("record", NUMBER, "intake"), ("open", "pkh-economic"), ("finance", NUMBER)])
def test_without_a_terminal_nobody_is_asked(argv: tuple[str, ...], at_stage: Callable[[str], Path]) -> None:
    at_stage("")
    outcome = casework(*argv)
    assert (outcome.code, outcome.out) == (2, "")
    assert "is missing" in outcome.err
