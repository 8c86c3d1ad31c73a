"""The finance book's figures: those of case S, and any book against a naive recount."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import TODAY, sample, views

START = date(2025, 3, 17)

# The book that the practicum's case kept, a line for each day with an entry: i is income of the trade, b social
# assistance, n need, w want, c trading stock, in rupiah. The amounts are invented.
BOOK = """\
2025-03-17 i95000 n70000
2025-03-19 i95000 n70000 w95000
2025-03-21 i95000 n65000
2025-03-22 i95000 n65000
2025-03-24 i125000 n45000
2025-03-25 n45000 w45000
2025-03-26 i125000 n45000
2025-03-27 n45000
2025-03-28 i125000 n45000 w45000
2025-03-29 n40000
2025-03-31 i120000 n55000
2025-04-01 n55000 w45000
2025-04-03 i120000 n55000
2025-04-05 n50000
2025-04-06 i120000 n50000 w40000
2025-04-07 i130000 n45000
2025-04-08 n45000 w30000
2025-04-09 i130000 n45000 c40000
2025-04-10 n45000
2025-04-11 i125000 n45000 w30000
2025-04-12 n40000
2025-04-14 i100000 n40000
2025-04-15 n40000 w25000
2025-04-16 i100000 n40000 c45000
2025-04-17 b600000 n40000
2025-04-18 i95000 n40000 w25000
2025-04-19 n35000
2025-04-20 i95000 n35000
2025-04-21 i95000 n40000
2025-04-22 n40000 w25000
2025-04-23 i95000 n40000 c50000
2025-04-24 n40000
2025-04-25 i95000 n35000 w20000
2025-04-26 n35000
2025-04-27 i95000 n35000
2025-04-28 i130000 n45000
2025-04-29 n45000 w20000
2025-04-30 i130000 n45000 c50000
2025-05-01 n45000
2025-05-03 i125000 n45000 w20000
2025-05-04 n45000
2025-05-05 i100000 n40000
2025-05-06 n40000 w20000
2025-05-07 i100000 n40000 c55000
2025-05-08 n40000
2025-05-09 i100000 n40000 w15000
2025-05-10 n35000
2025-05-11 i95000 n35000
"""
KINDS: dict[str, dict[str, Any]] = {
    "i": {"direction": "income", "category": "usaha"},
    "b": {"direction": "income", "category": "bansos"},
    "n": {"direction": "expense", "category": "pangan", "purpose": "need"},
    "w": {"direction": "expense", "category": "jajan", "purpose": "want"},
    "c": {"direction": "expense", "category": "bahan_dagangan", "purpose": "business_capital"},
}


def book(text: str = BOOK) -> list[dict[str, Any]]:
    """The entries of a book in the short form above."""
    return [
        {"date": line.split()[0], "amount": int(word[1:]), **KINDS[word[0]]}
        for line in text.strip().splitlines()
        for word in line.split()[1:]
    ]


def finance(entries: list[dict[str, Any]], **more: Any) -> Any:
    """The finance view of a case with an eight-week contract."""
    return views({"contract": sample("contract"), "finance": entries}, **more)["finance"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("consistent_weeks", [2, 4, 5, 6, 7, 8]),
        ("longest_run", 5),
        ("longest_run_weeks", [4, 5, 6, 7, 8]),
        ("wants_share_first", 26.0),
        ("wants_share", 9.7),
        ("income_first", 377_500),
        ("income_last", 390_000),
        ("income_change", 3.3),
        ("balance", 170_000),
        ("assistance_total", 600_000),
        ("earned_total", 3_050_000),
        ("spending_total", 2_880_000),
        ("count", 97),
    ],
)
def test_the_figures_of_case_s(name: str, value: object) -> None:
    assert finance(book()).get(name) == value


def test_the_sums_of_one_week() -> None:
    week = finance(book()).weeks[4]
    assert week == {
        "week": 5,
        "from": "2025-04-14",
        "to": "2025-04-20",
        "days": 7,
        "consistent": True,
        "income": 390_000,
        "assistance": 600_000,
        "needs": 270_000,
        "wants": 50_000,
        "capital": 45_000,
        "spending": 365_000,
        "wants_share": 13.7,
    }


def test_the_workflow_says_how_many_days_are_consistent_and_what_is_assistance() -> None:
    settings_ = {"consistent_days": 7, "assistance_categories": ["usaha"]}
    view = finance(book(), settings=settings_)
    assert view.consistent_weeks == [5, 6, 8]
    assert view.earned_total == 600_000


def test_weeks_of_an_addendum_count_and_weeks_to_come_do_not() -> None:
    assert len(finance(book(), today=date(2025, 4, 6)).weeks) == 3
    assert len(finance(book(), today=date(2025, 4, 7)).weeks) == 4
    longer = {"contract": sample("contract"), "addendum": sample("addendum", weeks=4), "finance": book()}
    assert len(views(longer)["finance"].weeks) == 10
    assert finance(book(), today=date(2025, 3, 16)).weeks == []


def test_the_change_of_income_waits_for_four_weeks_that_are_over() -> None:
    assert finance(book(), today=date(2025, 4, 12)).income_change is None
    assert finance(book(), today=date(2025, 4, 13)).income_change is not None


def test_without_a_contract_or_a_book_nothing_is_known() -> None:
    for view in (views({"finance": book()})["finance"], finance([])):
        assert view.longest_run == 0
        assert view.wants_share is None
        assert view.income_change is None
        assert view.balance == 0


def test_halves_are_rounded_up_as_people_do() -> None:
    entries = book("2025-03-17 n1995 w5")  # 0.25 %
    assert finance(entries).wants_share == 0.3


ENTRY = st.builds(
    lambda kind, day, amount: {**KINDS[kind], "date": day.isoformat(), "amount": amount},
    st.sampled_from("ibnwc"),
    st.dates(START - timedelta(days=10), START + timedelta(days=80)),
    st.integers(1, 10**7),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(ENTRY, max_size=80), st.dates(START - timedelta(days=3), TODAY), st.integers(1, 7))
def test_any_book_is_counted_as_a_naive_reader_would(
    entries: list[dict[str, Any]], today: date, threshold: int
) -> None:
    view = finance(entries, today=today, settings={"consistent_days": threshold})
    runs, run, best, earned, spent, shares = [], 0, 0, 0, 0, []
    for number in range(1, 9):
        days = [(START + timedelta(days=7 * (number - 1) + day)).isoformat() for day in range(7)]
        if days[0] > today.isoformat():
            break
        mine = [entry for entry in entries if entry["date"] in days]
        consistent = sum(any(entry["date"] == day for entry in mine) for day in days) >= threshold
        runs += [number] if consistent else []
        run = run + 1 if consistent else 0
        best = max(best, run)
        earned += sum(entry["amount"] for entry in mine if entry["category"] == "usaha")
        wants = sum(entry["amount"] for entry in mine if entry.get("purpose") == "want")
        out = sum(entry["amount"] for entry in mine if entry["direction"] == "expense")
        spent += out
        if out:
            share = (Decimal(100) * wants / out).quantize(Decimal("0.1"), ROUND_HALF_UP)
            shares.append(float(share))
    assert view.consistent_weeks == runs
    assert view.longest_run == best == len(view.longest_run_weeks)
    assert (view.earned_total, view.spending_total, view.balance) == (earned, spent, earned - spent)
    assert (view.wants_share_first, view.wants_share) == ((shares[0], shares[-1]) if shares else (None, None))
