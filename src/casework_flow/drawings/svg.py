"""A small SVG builder: everything that comes in as text goes out as text.

What Typst's SVG renderer knows is all that is used: shapes, paths and text with attributes, no style sheet, no
script, no reference to anything, so several drawings may stand in one page. Lengths are in points; a drawing of
``TEXT_WIDTH`` fills the lines of an A4 page and prints at its own size.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from .. import glyphs
from . import lines
from .lines import Point, num

TEXT_WIDTH = 480.0
INK = "#1c2430"
SOFT = "#5b6470"
FAINT = "#c3c9cf"
SHADE = "#f2f4f5"
PAPER = "#ffffff"
LINE = 1.2
LEADING = 1.18  # from line to line of a label, as a multiple of the font's size
ELLIPSIS = "…"
_MARGIN = 10.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture: its SVG, what it shows in a sentence or two, and its size in points."""

    svg: str
    alt: str
    width: float
    height: float


def clean(text: str) -> str:
    """``text`` in one line as the shipped fonts can print it; what they cannot is a visible box.

    An accent that makes no single character with its letter is left out: a PDF/A does not take it in a picture.
    """
    spaced = "".join(char if char.isprintable() or not char.isascii() else " " for char in text)
    printed = glyphs.printable(spaced)[0]
    if not printed.isascii():
        printed = "".join(char for char in printed if not unicodedata.category(char).startswith("M"))
    return " ".join(printed.split())


def wide(text: str, size: float, *, bold: bool = False) -> float:
    """How wide ``text`` is in the font's ``size``, in points."""
    return glyphs.width(text, bold=bold) * size


def wrapped(text: str, room: float, size: float, most: int, *, bold: bool = False) -> list[str]:
    """``text`` in at most ``most`` lines, none wider than ``room``; the last one ends in … where it is cut."""
    rows: list[str] = []
    row = ""
    for word in clean(text).split(" "):
        joined = f"{row} {word}" if row else word
        if wide(joined, size, bold=bold) <= room:
            row = joined
            continue
        if row:
            rows.append(row)
        while wide(word, size, bold=bold) > room and len(rows) <= most:
            fits = _fitting(word, room, size, bold=bold)
            rows.append(word[:fits])
            word = word[fits:]
        row = word
        if len(rows) > most:
            break
    if row:
        rows.append(row)
    if len(rows) <= most:
        return rows
    last = rows[most - 1]
    while last and wide(last + ELLIPSIS, size, bold=bold) > room:
        last = last[:-1]
    return [*rows[: most - 1], last.rstrip() + ELLIPSIS]


def _fitting(word: str, room: float, size: float, *, bold: bool) -> int:
    """How many characters of ``word`` fit in ``room``, at least one."""
    used = 0.0
    for place, char in enumerate(word):
        used += wide(char, size, bold=bold)
        if used > room:
            return max(place, 1)
    return len(word)


