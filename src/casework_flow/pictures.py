"""The drawings of a case, made from its records as they may be shown, and where they stand in a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from .cases import Loaded
from .documents import markup
from .documents.identity import Identity
from .documents.language import filters
from .drawings.svg import TEXT_WIDTH, Drawing
from .errors import Invalid, NotFound, Problem, did_you_mean
from .messages import Message
from .records.base import Entry
from .showing import seed_of, show

Facts = Mapping[str, Any]
"""The records of a case by name, as guards and templates see them."""


def _genogram(facts: Facts, lang: str) -> Drawing | None:
    from .drawings.genogram import genogram  # each drawing is loaded when somebody wants it

    content = facts["genogram"].content
    return genogram(content, lang=lang, say=filters(lang)["label"]) if content.get("members") else None


def _ecomap(facts: Facts, lang: str) -> Drawing | None:
    from .drawings.ecomap import ecomap  # see _genogram

    content = facts["ecomap"].content
    return ecomap(content, str(facts["client"].get("name") or ""), lang=lang) if content.get("ties") else None


def _titles(entry: Entry, lang: str) -> tuple[str, str]:
    """What stands above a record as it was and as it is."""
    day = filters(lang)["date"]
    assert entry.first  # noqa: S101  # only what was revised is compared
    return (
        Message("First recorded, {day}", day=day(entry.first.on.isoformat())).say(lang),
        Message("As it is now, {day}", day=day(entry.on.isoformat())).say(lang),
    )


def _genogram_changes(facts: Facts, lang: str) -> Drawing | None:
    from .drawings.comparison import genograms  # see _genogram

    view = facts["genogram"]
    if not view.first or not view.first.get("members") or not view.content.get("members"):
        return None
    titles = _titles(view.entries[-1], lang)
    return genograms(view.first, view.content, titles, lang=lang, say=filters(lang)["label"])


def _ecomap_changes(facts: Facts, lang: str) -> Drawing | None:
    from .drawings.comparison import ecomaps  # see _genogram

    view = facts["ecomap"]
    if not view.first or not view.first.get("ties") or not view.content.get("ties"):
        return None
    titles = _titles(view.entries[-1], lang)
    return ecomaps(view.first, view.content, str(facts["client"].get("name") or ""), titles, lang=lang)


def _finance(facts: Facts, lang: str) -> Drawing | None:
    from .drawings.finance import finance  # see _genogram

    book = facts["finance"]
    return finance(book.weeks, book.longest_run_weeks, lang=lang) if book.entries and book.weeks else None


CHANGES: Final = "_changes"
"""What follows the name of a drawing that shows a record as it was first and as it is now."""
DRAWINGS: Final[Mapping[str, Callable[[Facts, str], Drawing | None]]] = {
    "genogram": _genogram,
    "ecomap": _ecomap,
    "finance": _finance,
    f"genogram{CHANGES}": _genogram_changes,
    f"ecomap{CHANGES}": _ecomap_changes,
}
"""Every drawing of the records by the name that the figures of templates use; None where nothing is to be drawn."""
TIMELINE: Final = "timeline"
"""The drawing of the history, which no record holds."""


def draw(name: str, facts: Facts, lang: str) -> Drawing | None:
    """The drawing called ``name``, with its words in ``lang``; None when the records have nothing to draw.

    Raises:
        Invalid: there is no such drawing.
    """
    if name not in DRAWINGS:
        known = [*DRAWINGS, TIMELINE]
        hint = did_you_mean(name, known) or Message("Known are: {names}.", names=known)
        raise Invalid(Message("There is no drawing {name}.", name=name), [Problem("drawing", hint)])
    return DRAWINGS[name](facts, lang)


def _timeline(loaded: Loaded, facts: Facts, lang: str) -> Drawing:
    from .drawings import timeline  # see _genogram

    flow, state = loaded.workflow, loaded.state
    titles = {move.name: move.title.say(lang) for move in flow.moves}
    stages: list[timeline.Stage] = []
    moves: list[timeline.Moment] = []
    for event in loaded.events:
        body, on = event["body"], date.fromisoformat(event["on"][:10])
        if "to" not in body:
            continue
        if body.get("move") in titles:
            moves.append(timeline.Moment(titles[body["move"]], on))
        if stages and stages[-1].until is None and (body["to"] != body["from"] or body["status"] == "closed"):
            stages[-1] = replace(stages[-1], until=on)
        if body.get("status") != "closed" and (not stages or stages[-1].until is not None):
            stages.append(timeline.Stage(flow.stages[body["to"]].title.say(lang), on, None))
    contract = facts["contract"]
    closed = date.fromisoformat(state.closed_on[:10]) if state.closed_on else None
    weeks = range(1, (contract.total_weeks or 0) + 1)
    return timeline.timeline(
        timeline.Course(
            stages=stages,
            until=closed or loaded.today,
            sessions=facts["sessions"].items,
            weeks=[contract.week(number) for number in weeks],
            pauses=[
                (date.fromisoformat(rest.since), date.fromisoformat(rest.until) if rest.until else None)
                for rest in loaded.pauses
            ],
            moves=moves,
            closed=closed,
        ),
        lang=lang,
    )


def of_case(loaded: Loaded, name: str, lang: str, identity: Identity, *, compare: bool = False) -> Drawing:
    """The drawing called ``name`` of a case as it is now, its records' or its history's.

    ``compare``: beside the one that was first recorded, with what has changed marked.

    Raises:
        Invalid: there is no such drawing, or none that is compared.
        NotFound: nothing is recorded that could be drawn, or nothing has changed.
    """
    if compare and name in (*DRAWINGS, TIMELINE) and name + CHANGES not in DRAWINGS:
        compared = [drawing.removesuffix(CHANGES) for drawing in DRAWINGS if drawing.endswith(CHANGES)]
        raise Invalid(
            Message("The drawing {name} is not compared with an earlier one.", name=name),
            [Problem("drawing", Message("Compared are: {names}.", names=compared))],
        )
    name = name + CHANGES if compare and name in DRAWINGS else name
    shown = show(
        loaded.workflow,
        loaded.kinds,
        loaded.entries,
        {"case": loaded.case, "move": None},
        loaded.approvals,
        identity=identity,
        seed=seed_of(loaded.rows, loaded.state.number),
        today=loaded.today,
    )
    made = _timeline(loaded, shown.views, lang) if name == TIMELINE else draw(name, shown.views, lang)
    if made is None and compare:
        raise NotFound(
            Message(
                "There is nothing to compare ({name}): it has not changed since it was first recorded.",
                name=name.removesuffix(CHANGES),
            )
        )
    if made is None:
        raise NotFound(Message("There is nothing to draw yet ({name}): record it first.", name=name))
    return made


def drawn(root: markup.Node, facts: Facts, lang: str) -> dict[str, Drawing]:
    """The drawings of the figures in a document. A figure whose drawing is not known or has nothing is left out."""
    wanted = dict.fromkeys(name for name in _figures(root) if name in DRAWINGS)
    made = {name: draw(name, facts, lang) for name in wanted}
    return {name: drawing for name, drawing in made.items() if drawing}


def _figures(node: markup.Node) -> list[str]:
    if node.tag == "figure":
        return [node.get("drawing")]
    return [name for child in node.nodes for name in _figures(child)]


def placed(node: markup.Node, drawings: Mapping[str, Drawing]) -> markup.Node:
    """``node`` with each figure described by its drawing, and no wider than the drawing is by itself.

    The template knows that a genogram stands here, the drawing knows who is in it.
    """
    if node.tag == "figure" and (drawing := drawings.get(node.get("drawing"))):
        width = min(float(node.get("width", "100")), 100 * drawing.width / TEXT_WIDTH)
        return markup.Node(node.tag, {**node.attrs, "alt": drawing.alt, "width": f"{width:.4g}"}, node.children)
    children = tuple(placed(c, drawings) if isinstance(c, markup.Node) else c for c in node.children)
    return markup.Node(node.tag, node.attrs, children)
