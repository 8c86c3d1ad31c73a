"""A workflow as a Petri net in PNML (ISO/IEC 15909-2): the net in which every event log of its cases must replay.

The graph is the engine's own. A place is a stage with a status; a transition is a move, under the name that event
logs give it. A case begins by being opened, or by being imported where it stands; it may leave the log from every
place, because a log is taken while cases are still running, and silently, because nothing happens then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from .engine import Engine
from .workflow import STATUSES, Workflow

OPENED: Final = "open"
IMPORTED: Final = "import"
"""The events with which a case begins, as logs name them."""

_NAMESPACE: Final = "http://www.pnml.org/version-2009/grammar/pnml"
_TYPE: Final = "http://www.pnml.org/version-2009/grammar/ptnet"
_STEP: Final = 160
"""Between two places of the drawing."""


def pnml(flow: Workflow, lang: str) -> str:
    """The workflow as a place/transition net.

    Args:
        flow: the workflow.
        lang: the language of its title; places and transitions have the names of the workflow file.
    """
    arcs = Engine(flow).arcs()
    states = [(stage, status) for status in STATUSES for stage in flow.order]
    used = {(flow.first, "active")} | {state for arc in arcs for state in (arc.source, arc.target)}
    places = {state: f"p{number}" for number, state in enumerate(states, 1) if state in used}
    moves: dict[tuple[str, str, str], None] = {(OPENED, "start", places[flow.first, "active"]): None}
    moves |= {(IMPORTED, "start", place): None for place in places.values()}
    moves |= {(arc.move, places[arc.source], places[arc.target]): None for arc in arcs}
    moves |= {("", place, "end"): None for place in places.values()}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<pnml xmlns="{_NAMESPACE}">',
        f"<net id={quoteattr(flow.name)} type={quoteattr(_TYPE)}>",
        f"<name><text>{escape(flow.title.say(lang))} ({flow.version})</text></name>",
        '<page id="page">',
        *_place("start", "start", (0, 0), marked=True),
        *_place("end", "end", (len(flow.order) + 1, 2)),
    ]
    for state, place in places.items():
        at = (flow.order.index(state[0]) + 1, STATUSES.index(state[1]))
        lines += _place(place, f"{state[0]} {state[1]}", at)
    for number, move in enumerate(moves, 1):
        lines += _transition(number, *move)
    final = '<finalmarkings><marking><place idref="end"><text>1</text></place></marking></finalmarkings>'
    return "\n".join([*lines, "</page>", final, "</net>", "</pnml>"]) + "\n"


def _place(name: str, text: str, at: tuple[int, int], *, marked: bool = False) -> Iterator[str]:
    yield f'<place id="{name}"><name><text>{escape(text)}</text></name>'
    yield f'<graphics><position x="{at[0] * _STEP}" y="{at[1] * _STEP}"/></graphics>'
    yield f"{'<initialMarking><text>1</text></initialMarking>' if marked else ''}</place>"


def _transition(number: int, move: str, source: str, target: str) -> Iterator[str]:
    name = f"t{number}"
    yield f'<transition id="{name}">'
    if move:
        yield f"<name><text>{escape(move)}</text></name>"
    else:
        yield f"<name><text>{name}</text></name>"
        yield '<toolspecific tool="ProM" version="6.4" activity="$invisible$"/>'
    yield "</transition>"
    yield f'<arc id="{name}in" source="{source}" target="{name}"/>'
    yield f'<arc id="{name}out" source="{name}" target="{target}"/>'
