"""The drawings of a case, made from its records as they may be shown, and where they stand in a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .cases import Loaded
from .documents import markup
from .documents.identity import Identity
from .documents.language import filters
from .drawings.svg import TEXT_WIDTH, Drawing
from .errors import Invalid, NotFound, Problem, did_you_mean
from .messages import Message
from .showing import show

Facts = Mapping[str, Any]
"""The records of a case by name, as guards and templates see them."""


def _genogram(facts: Facts, lang: str) -> Drawing | None:
    from .drawings.genogram import genogram  # each drawing is loaded when somebody wants it

    content = facts["genogram"].content
    return genogram(content, lang=lang, say=filters(lang)["label"]) if content.get("members") else None


DRAWINGS: Final[Mapping[str, Callable[[Facts, str], Drawing | None]]] = {
    "genogram": _genogram,
}
"""Every drawing by the name that ``draw`` and the figures of templates use; None where nothing is to be drawn."""


def draw(name: str, facts: Facts, lang: str) -> Drawing | None:
    """The drawing called ``name``, with its words in ``lang``; None when the records have nothing to draw.

    Raises:
        Invalid: there is no such drawing.
    """
    if name not in DRAWINGS:
        hint = did_you_mean(name, list(DRAWINGS)) or Message("Known are: {names}.", names=list(DRAWINGS))
        raise Invalid(Message("There is no drawing {name}.", name=name), [Problem("drawing", hint)])
    return DRAWINGS[name](facts, lang)


def of_case(loaded: Loaded, name: str, lang: str, identity: Identity) -> Drawing:
    """The drawing called ``name`` of a case as it is now.

    Raises:
        Invalid: there is no such drawing.
        NotFound: nothing is recorded that could be drawn.
    """
    shown = show(
        loaded.workflow,
        loaded.kinds,
        loaded.entries,
        {"case": loaded.case, "move": None},
        loaded.approvals,
        identity=identity,
        seed=loaded.state.number,
        today=loaded.today,
    )
    made = draw(name, shown.views, lang)
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
