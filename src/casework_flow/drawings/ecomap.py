"""The ecomap: the systems around the client, and how the client is tied to each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin, sqrt
from typing import Any

from ..messages import Message
from . import lines, svg
from .lines import Point
from .svg import INK, PAPER, SHADE, SOFT, TEXT_WIDTH, Canvas, Drawing, Sign

CENTRE = 33.0
"""The radius of the circle in the middle, in points."""

_NAME = 8.6
_ROOM, _NARROW = 84.0, 66.0  # for a system's name, in a drawing of a page's width and in a narrower one
_PAD_X, _PAD_Y = 9.0, 7.0
_GAP = 14.0  # between two systems
_SHORTEST_TIE, _LEAST_TIE = 62.0, 48.0  # upwards and sideways
_BESIDE = 9.0  # between two ties of the same system
_WORD = 7.2
STRENGTHS = ("strong", "moderate", "weak", "absent")

WORDS: Mapping[str, Message] = {
    "informal": Message("Informal system"),
    "formal": Message("Formal system"),
    "unknown": Message("Kind of system not recorded"),
    "strong": Message("Strong tie"),
    "moderate": Message("Moderate tie"),
    "weak": Message("Weak tie"),
    "absent": Message("No active tie"),
    "stressful": Message("Stressful tie"),
    "flow": Message("Flow of resources"),
}
"""The legend's words, by sign."""


