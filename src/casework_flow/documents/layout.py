"""What the writers of pages share: the widths of columns, the size of a drawing, what stays together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .. import glyphs
from .markup import Node

SHORT_ROW = 700
"""A row of a table with at most so many characters is not split across pages."""

CELL = 0.92
"""The size of a table's text against the document's; its cells are inset by 5 pt at each side."""

TALLEST = 0.62
"""No drawing is taller than this part of the height between the margins."""

_FEW = {"dl": 12, "table": 8, "ul": 4, "ol": 4}
"""So many items, rows, or names and values stay on one page."""

_LONGEST_KEPT = 14  # a word wider than this (times the font's size) is no word: it does not widen its column


def shares_of(table: Node, room: float, font_size: float) -> list[float]:
    """The columns' widths, summing to ``room``: as asked for, but a word is not broken where there is room.

    ``room`` is the table's width as a multiple of ``font_size`` (points).
    """
    count = int(table.attrs["columns"])
    asked = [float(share) for share in table.get("widths", ",".join(["1"] * count)).split(",")]
    shares = [room * share / sum(asked) for share in asked]
    inset = 10 / font_size + 0.1
    needs = [0.0] * count
    for row in table.nodes:
        place = 0
        for cell in row.nodes:
            span = int(cell.get("colspan", "1"))
            if span == 1:
                at_hand = (shares[place] - inset) / CELL
                longest = glyphs.widest_word(cell.text, at_hand, bold=cell.tag == "th")
                needs[place] = max(needs[place], min(longest, _LONGEST_KEPT) * CELL + inset)
            place += span
    lacking = sum(max(need - share, 0) for need, share in zip(needs, shares, strict=True))
    spare = sum(max(share - need, 0) for need, share in zip(needs, shares, strict=True))
    if not lacking or lacking > spare:
        return shares
    return [
        need if need >= share else share - (share - need) * lacking / spare
        for need, share in zip(needs, shares, strict=True)
    ]


def ratio(svg: str) -> float:
    """Height through width of an SVG, from its view box, else its size, else a square's."""
    head = svg[:4000]
    if box := re.search(r'viewBox="[-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)[ ,]+([\d.]+)"', head):
        wide, high = float(box[1]), float(box[2])
    else:
        sizes = [re.search(rf'<svg[^>]*\s{side}="([\d.]+)', head) for side in ("width", "height")]
        wide, high = (float(size[1]) if size else 1.0 for size in sizes)
    return high / wide if wide > 0 and high > 0 else 1.0


def kept_together(nodes: Sequence[Node]) -> list[Node]:
    """``nodes`` where a block that is nothing without the next one stays with it.

    That is the block before ``signatures``, for none shall stand alone on a page, and a paragraph whose colon
    announces a list, details or a table.
    """
    out = list(nodes)
    for place, node in enumerate(out[1:]):
        first = node.nodes[0] if node.tag == "section" and node.nodes else node
        before = out[place]
        announces = before.tag == "p" and node.tag in _ANNOUNCED and before.text.rstrip().endswith(":")
        if first.tag == "signatures" or announces:
            out[place] = _sticky(before)
    return out


_ANNOUNCED = frozenset({"ul", "ol", "checklist", "dl", "table"})


def _sticky(node: Node) -> Node:
    if node.tag in ("section", "subsection") and node.children:
        *before, last = node.nodes
        return Node(node.tag, node.attrs, (*before, _sticky(last)))
    kept = node.tag in ("p", "ul", "ol", "checklist") or (node.tag == "dl" and is_short(node))
    return Node(node.tag, {**node.attrs, "sticky": "yes"}, node.children) if kept else node


def is_short(node: Node) -> bool:
    """Whether a list, a list of details or a table is not split across pages."""
    return len(node.nodes) <= _FEW[node.tag] and len(node.text) <= SHORT_ROW
