"""What a genogram promises, on generated families: checked on where things stand, not on the text of the SVG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from time import perf_counter
from typing import Any
from xml.etree import ElementTree

import pytest
from families import families, tangles
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework_flow.drawings.genogram import Picture, genogram
from casework_flow.drawings.outline import inside
from casework_flow.drawings.placing import HALF, Layout, Line, Symbol

Content = dict[str, Any]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
HOSTILE = [
    "<script>alert(1)</script>&amp;]]>",
    "{{ 7 * 7 }} {% raw %} #panic() $x$ \\u{41}",
    "👩‍👧 \u202eabc\u202c \x00\x07\x1b \ud800 \ufffe",
    "w" * 400,
    "kata " * 80,
    "=HYPERLINK(1) ../../etc/passwd",
]
generous = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def symbol_box(symbol: Symbol) -> Box:
    return (symbol.x - HALF, symbol.y - HALF, symbol.x + HALF, symbol.y + HALF)


def overlap(one: Box, other: Box, by: float = 0.01) -> bool:
    return one[0] < other[2] - by and other[0] < one[2] - by and one[1] < other[3] - by and other[1] < one[3] - by


def segments(line: Line) -> Iterator[tuple[Point, Point]]:
    for stroke in line.strokes:
        yield from pairwise(stroke)


def box_of(first: Point, second: Point) -> Box:
    return (min(first[0], second[0]), min(first[1], second[1]), max(first[0], second[0]), max(first[1], second[1]))


def crosses(first: Point, second: Point, box: Box) -> bool:
    """Whether a horizontal or vertical line passes through the inside of ``box``."""
    left, top, right, bottom = box_of(first, second)
    return left < box[2] - 0.2 and right > box[0] + 0.2 and top < box[3] - 0.2 and bottom > box[1] + 0.2


def lie_on_each_other(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether two strokes run along each other, so that nobody could tell them apart."""
    a, b = box_of(*one), box_of(*other)
    for along, across in ((0, 1), (1, 0)):
        flat = a[across] == a[across + 2] and b[across] == b[across + 2]
        shared = min(a[along + 2], b[along + 2]) - max(a[along], b[along])
        if flat and abs(a[across] - b[across]) < 0.9 and shared > 0.5:
            return True
    return False


def everything_is_in_its_place(content: Content) -> None:
    picture = Picture(content)
    layout = picture.layout
    members_and_relations_are_drawn_once(content, layout)
    nobody_overlaps(layout)
    no_line_meets_a_stranger(layout)
    lines_can_be_told_apart(layout)
    children_hang_from_their_parents(content, layout)
    households_hold_their_members(content, picture)
    everything_is_in_the_view(picture)


def members_and_relations_are_drawn_once(content: Content, layout: Layout) -> None:
    assert sorted(layout.symbols) == sorted(member["id"] for member in content["members"])
    assert sorted(name for row in layout.rows for name in row) == sorted(layout.symbols)
    drawn = Counter(n for line in layout.lines if line.kind != "quality" for n in line.relations)
    assert drawn == Counter(range(len(content["relations"])))
    qualities = Counter(n for line in layout.lines if line.kind == "quality" for n in line.relations)
    told = {"close", "distant", "conflict", "cut_off"}
    assert qualities == Counter(n for n, r in enumerate(content["relations"]) if r.get("quality") in told)
    for line in layout.lines:
        for number in line.relations:
            relation = content["relations"][number]
            assert {relation["a"], relation["b"]} <= set(line.people)


def nobody_overlaps(layout: Layout) -> None:
    for one, other in combinations(layout.symbols.values(), 2):
        for a in (symbol_box(one), one.words):
            for b in (symbol_box(other), other.words):
                assert not overlap(a, b), (one, other)


def no_line_meets_a_stranger(layout: Layout) -> None:
    for line in layout.lines:
        for name, symbol in layout.symbols.items():
            if name not in line.people:
                for first, second in segments(line):
                    assert not crosses(first, second, symbol_box(symbol)), (line, name)
                    assert not crosses(first, second, symbol.words), (line, name)


def lines_can_be_told_apart(layout: Layout) -> None:
    for one, other in combinations(layout.lines, 2):
        for first in segments(one):
            for second in segments(other):
                assert not lie_on_each_other(first, second), (one, other)


