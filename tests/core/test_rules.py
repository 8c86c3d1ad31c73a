"""Guard expressions: what they may say, that nothing missing passes them, and that a stranger's cannot do harm."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from types import MethodType
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from record_samples import sample, views

from casework_flow.records.base import View
from casework_flow.records.kinds import Function, Kind, ListOf, Object, Scalar
from casework_flow.records.vocabulary import vocabulary
from casework_flow.rulecheck import check_rule
from casework_flow.rules import RuleError, compile_rule

SETTINGS = {"consistent_days": 6, "share": 0.75, "topics": ["uang"]}
NAMES = vocabulary(
    {}, SETTINGS, {"stage": Scalar("text")}, Object({"given": Function((Scalar("text"),), Scalar("boolean"))})
)
FULL = views(
    {
        name: sample(name)
        for name in ("client", "intake", "consent", "contract", "genogram", "ecomap", "assessment", "plan")
    }
    | {
        "finance": [sample("finance"), sample("finance", purpose="want", amount=20000)],
        "session": [sample("session")],
    },
    settings=SETTINGS,
    case={"stage": "planning"},
)
EMPTY = views({}, settings=SETTINGS)


def holds(source: str, facts: Mapping[str, Any]) -> bool:
    return compile_rule(source)(facts)


# ---- what is said -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        'consents.active("service")',
        'consents.active("data") or client.nik',
        "client.age >= 18 and not client.needs_guardian",
        "contract.duration_weeks == 8",
        "1 <= contract.visits_per_week <= 2",
        'client.sex in ["female", "unknown"]',
        'client.sex not in ["male"]',
        'case.stage in ("planning",)',
        '"Contoh" in client.name',
        '"uang" in settings.topics',
        "genogram.members.count > 1",
        "client.nik_absent_reason is None",
        "client.nik != None",
        "contract.start_on > contract.agreed_on",
        'contract.start_on == "2025-03-17"',
        "finance.count == 2",
        "contract.duration_weeks > -1",
        "contract.duration_weeks == 8 != None",
    ],
)
def test_a_true_guard_holds_and_makes_sense(source: str) -> None:
    assert holds(source, FULL)
    assert check_rule(compile_rule(source), NAMES) == []


@pytest.mark.parametrize(
    "comparison",
    [
        "client.age >= 18",
        "client.age < 18",
        'client.sex == "female"',
        'client.sex != "female"',
        'client.sex in ["female"]',
        'client.sex not in ["female"]',
        '"Sarma" in client.name',
        '"Sarma" not in client.name',
        "3 in [contract.duration_weeks]",
        "3 not in [1, contract.duration_weeks]",
        "contract.start_on > contract.agreed_on",
        "1 < contract.duration_weeks < 9",
        "consents.active(client.name)",
        "(client.age > 3) == (client.age > 3)",
        "(client.age > 3) in [client.age > 3]",
        'consents.latest(client.name).given_on > "2025-01-01"',
    ],
)
def test_what_is_not_recorded_is_unknown_and_stays_unknown_under_not(comparison: str) -> None:
    assert not holds(comparison, EMPTY)
    assert not holds(f"not {comparison}", EMPTY)
    assert not holds(f"not ({comparison} and True)", EMPTY)
    assert not holds(f"not not ({comparison})", EMPTY)
    assert compile_rule(comparison).value(EMPTY) is None


def test_a_list_with_a_missing_part_still_contains_what_it_contains() -> None:
    assert holds("3 in [3, contract.duration_weeks]", EMPTY)


def test_no_list_can_pass_as_a_guard() -> None:
    for source in ("[client.age]", "(client.age,)", "not [client.age]", "[client.age] == [client.age]", "()", "[]"):
        with pytest.raises(RuleError):
            compile_rule(source)


TRUTH = {"True": True, "False": False, "x > 1": None}


@pytest.mark.parametrize("left", TRUTH)
@pytest.mark.parametrize("right", TRUTH)
def test_and_or_follow_the_three_valued_tables_of_kleene(left: str, right: str) -> None:
    a, b = TRUTH[left], TRUTH[right]
    both = False if False in (a, b) else None if None in (a, b) else True
    either = True if True in (a, b) else None if None in (a, b) else False
    assert compile_rule(f"({left}) and ({right})").value({}) is both
    assert compile_rule(f"({left}) or ({right})").value({}) is either


def test_a_chained_comparison_is_false_as_soon_as_one_part_is() -> None:
    assert compile_rule("not 9 < x < 3 < 1").value({"x": None}) is True
    assert compile_rule("1 < 2 < x").value({}) is None


def test_only_the_comparison_with_none_asks_for_absence() -> None:
    assert holds("client.age is None", EMPTY)
    assert holds("client.age == None", EMPTY)
    assert not holds("client.age == client.nik", EMPTY)
    assert holds("1 == x != None", {"x": 1})


def test_a_guard_tells_what_it_read() -> None:
    rule = compile_rule('client.age >= 18 and contract.duration_weeks > 9 and consents.active("photo")')
    assert rule.values(FULL) == {
        "client.age": 32,
        "contract.duration_weeks": 8,
        "consents.active('photo')": False,
    }


def test_a_long_guard_may_be_broken_over_lines_but_a_comment_may_not_swallow_its_end() -> None:
    assert not holds("client.age > 1\n  and\n  contract.duration_weeks == 9", FULL)
    with pytest.raises(RuleError, match="no comments"):
        compile_rule("client.age > 1  # an adult\n and contract.duration_weeks == 9")
    assert holds("client.name != '#1'", FULL)


def test_membership_in_a_record_ends() -> None:
    for source in ('"x" in client', '"x" not in client', "1 in consents", "1 in settings", "1 in 1"):
        assert not holds(source, FULL)


# ---- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "9**9**9**9 > 1",
        "1 + 1 == 2",
        "'a' * 999999999",
        "client.__class__",
        "client._published",
        "_x",
        "().__class__.__bases__",
        "__import__('os')",
        "open('/etc/passwd')",
        "eval('1')",
        "lambda: 1",
        "[x for x in client]",
        "{x for x in client}",
        "(x for x in client)",
        "{1: 2}",
        "f'{client}'",
        "(x := 1)",
        "import os",
        "client.name = 1",
        "client.age; client.nik",
        "client['name']",
        "client.items[0]",
        "client.f(*x)",
        "client.f(**x)",
        "client.f(a=1)",
        "client.name if client else 1",
        "await client",
        "yield client",
        "client is client",
        "1 is 1",
        "...",
        "b'x'",
        "1j",
        "-client.age",
        r"'\d'",
        "1or 2",
        "client.age >",
        "",
        " \n ",
        "\x00",
        "client\x00",
        "\ud800",
        "(" * 10**6 + "1" + ")" * 10**6,
        "(" * 400 + "1" + ")" * 400,
        "not " * 240 + "x",
        "x" + ".a" * 400,
        "x" + ".a()" * 200,
        "'" + "a" * 10**7 + "'",
        "9" * 5000,
        "x or " * 130 + "x",
    ],
    ids=lambda source: ascii(source[:24]),
)
def test_what_is_no_question_is_refused_at_once(source: str) -> None:
    started = time.perf_counter()
    with pytest.raises(RuleError) as refused:
        compile_rule(source)
    assert time.perf_counter() - started < 0.5
    assert 0 < len(refused.value.message.say("en")) < 300
    assert refused.value.column >= 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("genogramm.present", "there is no record called genogramm. Did you mean genogram?"),
        ("client.agee > 1", "there is no part of client called agee. Did you mean age?"),
        ("client.age.years > 1", "there is no part of client.age called years."),
        ("genogram.members.cuont > 1", "Did you mean count?"),
        ("consents.active", "consents.active is a function: write consents.active(…)."),
        ("client.age()", "client.age is no function."),
        ("consents.active()", "consents.active takes at least one value, at most 1."),
        ('consents.active("data", "x")', "consents.active takes at least one value, at most 1."),
        ('consents.active("dat")', "dat is none of: service, data, sharing, photo. Did you mean data?"),
        ("consents.active(1)", "a text is compared with a number."),
        ("consents.active(client)", "consents.active takes a value, not client."),
        ("consents.active(clientt.name)", "there is no record called clientt. Did you mean client?"),
        ('client.sex == "femal"', "femal is none of: female, male, unknown. Did you mean female?"),
        ('"femal" == client.sex', "Did you mean female?"),
        ('client.sex in ["female", "men"]', "men is none of: female, male, unknown."),
        ('client.age > "18"', "a number is compared with a text."),
        ("client.is_household_head > 1", "true or false is compared with a number."),
        ('client.sex < "male"', "the words of a choice have no order; use == or != here."),
        ("client > 1", "client is no single value; compare a value in it."),
        ('client == "Sarma"', "client is no single value; compare a value in it."),
        ("genogram.members > 1", "genogram.members is no single value; compare a value in it."),
        ('"x" in client', "client is no list; `in` searches a list or a text."),
        ("1 in client.age", "client.age is no list; `in` searches a list or a text."),
        ("1 in client.name", "a number is compared with a text."),
        ("1 in settings.topics", "a text is compared with a number."),
        ('"x" in genogram.members', "genogram.members is no list of single values; `in` cannot search it."),
        (
            "client.age in [1, contractt.duration_weeks]",
            "there is no record called contractt. Did you mean contract?",
        ),
    ],
)
def test_the_checker_names_what_makes_no_sense(source: str, said: str) -> None:
    found = [message.say("en") for message in check_rule(compile_rule(source), NAMES)]
    assert any(said in message for message in found), found


# ---- whatever is written ----------------------------------------------------------------------------------------


def paths(kinds: Mapping[str, Kind], before: str = "", depth: int = 0) -> list[str]:
    """Every dotted name of the vocabulary, a few levels deep."""
    found = []
    for name, kind in kinds.items():
        path = f"{before}{name}"
        found.append(path)
        if isinstance(kind, Object) and depth < 3:
            found += paths(kind.fields, f"{path}.", depth + 1)
        if isinstance(kind, ListOf):
            found.append(f"{path}.count")
    return found


WORDS = st.sampled_from(paths(NAMES)) | st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,2}", fullmatch=True)
CONSTANTS = st.sampled_from(["None", "True", "1", "0.5", "-3", "'female'", "''", "'2025-03-17'", "1e999"])
ATOMS = WORDS | CONSTANTS


def larger(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"])
    return st.one_of(
        st.tuples(part, operators, part).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(part, operators, part, operators, part).map(lambda t: f"({' '.join(t)})"),
        st.tuples(part, st.sampled_from(["and", "or"]), part).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        part.map(lambda p: f"(not {p})"),
        st.tuples(part, st.lists(part, max_size=3)).map(lambda t: f"{t[0]} in [{', '.join(t[1])}]"),
        st.tuples(WORDS, st.lists(part, max_size=2)).map(lambda t: f"{t[0]}({', '.join(t[1])})"),
        st.tuples(part, st.sampled_from(["+", "**", "if", "else", ":=", "."]), part).map(" ".join),
    )


TREES = st.recursive(ATOMS, larger, max_leaves=12)


def published(value: object) -> bool:
    """Whether ``value`` is plain data, a view of a record, or a method that a view publishes: nothing else."""
    if value is None or isinstance(value, bool | int | float | str | date | View):
        return True
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and published(part) for key, part in value.items())
    if isinstance(value, list | tuple):
        return all(published(part) for part in value)
    return isinstance(value, MethodType) and isinstance(value.__self__, View) and "published" in vars(value.__func__)


@given(TREES | st.text(max_size=300))
def test_any_text_compiles_or_is_refused_and_then_answers(source: str) -> None:
    started = time.perf_counter()
    try:
        rule = compile_rule(source)
    except RuleError as refused:
        assert refused.message.say("id")  # noqa: PT017  # the refusal itself is not what is tested here
        return
    assert all(message.say("en") for message in check_rule(rule, NAMES))
    for facts in (FULL, EMPTY, {}):
        assert rule(facts) in (True, False)
        assert published(rule.value(facts))
        for read in rule.values(facts).values():
            assert read is None or isinstance(read, str | int | float)
    assert time.perf_counter() - started < 0.5  # 50 ms each, with room for a busy machine


@given(TREES)
def test_a_guard_and_its_negation_never_both_hold(source: str) -> None:
    try:
        rule, negation = compile_rule(source), compile_rule(f"not ({source})")
    except RuleError:
        return
    for facts in (FULL, EMPTY, {}):
        assert not (rule(facts) and negation(facts))


MISSING = [path for path in paths(NAMES) if compile_rule(path).value(EMPTY) is None]


@given(st.sampled_from(MISSING), st.sampled_from(["==", "!=", "<", ">=", "in", "not in"]), CONSTANTS)
def test_a_comparison_with_a_missing_value_is_never_known(path: str, sign: str, constant: str) -> None:
    assume(constant != "None")
    for source in (f"{path} {sign} {constant}", f"{constant} {sign} {path}"):
        assert not holds(source, EMPTY)
        assert not holds(f"not ({source})", EMPTY)


def test_most_names_are_missing_in_an_empty_case() -> None:
    assert len(MISSING) > 100


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("client.age = 3", "== is written here, not ="),
        ("client.age > 3 && client.nik", "and is written here, not &&"),
        ("client.nik || client.phone", "or is written here, not ||"),
        ("!client.nik", "not is written here, not !"),
        ("client.age <> 3", "!= is written here, not <>"),
        ("client.name == “x”", '" " is written here'),
        ("client.nik dan client.phone", "joined by and, or, not"),
        ('client.name == "a=b" dan x', "joined by and, or, not"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_what_is_meant(source: str, meant: str) -> None:
    with pytest.raises(RuleError) as no:
        compile_rule(source)
    assert meant in no.value.message.say("en")
