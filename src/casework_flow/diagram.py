"""A workflow as a picture: stages, moves and closures with what each requires, as Mermaid, DOT or SVG text.

The graph is the engine's own, so a diagram shows what a case can do and nothing else. Ways of one move that lead from
every stage (a pause, a closure) are drawn once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from .engine import Arc, Engine
from .messages import Message, say
from .workflow import ADVANCE, CLOSE, Guard, Workflow

State = tuple[str, str]
PAUSED: Final = "*paused"
CLOSED: Final = "*closed"
ANYWHERE: Final = "*"
"""What an arrow may touch besides the stages; no stage is called so."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow between two stages, ``PAUSED``, ``CLOSED`` or ``ANYWHERE``, and what it asks."""

    source: str
    target: str
    label: str
    guards: tuple[Guard, ...]
    kind: str
    """``advance``, ``move`` or ``close``."""


def edges(flow: Workflow, lang: str) -> list[Edge]:
    """The arrows of the diagram, in the order of the file."""
    found: dict[tuple[str, str, str], Edge] = {}
    by_trigger: dict[str, list[Arc]] = {}
    for arc in Engine(flow).arcs():
        by_trigger.setdefault(arc.trigger, []).append(arc)
    for arcs in by_trigger.values():
        if arcs[0].early:
            continue  # the same closure, with other documents
        everywhere = len(flow.order) > 1 and {arc.source[0] for arc in arcs} == set(flow.order)
        stays = all(arc.source[0] == arc.target[0] for arc in arcs)
        for arc in arcs[:1] if everywhere else arcs:
            edge = _edge(arc, everywhere, stays, lang)
            found.setdefault((edge.source, edge.target, edge.label), edge)
    return list(found.values())


def _edge(arc: Arc, everywhere: bool, stays: bool, lang: str) -> Edge:
    label = say(arc.title if arc.title is not None else Message("forward"), lang)
    kind = arc.move if arc.move in (ADVANCE, CLOSE) else "move"
    source, target = _node(arc.source), _node(arc.target)
    if everywhere and arc.source[1] == "active":
        source = ANYWHERE
    if everywhere and stays and arc.target[1] == "active":
        target = ANYWHERE  # back to where it rested
    return Edge(source, target, label, arc.requires, kind)


def _node(state: State) -> str:
    return {"paused": PAUSED, "closed": CLOSED}.get(state[1], state[0])


def _titles(flow: Workflow, lang: str) -> dict[str, str]:
    titles = {name: stage.title.say(lang) for name, stage in flow.stages.items()}
    extra = {PAUSED: Message("paused"), CLOSED: Message("closed"), ANYWHERE: Message("any stage")}
    return {**titles, **{name: message.say(lang) for name, message in extra.items()}}


def _used(drawn: Sequence[Edge]) -> list[str]:
    """The nodes beside the stages that an arrow touches."""
    ends = {end for edge in drawn for end in (edge.source, edge.target)}
    return [name for name in (PAUSED, CLOSED, ANYWHERE) if name in ends]


def mermaid(flow: Workflow, lang: str) -> str:
    """The workflow as a Mermaid flowchart."""
    drawn, titles = edges(flow, lang), _titles(flow, lang)
    ids = _ids(flow)
    lines = ["---", f"title: {_mermaid(flow.title.say(lang))}", "---", "flowchart TD"]
    lines += [f'  {ids[name]}["{_mermaid(titles[name])}"]' for name in flow.order]
    lines += [f'  {ids[name]}(["{_mermaid(titles[name])}"])' for name in _used(drawn)]
    for edge in drawn:
        text = "<br/>".join(_mermaid(one) for one in (edge.label, *_marks(edge)))
        arrow = "==>" if edge.kind == ADVANCE else "-.->" if edge.kind == CLOSE else "-->"
        lines.append(f'  {ids[edge.source]} {arrow}|"{text}"| {ids[edge.target]}')
    return "\n".join(lines) + "\n"


def _marks(edge: Edge) -> list[str]:
    """The guards by name; a legal one has a section sign."""
    return [f"§ {guard.name}" if guard.kind == "legal" else guard.name for guard in edge.guards]


def _ids(flow: Workflow) -> dict[str, str]:
    """Names that no keyword of a diagram language is."""
    stages = {name: f"stage_{name}" for name in flow.order}
    return {**{PAUSED: "status_paused", CLOSED: "status_closed", ANYWHERE: "any_stage"}, **stages}


