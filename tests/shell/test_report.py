"""The report of a period over 2,000 cases, counted once more in plain Python from what was done in them."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from caseload import FIRST, PROFILE, TODAY, Clock, Office, casework

from casework_flow.casework import Casework
from casework_flow.errors import Invalid

PERIODS = ((FIRST, TODAY), (date(2025, 7, 1), date(2025, 12, 31)), (date(2026, 2, 10), date(2026, 3, 9)))


@pytest.fixture(scope="module")
def cw(office_of_2000: Office) -> Casework:
    return casework(office_of_2000.database)


def table(cw: Casework, name: str, first: date, last: date) -> list[dict[str, Any]]:
    return list(cw.report(first, last).as_data("en")["tables"][name])


def begun(case: dict[str, Any]) -> list[date]:
    return [case["opened_on"], *(move["on"] for move in case["moves"] if move["move"] == "reopen")]


def closings(case: dict[str, Any]) -> list[date]:
    return [move["on"] for move in case["moves"] if move["status"] == "closed"]


def status_on(case: dict[str, Any], last: date) -> str:
    past = [move["status"] for move in case["moves"] if move["on"] <= last]
    return str(past[-1]) if past else "active"


def touched(cases: Iterable[dict[str, Any]], first: date, last: date) -> list[dict[str, Any]]:
    """The cases that were open on a day of the period."""
    return [
        case
        for case in cases
        if case["opened_on"] <= last
        and not (status_on(case, last) == "closed" and max(d for d in closings(case) if d <= last) < first)
    ]


def stays(case: dict[str, Any], last: date) -> list[tuple[str, date, date | None, int]]:
    """Stage, first day, last day and days of rest of each stay; closing leads into none."""
    entries = [(case["stays"][0]["stage"], case["opened_on"], "active")]
    entries += [(move["to"], move["on"], move["status"]) for move in case["moves"] if move["on"] <= last]
    spans: list[tuple[str, date, date | None]] = []
    stage, since = entries[0][0], entries[0][1]
    open_now = True
    for (_, _, before), (to, on, now) in pairwise(entries):
        if now == "closed":
            spans.append((stage, since, on))
            open_now = False
        elif before == "closed":
            stage, since, open_now = to, on, True
        elif to != stage:
            spans.append((stage, since, on))
            stage, since = to, on
    if open_now:
        spans.append((stage, since, None))
    rests = [*case["pauses"], *(rest for kept in case["before"] for rest in kept["pauses"])]
    unique = {(rest["since"], rest["until"]) for rest in rests}

    def rested(since: date, until: date | None) -> int:
        return sum(
            max((min(end, until or date.max) - max(start, since)).days, 0)
            for start, end in unique
            if end and end <= last
        )

    return [(name, start, end, rested(start, end)) for name, start, end in spans]


@pytest.mark.parametrize(("first", "last"), PERIODS)
def test_what_was_opened_and_closed(cw: Casework, office_of_2000: Office, first: date, last: date) -> None:
    cases = touched(office_of_2000.cases, first, last)
    opened = sum(first <= case["opened_on"] <= last for case in cases)
    again = sum(first <= day <= last for case in cases for day in begun(case)[1:])
    closed = sum(first <= day <= last for case in cases for day in closings(case))
    status = Counter(status_on(case, last) for case in cases)
    rows = table(cw, "overview", first, last)
    assert [row["cases"] for row in rows][:5] == [
        opened,
        again,
        closed,
        status["active"] + status["paused"],
        status["paused"],
    ]
    months = Counter(f"{day:%Y-%m}" for case in cases for day in begun(case) if first <= day <= last)
    assert {row["month"]: row["opened"] for row in table(cw, "months", first, last) if row["opened"]} == dict(months)


def test_what_is_late_on_the_last_day(cw: Casework, office_of_2000: Office) -> None:
    late = [
        case
        for case in office_of_2000.cases
        if case["status"] == "active" and case["due_on"] and case["due_on"] < TODAY
    ]
    assert late
    assert table(cw, "overview", FIRST, TODAY)[5]["cases"] == len(late)
    by_worker = Counter(case["worker"] for case in late)
    names = {row["name"]: row["overdue"] for row in table(cw, "workers", FIRST, TODAY)}
    assert names == {f"{name.title()} Contoh": count for name, count in by_worker.items()}


@pytest.mark.parametrize(("first", "last"), PERIODS)
def test_how_long_cases_stay_in_a_stage_and_where_they_wait(
    cw: Casework, office_of_2000: Office, first: date, last: date
) -> None:
    left, waiting, entered = defaultdict(list), defaultdict(list), Counter[str]()
    for case in touched(office_of_2000.cases, first, last):
        for stage, since, until, rested in stays(case, last):
            entered[stage] += first <= since <= last
            if until and first <= until <= last:
                left[stage].append((until - since).days - rested)
            if until is None:
                waiting[stage].append((last - since).days - rested)
    titles = {
        "Engagement, intake, contract": "engagement",
        "Assessment": "assessment",
        "Planning": "planning",
        "Intervention": "intervention",
        "Evaluation": "evaluation",
        "Termination": "termination",
        "Reception": "reception",
        "Service": "service",
    }
    rows = table(cw, "stages", first, last)
    assert {titles[row["stage"]] for row in rows} == {*left, *waiting, *(name for name in entered if entered[name])}
    for row in rows:
        stage = titles[row["stage"]]
        assert (row["entered"], row["left"], row["there"]) == (entered[stage], len(left[stage]), len(waiting[stage]))
        few = len(left[stage]) < 5
        assert row["median_days"] == (None if few else round(statistics.median(left[stage]), 1))
        ordered = sorted(left[stage])
        assert row["p90_days"] == (None if few else ordered[-(-9 * len(ordered) // 10) - 1])
        assert row["waiting_days"] == (
            None if len(waiting[stage]) < 5 else round(statistics.median(waiting[stage]), 1)
        )


@pytest.mark.parametrize(("first", "last"), PERIODS)
def test_visits_planned_held_and_missed(cw: Casework, office_of_2000: Office, first: date, last: date) -> None:
    total: Counter[str] = Counter()
    for case in touched(office_of_2000.cases, first, last):
        now = {"contract": case["contract"], "sessions": case["sessions"], "closed_on": case["closed_on"]}
        rests = [*case["pauses"]]
        for life in (*case["before"], now):
            if life["contract"]:
                total += visits(life, rests, first, last)
    rows = {row["what"]: row["visits"] for row in table(cw, "visits", first, last)}
    assert rows == {
        "Planned": total["planned"],
        "Held": total["held"],
        "Cancelled": total["cancelled"],
        "Client absent": total["client_absent"],
        "Weeks without a visit": total["missed"],
    }


def visits(life: dict[str, Any], rests: list[dict[str, Any]], first: date, last: date) -> Counter[str]:
    found: Counter[str] = Counter()
    start = life["contract"]["start_on"]
    until = min(life["closed_on"] or last, last)
    for number in range(life["contract"]["weeks"]):
        begins = start + timedelta(7 * number)
        ends = begins + timedelta(6)
        rested = any(rest["since"] <= ends and (rest["until"] is None or rest["until"] > begins) for rest in rests)
        if ends >= until or rested or not first <= ends <= last:
            continue
        within = [one["status"] for one in life["sessions"] if begins <= one["held_on"] <= ends]
        found["planned"] += life["contract"]["visits_per_week"]
        found["missed"] += "held" not in within
        found.update(within)
    return found


@pytest.mark.parametrize(("first", "last"), PERIODS)
def test_targets_of_the_last_evaluation_in_the_period(
    cw: Casework, office_of_2000: Office, first: date, last: date
) -> None:
    counts: Counter[str] = Counter()
    for case in touched(office_of_2000.cases, first, last):
        within = [one for one in case["evaluations"] if first <= one["on"] <= last]
        if within:
            counts.update(within[-1]["ratings"])
    rows = {row["rating"]: row["targets"] for row in table(cw, "targets", first, last)}
    assert rows == {
        "met": counts["met"],
        "partly": counts["partly"],
        "not met": counts["not_met"],
        "not measurable": 0,
    }


def test_closings_by_reason_and_their_length(cw: Casework, office_of_2000: Office) -> None:
    first, last = PERIODS[1]
    days: dict[str, list[int]] = defaultdict(list)
    for case in touched(office_of_2000.cases, first, last):
        for day in closings(case):
            if first <= day <= last:
                days["all"].append((day - max(b for b in begun(case) if b <= day)).days)
    rows = table(cw, "reasons", first, last)
    assert sum(row["closed"] for row in rows) == len(days["all"])
    assert all(row["closed"] >= 5 for row in rows)


def test_districts_and_programmes_share_out_all_cases(cw: Casework, office_of_2000: Office) -> None:
    districts = Counter(case["district"] for case in office_of_2000.cases)
    rows = table(cw, "districts", FIRST, TODAY)
    assert {row["name"]: row["cases"] for row in rows} == dict(districts)
    programmes = Counter(case["workflow"] for case in office_of_2000.cases)
    assert sorted(row["cases"] for row in table(cw, "workflows", FIRST, TODAY)) == sorted(programmes.values())


def test_no_name_is_in_a_report_but_those_of_the_staff(cw: Casework, office_of_2000: Office) -> None:
    text = str(cw.report(FIRST, TODAY).as_data("id"))
    staff = {"Kepala Contoh", *(f"{case['worker'].title()} Contoh" for case in office_of_2000.cases)}
    names = {case["client"] for case in office_of_2000.cases} - staff
    assert not {name for name in names if name in text}
    assert not {case["number"] for case in office_of_2000.cases if case["number"] in text}


def test_a_period_ends_today_at_the_latest_and_begins_with_the_year(cw: Casework) -> None:
    report = cw.report(last=TODAY + timedelta(400))
    assert (report.first, report.last) == (date(2026, 1, 1), TODAY)
    with pytest.raises(Invalid, match="no such period"):
        cw.report(date(2026, 5, 2), date(2026, 5, 1))


def test_of_few_cases_nothing_is_told(cw: Casework, office_of_2000: Office) -> None:
    first = min(case["opened_on"] for case in office_of_2000.cases)
    few = sum(case["opened_on"] <= first for case in office_of_2000.cases)
    assert few > 1
    assert cw.report(first, first).tables
    cw = Casework(
        f"sqlite:///{office_of_2000.database}", office=replace(PROFILE, smallest_group=few + 1), clock=Clock(TODAY)
    )
    assert cw.report(first, first).tables == ()
