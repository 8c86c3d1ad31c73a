"""What a report counts, and that nobody is to be recognised in it."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework_flow.tally import Course, Names, Period, Stay, Table, Visits, grouped, middle, ninth_tenth, tally

YEAR = Period(date(2025, 1, 1), date(2025, 12, 31))
PLACES = st.sampled_from("abcdefg")


def course(number: int, worker: str = "rina", reason: str = "", district: str = "12.16.06", days: int = 30) -> Course:
    """A case opened in January; closed after some days where a reason is given."""
    begun = date(2025, 1, 1) + timedelta(number % 28)
    ended = ((begun + timedelta(days), reason),) if reason else ()
    return Course(
        number=f"K-{number}",
        workflow="casework",
        worker=worker,
        district=district,
        begun=(begun,),
        ended=ended,
        stays=(Stay("engagement", begun, ended[0][0] if ended else None),),
        status="closed" if reason else "active",
        overdue=False,
        visits=Visits(planned=4, held=3, missed=1),
        ratings=("met", "partly"),
    )


courses = st.lists(
    st.builds(
        course,
        number=st.integers(0, 999),
        worker=PLACES,
        reason=st.sampled_from(("", "died", "moved", "goals_met", "void")),
        district=PLACES,
        days=st.integers(0, 90),
    ),
    max_size=60,
)


def table(name: str, found: list[Table]) -> Table:
    return next(one for one in found if one.name == name)


@given(st.lists(PLACES, max_size=60), st.integers(2, 8))
def test_no_group_is_shown_that_is_smaller_than_the_least_and_none_can_be_had_by_subtraction(
    items: list[str], smallest: int
) -> None:
    shown = grouped(items, lambda item: item, smallest)
    assert all(len(found) >= smallest for _, found in shown)
    hidden = len(items) - sum(len(found) for _, found in shown)
    assert hidden == 0 or not shown, "what is left out could be had by taking the others from the whole"
    assert [len(found) for label, found in shown if label] == sorted(
        (len(found) for label, found in shown if label), reverse=True
    )
    assert all(set(found) == {label} for label, found in shown if label)


@given(courses, st.integers(2, 8))
def test_every_breakdown_tells_of_enough_cases_or_not_at_all(found: list[Course], smallest: int) -> None:
    tables = tally(found, YEAR, Names(), smallest)
    if len(found) < smallest:
        assert tables == []
    for one in tables:
        assert all(len(row) == len(one.columns) for row in one.rows)
        if one.name in ("workers", "districts", "workflows"):
            counts = [row[1] for row in one.rows]
            assert all(isinstance(count, int) and count >= smallest for count in counts)
            assert sum(count for count in counts if isinstance(count, int)) == len(found)
        if one.name == "reasons":
            assert all(isinstance(row[1], int) and row[1] >= smallest for row in one.rows)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=50))
def test_nine_tenths_are_at_most_the_ninth_tenth_and_fewer_are_below_any_smaller_value(values: list[int]) -> None:
    limit = ninth_tenth(values, 1)
    assert limit in values
    assert sum(value <= limit for value in values) * 10 >= 9 * len(values)
    assert sum(value < limit for value in values) * 10 < 9 * len(values)


def test_a_middle_value_of_few_is_left_out() -> None:
    assert (middle([1, 2, 3, 4], 5), ninth_tenth([1, 2, 3, 4], 5)) == (None, None)
    assert (middle([5, 1, 2, 3, 4], 5), middle([1, 2, 3, 4], 4)) == (3, 2.5)


def test_the_figures_of_a_small_office_by_hand() -> None:
    found = [course(n, worker="rina" if n % 2 else "maya", reason="goals_met" if n < 6 else "") for n in range(12)]
    found += [course(20, worker="togar", reason="died")]
    tables = tally(found, YEAR, Names(workers={"rina": "Rina Contoh"}), 5)
    assert [row[1] for row in table("overview", tables).rows] == [13, 0, 7, 6, 0, 0]
    assert [row[:3] for row in table("months", tables).rows][:2] == [("2025-01", 13, 1), ("2025-02", 0, 6)]
    assert len(table("months", tables).rows) == 12
    workers = table("workers", tables).rows
    assert [row[1] for row in workers] == [6, 7]
    assert workers[0][0] in ("Rina Contoh", "maya")
    assert Counter(row[1] for row in table("targets", tables).rows) == {13: 2, 0: 2}
    # one closing is too few to be told, and would be told by the whole less the others: all stand together
    assert [(row[1], row[2]) for row in table("reasons", tables).rows] == [(7, 100.0)]


@pytest.mark.parametrize(
    ("since", "until", "rested", "days"),
    [(date(2025, 1, 1), date(2025, 1, 11), 0, 10), (date(2025, 1, 1), date(2025, 1, 11), 4, 6)],
)
def test_rest_does_not_count_as_time_in_a_stage(since: date, until: date, rested: int, days: int) -> None:
    assert Stay("x", since, until, rested).days(YEAR.last) == days


def test_what_lies_outside_the_period_is_not_counted() -> None:
    first_half = Period(date(2025, 1, 1), date(2025, 1, 15))
    found = [course(n, reason="goals_met") for n in range(28)]
    tables = tally(found, first_half, Names(), 5)
    assert [row[1] for row in table("overview", tables).rows][:3] == [15, 0, 0]