class Canvas:
    """Collects elements in the order in which they are painted."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def element(self, name: str, title: str = "", /, **attributes: str | float) -> None:
        """One element; ``fill_opacity`` is written fill-opacity. ``title`` is shown when it is pointed at."""
        given = "".join(
            f' {key.replace("_", "-")}="{num(value) if isinstance(value, int | float) else escape(value)}"'
            for key, value in attributes.items()
        )
        inner = f"<title>{escape(clean(title))}</title>" if title else ""
        self._parts.append(f"<{name}{given}>{inner}</{name}>" if inner else f"<{name}{given}/>")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 9,
        *,
        anchor: str = "middle",
        bold: bool = False,
        fill: str = INK,
        full: str = "",
    ) -> None:
        """One line of text on the base line ``y``. ``full`` is the whole text where this is a shortened one."""
        weight = ' font-weight="bold"' if bold else ""
        title = f"<title>{escape(clean(full))}</title>" if full and clean(full) != text else ""
        self._parts.append(
            f'<text x="{num(x)}" y="{num(y)}" font-size="{num(size)}" text-anchor="{anchor}" fill="{fill}"{weight}>'
            f"{title}{escape(text)}</text>"
        )

    def rows(
        self, x: float, y: float, rows: Sequence[str], size: float, *, full: str = "", **how: str | bool
    ) -> None:
        """Lines of text below each other; ``y`` is the first base line."""
        cut = bool(rows) and rows[-1].endswith(ELLIPSIS)
        for number, row in enumerate(rows):
            self.text(x, y + number * size * LEADING, row, size, full=full if cut else "", **how)  # type: ignore[arg-type]

    def path(
        self,
        data: str,
        *,
        width: float = LINE,
        stroke: str = INK,
        fill: str = "none",
        dash: str = "",
        title: str = "",
    ) -> None:
        """A line or a shape from path data."""
        more = {"stroke_dasharray": dash, "stroke_linecap": "round"} if dash.startswith("0 ") else {}
        if dash and not more:
            more = {"stroke_dasharray": dash}
        look = {"fill": fill, "stroke": stroke, "stroke_width": num(width), "stroke_linejoin": "round"}
        self.element("path", title, d=data, **look, **more)

    def rect(self, x: float, y: float, width: float, height: float, title: str = "", **look: str | float) -> None:
        """A rectangle."""
        self.element("rect", title, x=x, y=y, width=width, height=height, **look)

    def circle(self, x: float, y: float, radius: float, title: str = "", **look: str | float) -> None:
        """A circle."""
        self.element("circle", title, cx=x, cy=y, r=radius, **look)

    def double(self, data: str, *, width: float = 4.0, gap: float = 1.8) -> None:
        """Two lines beside each other, along the same path."""
        self.path(data, width=width)
        self.path(data, width=gap, stroke=PAPER)

    def hatch(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        step: float = 4,
        cross: bool = False,
        stroke: str = INK,
    ) -> None:
        """Slanted strokes inside a rectangle."""
        data = []
        reach = step
        while reach < width + height:
            low = (x + max(0.0, reach - height), y + min(reach, height))
            high = (x + min(reach, width), y + max(0.0, reach - width))
            data.append(lines.straight([low, high]))
            if cross:
                data.append(lines.straight([(2 * x + width - px, py) for px, py in (low, high)]))
            reach += step
        if data:
            self.path("".join(data), width=0.7, stroke=stroke)

    def arrow(self, tip: Point, direction: Point, size: float = 7) -> None:
        """A filled arrow head whose point is at ``tip``."""
        (x, y), (dx, dy) = tip, direction
        back = (x - dx * size, y - dy * size)
        half = size * 0.45
        corners = [tip, (back[0] - dy * half, back[1] + dx * half), (back[0] + dy * half, back[1] - dx * half)]
        self.path(lines.straight(corners) + "Z", fill=INK, width=0.5)

    def badge(self, x: float, y: float, text: str) -> None:
        """A small numbered disc that marks a change."""
        self.circle(x, y, 6.2, fill=INK, stroke=PAPER, stroke_width=1.2)
        self.text(x, y + 2.6, text, 7.4, bold=True, fill=PAPER)

    def group(self, other: Canvas, x: float, y: float, scale: float = 1) -> None:
        """Everything on ``other``, moved and made larger."""
        sized = f" scale({scale:.4g})" if scale != 1 else ""
        self._parts.append(f'<g transform="translate({num(x)} {num(y)}){sized}">{"".join(other._parts)}</g>')

    def drawing(self, width: float, height: float, alt: str) -> Drawing:
        """The finished picture."""
        said = clean(alt)
        size = f'width="{num(width)}" height="{num(height)}" viewBox="0 0 {num(width)} {num(height)}"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
            f'font-family="{glyphs.FAMILY}, Arial, sans-serif"><title>{escape(said)}</title>'
            f'<rect width="{num(width)}" height="{num(height)}" fill="{PAPER}"/>'
        )
        return Drawing(f"{head}{''.join(self._parts)}</svg>\n", said, width, height)


Sign = Callable[[Canvas, float, float], None]
"""Draws a sign of the legend; its middle is at the point given, it is 28 wide and 14 high."""

_SIGN_WIDTH, _ROW, _WORDS = 28.0, 16.0, 8.0


def legend(canvas: Canvas, signs: Sequence[tuple[Sign, str]], y: float, width: float) -> float:
    """The signs that occur and what they mean, in columns below a rule; gives where it ends.

    A drawing wider than a page's text comes out smaller on paper; its legend is made larger here.
    """
    if not signs:
        return y
    scale = min(max(width / TEXT_WIDTH * 0.8, 1.0), 1.7)
    inner, room = Canvas(), width / scale
    words = [wrapped(text, room / 2 - _SIGN_WIDTH - 30, _WORDS, 1)[0] for _, text in signs]
    each = max(wide(text, _WORDS) for text in words) + _SIGN_WIDTH + 26
    across = max(1, min(len(signs), int((room - 2 * _MARGIN) // each)))
    rows = -(-len(signs) // across)
    across = -(-len(signs) // rows)  # as even as can be
    left = (room - across * each + 18) / 2
    inner.path(lines.straight([(_MARGIN, 0), (room - _MARGIN, 0)]), width=0.6, stroke=FAINT)
    for place, ((sign, _), text) in enumerate(zip(signs, words, strict=True)):
        x, top = left + place // rows * each, 16 + place % rows * _ROW
        sign(inner, x + _SIGN_WIDTH / 2, top)
        inner.text(x + _SIGN_WIDTH + 7, top + 2.9, text, _WORDS, anchor="start", fill=SOFT)
    canvas.group(inner, 0, y, scale)
    return y + scale * (12 + rows * _ROW)