def _mermaid(text: str) -> str:
    """``text`` for a quoted label: Mermaid reads entities with # and has no other escape."""
    special = {
        '"': "#quot;",
        "#": "#35;",
        "<": "#lt;",
        ">": "#gt;",
        "&": "#amp;",
        "`": "#96;",
        "\\": "#92;",
        "|": "#124;",
    }
    return "".join(special.get(char, char) for char in " ".join(text.split()))


def dot(flow: Workflow, lang: str) -> str:
    """The workflow as a Graphviz graph."""
    drawn, titles, ids = edges(flow, lang), _titles(flow, lang), _ids(flow)
    lines = [
        f"digraph {_dot(flow.name)} {{",
        f'  graph [label={_dot(flow.title.say(lang))}, labelloc=t, rankdir=TB, fontname="sans-serif"];',
        '  node [shape=box, style=rounded, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    lines += [f"  {ids[name]} [label={_dot(titles[name])}];" for name in flow.order]
    lines += [f"  {ids[name]} [label={_dot(titles[name])}, shape=ellipse];" for name in _used(drawn)]
    for edge in drawn:
        style = {ADVANCE: "bold", CLOSE: "dashed"}.get(edge.kind, "solid")
        label = _dot("\n".join([edge.label, *_marks(edge)]))
        lines.append(f"  {ids[edge.source]} -> {ids[edge.target]} [label={label}, style={style}];")
    return "\n".join([*lines, "}"]) + "\n"


def _dot(text: str) -> str:
    lines = [" ".join(line.split()).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    return '"' + "\\n".join(lines) + '"'


# SVG: the stages in one column, each with what leaving it requires; the other moves as arcs at its right, and below
# the column what leads from every stage. Lengths are pixels at 96 to the inch.

_LEFT: Final = 24
_WIDE: Final = 400
_LINE: Final = 16
_GAP: Final = 44
_LANE: Final = 22
_LETTER: Final = 6.6
"""The width of a letter of 12 pixels, on the safe side."""


def svg(flow: Workflow, lang: str) -> str:
    """The workflow as an SVG picture, with what each guard says as a tooltip."""
    drawn, titles = edges(flow, lang), _titles(flow, lang)
    forward = {edge.source: edge for edge in drawn if edge.kind == ADVANCE}
    arcs = [edge for edge in drawn if edge.kind == "move" and {edge.source, edge.target} <= set(flow.order)]
    arcs = [edge for edge in arcs if edge.source != edge.target]
    rest = [edge for edge in drawn if edge.kind != ADVANCE and edge not in arcs]
    parts: list[str] = []
    y = 56.0
    boxes: dict[str, tuple[float, float]] = {}
    for name in flow.order:
        guards = forward[name].guards if name in forward else flow.stages[name].requires
        height = 30 + _LINE * len(guards) + (6 if guards else 0)
        boxes[name] = (y, height)
        parts += _box(titles[name], guards, y, height, lang)
        if name in forward:
            parts.append(_arrow(_LEFT + _WIDE / 2, y + height, _LEFT + _WIDE / 2, y + height + _GAP - 2, "forward"))
        y += height + _GAP
    parts += _side(arcs, boxes, lang)
    widest = max([len(_label(edge)) * _LETTER for edge in arcs], default=0) + _LANE * (len(arcs) + 1)
    y, below = _table(rest, titles, y, lang)
    parts += below
    width = max(_LEFT * 2 + _WIDE + widest + 30, _LEFT * 2 + 640)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{y:.0f}" '
            f'viewBox="0 0 {width:.0f} {y:.0f}" role="img" lang={quoteattr(lang)} font-family="sans-serif" '
            'font-size="12">',
            f"<title>{escape(flow.title.say(lang))}</title>",
            "<style>.box{fill:#fff;stroke:#333}.forward{stroke:#333;stroke-width:2;fill:none}"
            ".move{stroke:#36c;fill:none}.lead{stroke:#999;stroke-dasharray:2 3}"
            ".legal{fill:#a00}.name{font-weight:bold}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto" markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z"/></marker></defs>',
            f'<rect width="{width:.0f}" height="{y:.0f}" fill="#fff"/>',
            f'<text x="{_LEFT}" y="30" font-size="16" class="name">{escape(flow.title.say(lang))}</text>',
            *parts,
            "</svg>",
        ]
    ) + "\n"  # fmt: skip


