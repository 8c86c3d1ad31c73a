"""The genogram in McGoldrick's notation: a family over its generations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..messages import Message
from . import lines, svg
from .family import COUPLES, Family
from .lines import Point
from .nets import SHOWN_QUALITIES
from .outline import outlines
from .placing import HALF, Layout, Line, Symbol, place
from .svg import INK, PAPER, SHADE, SOFT, TEXT_WIDTH, Canvas, Drawing, Sign

_WIDE = 640.0  # a wider drawing is made anew with the narrow type: on paper it comes out smaller
_DASHES = {"cohabiting": "5 3", "distant": "0 4.2", "parents": "1.5 2.5"}
_SHAPES = {"female": "circle", "male": "square"}

Say = Callable[[str], str]

WORDS: Mapping[str, Message] = {
    "index": Message("The client (index person)"),
    "square": Message("Male"),
    "circle": Message("Female"),
    "diamond": Message("Sex unknown"),
    "dead": Message("Deceased"),
    "household": Message("Household"),
    "married": Message("Married"),
    "cohabiting": Message("Living together"),
    "separated": Message("Separated"),
    "divorced": Message("Divorced"),
    "parents": Message("Parents, no couple recorded"),
    "descent": Message("Parent and child"),
    "siblings": Message("Siblings"),
    "close": Message("Close relationship"),
    "distant": Message("Distant relationship"),
    "conflict": Message("Relationship in conflict"),
    "cut_off": Message("Relationship cut off"),
}
"""The legend's words, by sign."""


@dataclass(frozen=True, slots=True)
class Type:
    """Sizes of what is written in and beneath a symbol, and the room that a name has; in points."""

    name: float
    detail: float
    inner: float
    room: float
    rows: int


_ROOMY = Type(8.6, 7.4, 9.5, 72.0, 2)
_NARROW = Type(10.2, 8.6, 11.5, 55.0, 3)


@dataclass(frozen=True, slots=True)
class Caption:
    """What is written in and beneath a symbol."""

    inner: str
    name: tuple[str, ...]
    details: tuple[str, ...]
    label: str
    full: str
    type: Type
    bold: bool

    @property
    def width(self) -> float:
        """In points, of the widest row."""
        names = [svg.wide(row, self.type.name, bold=self.bold) for row in self.name]
        return max([*names, *(svg.wide(row, self.type.detail) for row in self.details)], default=0.0) + 2

    @property
    def height(self) -> float:
        """In points."""
        return (len(self.name) * self.type.name + len(self.details) * self.type.detail) * svg.LEADING


def genogram(content: Mapping[str, Any], *, lang: str, say: Say | None = None) -> Drawing:
    """The family of a genogram's record.

    Args:
        content: the record, sound and with the labels that may be shown.
        lang: the language of the legend.
        say: what a stored word such as a role is called; by default the word itself.
    """
    picture = Picture(content, say)
    return _framed(picture, lang)


def layout(content: Mapping[str, Any], say: Say | None = None) -> Layout:
    """Where everything stands in the genogram of ``content``, before it is moved into its frame."""
    return Picture(content, say).layout


