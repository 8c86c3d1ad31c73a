"""The tree as PDF: set by one constant Typst program, which receives the document as data.

Data travels as a JSON string literal inside a main source of two lines, the fast way: the compiler, its fonts
and the compiled program are kept for the life of the process. User text is never Typst source, the folder that
the program may read holds nothing but the program and the fonts, and no package is ever fetched.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from .. import glyphs
from ..errors import CaseworkError
from ..messages import Message
from .layout import CELL, SHORT_ROW, TALLEST, is_short, kept_together, ratio, shares_of
from .markup import Node, header_rows
from .profile import PLACEHOLDER, Profile, complete, svg_of

_HERE = Path(__file__).parent
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_SIGN_FONT = "DejaVu Sans Mono"  # inside the typst wheel; it prints glyphs.SIGNS
_REFERENCE_SIZE = 6.5  # points; as letter.typ sets it
_LOCK = threading.Lock()


class PdfError(CaseworkError):
    """The PDF could not be written; a drawing or the logo is most likely at fault. The other formats still can."""

    code = "pdf"


def write(
    root: Node,
    profile: Mapping[str, object],
    *,
    number: str | None = None,
    at: date,
    drawings: Mapping[str, str | bytes] | None = None,
    reference: str = "",
) -> bytes:
    """The document as PDF/A-2a and PDF/UA-1, with the fonts inside.

    The same tree, profile, ``number``, ``at`` and ``drawings`` give the same bytes in every process. ``at`` is
    the date that the file gives as its creation, not the clock. ``number`` is the registered letter number,
    None leaves room to write one. ``drawings`` are SVG by name; a figure without its drawing is left out.
    ``reference`` stands at the foot of each page, as a QR code and as text, and in the file's own properties. A
    character that no shipped font has is printed as a box: :func:`uncovered` tells which.

    Raises ``Invalid`` for an unusable profile, and :class:`PdfError` when Typst refuses a drawing or the logo.
    """
    source = _source(root, profile, number, drawings or {}, reference)
    stamp = int(datetime(at.year, at.month, at.day, tzinfo=UTC).timestamp())
    try:
        with _LOCK:
            made = _compiler().compile(source, format="pdf", pdf_standards=_STANDARDS, timestamp=stamp)
    except typst.TypstError as wrong:
        raise PdfError(Message("The PDF cannot be written: {reason}.", reason=wrong.message)) from wrong
    if not isinstance(made, bytes):
        raise PdfError(Message("The PDF cannot be written: {reason}.", reason=Message("it came out empty")))
    return made


def pages(
    root: Node,
    profile: Mapping[str, object],
    *,
    number: str | None = None,
    drawings: Mapping[str, str | bytes] | None = None,
    ppi: float = 96,
) -> list[bytes]:
    """Each page of the document as PNG, ``ppi`` pixels for each inch; otherwise as :func:`write`."""
    source = _source(root, profile, number, drawings or {}, "")
    try:
        with _LOCK:
            made = _compiler().compile(source, format="png", ppi=ppi)
    except typst.TypstError as wrong:
        raise PdfError(Message("The pages cannot be drawn: {reason}.", reason=wrong.message)) from wrong
    return [made] if isinstance(made, bytes) else list(made or ())


def _source(
    root: Node,
    profile: Mapping[str, object],
    number: str | None,
    drawings: Mapping[str, str | bytes],
    reference: str,
) -> bytes:
    setting = _Setting(complete(profile), drawings)
    data = {**setting.document(root, number), **setting.foot(reference)}
    literal = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    literal = literal.replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "letter.typ": letter\n#letter(json(bytes("{literal}")))'.encode()


def uncovered(root: Node, profile: Mapping[str, object]) -> list[str]:
    """The characters of the document and of the letterhead that the PDF prints as a box, each once, in order."""
    setting = _Setting(complete(profile), {})
    setting.document(root, None)
    return list(setting.lost)


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=str(_HERE), font_paths=_fonts())


@cache
def _fonts() -> typst.Fonts:
    # the machine's own fonts stay out: the same letter must look the same everywhere
    return typst.Fonts(include_system_fonts=False, font_paths=[str(glyphs.FONTS)])


class _Setting:
    """Turns a tree into the program's data: printable characters, and break places in words that are too wide.

    ``room`` is everywhere the width at hand as a multiple of the font's size.
    """

    def __init__(self, profile: Profile, drawings: Mapping[str, str | bytes]) -> None:
        self.profile = profile
        self.drawings = drawings
        self.lost: dict[str, None] = {}
        self.em = profile.font_size * 25.4 / 72  # millimetres
        self.room = profile.text_width / self.em

    def document(self, root: Node, number: str | None) -> dict[str, object]:
        profile, room = self.profile, self.room
        titled = any(node.tag == "title" for node in root.nodes)
        families = dict.fromkeys([profile.font, glyphs.FAMILY, _SIGN_FONT])
        return {
            "title": self.words(root.get("title"), room * 0.9),
            "lang": root.get("lang", profile.lang),
            "kind": root.get("kind", "report"),
            "draft": root.get("draft") == "yes",
            "depth": 2 if titled else 1,  # PDF/UA: the first heading is of the first level
            "number": self.words(number or PLACEHOLDER, room * 0.4),
            "body": self.blocks(kept_together(root.nodes), room),
            "profile": {
                "agency": self.words(profile.agency, room * 0.9, bold=True),
                "letterhead": [
                    self.words(profile.government.upper(), room * 0.6),
                    self.words(profile.agency.upper(), room * 0.48, bold=True),
                ],
                "address": self.words(profile.address, room * 0.6),
                "contact": self.words(profile.contact, room * 0.6),
                "logo": svg_of(profile.logo) if profile.logo else "",
                "width": profile.width,
                "height": profile.height,
                "margins": dict(profile.margins),
                "fonts": [family for family in families if family in _families()],
                "size": profile.font_size,
                "signature-space": profile.signature_space,
                "signature-side": profile.signature_side,
                "words": {name: self.words(word, room) for name, word in profile.words.items()},
            },
        }

    def foot(self, reference: str) -> dict[str, object]:
        if not reference:
            return {"reference": "", "shown": "", "code": ""}
        from . import qr  # only for what was issued

        shown = self.words(reference, self.room * 0.75 * self.profile.font_size / _REFERENCE_SIZE)
        return {"reference": reference, "shown": shown, "code": qr.svg(reference)}

    def words(self, text: str, room: float, *, bold: bool = False) -> str:
        text, lost = glyphs.printable(text)
        self.lost.update(dict.fromkeys(lost))
        return glyphs.breakable(text, room * 0.97, bold=bold)

    def blocks(self, nodes: Sequence[Node], room: float) -> list[object]:
        return [made for node in nodes if (made := self.block(node, room)) is not None]

    def block(self, node: Node, room: float) -> list[object] | None:
        attrs: dict[str, object] = {
            name: self.words(value, room * 0.9, bold=True) if name in _SHOWN else value
            for name, value in node.attrs.items()
        }
        children: list[Any]
        match node.tag:
            case "ul" | "ol" | "checklist":
                inner = room - 3.2
                attrs["whole"] = node.tag != "checklist" and is_short(node)
                children = [[li.tag, dict(li.attrs), self.content(li, inner)] for li in node.nodes]
            case "li" | "note" | "section" | "subsection" | "keep":
                children = self.blocks(kept_together(node.nodes), room - (2 if node.tag == "note" else 0))
            case "dl":
                attrs["whole"] = is_short(node)
                share = int(node.get("label-width", "34")) / 100
                rooms = {"dt": room * share, "dd": room * (1 - share) - 1}
                children = [[item.tag, {}, self.content(item, rooms[item.tag])] for item in node.nodes]
            case "table":
                attrs["header"] = str(header_rows(node))
                attrs["whole"] = is_short(node)
                attrs["shares"] = shares = shares_of(node, room, self.profile.font_size)
                children = self.rows(node, shares)
            case "signatures":
                across = int(node.get("columns", str(min(len(node.nodes), 3))))
                each = room / max(across, 2) - 1
                attrs["place-date"] = self.words(node.get("place-date"), each)
                children = [
                    ["party", {k: self.words(v, each, bold=True) for k, v in p.attrs.items()}, []] for p in node.nodes
                ]
            case "reference":
                attrs["place-date"] = self.words(node.get("place-date"), room * 0.3)
                children = [
                    [
                        row.tag,
                        {"label": self.words(row.get("label"), room * 0.2)},
                        self.inline(row.children, room * 0.3),
                    ]
                    for row in node.nodes
                ]
            case "figure":
                return self.figure(node, attrs, room)
            case "title":
                children = self.inline(_capitals(node.children), room / 1.25, bold=True)
            case _:
                children = self.inline(node.children, room)
        return [node.tag, attrs, children]

    def content(self, node: Node, room: float, *, bold: bool = False) -> list[object]:
        """What is in an item or a cell: blocks, or only text where the element holds nothing else."""
        if node.tag in ("dt", "check"):
            return self.inline(node.children, room)
        if not bold:
            return self.blocks(node.nodes, room)
        return [
            ["p", {}, self.inline(child.children, room, bold=True)] if child.tag == "p" else self.block(child, room)
            for child in node.nodes
        ]

    def inline(self, children: Sequence[Node | str], room: float, *, bold: bool = False) -> list[object]:
        return [
            self.words(child, room, bold=bold)
            if isinstance(child, str)
            else [child.tag, {}, self.inline(child.children, room, bold=bold or child.tag == "b")]
            for child in children
        ]

    def rows(self, table: Node, shares: Sequence[float]) -> list[object]:
        rows: list[object] = []
        for row in table.nodes:
            cells: list[object] = []
            place = 0
            for cell in row.nodes:
                span = int(cell.get("colspan", "1"))
                inner = (sum(shares[place : place + span]) - 10 / self.profile.font_size) / CELL
                place += span
                bold = cell.tag == "th"
                cells.append([cell.tag, dict(cell.attrs), self.content(cell, max(inner, 1), bold=bold)])
            rows.append(["tr", {"long": sum(len(cell.text) for cell in row.nodes) > SHORT_ROW}, cells])
        return rows

    def figure(self, node: Node, attrs: dict[str, object], room: float) -> list[object] | None:
        caption = [["caption", {}, self.inline(child.children, room)] for child in node.nodes]
        picture = self.drawings.get(node.get("drawing"))
        if picture is None:
            return None
        svg = picture.decode() if isinstance(picture, bytes) else picture
        wide = float(node.get("width", "100"))
        tallest = TALLEST * self.profile.text_height / (ratio(svg) * self.profile.text_width) * 100
        attrs.update(picture=svg, share=f"{min(wide, tallest):.2f}")
        return [node.tag, attrs, caption]


def _capitals(children: Sequence[Node | str]) -> list[Node | str]:
    """In capitals before it is seen what can be printed: a font may have a small letter and lack its capital."""
    return [
        child.upper() if isinstance(child, str) else Node(child.tag, child.attrs, tuple(_capitals(child.children)))
        for child in children
    ]


_SHOWN = frozenset({"title", "caption", "alt"})


@cache
def _families() -> frozenset[str]:
    return frozenset(_fonts().families())
