"""What may be recorded, and what is refused by which name."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import SAMPLES, TODAY, check, faults, sample

from casework_flow.errors import Invalid
from casework_flow.records.input import from_csv_row, validate
from casework_flow.records.schema import all_labels, choice_label, fields_of, label, model_of
from casework_flow.records.types import RECORD_TYPES


def _with(name: str, path: str, value: Any) -> dict[str, Any]:
    record: Any = sample(name)
    *way, last = path.split(".")
    inner = record
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner.setdefault(step, {})
    inner[int(last) if last.isdigit() else last] = value
    return dict(record)


def test_there_is_a_sample_of_each_record() -> None:
    assert SAMPLES.keys() == RECORD_TYPES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sound_record_is_accepted_and_its_content_is_sound_again(name: str) -> None:
    content = check(name, sample(name)).content
    assert check(name, content).content == content


@pytest.mark.parametrize("name", SAMPLES)
def test_each_required_field_is_named_when_it_is_missing(name: str) -> None:
    model = model_of(RECORD_TYPES[name])
    required = {field for field, shape in fields_of(model).items() if shape.required}
    assert required <= faults(name, {}).keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_an_unknown_field_is_refused(name: str) -> None:
    assert "surprise" in faults(name, sample(name, surprise=1))


def test_an_unknown_field_is_answered_with_the_nearest_one() -> None:
    assert faults("client", sample("client", initialss="S")) == {
        "initialss": "initialss: There is no field initialss. Did you mean initials?"
    }
    inner = faults("client", sample("client", address={"detial": "x"}))
    assert "Did you mean detail?" in inner["address.detial"]


def test_every_fault_is_told_at_once() -> None:
    found = faults(
        "contract",
        sample("contract", worker_role=None, duration_weeks=105, agreed_on="2025-03-18", goals=[]),
    )
    assert found.keys() == {"worker_role", "duration_weeks", "agreed_on", "goals"}


def test_a_rule_between_fields_is_told_beside_an_unrelated_fault() -> None:
    assert faults("finance", sample("finance", purpose=None, amount="95000")).keys() == {"amount", "purpose"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "not a list"),
        ([sample("intake")], "not a list"),
        ("text", "fields of one record"),
        (None, "null"),
        (3, "3"),
    ],
)
def test_what_is_no_record_is_refused_as_a_whole(data: object, said: str) -> None:
    assert said in faults("intake", data)[""]


REFUSED = [
    # money is a whole number of rupiah
    ("finance", "amount", 95000.0),
    ("finance", "amount", "95000"),
    ("finance", "amount", True),
    ("finance", "amount", 0),
    ("finance", "amount", -1),
    ("finance", "amount", 10**30),
    ("finance", "direction", "in"),
    ("finance", "date", "2025-05-22"),
    ("finance", "date", "17-03-2025"),
    ("finance", "date", "2025-02-29"),
    ("finance", "date", "2025-03-17T00:00:00"),
    ("finance", "date", "20250317"),
    ("finance", "date", 20250317),
    ("finance", "date", "0001-01-01"),
    ("finance", "category", "x" * 301),
    # the client
    ("client", "sex", "F"),
    ("client", "name", 7),
    ("client", "name", "x" * 20_001),
    ("client", "name", "half \ud800"),
    ("client", "name", "nul \x00"),
    ("client", "is_household_head", "yes"),
    ("client", "is_household_head", 1),
    ("client", "birth_date", "2025-05-22"),
    ("client", "dtsen_decile", 0),
    ("client", "dtsen_decile", 11),
    ("client", "kk_number", "12160615071499"),
    ("client", "kk_number", "1216061507149x99"),
    ("client", "nik", "121606520892999"),
    ("client", "nik", "12160652089299999"),
    ("client", "nik", "1216065208920000"),
    ("client", "nik", "1216065213929999"),
    ("client", "nik", "1216063208929999"),
    ("client", "nik", "1216068108929999"),
    ("client", "nik", "1216064008929999"),
    ("client", "nik", "1216063002929999"),
    ("client", "nik", "0016065208929999"),
    ("client", "nik", "1200065208929999"),
    ("client", "nik", "1216005208929999"),
    ("client", "nik", "121606520892٩٩٩٩"),
    ("client", "nik", 1216065208929999),
    ("client", "phone", "12345"),
    ("client", "phone", "+6561234567"),
    ("client", "phone", "0812"),
    ("client", "companion", "Pendamping"),
    ("client", "address.region", {"scheme": "kemendagri"}),
    ("client", "address.region", "1216"),
    # the others
    ("intake", "presenting_problem", "terlalu"),
    ("intake", "eligibility.ok", "ya"),
    ("consent", "type", "datas"),
    ("contract", "duration_weeks", 0),
    ("contract", "duration_weeks", 105),
    ("contract", "duration_weeks", 8.0),
    ("contract", "visits_per_week", 0),
    ("contract", "visits_per_week", float("nan")),
    ("contract", "visits_per_week", float("inf")),
    ("contract", "focus", []),
    ("contract", "focus", "keuangan"),
    ("contract", "focus.0", "  "),
    ("contract", "focus.0", None),
    ("contract", "worker_role", Decimal(1)),
    ("contract", "start_on", "9999-12-31"),
    ("genogram", "members.0.age", -1),
    ("genogram", "members.0", "s"),
    ("ecomap", "ties.0.strength", "weaker"),
    ("assessment", "items.0.priority", 6),
    ("assessment", "risk", {}),
    ("plan", "components", []),
    ("plan", "components.0.activities.0.week_from", 0),
    ("plan", "components.0.indicators.0.measure", "finance.longest_rum"),
    ("plan", "components.0.indicators.0.measure", "finance.__class__"),
    ("plan", "components.0.indicators.0.measure", "finance.weeks"),
    ("plan", "components.0.indicators.0.target", "4"),
    ("session", "week_no", 0),
    ("session", "status", "absent"),
    ("evaluation", "results.0.rating", "good"),
    ("evaluation", "recommendation", "end"),
    ("termination", "attempts", [{"date": "2025-05-22", "how": "telepon"}]),
    ("referral", "sharing_consent", "true"),
]


@pytest.mark.parametrize(("name", "path", "value"), REFUSED)
def test_a_value_that_cannot_be_right_is_refused_at_its_place(name: str, path: str, value: Any) -> None:
    found = faults(name, _with(name, path, value))
    assert found
    assert all(where == path or where.startswith(path + ".") for where in found)


ACCEPTED = [
    ("contract", "start_on", "2025-12-01"),  # it announces
    ("contract", "visits_per_week", 0.5),
    ("termination", "followup_check_on", "2026-01-01"),
    ("client", "name", "<b>Sarma</b> & {{ name }} ✓"),
    ("client", "name", "x" * 20_000),
    ("client", "nik", "1216061202009999"),
    ("client", "nik", "1216062902009999"),  # 29 February 2000
    ("session", "observations", "line\none"),
    ("finance", "amount", 1),
]


@pytest.mark.parametrize(("name", "path", "value"), ACCEPTED)
def test_a_value_that_may_be_right_is_accepted_as_it_is(name: str, path: str, value: Any) -> None:
    assert check(name, sample(name, **{path: value})).content[path] == value


@pytest.mark.parametrize(
    ("scheme", "code", "sound"),
    [
        ("kemendagri", "12.16", True),
        ("kemendagri", "12.16.06", True),
        ("kemendagri", "12.16.06.2001", True),
        ("kemendagri", "1216", False),
        ("kemendagri", "12", False),
        ("kemendagri", "12.00", False),
        ("bps", "12", True),
        ("bps", "1215", True),
        ("bps", "1215040", True),
        ("bps", "1215040001", True),
        ("bps", "12.15", False),
        ("bps", "121504", False),
        ("bps", "1200", False),
    ],
)
def test_a_region_is_written_in_the_form_of_its_scheme(scheme: str, code: str, sound: bool) -> None:
    found = faults("client", sample("client", address={"region": {"scheme": scheme, "code": code}}))
    assert found.keys() == (set() if sound else {"address.region.code"})


@pytest.mark.parametrize("written", ["0812-3456-7890", "+62 812 3456 7890", "6281234567890", "(0812)34567890"])
def test_a_phone_number_is_kept_in_one_form(written: str) -> None:
    content = check("client", sample("client", phone=written)).content
    assert content["phone"] == "+6281234567890"


BETWEEN = [
    ("client", {"nik": None}, "nik"),
    ("client", {"nik_absent_reason": "hilang"}, "nik_absent_reason"),
    ("client", {"age_years": 30}, "as_of"),
    ("client", {"as_of": "2025-01-01"}, "age_years"),
    ("client", {"birth_date": "2008-05-22"}, "guardian"),
    ("client", {"birth_date": None, "age_years": 17, "as_of": "2025-01-01"}, "guardian"),
    ("client", {"capacity": "limited"}, "guardian"),
    ("consent", {"method": "thumbprint"}, "witness"),
    ("consent", {"method": "oral_witnessed"}, "witness"),
    ("consent", {"withdrawn_on": "2025-03-05"}, "withdrawn_on"),
    ("contract", {"agreed_on": "2025-03-18"}, "agreed_on"),
    ("genogram", {"index": "x"}, "index"),
    ("genogram", {"members": [{"id": "s"}, {"id": "a"}, {"id": "s"}]}, "members.2.id"),
    ("genogram", {"relations": [{"a": "s", "b": "s", "kind": "sibling"}]}, "relations.0.b"),
    ("genogram", {"relations": [{"a": "s", "b": "z", "kind": "sibling"}]}, "relations.0.b"),
    (
        "genogram",
        {
            "relations": [
                {"a": "s", "b": "a", "kind": "parent_child"},
                {"a": "a", "b": "s", "kind": "parent_child"},
            ]
        },
        "relations.1",
    ),
    ("genogram", {"members": [{"id": "s"}, {"id": "a", "birth_year": 2026}]}, "members.1.birth_year"),
    ("ecomap", {"ties": [{"system": "pears", "strength": "weak"}]}, "ties.0.system"),
    ("ecomap", {"systems": [{"id": "x", "name": "X"}, {"id": "x", "name": "Y"}], "ties": []}, "systems.1.id"),
    ("assessment", {"finished_on": "2025-03-09"}, "finished_on"),
    ("session", {"safety_resolved": {"date": "2025-03-18"}}, "safety_resolved.date"),
    ("finance", {"purpose": None}, "purpose"),
    ("finance", {"direction": "income"}, "purpose"),
    ("referral", {"sent_on": "2025-05-20", "acknowledged_on": "2025-05-19"}, "acknowledged_on"),
]


@pytest.mark.parametrize(("name", "changes", "where"), BETWEEN)
def test_fields_that_contradict_each_other_are_refused(name: str, changes: dict[str, Any], where: str) -> None:
    assert faults(name, sample(name, **changes)).keys() == {where}


SETTLED = [
    ("client", {"nik": None, "nik_absent_reason": "belum direkam"}),
    ("client", {"nik": None, "identity_unknown": True}),
    ("client", {"birth_date": "2007-05-21", "nik": None, "nik_absent_reason": "hilang"}),
    ("client", {"birth_date": "2015-01-01", "guardian": {"name": "Wali Contoh"}}),
    ("client", {"birth_date": None, "age_years": 17, "as_of": "2024-05-21"}),
    ("consent", {"method": "thumbprint", "witness": "Saksi Contoh"}),
    ("contract", {"agreed_on": "2025-03-17"}),
    ("finance", {"direction": "income", "purpose": None}),
    ("termination", {"reason": "client_withdrew", "reviewed_on": None}),
]


@pytest.mark.parametrize(("name", "changes"), SETTLED)
def test_fields_that_settle_a_rule_are_accepted(name: str, changes: dict[str, Any]) -> None:
    assert faults(name, sample(name, **changes)) == {}


def test_a_plan_says_why_an_indicator_has_no_baseline_and_keeps_codes_apart() -> None:
    plan = sample("plan")
    indicators = plan["components"][0]["indicators"]
    indicators.append({"code": "RUN", "title": "Lagi", "target": 3})
    plan["components"][0]["activities"][0]["week_to"] = 0
    assert faults("plan", plan).keys() == {
        "components.0.indicators.1.code",
        "components.0.indicators.1.baseline",
        "components.0.activities.0.week_to",
    }
    indicators[1] = {"code": "OTHER", "title": "Lagi", "baseline": None, "baseline_reason": "belum ada"}
    plan["components"][0]["activities"][0] = {"title": "x", "week_from": 3, "week_to": 2}
    assert faults("plan", plan).keys() == {"components.0.activities.0.week_to"}


def test_the_review_is_required_for_the_reasons_that_the_workflow_names() -> None:
    record = sample("termination", reviewed_on=None)
    assert faults("termination", record) == {}
    assert faults("termination", record, review_required_for={"goals_met"}).keys() == {"reviewed_on"}


WARNED = [
    ("client", {"sex": "male"}, "other sex"),
    ("client", {"birth_date": "1992-08-13"}, "12-08-92"),
    ("client", {"address": {"region": {"scheme": "kemendagri", "code": "12.17"}}}, "12.16.06"),
    ("client", {"age_years": 20, "as_of": "2025-01-01"}, "was 32"),
    ("genogram", {"members": [{"id": "s", "age": 13}, {"id": "a", "age": 13}]}, "not older"),
    ("genogram", {"members": [{"id": "s", "birth_year": 2013}, {"id": "a", "age": 13}]}, "not older"),
    ("genogram", {"members": [{"id": "s", "birth_year": 1990, "age": 20}, {"id": "a"}]}, "not 20"),
]


@pytest.mark.parametrize(("name", "changes", "said"), WARNED)
def test_what_looks_odd_is_accepted_with_a_warning(name: str, changes: dict[str, Any], said: str) -> None:
    warnings = [str(warning) for warning in check(name, sample(name, **changes)).warnings]
    assert len(warnings) == 1
    assert said in warnings[0]


def test_a_nik_is_not_compared_with_the_codes_of_bps() -> None:
    region = {"scheme": "bps", "code": "1215"}
    assert check("client", sample("client", address={"region": region})).warnings == ()


def test_dates_of_python_are_dates_and_empty_fields_are_absent() -> None:
    data = sample("finance", date=date(2025, 3, 17), note="", category="pangan")
    assert check("finance", data).content == sample("finance")
    data["date"] = datetime(2025, 3, 17, 20, 15)  # what a host hands over without a zone
    assert check("finance", data).content["date"] == "2025-03-17"
    assert faults("client", sample("client", name=" ")).keys() == {"name"}


def test_a_number_stays_as_it_was_written() -> None:
    value = check("evaluation", sample("evaluation")).content["results"][0]["value"]
    assert (value, type(value)) == (5, int)


def test_a_number_that_python_would_not_print_is_refused() -> None:
    assert faults("finance", sample("finance", amount=10**5000)).keys() == {"amount"}


def test_a_structure_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert faults("contract", sample("contract", focus=endless))


@pytest.mark.parametrize(
    ("cell", "value"),
    [("95000", 95000), (" 95000 ", 95000), ("95.000", "95.000"), ("95000.0", "95000.0"), ("Rp5", "Rp5")],
)
def test_a_cell_becomes_a_whole_number_only_when_it_is_one(cell: str, value: object) -> None:
    assert from_csv_row(RECORD_TYPES["finance"], {"amount": cell, "note": ""}) == {"amount": value}


def test_a_row_of_a_table_becomes_a_record() -> None:
    row = {
        "\ufeffweek_no": "1",
        " held_on": "2025-03-19",
        "kind": "home_visit",
        "status": "held",
        "book_checked": "Ya",
        "safety_flag": "tidak",
        "safety_resolved.date": "2025-03-20",
        "purpose": "1",
        "obstacles": "",
    }
    content = check("session", from_csv_row(RECORD_TYPES["session"], row)).content
    assert (content["week_no"], content["book_checked"], content["safety_flag"]) == (1, True, False)
    assert content["safety_resolved"] == {"date": "2025-03-20"}
    assert content["purpose"] == "1"
    assert "obstacles" not in content


def test_cells_without_a_heading_are_named_as_unknown() -> None:
    row: dict[Any, Any] = {**{name: str(value) for name, value in sample("finance").items()}, None: ["spill"]}
    assert faults("finance", from_csv_row(RECORD_TYPES["finance"], row)).keys() == {"?"}


def test_fields_and_choices_have_labels() -> None:
    kind = RECORD_TYPES["plan"]
    assert str(label(kind, "components.0.goal")) == "Goal"
    assert str(choice_label(RECORD_TYPES["client"], "sex", "female")) == "Female"
    assert str(choice_label(RECORD_TYPES["client"], "sex", "other")) == "other"
    for kind in RECORD_TYPES.values():
        assert all(str(text) for text in all_labels(kind))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, Any]:
    """A sound record in which some values are anything at all."""
    name = draw(st.sampled_from(list(SAMPLES)))
    record = sample(name)
    fields = list(fields_of(model_of(RECORD_TYPES[name])))
    for _ in range(draw(st.integers(0, 3))):
        place: Any = record
        key: Any = draw(st.sampled_from(fields))
        while isinstance(place.get(key) if isinstance(place, dict) else place[key], dict | list):
            inner = place[key]
            if not inner or draw(st.booleans()):
                break
            place = inner
            key = draw(st.sampled_from(list(inner) if isinstance(inner, dict) else range(len(inner))))
        place[key] = draw(JSON)
    return name, record


@settings(max_examples=150, deadline=None)
@given(damaged())
def test_whatever_is_given_is_refused_with_reasons_or_sound_for_good(case: tuple[str, Any]) -> None:
    name, data = case
    try:
        checked = validate(RECORD_TYPES[name], data, today=TODAY)
    except Invalid as refused:
        said = [problem.say(lang).strip() for problem in refused.problems for lang in ("en", "id")]
    else:
        said = ["accepted"]
        assert validate(RECORD_TYPES[name], checked.content, today=TODAY).content == checked.content
    assert said
    assert all(said)


def _said(name: str, path: str, value: object, lang: str) -> str:
    """What is said of ``value`` in that field."""
    with pytest.raises(Invalid) as refused:
        validate(RECORD_TYPES[name], _with(name, path, value), today=TODAY)
    (problem,) = (found for found in refused.value.problems if found.where == path)
    return problem.message.say(lang)


def test_a_choice_is_refused_with_the_label_of_each_word_in_the_readers_language() -> None:
    assert "female (Perempuan), male (Laki-laki)" in _said("client", "sex", "x", "id")
    assert "female (Female), male (Male)" in _said("client", "sex", "x", "en")


@pytest.mark.parametrize("given", ["Perempuan", "perempuan", "perempuam", "femal"])
def test_a_label_in_the_place_of_a_word_is_answered_with_the_word(given: str) -> None:
    assert _said("client", "sex", given, "en").endswith("Did you mean female?")


@pytest.mark.parametrize("given", ["17-03-2025", "17/03/2025", "17.3.2025", "2025/03/17", "2025-3-17"])
def test_a_date_in_another_form_is_answered_with_that_very_date(given: str) -> None:
    assert _said("intake", "received_on", given, "en").endswith("write 2025-03-17.")


@pytest.mark.parametrize("given", ["31-02-2025", "17-03-25", "2025-17-03", "17 Maret 2025"])
def test_what_is_no_date_in_any_form_is_not_guessed(given: str) -> None:
    assert "write" not in _said("intake", "received_on", given, "en")


@pytest.mark.parametrize(
    "given", ["1.250.000", "1,250,000", "Rp 1.250.000", "Rp1.250.000,-", "rp. 1.250.000,00", "1250000"]
)
def test_money_as_people_write_it_is_answered_with_the_number(given: str) -> None:
    assert _said("finance", "amount", given, "en").endswith("write 1250000.")


@pytest.mark.parametrize("given", ["1.25.000", "1.250.00", "Rp", "1 juta", "12.5", "-1.250.000"])
def test_what_is_no_amount_in_any_form_is_not_guessed(given: str) -> None:
    assert "write" not in _said("finance", "amount", given, "en")


@pytest.mark.parametrize(("field", "given"), [("nik", 1216065208929999), ("kk_number", 9216065208929999)])
def test_a_number_that_identifies_is_to_be_quoted_and_its_digits_are_told(field: str, given: int) -> None:
    assert _said("client", field, given, "en") == f'A text is expected; write it in quotes: "{given}".'


@given(st.integers(min_value=10**15 + 1, max_value=10**4000))
def test_no_number_is_too_long_to_be_refused(given: int) -> None:
    for name, path in (
        ("finance", "amount"),
        ("client", "age_years"),
        ("client", "nik"),
        ("evaluation", "results.0.value"),
    ):
        assert len(_said(name, path, given, "id")) < 200