class Picture:
    """A genogram that can be painted, alone or beside another."""

    def __init__(self, content: Mapping[str, Any], say: Say | None = None) -> None:
        self.content = content
        self.say = say or (lambda word: word.replace("_", " "))
        self.family = Family(content)
        members = self.family.members
        self.shapes = {name: _SHAPES.get(member.get("sex") or "", "diamond") for name, member in members.items()}
        for self.type in (_ROOMY, _NARROW):
            self.captions = {name: self._caption(member) for name, member in members.items()}
            sizes = {name: (caption.width, caption.height) for name, caption in self.captions.items()}
            self.layout = place(self.family, sizes, self.shapes)
            if self.layout.width <= _WIDE:
                break
        home = [name for name, member in members.items() if member.get("in_household") is True]
        self.home = outlines(self.layout, home) if len(home) > 1 else []

    def _caption(self, member: Mapping[str, Any]) -> Caption:
        label = str(member.get("label") or self.say(str(member.get("relation") or "")))
        age, year = member.get("age"), member.get("birth_year")
        inner = str(age if age is not None else year if year is not None else "")
        beneath = []
        if age is not None and year is not None:
            beneath.append(f"*{year}")
        if member.get("alive") is False and inner:  # under the cross nobody could read it
            beneath.insert(0, inner if age is not None else f"*{inner}")
            inner = ""
        told = [str(member.get("schooling") or ""), *(self.say(role) for role in member.get("roles", ()))]
        more = ", ".join([*beneath, *filter(None, told)])
        type_, bold = self.type, member["id"] == self.family.index
        return Caption(
            inner,
            tuple(svg.wrapped(label, type_.room, type_.name, type_.rows, bold=bold)),
            tuple(svg.wrapped(more, type_.room, type_.detail, 3)),
            svg.clean(label),
            ", ".join(filter(None, (label, more))),
            type_,
            bold,
        )

    def paint(self, canvas: Canvas) -> None:
        """Draws the family with its origin at the canvas's own."""
        data = "".join(lines.rounded(_closed(loop), 8) for loop in self.home)
        if data:
            canvas.element(
                "path", d=data, fill=SHADE, fill_rule="evenodd", stroke=SOFT, stroke_width=1, stroke_dasharray="6 4"
            )
        for line in self.layout.lines:
            self._line(canvas, line)
        for symbol in self.layout.symbols.values():
            self._symbol(canvas, symbol)

    def _symbol(self, canvas: Canvas, symbol: Symbol) -> None:
        name = symbol.name
        caption, shape = self.captions[name], self.shapes[name]
        member = self.family.members[name]
        mark(canvas, shape, symbol.x, symbol.y, index=name == self.family.index, title=caption.full)
        if member.get("alive") is False:
            cross(canvas, shape, symbol.x, symbol.y)
        if caption.inner:
            size = self.type.inner * (1 if len(caption.inner) < 4 else 0.88)
            canvas.text(symbol.x, symbol.y + 0.36 * size, caption.inner, size)
        left, top, right, bottom = symbol.words
        if caption.name or caption.details:  # a line that hangs from this person passes behind the words
            canvas.rect(left, top - 1, right - left, bottom - top + 2, fill=self._paper(name))
        size, small = self.type.name, self.type.detail
        canvas.rows(symbol.x, top + 0.86 * size, caption.name, size, full=caption.label, bold=caption.bold)
        below = top + len(caption.name) * size * svg.LEADING + 0.9 * small
        canvas.rows(symbol.x, below, caption.details, small, full=caption.full, fill=SOFT)

    def _paper(self, name: str) -> str:
        return SHADE if self.home and self.family.members[name].get("in_household") is True else PAPER

    def _line(self, canvas: Canvas, line: Line) -> None:
        if line.kind == "quality":
            quality(canvas, line.word, line.strokes[0])
            return
        dash = _DASHES.get(line.word or line.kind, "")
        for stroke in line.strokes:
            data = lines.rounded(stroke, 5) if len(line.strokes) == 1 else lines.straight(stroke)
            canvas.path(data, dash=dash, width=1.0 if line.kind == "parents" else svg.LINE)
        slashes(canvas, line.word, max(line.strokes, key=lambda s: abs(s[-1][0] - s[0][0])))

    def spot(self, number: int) -> Point:
        """Where a mark for the relation stands: on the line, clear of what else is there."""
        line = next(one for one in self.layout.lines if number in one.relations and one.kind != "quality")
        relation = self.family.relations[number]
        signs = [one for one in self.layout.lines if number in one.relations and one.kind == "quality"]
        if signs:
            return lines.at(signs[0].strokes[0], lines.clearest(signs[0].strokes[0]))[0]
        if number in line.marks:
            return line.marks[number]
        longest = max(line.strokes, key=lines.length)
        x, y = lines.middle(longest)
        return (x, y - 8) if relation["kind"] in COUPLES else (x, y)


def _framed(picture: Picture, lang: str) -> Drawing:
    width = max(TEXT_WIDTH, picture.layout.width)
    canvas, inner = Canvas(), Canvas()
    picture.paint(inner)
    canvas.group(inner, (width - picture.layout.width) / 2, 0)
    height = svg.legend(canvas, signs([picture], lang), picture.layout.height + 8, width)
    return canvas.drawing(width, height, described(picture, lang))


def described(picture: Picture, lang: str) -> str:
    """What the drawing shows, in words."""
    members = picture.family.members
    names = {name: caption.label or "–" for name, caption in picture.captions.items()}
    said = [
        Message(
            "Genogram: {people} people in {generations} generations, around {client}.",
            people=len(members),
            generations=len(picture.layout.rows),
            client=names.get(picture.family.index, "–"),
        )
    ]
    home = [names[name] for name in members if members[name].get("in_household") is True]
    if picture.home:
        said.append(Message("In the household: {names}.", names=", ".join(home)))
    return " ".join(sentence.say(lang) for sentence in said)


