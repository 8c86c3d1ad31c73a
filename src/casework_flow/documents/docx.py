"""The tree as a Word document: its body's XML, written straight over a base file.

Calls to a library that keeps a model of the whole document cost forty times as much. The base is the shipped
one, or the office's own letterhead file, whose body is replaced and whose styles, header and footer stay.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from .. import glyphs
from . import docx_base
from .docx_base import HEAD, Base
from .docx_parts import (
    NAMESPACES,
    attribute,
    core_properties,
    escaped,
    footer,
    inline_picture,
    packed,
    plain,
    run,
    watermark,
)
from .docx_styles import FORMATS, LEVELS, W, borders, indent, twips
from .layout import SHORT_ROW, TALLEST, is_short, kept_together, ratio, shares_of
from .markup import Node, header_rows
from .png import to_png
from .profile import PLACEHOLDER, Profile, complete, svg_of

_MM = 1440 / 25.4
_DPI = 220
_LIST_STYLES = frozenset({"BodyText", "ListParagraph"})
_MARGIN = 100  # of a ruled table's cells, at the left and the right
_JC = {"left": "left", "center": "center", "right": "right", "justify": "both"}
_KEEP = "<w:keepNext/>"
_NO_MARGINS = '<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar>'


def write(
    root: Node,
    profile: Mapping[str, object],
    *,
    number: str | None = None,
    at: date,
    drawings: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """The document as a Word file (.docx).

    The same tree, profile, ``number``, ``at`` and ``drawings`` give the same bytes. ``at`` is the date that the
    file gives as its creation, not the clock. ``number`` is the registered letter number, None leaves room to
    write one. ``drawings`` are SVG by name, set as pictures; a figure without its drawing is left out. A
    ``base`` in the profile is the office's own letterhead file, as base64 text: its header stands in place of
    the shipped letterhead.

    Raises ``Invalid`` for an unusable profile or letterhead file, and ``PngError`` when a drawing or the logo
    cannot be read.
    """
    office = complete(profile)
    lang = root.get("lang", office.lang)
    given = profile.get("base")
    own = isinstance(given, str) and given != ""
    base = docx_base.own(str(given), office, lang) if own else docx_base.shipped(office, lang)
    body = _Body(office, base, plain(number or PLACEHOLDER), drawings or {}, form=root.get("kind") == "form")
    draft = root.get("draft") == "yes"
    said = body.blocks(root.nodes, _Place("BodyText", base.width))
    title = plain(root.get("title"))
    added: dict[str, tuple[str, str, str | bytes]] = {}
    heads = ""
    if base.own:
        if draft:
            said = body.paragraph("DraftMark", run(plain(office.words["draft"]))) + said
    else:
        added["rIdFooter"] = ("footer", f"{base.folder}footer1.xml", footer(title, office.words["page"], base.width))
        heads = '<w:footerReference w:type="default" r:id="rIdFooter"/>'
        if draft:
            added["rIdHeader"] = ("header", f"{base.folder}header1.xml", watermark(plain(office.words["draft"])))
            heads = '<w:headerReference w:type="default" r:id="rIdHeader"/>' + heads
    name, before, after = base.numbering
    added["rIdLists"] = ("numbering", name, before + "".join(body.lists) + after)
    added.update(body.pictures)
    section = f"<w:sectPr>{heads}{base.section}</w:sectPr>"
    document = f"{HEAD}<w:document {NAMESPACES}><w:body>{said}{section}</w:body></w:document>"
    core = core_properties(title, plain(office.agency), lang, at.isoformat())
    return packed(base, document, core, added)


def _runs(children: Sequence[Node | str], look: str = "") -> str:
    out = []
    for child in children:
        if isinstance(child, str):
            out.append(run(escaped(child), look))
        elif child.tag == "br":
            out.append("<w:r><w:br/></w:r>")
        else:
            out.append(_runs(child.children, look + child.tag))
    return "".join(out)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a block stands: the style of its paragraphs, the width at hand, and how deep in lists it is."""

    style: str
    width: int
    level: int = -1
    set_in: int = 0
    jc: str = ""
    look: str = ""


