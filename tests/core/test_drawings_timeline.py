"""What a timeline promises: each stage, session and move at its dates, whatever the length of the case."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from casework_flow.drawings.timeline import Course, Moment, Stage, layout, timeline

FIRST = date(2025, 3, 3)
TITLES = ["Engagement, intake, contract", "Assessment", "Planning", "Intervention", "", "<b>&\u202e\x00", "w" * 300]


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """From a day to ten years, stages that come again, rests, many sessions."""
    count = draw(st.integers(1, 9))
    longest = draw(st.sampled_from([0, 6, 60, 400]))
    borders = [0]
    for _ in range(count):
        borders.append(borders[-1] + draw(st.integers(0, longest)))
    running = draw(st.booleans())
    stages = [
        Stage(draw(st.sampled_from(TITLES)), day(begin), None if running and number == count - 1 else day(end))
        for number, (begin, end) in enumerate(pairwise(borders))
    ]
    last = borders[-1]
    some_day = st.integers(0, last)
    statuses = st.sampled_from(["held", "cancelled", "client_absent"])
    sessions = [
        {"held_on": day(draw(some_day)).isoformat(), "status": draw(statuses)}
        for _ in range(draw(st.integers(0, 40)))
    ]
    weeks = [(day(7 * number), day(7 * number + 6)) for number in range(draw(st.integers(0, 104)))]
    pauses = []
    for _ in range(draw(st.integers(0, 2))):
        begin, end = sorted((draw(some_day), draw(some_day)))
        pauses.append((day(begin), draw(st.sampled_from([day(end), None]))))
    moves = [Moment(draw(st.sampled_from(TITLES)), day(draw(some_day))) for _ in range(draw(st.integers(0, 12)))]
    closed = None if running else day(last)
    return Course(stages, day(last), sessions, weeks, pauses, moves, closed)


@settings(deadline=None)
@given(courses())
def test_each_band_begins_and_ends_at_its_dates_and_none_overlap(course: Course) -> None:
    made = layout(course)
    assert [band[0] for band in made.bands] == [stage.title for stage in course.stages]
    for stage, (_, left, right, top) in zip(course.stages, made.bands, strict=True):
        assert abs(left - made.x(stage.since)) < 0.01
        assert left < right <= made.width
        if stage.until and right - left > 2.6:
            assert abs(right - made.x(stage.until)) < 0.01
        assert 0 <= top <= made.height - 13
    tops = sorted(set(made.rows.values()))
    assert all(later - earlier >= 20 for earlier, later in pairwise(tops))
    assert made.x(made.last) + made.per_day <= made.width


@settings(deadline=None)
@given(courses())
def test_every_session_move_and_end_is_drawn_in_the_view(course: Course) -> None:
    drawing = timeline(course, lang="en")
    assert drawing == timeline(course, lang="en")
    root = ElementTree.fromstring(drawing.svg)  # noqa: S314  # our own output
    field = list(root)
    circles = [e for e in field if e.tag.endswith("circle")]
    assert len(circles) == len(course.sessions) + len(course.moves)  # the legend's are in a group of their own
    for circle in circles:
        assert 0 <= float(circle.get("cx", "")) <= drawing.width
        assert 0 <= float(circle.get("cy", "")) <= drawing.height


def test_a_stage_that_comes_again_keeps_its_row() -> None:
    stages = [Stage("Plan", day(0), day(9)), Stage("Act", day(9), day(30)), Stage("Plan", day(30), day(40))]
    bands = layout(Course(stages, day(40))).bands
    assert bands[0][3] == bands[2][3] != bands[1][3]


def test_moves_and_the_end_are_told_by_their_dates() -> None:
    course = Course([Stage("Plan", day(0), day(9))], day(9), moves=[Moment("Paused", day(3))], closed=day(9))
    said = "".join(ElementTree.fromstring(timeline(course, lang="en").svg).itertext())  # noqa: S314
    assert "Paused, 6 March 2025" in said
    assert "12 March 2025" in said
    assert "Case closed" in said


def test_the_legend_names_only_what_occurs() -> None:
    said = "".join(  # a running case without sessions
        ElementTree.fromstring(timeline(Course([Stage("Plan", day(0), None)], day(9)), lang="en").svg).itertext()  # noqa: S314
    )
    assert "Stage that still runs" in said
    assert "Session held" not in said
    assert "Case closed" not in said