def signs(pictures: Sequence[Picture], lang: str) -> list[tuple[Sign, str]]:
    """The signs that occur in the pictures, with their words."""
    shapes = {shape for picture in pictures for shape in picture.shapes.values()}
    found: list[tuple[str, Sign]] = [("index", _sign_index(pictures[0]))]
    found += [(shape, _sign_shape(shape)) for shape in ("square", "circle", "diamond") if shape in shapes]
    members = [member for picture in pictures for member in picture.family.members.values()]
    if any(member.get("alive") is False for member in members):
        found.append(("dead", _sign_dead))
    if any(picture.home for picture in pictures):
        found.append(("household", _sign_household))
    drawn = {(line.kind, line.word) for picture in pictures for line in picture.layout.lines}
    found += [(word, _sign_couple(word)) for word in COUPLES if ("couple", word) in drawn]
    if ("parents", "") in drawn:
        found.append(("parents", _sign_couple("parents")))
    found += [(word, _sign_quality(word)) for word in SHOWN_QUALITIES if ("quality", word) in drawn]
    return [(sign, WORDS[name].say(lang)) for name, sign in found]


def mark(
    canvas: Canvas, shape: str, x: float, y: float, *, size: float = HALF, index: bool = False, title: str = ""
) -> None:
    """A person's symbol; the client's has a double border."""
    for half in (size, size - 3.4 * size / HALF) if index else (size,):
        look: dict[str, str | float] = {"fill": PAPER, "stroke": INK, "stroke_width": 1.3 if size == HALF else 1.1}
        if shape == "square":
            canvas.rect(x - half, y - half, 2 * half, 2 * half, title, **look)
        elif shape == "circle":
            canvas.circle(x, y, half, title, **look)
        else:
            reach = half * 1.15
            corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
            canvas.element("path", title, d=lines.straight(corners) + "Z", **look)


def cross(canvas: Canvas, shape: str, x: float, y: float, *, size: float = HALF) -> None:
    """The sign of someone who has died."""
    reach = size if shape == "square" else size * 0.707 if shape == "circle" else size * 0.575
    canvas.path(
        lines.straight([(x - reach, y - reach), (x + reach, y + reach)])
        + lines.straight([(x - reach, y + reach), (x + reach, y - reach)]),
        width=1,
    )


def slashes(canvas: Canvas, word: str, stroke: Sequence[Point]) -> None:
    """One stroke across the line of those who are separated, two of those who are divorced; beside its middle."""
    count = {"separated": 1, "divorced": 2}.get(word, 0)
    long = lines.length(stroke)
    for number in range(count):
        (x, y), _ = lines.at(stroke, long * 0.26 + 4 * number - 2 * (count - 1))
        canvas.path(lines.straight([(x - 3, y + 6), (x + 3, y - 6)]))


def quality(canvas: Canvas, word: str, stroke: Sequence[Point]) -> None:
    """How two people stand to each other."""
    if word == "close":
        canvas.double(lines.rounded(stroke), width=4.4, gap=2.2)
    elif word == "distant":
        canvas.path(lines.rounded(stroke), width=1.7, dash=_DASHES["distant"])
    elif word == "conflict":
        canvas.path(lines.straight(lines.jagged(stroke)), width=1.1)
    else:
        long, middle = lines.length(stroke), lines.clearest(stroke)
        near, far = middle - 3.5, middle + 3.5
        for piece in (lines.part(stroke, 0, near), lines.part(stroke, far, long)):
            canvas.path(lines.rounded(piece))
        for bar in lines.bars(stroke, (near, far), 4.5):
            canvas.path(lines.straight(bar), width=1.4)


def _closed(loop: Sequence[Point]) -> list[Point]:
    """A loop as a line that begins and ends in the middle of its first side, so that all corners can be rounded."""
    middle = ((loop[0][0] + loop[-1][0]) / 2, (loop[0][1] + loop[-1][1]) / 2)
    return [middle, *loop, middle]


def _sign_index(picture: Picture) -> Sign:
    shape = picture.shapes.get(picture.family.index, "diamond")
    return lambda canvas, x, y: mark(canvas, shape, x, y, size=6, index=True)


def _sign_shape(shape: str) -> Sign:
    return lambda canvas, x, y: mark(canvas, shape, x, y, size=5.5)


def _sign_dead(canvas: Canvas, x: float, y: float) -> None:
    mark(canvas, "square", x, y, size=5.5)
    cross(canvas, "square", x, y, size=5.5)


def _sign_household(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect(x - 13, y - 5.5, 26, 11, fill=SHADE, stroke=SOFT, stroke_dasharray="4 2.5", rx=4)


def _sign_couple(word: str) -> Sign:
    def sign(canvas: Canvas, x: float, y: float) -> None:
        stroke = [(x - 14, y), (x + 14, y)]
        canvas.path(lines.straight(stroke), dash=_DASHES.get(word, ""))
        slashes(canvas, word, [(x - 7, y), (x + 20, y)])

    return sign


def _sign_quality(word: str) -> Sign:
    return lambda canvas, x, y: quality(canvas, word, [(x - 14, y), (x + 14, y)])