class _Body:
    """Writes blocks; ``keep`` says that what is written now stays with what follows."""

    def __init__(
        self, office: Profile, base: Base, number: str, drawings: Mapping[str, str | bytes], *, form: bool
    ) -> None:
        self.office = office
        self.base = base
        self.number = number
        self.drawings = drawings
        self.form = form
        self.size = office.font_size
        self.keep = False
        self.lists: list[str] = []
        self.pictures: dict[str, tuple[str, str, str | bytes]] = {}
        self.kinds = {kind: base.first_list + place for place, kind in enumerate(FORMATS)}

    def em(self, times: float) -> int:
        return twips(times, self.size)

    def style(self, name: str) -> str:
        return f'<w:pStyle w:val="{self.base.ids.get(name, name)}"/>'

    def paragraph(self, style: str, runs: str, more: str = "", *, keep: bool = False) -> str:
        """A paragraph; ``more`` are its further properties, in the schema's order from numbering on."""
        kept = _KEEP if keep or self.keep else ""
        return f"<w:p><w:pPr>{self.style(style)}{kept}{more}</w:pPr>{runs}</w:p>"

    def spacer(self, em: float, *, new_page: bool = False, keep: bool = False) -> str:
        """The paragraph that Word needs between two tables, and that gives a table its room; ``keep`` above it."""
        paged = "<w:pageBreakBefore/>" if new_page else ""
        line = f'<w:spacing w:line="{max(self.em(em), 20)}" w:lineRule="exact"/>'
        return f"<w:p><w:pPr>{self.style('Spacer')}{_KEEP if keep or self.keep else ''}{paged}{line}</w:pPr></w:p>"

    def blocks(self, nodes: Sequence[Node], place: _Place) -> str:
        out = [self.block(node, place) for node in kept_together(nodes)]
        return "".join(out)

    def kept(self, parts: Sequence[Callable[[], str]]) -> str:
        """What ``parts`` write, on one page: each stays with the next, and only the last does not."""
        outer, self.keep = self.keep, True
        made = "".join(part() for part in parts)
        self.keep = outer
        return made if outer else _unbound(made)

    def block(self, node: Node, place: _Place) -> str:
        match node.tag:
            case "p":
                return self.text(node, place)
            case "title":
                return self.paragraph("Title", _runs(node.children))
            case "subtitle":
                return self.paragraph("Subtitle", _runs(node.children))
            case "recipient":
                return self.paragraph("Recipient", _runs(node.children))
            case "number":
                return self.paragraph("LetterNumber", run(f"{plain(self.office.words['number'])}: {self.number}"))
            case "section" | "subsection":
                title = " ".join(filter(None, (node.get("label"), node.get("title"))))
                heading = self.paragraph(
                    f"Heading{1 if node.tag == 'section' else 2}", run(attribute(title)), keep=True
                )
                return heading + self.blocks(node.nodes, place)
            case "ul" | "ol" | "dl" | "table":
                write = {"dl": self.labels, "table": self.table}.get(node.tag, self.items)
                whole = is_short(node) and node.get("sticky") != "yes"
                return self.kept([lambda: write(node, place)]) if whole else write(node, place)
            case "note":
                return self.note(node, place)
            case "checklist":
                return self.checks(node, place)
            case "blank":
                dots = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{place.set_in + place.width}"/></w:tabs>'
                line = self.paragraph("BlankLine", "<w:r><w:tab/></w:r>", dots + self.set_in(place))
                return line * int(node.get("lines", "1"))
            case "keep":
                return self.kept([lambda: self.blocks(node.nodes, place)])
            case "page-break":
                return self.spacer(0, new_page=True)
            case "letterhead":
                return "" if self.base.own else self.letterhead()
            case "reference":
                return self.reference(node, place)
            case "signatures":
                return self.signatures(node, place)
            case "figure":
                return self.figure(node, place)
        raise AssertionError(node.tag)  # a tag of the vocabulary that this writer does not know

    def set_in(self, place: _Place) -> str:
        return f'<w:ind w:left="{place.set_in}"/>' if place.set_in else ""

    def text(self, node: Node, place: _Place, numbering: str = "") -> str:
        style = place.style
        if node.get("indent") == "yes" and style == "BodyText":
            style = "BodyTextFirstIndent"
        more = numbering or self.set_in(place)
        jc = _JC.get(node.get("align"), place.jc)
        if jc:
            more += f'<w:jc w:val="{jc}"/>'
        return self.paragraph(style, _runs(node.children, place.look), more, keep=node.get("sticky") == "yes")

    # ---- lists ------------------------------------------------------------------------------------------------

    def items(self, node: Node, place: _Place) -> str:
        level = min(place.level + 1, LEVELS - 1)
        num = self.base.last_num + len(self.lists) + 1
        kind = "bullet" if node.tag == "ul" else node.get("count", "1")
        start = node.get("start", "1")
        self.lists.append(
            f'<w:num xmlns:w="{W}" w:numId="{num}"><w:abstractNumId w:val="{self.kinds[kind]}"/>'
            f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{start}"/></w:lvlOverride></w:num>'
        )
        numbered = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>'
        left = indent(kind, level, self.size)
        style = "ListParagraph" if place.style in _LIST_STYLES else place.style
        width = max(place.width - left + place.set_in, 600)
        inner = replace(place, style=style, width=width, level=level, set_in=left)
        outer, self.keep = self.keep, self.keep or node.get("sticky") == "yes"
        out = []
        for item in node.nodes:
            first, *rest = item.nodes or [Node("p")]
            if first.tag != "p":
                first, rest = Node("p"), [first, *rest]
            out.append(self.text(first, inner, numbered) + self.blocks(rest, inner))
        self.keep = outer
        return "".join(out)

    def checks(self, node: Node, place: _Place) -> str:
        tab = "<w:r><w:tab/></w:r>"
        hang = f'<w:ind w:left="{place.set_in + self.em(1.7)}" w:hanging="{self.em(1.7)}"/>' if place.set_in else ""
        return "".join(
            self.paragraph("Check", run("☑" if item.get("on") == "yes" else "☐") + tab + _runs(item.children), hang)
            for item in node.nodes
        )

    # ---- tables -----------------------------------------------------------------------------------------------

    def grid(self, widths: Sequence[int], rows: Sequence[str], look: str, *, set_in: int = 0, jc: str = "") -> str:
        """A table of fixed column widths; ``look`` are the table's properties after its layout or its borders."""
        columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        placed = f'<w:jc w:val="{jc}"/>' if jc else f'<w:tblInd w:w="{set_in}" w:type="dxa"/>'
        frame, _, rest = look.rpartition("</w:tblBorders>")
        frame += "</w:tblBorders>" if frame else ""
        return (
            f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{placed}{frame}<w:tblLayout w:type="fixed"/>'
            f'{rest}<w:tblLook w:val="0000"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{"".join(rows)}</w:tbl>'
        )

    def cell(self, width: int, content: str, more: str = "") -> str:
        return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{more}</w:tcPr>{content}</w:tc>'

    def content(self, node: Node, place: _Place, empty: str = "") -> str:
        """What a cell holds: at least one paragraph."""
        return self.blocks(node.nodes, place) or self.paragraph(place.style, run(empty) if empty else "")

    def labels(self, node: Node, place: _Place) -> str:
        colon = self.em(1)
        label = place.width * int(node.get("label-width", "34")) // 100
        widths = (label, colon, place.width - label - colon)
        inner = _Place("LabelValue", widths[2])
        line = '<w:tcBorders><w:bottom w:val="single" w:sz="4" w:space="0" w:color="C8C8C8"/></w:tcBorders>'
        under = line if self.form and place.level < 0 else ""
        rows = []
        for name, value in zip(node.nodes[::2], node.nodes[1::2], strict=True):
            cells = (
                self.paragraph("LabelValue", _runs(name.children)),
                self.paragraph("LabelValue", run(":")),
                self.content(value, inner, "–"),
            )
            made = "".join(self.cell(width, cell, under) for width, cell in zip(widths, cells, strict=True))
            split = "" if len(value.text) > SHORT_ROW else "<w:trPr><w:cantSplit/></w:trPr>"
            rows.append(f"<w:tr>{split}{made}</w:tr>")
        margins = '<w:tblCellMar><w:top w:w="{0}" w:type="dxa"/><w:left w:w="0" w:type="dxa"/>'
        margins += '<w:bottom w:w="{0}" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar>'
        look = margins.format(self.em(0.06 if under else 0.02))
        return self.spacer(0.3, keep=True) + self.grid(widths, rows, look, set_in=place.set_in) + self.spacer(0.35)

    def table(self, node: Node, place: _Place) -> str:
        shares = shares_of(node, place.width / self.size / 20, self.size)
        widths = [self.em(share) for share in shares]
        top = header_rows(node)
        rows = []
        for count, row in enumerate(node.nodes):
            cells, at = [], 0
            for cell in row.nodes:
                span = int(cell.get("colspan", "1"))
                width = sum(widths[at : at + span])
                at += span
                heading = cell.tag == "th"
                jc = _JC[cell.get("align", "center" if heading else "left")]
                style = "TableHeading" if heading else "TableText"
                more = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
                if heading:
                    more += '<w:shd w:val="clear" w:color="auto" w:fill="EEEEEE"/><w:vAlign w:val="center"/>'
                inner = _Place(style, width - 2 * _MARGIN, jc=jc)
                cells.append(self.cell(width, self.content(cell, inner), more))
            said = "" if sum(len(cell.text) for cell in row.nodes) > SHORT_ROW else "<w:cantSplit/>"
            said += "<w:tblHeader/>" if count < top else ""
            rows.append(f"<w:tr>{f'<w:trPr>{said}</w:trPr>' if said else ''}{''.join(cells)}</w:tr>")
        margins = "".join(
            f'<w:{side} w:w="{wide}" w:type="dxa"/>'
            for side, wide in (("top", 35), ("left", _MARGIN), ("bottom", 15), ("right", _MARGIN))
        )
        caption = node.get("caption")
        above = (
            self.paragraph("Caption", run(attribute(caption)), keep=True) if caption else self.spacer(0.25, keep=True)
        )
        look = f"{borders('single', 4)}<w:tblCellMar>{margins}</w:tblCellMar>"
        return above + self.grid(widths, rows, look, set_in=place.set_in) + self.spacer(0.6)

    def note(self, node: Node, place: _Place) -> str:
        title = node.get("title")
        head = self.paragraph("NoteText", run(attribute(title), "b"), keep=True) if title else ""
        inner = _Place("NoteText", place.width - 320)
        margins = "".join(
            f'<w:{side} w:w="{wide}" w:type="dxa"/>'
            for side, wide in (("top", 120), ("left", 160), ("bottom", 100), ("right", 160))
        )
        look = f"{borders('single', 6, 'top left bottom right')}<w:tblCellMar>{margins}</w:tblCellMar>"
        split = "" if len(node.text) > 2 * SHORT_ROW else "<w:trPr><w:cantSplit/></w:trPr>"
        row = f"<w:tr>{split}{self.cell(place.width, head + self.content(node, inner))}</w:tr>"
        box = self.grid((place.width,), (row,), look, set_in=place.set_in)
        return self.spacer(0.4, keep=True) + box + self.spacer(0.8)

    # ---- the head and the end of a letter -----------------------------------------------------------------------

    def letterhead(self) -> str:
        office = self.office
        lines = [
            self.paragraph(style, run(plain(text)))
            for style, text in (
                ("Government", office.government),
                ("Agency", office.agency),
                ("Address", office.address),
                ("Address", office.contact),
            )
            if text
        ]
        rule = '<w:tcBorders><w:bottom w:val="thickThinSmallGap" w:sz="24" w:space="0" w:color="auto"/></w:tcBorders>'
        middle = '<w:vAlign w:val="center"/>'
        width = self.base.width
        side = round(22 * _MM) if office.logo else 0
        words = self.cell(width - 2 * side, "".join(lines), rule + middle)
        widths: tuple[int, ...] = (width,)
        if office.logo:
            empty = self.cell(side, self.paragraph("Address", ""), rule)
            words = self.cell(side, self.paragraph("Address", self.logo()), rule + middle) + words + empty
            widths = (side, width - 2 * side, side)
        look = (
            '<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:bottom w:w="100" w:type="dxa"/>'
            '<w:right w:w="0" w:type="dxa"/></w:tblCellMar>'
        )
        return self.grid(widths, (f"<w:tr>{words}</w:tr>",), look) + self.spacer(0.9)

    def reference(self, node: Node, place: _Place) -> str:
        rows = []
        for row in node.nodes:
            if row.tag == "number":
                rows.append((self.office.words["number"], run(self.number)))
            else:
                rows.append((row.get("label"), _runs(row.children)))
        dated = node.get("place-date")
        label = min(self.em(max(glyphs.width(name) for name, _ in rows) + 0.9), place.width // 3) if rows else 0
        date_width = min(self.em(glyphs.width(dated) + 0.3), place.width * 45 // 100) if dated else 0
        widths = [label, self.em(0.8), place.width - label - self.em(0.8) - date_width]
        if dated:
            widths.append(date_width)
        made = []
        for count, (name, value) in enumerate(rows):
            cells = [run(attribute(name)), run(":"), value]
            if dated:
                cells.append(run(attribute(dated)) if count == 0 else "")
            texts = [self.paragraph("LabelValue", cell) for cell in cells]
            if dated:
                texts[3] = self.paragraph("LabelValue", cells[3], '<w:jc w:val="right"/>')
            tds = "".join(self.cell(wide, text) for wide, text in zip(widths, texts, strict=True))
            made.append(f"<w:tr>{tds}</w:tr>")
        return (self.grid(widths, made, _NO_MARGINS) if made else "") + self.spacer(0.9)

    def signatures(self, node: Node, place: _Place) -> str:
        parties = node.nodes
        across = int(node.get("columns", str(min(len(parties), 3))))
        dated, over_first = node.get("place-date"), node.get("place-date-over") == "first"
        parts: list[Callable[[], str]] = [lambda: self.spacer(0.9)]
        for start in range(0, len(parties), across):
            row = parties[start : start + across]
            if start:
                parts.append(lambda: self.spacer(1.2))
            share = 0.52 if len(row) == 1 and (across > 1 or len(parties) == 1) else len(row) / across
            side = self.office.signature_side if len(parties) == 1 else "centre"
            jc = "center" if side == "centre" else side
            over = "" if start else dated
            parts.append(
                lambda row=row, share=share, jc=jc, over=over: self.sign_row(  # type: ignore[misc]
                    row, round(place.width * share), jc, over, 0 if over_first else len(row) - 1
                )
            )
        return self.kept(parts) + self.spacer(0.6)

    def sign_row(self, parties: Sequence[Node], width: int, jc: str, dated: str, dated_at: int) -> str:
        each = width // len(parties)

        def row_of(style: str, texts: Sequence[str], look: str = "") -> list[str]:
            return [self.paragraph(style, run(attribute(text), look)) for text in texts] if any(texts) else []

        def given(key: str) -> list[str]:
            return [party.get(key) for party in parties]

        spaces = [self.mark(party) for party in parties]
        names = [
            self.paragraph("Signature", run(attribute(name), "bu") if name else run(f"( {'.' * 30} )"))
            for name in given("name")
        ]
        ids = [f"{party.get('id-label')} {party.get('id')}".strip() if party.get("id") else "" for party in parties]
        rows = [
            row_of("Signature", [dated if place == dated_at else "" for place in range(len(parties))]),
            *(row_of("Signature", given(key)) for key in ("lead", "role", "title")),
            spaces,
            names,
            row_of("Signature", ids),
            row_of("SignatureNote", given("note")),
        ]
        made = []
        room = round(self.office.signature_space * _MM) + self.em(0.9)
        under = f'<w:tcMar><w:bottom w:w="{self.em(0.5)}" w:type="dxa"/></w:tcMar>'
        for row in filter(None, rows):
            high = f'<w:trHeight w:val="{room}" w:hRule="atLeast"/>' if row is spaces else ""
            low = under + '<w:vAlign w:val="bottom"/>' if row is spaces else ""
            cells = "".join(self.cell(each, text, low) for text in row)
            made.append(f"<w:tr><w:trPr><w:cantSplit/>{high}</w:trPr>{cells}</w:tr>")
        gap = self.em(0.5)
        look = f'<w:tblCellMar><w:left w:w="{gap}" w:type="dxa"/><w:right w:w="{gap}" w:type="dxa"/></w:tblCellMar>'
        return self.grid([each] * len(parties), made, look, jc=jc)

    def mark(self, party: Node) -> str:
        """The space for a signature, or the box for a thumbprint."""
        if party.get("mark") != "thumbprint":
            return self.paragraph("Signature", "")
        label = party.get("mark-label", self.office.words["thumbprint"])
        wide, high = round(22 * _MM), round(25 * _MM)
        cell = self.cell(wide, self.paragraph("Thumbprint", run(plain(label))), '<w:vAlign w:val="bottom"/>')
        row = f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="{high}" w:hRule="exact"/></w:trPr>{cell}</w:tr>'
        frame = borders("dashed", 6, "top left bottom right")
        return self.spacer(0.2) + self.grid((wide,), (row,), frame, jc="center") + self.spacer(0)

    # ---- pictures -----------------------------------------------------------------------------------------------

    def figure(self, node: Node, place: _Place) -> str:
        picture = self.drawings.get(node.get("drawing"))
        if picture is None:
            return ""
        svg = picture.decode() if isinstance(picture, bytes) else picture
        tall = ratio(svg)
        wide = min(place.width * float(node.get("width", "100")) / 100, TALLEST * self.base.height / tall)
        made = self.picture(to_png(svg, wide / 20, dpi=_DPI), "png", round(wide), round(wide * tall), node.get("alt"))
        captions = [self.paragraph("FigureCaption", _runs(child.children)) for child in node.nodes]
        return self.paragraph("Figure", made, keep=bool(captions)) + "".join(captions)

    def logo(self) -> str:
        """The logo within 20 × 22 mm, as it is where Word can show it."""
        uri = self.office.logo
        svg = svg_of(uri)
        tall = ratio(svg)
        wide = min(20 * _MM, 22 * _MM / tall)
        ending = {"image/png": "png", "image/jpeg": "jpg"}.get(uri[5 : uri.find(";")], "")
        data = base64.b64decode(uri[uri.find(",") + 1 :]) if ending else to_png(svg, wide / 20, dpi=_DPI)
        return self.picture(data, ending or "png", round(wide), round(wide * tall), self.office.agency)

    def picture(self, data: bytes, ending: str, wide: int, high: int, alt: str) -> str:
        """A run with a picture of so many twentieths of a point."""
        count = len(self.pictures) + 1
        name = f"casework{count}.{ending}"
        self.pictures[f"rIdPicture{count}"] = ("image", f"{self.base.folder}media/{name}", data)
        return inline_picture(count, wide, high, name, alt)


def _unbound(xml: str) -> str:
    """``xml`` whose last block no longer stays with what follows it."""
    last = xml.rfind("<w:p>")
    if xml[:last].endswith("</w:tbl>"):
        last = xml.rfind("<w:tr>", 0, last)
    return xml[:last] + xml[last:].replace(_KEEP, "") if last >= 0 else xml
