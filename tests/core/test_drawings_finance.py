"""What the chart of the finance book promises: checked on the bars, not on the text of the SVG."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework_flow.drawings.finance import INCOME, SPENDING, finance, layout, rupiah

Week = dict[str, Any]
PARTS = (*INCOME, *SPENDING)


def week(number: int, days: int = 7, **sums: int) -> Week:
    return {"week": number, "days": days, "consistent": days >= 6, **dict.fromkeys(PARTS, 0), **sums}


@st.composite
def books(draw: st.DrawFn) -> list[Week]:
    """Up to two years of weeks, poor and rich, some without an entry."""
    money = st.one_of(st.just(0), st.integers(1, 900_000), st.integers(1, 10**13))
    return [
        week(number, draw(st.integers(0, 7)), **{part: draw(money) for part in PARTS})
        for number in range(1, draw(st.integers(0, 104)) + 1)
    ]


@settings(deadline=None, max_examples=60)
@given(books())
def test_every_sum_is_drawn_once_to_one_scale_inside_its_week(weeks: list[Week]) -> None:
    made = layout(weeks)
    expected = {(item["week"], part): item[part] for item in weeks for part in PARTS if item[part]}
    assert sorted((bar.week, bar.part) for bar in made.bars) == sorted(expected)
    highest = max((sum(item[part] for part in side) for item in weeks for side in (INCOME, SPENDING)), default=0)
    assert made.most >= highest
    assert 1 <= made.most // made.step <= 5
    for bar in made.bars:
        left, top, right, bottom = bar.box
        slot = made.slots[bar.week]
        assert slot[0] <= left < right <= slot[1] <= made.width
        assert 0 <= top <= bottom <= made.height
        assert bottom - top == pytest.approx(150 * expected[bar.week, bar.part] / made.most)
    for one in made.bars:
        others = [bar for bar in made.bars if bar.week == one.week and bar is not one]
        for other in others:
            apart_x = one.box[2] <= other.box[0] or other.box[2] <= one.box[0]
            assert apart_x or one.box[3] <= other.box[1] + 1e-6 or other.box[3] <= one.box[1] + 1e-6


@settings(deadline=None, max_examples=15)
@given(books())
def test_the_same_book_gives_the_same_sound_bytes(weeks: list[Week]) -> None:
    drawing = finance(weeks, [1, 2] if len(weeks) > 2 else [], lang="en")
    assert drawing == finance(weeks, [1, 2] if len(weeks) > 2 else [], lang="en")
    ElementTree.fromstring(drawing.svg)  # noqa: S314  # our own output


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "Rp0"), (950, "Rp950"), (225000, "Rp225.000"), (10**9, "Rp1.000.000.000")]
)
def test_money_is_written_as_in_indonesia(amount: int, text: str) -> None:
    assert rupiah(amount, "id") == text


def test_a_week_without_an_entry_and_the_run_are_shown_and_told() -> None:
    weeks = [week(1, 6, income=100), week(2, 0), week(3, 6, needs=50), week(4, 7, needs=50)]
    drawing = finance(weeks, [3, 4], lang="en")
    said = ["".join(e.itertext()) for e in ElementTree.fromstring(drawing.svg).iter() if e.tag.endswith("}text")]  # noqa: S314
    assert "2 weeks in a row" in said
    assert "Week without an entry" in said
    assert "week 3 to week 4" in drawing.alt
    assert "Without an entry: week 2." in drawing.alt


def test_the_legend_names_only_what_occurs() -> None:
    said = "".join(ElementTree.fromstring(finance([week(1, income=5)], lang="en").svg).itertext())  # noqa: S314
    assert "Earned income" in said
    assert "Wants" not in said
    assert "without an entry" not in said