def children_hang_from_their_parents(content: Content, layout: Layout) -> None:
    recorded = {(r["a"], r["b"]) for r in content["relations"] if r["kind"] == "parent_child"}
    level = {name: row for row, names in enumerate(layout.rows) for name in names}
    assert all(level[parent] < level[child] for parent, child in recorded)
    for line in layout.lines:
        if line.kind == "descent":
            lowest = min(level[name] for name in line.people)
            parents = [name for name in line.people if level[name] == lowest]
            children = [name for name in line.people if name not in parents]
            assert {(parent, child) for parent in parents for child in children} <= recorded
            ends = [end for stroke in line.strokes for end in stroke]
            for child in children:
                symbol = layout.symbols[child]
                assert any(abs(x - symbol.x) < HALF and abs(y - symbol.y) <= HALF * 1.2 for x, y in ends)


def households_hold_their_members(content: Content, picture: Picture) -> None:
    home = {member["id"] for member in content["members"] if member.get("in_household") is True}
    if len(home) < 2:
        assert not picture.home
        return
    for name, symbol in picture.layout.symbols.items():
        for box in (symbol_box(symbol), symbol.words):
            corners = [(box[x], box[y]) for x in (0, 2) for y in (1, 3)]
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            if name in home:
                assert all(inside(point, picture.home) for point in (*corners, middle)), name
            else:
                assert not any(inside(point, picture.home) for point in (*corners, middle)), name
                sides = [side for loop in picture.home for side in pairwise([*loop, loop[0]])]
                assert not any(crosses(*side, box) for side in sides), name


def everything_is_in_the_view(picture: Picture) -> None:
    layout = picture.layout
    points = [point for line in layout.lines for stroke in line.strokes for point in stroke]
    points += [point for loop in picture.home for point in loop]
    for symbol in layout.symbols.values():
        points += [(symbol.words[0], symbol.words[1]), (symbol.words[2], symbol.words[3])]
        points += [(symbol.x - HALF, symbol.y - HALF), (symbol.x + HALF, symbol.y + HALF)]
    assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in points)


@generous
@given(families())
def test_a_generated_family_is_drawn_as_the_notation_demands(content: Content) -> None:
    everything_is_in_its_place(content)


@generous
@given(tangles())
def test_whatever_a_sound_record_says_is_drawn_as_the_notation_demands(content: Content) -> None:
    everything_is_in_its_place(content)


@generous
@given(families(12))
def test_the_same_family_gives_the_same_bytes(content: Content) -> None:
    assert genogram(content, lang="en") == genogram(content, lang="en")


def person(name: str, **more: object) -> Content:
    return {"id": name, "label": name, **more}


def related(*relations: tuple[str, str, str] | tuple[str, str, str, str]) -> list[Content]:
    names = ("a", "b", "kind", "quality")
    return [dict(zip(names, relation, strict=False)) for relation in relations]


def family(index: str, members: Sequence[Content], *relations: Any) -> Content:
    return {"index": index, "members": list(members), "relations": related(*relations)}


THIRD_SPOUSE = family(
    "p",
    [person(name) for name in ("p", "x", "y", "z", "cx", "cy", "cz")],
    ("p", "x", "divorced"),
    ("p", "y", "divorced"),
    ("p", "z", "married"),
    *((parent, f"c{other}", "parent_child") for other in "xyz" for parent in ("p", other)),
)


def test_children_of_a_third_spouse_hang_from_their_own_parents() -> None:
    everything_is_in_its_place(THIRD_SPOUSE)
    unions = [line.people for line in Picture(THIRD_SPOUSE).layout.lines if line.kind == "descent"]
    assert sorted(unions) == [("p", "x", "cx"), ("p", "y", "cy"), ("p", "z", "cz")]


def test_a_single_parents_children_hang_from_that_parent_alone() -> None:
    content = family("s", [person("s"), person("h"), person("a")], ("s", "h", "married"), ("s", "a", "parent_child"))
    everything_is_in_its_place(content)
    assert [line.people for line in Picture(content).layout.lines if line.kind == "descent"] == [("s", "a")]