@dataclass(frozen=True, slots=True)
class Node:
    """A system: its middle, the size of its shape, and its name in rows."""

    id: str
    x: float
    y: float
    width: float
    height: float
    rows: tuple[str, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return (
            self.x - self.width / 2,
            self.y - self.height / 2,
            self.x + self.width / 2,
            self.y + self.height / 2,
        )


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie from the circle (first point) to a system; ``number`` is its place in the record."""

    number: int
    system: str
    points: tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole ecomap; the origin is the corner at the top left."""

    width: float
    height: float
    centre: Point
    nodes: Mapping[str, Node]
    ties: tuple[Tie, ...]


def ecomap(content: Mapping[str, Any], client: str, *, lang: str) -> Drawing:
    """The systems of an ecomap's record around the client.

    Args:
        content: the record, sound and with the names that may be shown.
        client: what stands in the middle: the client as they may be named.
        lang: the language of the legend.
    """
    made = layout(content)
    width = max(TEXT_WIDTH, made.width)
    canvas, inner = Canvas(), Canvas()
    paint(inner, content, client, made, lang)
    canvas.group(inner, (width - made.width) / 2, 0)
    height = svg.legend(canvas, signs([content], lang), made.height + 6, width)
    return canvas.drawing(width, height, described(content, client, lang))


def layout(
    content: Mapping[str, Any], around: Sequence[Mapping[str, Any]] | None = None, room: float = TEXT_WIDTH
) -> Layout:
    """Where everything stands.

    Args:
        content: the record.
        around: the systems that get a place, when they are more than the record's own.
        room: how wide the drawing shall be while there is room for all, in points.
    """
    systems = around if around is not None else content.get("systems", ())
    nodes = _placed([_node(system, _ROOM if room >= TEXT_WIDTH else _NARROW) for system in systems], room)
    left = min([-CENTRE, *(node.box[0] for node in nodes)]) - 8
    right = max([CENTRE, *(node.box[2] for node in nodes)]) + 8
    top = min([-CENTRE, *(node.box[1] for node in nodes)]) - 8
    bottom = max([CENTRE, *(node.box[3] for node in nodes)]) + 8
    half = max(-left, right)  # the client stands in the middle
    centre = (half, -top)
    moved = {
        node.id: Node(node.id, node.x + centre[0], node.y + centre[1], node.width, node.height, node.rows)
        for node in nodes
    }
    informal = {system["id"] for system in systems if system.get("kind") != "formal"}
    ties = []
    for number, tie in enumerate(content.get("ties", ())):
        same = [n for n, other in enumerate(content["ties"]) if other["system"] == tie["system"]]
        node = moved[tie["system"]]
        aside = (same.index(number) - (len(same) - 1) / 2) * min(_BESIDE, (node.height - 6) / len(same))
        ties.append(Tie(number, tie["system"], _tied(centre, node, aside, oval=tie["system"] in informal)))
    return Layout(2 * half, bottom - top, centre, moved, tuple(ties))


def _node(system: Mapping[str, Any], room: float) -> Node:
    rows = svg.wrapped(str(system["name"]), room, _NAME, 3) or [""]
    width = max(svg.wide(row, _NAME) for row in rows) + 2 * _PAD_X
    height = len(rows) * _NAME * svg.LEADING + 2 * _PAD_Y
    if system.get("kind") != "formal":  # an oval has less room at its ends
        width, height = width + 8, height + 4
    return Node(system["id"], 0, 0, max(width, 64), height, tuple(rows))


def _placed(nodes: Sequence[Node], room: float) -> list[Node]:
    """The systems on an ellipse as small as can be: no two touch, and no tie passes a stranger."""
    if not nodes:
        return []
    width, height = max(node.width for node in nodes), max(node.height for node in nodes)
    wide = max(room / 2 - width / 2 - 10, CENTRE + _LEAST_TIE + width / 2)
    high = CENTRE + _SHORTEST_TIE + height / 2
    if len(nodes) < 7 and room >= TEXT_WIDTH:
        wide = min(wide, high * 1.55)
    while True:
        made = _on_ellipse(nodes, wide, high, width + _GAP, height + _GAP)
        if made is not None:
            return made
        wide, high = wide * 1.035, high * 1.06


def _on_ellipse(nodes: Sequence[Node], wide: float, high: float, across: float, down: float) -> list[Node] | None:
    """The systems at equal steps from the top, a step being what keeps two apart; None where it is too narrow."""
    parts = 720
    points = [(wide * sin(2 * pi * n / parts), -high * cos(2 * pi * n / parts)) for n in range(parts + 1)]
    passed = [0.0]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        passed.append(passed[-1] + max(abs(x1 - x0) / across, abs(y1 - y0) / down, hypot(x1 - x0, y1 - y0) / 400))
    made = []
    place = 0
    shift = 0.5 if len(nodes) % 2 == 0 and len(nodes) > 2 else 0.0  # symmetrical either way
    for number, node in enumerate(nodes):
        goal = (number + shift) * passed[-1] / len(nodes)
        while passed[place] < goal - 1e-9:
            place += 1
        x, y = points[place]
        made.append(Node(node.id, round(x, 2), round(y, 2), node.width, node.height, node.rows))
    for number, one in enumerate(made):
        for other in made[number + 1 :]:
            if abs(one.x - other.x) < (one.width + other.width + _GAP) / 2 and (
                abs(one.y - other.y) < (one.height + other.height + _GAP) / 2
            ):
                return None
        for other in made:
            if other is not one and _meets(one, other):
                return None
    return made


def _meets(one: Node, other: Node) -> bool:
    """Whether the ties of ``one``, from the middle, come near ``other``."""
    box = other.box
    far = hypot(one.x, one.y)
    for step in range(1, 40):
        x, y = one.x * step / 40, one.y * step / 40
        if far and box[0] - 10 < x < box[2] + 10 and box[1] - 10 < y < box[3] + 10:
            return True
    return False


def _tied(centre: Point, node: Node, aside: float, *, oval: bool) -> tuple[Point, Point]:
    dx, dy = node.x - centre[0], node.y - centre[1]
    far = hypot(dx, dy)
    ux, uy = dx / far, dy / far
    start = sqrt(CENTRE**2 - aside**2) + 1.5

    def point(along: float) -> Point:
        return (round(centre[0] + ux * along - uy * aside, 2), round(centre[1] + uy * along + ux * aside, 2))

    outside, inside = start, far
    while inside - outside > 0.05:  # where the tie meets the shape
        middle = (outside + inside) / 2
        x, y = abs(point(middle)[0] - node.x) * 2 / node.width, abs(point(middle)[1] - node.y) * 2 / node.height
        if (hypot(x, y) if oval else max(x, y)) <= 1:
            inside = middle
        else:
            outside = middle
    return point(start), point(outside - 1.5)


def paint(canvas: Canvas, content: Mapping[str, Any], client: str, made: Layout, lang: str) -> None:
    """Draws the record's systems and ties where ``made`` has them."""
    recorded = content.get("ties", ())
    for tie in made.ties:
        draw_tie(canvas, recorded[tie.number], tie.points, WORDS["absent"].say(lang))
    for system in content.get("systems", ()):
        node = made.nodes[system["id"]]
        shape(canvas, system.get("kind"), node.x, node.y, node.width, node.height, title=str(system["name"]))
        first = node.y - (len(node.rows) - 1) * _NAME * svg.LEADING / 2 + 3.1
        canvas.rows(node.x, first, node.rows, _NAME, full=str(system["name"]))
    canvas.circle(*made.centre, CENTRE, svg.clean(client), fill=PAPER, stroke=INK, stroke_width=1.6)
    rows = svg.wrapped(client, CENTRE * 1.6, 10, 3, bold=True)
    first = made.centre[1] - (len(rows) - 1) * 5.9 + 3.6
    canvas.rows(made.centre[0], first, rows, 10, full=client, bold=True)


def shape(canvas: Canvas, kind: str | None, x: float, y: float, width: float, height: float, title: str = "") -> None:
    """A system's shape: a box for a formal one, an oval for any other, dashed where nobody recorded which it is."""
    look: dict[str, str | float] = {"fill": SHADE if kind == "formal" else PAPER, "stroke": INK, "stroke_width": 1.1}
    if kind == "formal":
        canvas.rect(x - width / 2, y - height / 2, width, height, title, **look)
        return
    dash = {} if kind == "informal" else {"stroke_dasharray": "3 2"}
    canvas.element("ellipse", title, cx=x, cy=y, rx=width / 2, ry=height / 2, **look, **dash)


def draw_tie(canvas: Canvas, tie: Mapping[str, Any], points: Sequence[Point], absent: str) -> None:
    """A tie in its strength, jagged where it burdens, with arrow heads where resources flow."""
    strength, flow = tie["strength"], tie.get("flow")
    long = lines.length(points)
    head = 8.0 if strength == "strong" else 6.5
    to_client, from_client = flow in ("to_client", "mutual"), flow in ("from_client", "mutual")
    (start, along), (end, _) = lines.at(points, 0), lines.at(points, long)
    body = lines.part(points, head * 0.8 if to_client else 0, long - (head * 0.8 if from_client else 0))
    if strength == "absent":
        _broken(canvas, body, absent, stressful=bool(tie.get("stressful")))
    else:
        data = lines.straight(lines.jagged(body, high=3.4, step=5.5) if tie.get("stressful") else body)
        if strength == "strong":
            canvas.path(data, width=2.6 if tie.get("stressful") else 3.6)
        elif strength == "weak":
            canvas.path(data, width=1.1, dash="5 3.5")
        else:
            canvas.path(data, width=1.4)
    if to_client:
        canvas.arrow(start, (-along[0], -along[1]), head)
    if from_client:
        canvas.arrow(end, along, head)


def _broken(canvas: Canvas, body: Sequence[Point], word: str, *, stressful: bool) -> None:
    """A thin dotted line with a gap, and in the gap the word: that a tie is absent is a finding."""
    long = lines.length(body)
    (x, y), (dx, dy) = lines.at(body, long / 2)
    rows = svg.wrapped(word, min(46.0, max(24.0, long - 18)), _WORD, 3) if word else []
    half_wide = max((svg.wide(row, _WORD) for row in rows), default=0.0) / 2 + 3
    half_high = len(rows) * _WORD * svg.LEADING / 2 + 2
    gap = min(half_wide / max(abs(dx), 1e-6), half_high / max(abs(dy), 1e-6), long / 2 - 5) if rows else 4.0
    for piece in (lines.part(body, 0, long / 2 - gap), lines.part(body, long / 2 + gap, long)):
        drawn = lines.jagged(piece, high=3, step=5, plain=1) if stressful else piece
        canvas.path(lines.straight(drawn), width=1, stroke=SOFT, dash="1.5 2.5")
    for bar in lines.bars(body, (long / 2 - gap, long / 2 + gap), 3.5):
        canvas.path(lines.straight(bar), width=1)
    canvas.rows(x, y - (len(rows) - 1) * _WORD * svg.LEADING / 2 + 2.6, rows, _WORD, fill=SOFT)


def signs(contents: Sequence[Mapping[str, Any]], lang: str) -> list[tuple[Sign, str]]:
    """The signs that occur in the records, with their words."""
    systems = [system for content in contents for system in content.get("systems", ())]
    ties = [tie for content in contents for tie in content.get("ties", ())]
    kinds = {system.get("kind") or "unknown" for system in systems}
    found: list[tuple[str, Sign]] = [
        (kind, _sign_shape(kind)) for kind in ("informal", "formal", "unknown") if kind in kinds
    ]
    drawn = {tie["strength"] for tie in ties}
    found += [(strength, _sign_tie({"strength": strength})) for strength in STRENGTHS if strength in drawn]
    if any(tie.get("stressful") for tie in ties):
        found.append(("stressful", _sign_tie({"strength": "moderate", "stressful": True})))
    if any(tie.get("flow") not in (None, "none") for tie in ties):
        found.append(("flow", _sign_tie({"strength": "moderate", "flow": "from_client"})))
    return [(sign, WORDS[name].say(lang)) for name, sign in found]


def _sign_shape(kind: str) -> Sign:
    return lambda canvas, x, y: shape(canvas, kind, x, y, 24, 11)


def _sign_tie(tie: Mapping[str, Any]) -> Sign:
    return lambda canvas, x, y: draw_tie(canvas, tie, [(x - 14, y), (x + 14, y)], "")


def described(content: Mapping[str, Any], client: str, lang: str) -> str:
    """What the drawing shows, in words."""
    names = {system["id"]: svg.clean(str(system["name"])) for system in content.get("systems", ())}
    said = [Message("Ecomap around {client}: {count} systems.", client=svg.clean(client), count=len(names))]
    for strength in STRENGTHS:
        tied = [names[tie["system"]] for tie in content.get("ties", ()) if tie["strength"] == strength]
        if tied:
            said.append(Message("{tie}: {names}.", tie=WORDS[strength], names=", ".join(dict.fromkeys(tied))))
    burden = [names[tie["system"]] for tie in content.get("ties", ()) if tie.get("stressful")]
    if burden:
        said.append(Message("{tie}: {names}.", tie=WORDS["stressful"], names=", ".join(dict.fromkeys(burden))))
    return " ".join(sentence.say(lang) for sentence in said)