def _box(title: str, guards: Sequence[Guard], y: float, height: float, lang: str) -> list[str]:
    lines = [
        f'<rect class="box" x="{_LEFT}" y="{y:g}" width="{_WIDE}" height="{height:g}" rx="8"/>',
        f'<text class="name" x="{_LEFT + 12}" y="{y + 20:g}">{escape(_cut(title, _WIDE - 24))}</text>',
    ]
    for number, guard in enumerate(guards):
        lines.append(_guard(guard, _LEFT + 20, y + 40 + _LINE * number, lang))
    return lines


def _guard(guard: Guard, x: float, y: float, lang: str) -> str:
    mark = "§" if guard.kind == "legal" else "•"
    kind = ' class="legal"' if guard.kind == "legal" else ""
    said = escape(guard.say.say(lang))
    return f'<text{kind} x="{x:g}" y="{y:g}">{mark} {escape(guard.name)}<title>{said}</title></text>'


def _arrow(x: float, y: float, to_x: float, to_y: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{x:g} {y:g}L{to_x:g} {to_y:g}" marker-end="url(#tip)"/>'


def _label(edge: Edge) -> str:
    return ", ".join([edge.label, *_marks(edge)])


def _side(arcs: Sequence[Edge], boxes: Mapping[str, tuple[float, float]], lang: str) -> list[str]:
    """Moves between two stages: each in a lane of its own, what it is called at the right of all lanes."""
    lines = []
    right = _LEFT + _WIDE
    ports = _ports(arcs, boxes)
    words = right + _LANE * (len(arcs) + 1)
    heights = _apart([(start + end) / 2 for start, end in ports])
    for number, (edge, (start, end), y) in enumerate(zip(arcs, ports, heights, strict=True), start=1):
        lane = right + _LANE * number
        middle = (start + end) / 2
        said = escape("; ".join(guard.say.say(lang) for guard in edge.guards))
        lines += [
            f'<path class="move" d="M{right} {start:g}H{lane:g}V{end:g}H{right + 2}" marker-end="url(#tip)"/>',
            f'<path class="lead" d="M{lane:g} {middle:g}L{words - 4:g} {y:g}"/>',
            f'<circle cx="{lane:g}" cy="{middle:g}" r="2.5" fill="#36c"/>',
            f'<text x="{words:g}" y="{y + 4:g}">{escape(_label(edge))}<title>{said}</title></text>',
        ]
    return lines


def _apart(heights: Sequence[float]) -> list[float]:
    """The heights, moved down where two lines of text would lie on each other."""
    moved, last = [0.0] * len(heights), -_LINE * 1.0
    for number in sorted(range(len(heights)), key=lambda number: heights[number]):
        last = moved[number] = max(heights[number], last + _LINE)
    return moved


def _ports(arcs: Sequence[Edge], boxes: Mapping[str, tuple[float, float]]) -> list[tuple[float, float]]:
    """Where each arc leaves and enters: the ends at one box are spread over its side."""
    ends = [(edge.source, number, 0) for number, edge in enumerate(arcs)]
    ends += [(edge.target, number, 1) for number, edge in enumerate(arcs)]
    places: dict[tuple[int, int], float] = {}
    for name, (top, height) in boxes.items():
        here = [(number, which) for stage, number, which in ends if stage == name]
        for order, end in enumerate(sorted(here), start=1):
            places[end] = top + height * order / (len(here) + 1)
    return [(places[number, 0], places[number, 1]) for number in range(len(arcs))]


def _table(rest: Sequence[Edge], titles: Mapping[str, str], y: float, lang: str) -> tuple[float, list[str]]:
    """What leads from every stage, to or from a pause or the end: one line each, with its guards below it."""
    lines = []
    for edge in rest:
        source, target = titles[edge.source], titles[edge.target]
        lines.append(
            f'<text x="{_LEFT}" y="{y:g}"><tspan class="name">{escape(edge.label)}</tspan>: {escape(source)} → '
            f"{escape(target)}</text>"
        )
        for guard in edge.guards:
            y += _LINE
            lines.append(_guard(guard, _LEFT + 20, y, lang))
        y += _LINE * 1.5
    return y + 8, lines


def _cut(text: str, width: float) -> str:
    most = int(width / _LETTER)
    return text if len(text) <= most else text[: most - 1] + "…"


FORMATS: Final[Mapping[str, Callable[[Workflow, str], str]]] = {"mermaid": mermaid, "dot": dot, "svg": svg}
"""What a diagram can be written as."""