def test_nobody_is_the_index_twice_and_the_client_has_a_double_border() -> None:
    svg = genogram(family("s", [person("s", sex="female"), person("a", sex="female")]), lang="en").svg
    legend_begins = svg.rindex("<g ")
    assert svg[:legend_begins].count("<circle") == 3


def test_a_stranger_between_two_of_a_household_is_left_outside() -> None:
    content = family(
        "a",
        [person("a", in_household=True), person("out"), person("b", in_household=True)],
        ("a", "out", "divorced"),
        ("out", "b", "married"),
    )
    everything_is_in_its_place(content)
    assert len(Picture(content).home) == 2


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_comes_out_as_text(label: str) -> None:
    content = family("s", [person("s", schooling=label, roles=[label]), person("a")], ("s", "a", "parent_child"))
    content["members"][0]["label"] = label
    everything_is_in_its_place(content)
    drawing = genogram(content, lang="en")
    root = ElementTree.fromstring(drawing.svg)  # noqa: S314  # our own output
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg", "g", "title", "rect", "circle", "path", "text",
    }  # fmt: skip
    assert not any(char in drawing.svg + drawing.alt for char in "\u202e\x00\x07\x1b\ufffe")


def test_a_label_that_is_cut_is_whole_in_its_title() -> None:
    long = " ".join(f"kata{number}" for number in range(40))
    root = ElementTree.fromstring(genogram(family("s", [person("s") | {"label": long}]), lang="en").svg)  # noqa: S314
    titles = ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("}title")]
    assert long in titles


def forty() -> Content:
    """Five generations; everybody of the first four has a partner and two children."""
    members, relations, couples = [person("r"), person("q")], [("r", "q", "married")], [("r", "q")]
    for _ in range(4):
        following = []
        for number, parents in enumerate(couples):
            for _ in range(3 if number % 2 else 2):
                if len(members) >= 39:
                    break
                child, partner = f"m{len(members)}", f"m{len(members) + 1}"
                members += [person(child), person(partner)]
                relations += [*((parent, child, "parent_child") for parent in parents), (child, partner, "married")]
                following.append((child, partner))
        couples = following
    return family("r", members, *relations)


def test_forty_people_take_less_than_a_fifth_of_a_second() -> None:
    content = forty()
    assert len(content["members"]) == 40
    genogram(content, lang="en")
    took = []
    for _ in range(3):
        start = perf_counter()
        genogram(content, lang="en")
        took.append(perf_counter() - start)
    assert min(took) < 0.2


@pytest.mark.parametrize("content", [forty(), family("s", [person("s")])], ids=["forty", "one"])
def test_the_extremes_are_drawn_as_the_notation_demands(content: Content) -> None:
    everything_is_in_its_place(content)


EASILY_WRONG = {
    "two generations apart and nobody between": family("a", [person("a", age=100), person("b"), person("c", age=54)]),
    "both parents close to an only child, from facing sides of one gap": family(
        "a",
        [person("a"), person("b"), person("c")],
        ("a", "b", "married"),
        ("a", "c", "parent_child", "close"),
        ("b", "c", "parent_child", "close"),
    ),
    "four sorts of couple and a parent as well": family(
        "a",
        [person("a"), person("b"), person("x")],
        *(("a", "b", kind, "close") for kind in ("married", "cohabiting", "separated", "divorced")),
        ("a", "b", "parent_child"),
    ),
    "an uncle marries his niece": family(
        "n",
        [person(name) for name in ("g", "h", "u", "p", "n", "c")],
        ("g", "h", "married"),
        *((parent, child, "parent_child") for parent in "gh" for child in "up"),
        ("p", "n", "parent_child", "conflict"),
        ("u", "n", "married", "distant"),
        ("u", "c", "parent_child"),
        ("n", "c", "parent_child", "cut_off"),
    ),
}


@pytest.mark.parametrize("content", EASILY_WRONG.values(), ids=EASILY_WRONG.keys())
def test_families_that_are_easily_drawn_wrongly(content: Content) -> None:
    everything_is_in_its_place(content)


@given(st.sampled_from(["en", "id"]))
def test_the_legend_names_only_what_occurs(lang: str) -> None:
    plain: Mapping[str, Any] = family("s", [person("s", sex="female")])
    shown = genogram(plain, lang=lang).svg
    assert shown.count("<text") == 2 + 1  # the name, and two signs: the client and a woman
