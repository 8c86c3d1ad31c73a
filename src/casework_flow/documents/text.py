"""The tree as plain text, 80 columns wide: for a terminal, for e-mail, for a reader's braille line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len, chop_cells

from .markup import Node, header_rows
from .profile import PLACEHOLDER, Profile, complete

WIDTH = 80
_NARROW = 30  # below this there is no room for two columns beside each other
_NARROWEST = 3  # columns of a table's narrowest cell


def write(
    root: Node,
    profile: Mapping[str, object],
    *,
    number: str | None = None,
    drawings: Mapping[str, str | bytes] | None = None,
) -> str:
    """The document as lines of at most 80 columns.

    ``number`` is the registered letter number, None leaves room to write one. Of each figure whose drawing is
    in ``drawings`` the description and the caption are printed. Raises ``Invalid`` for an unusable profile.
    """
    page = _Page(complete(profile), number or PLACEHOLDER, drawings or {})
    lines = page.blocks(root.nodes, WIDTH)
    if root.get("draft") == "yes":
        lines = [*_centred(f"[{page.office.words['draft']}]", WIDTH), "", *lines]
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def _wrap(text: str, width: int, *, set_in: int = 0) -> list[str]:
    """``text`` in lines of at most ``width`` columns, the first ``set_in``; a word that is wider is cut."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = ("", 0) if lines or not set_in else (" " * (set_in - 1), set_in - 1)
        for word in paragraph.split(" "):
            for piece in chop_cells(word, width) if cell_len(word) > width else [word]:
                wide = cell_len(piece)
                if used and used + 1 + wide > width:
                    lines.append(line)
                    line, used = piece, wide
                else:
                    line, used = (f"{line} {piece}", used + 1 + wide) if used else (piece, wide)
        lines.append(line)
    return lines


def _centred(text: str, width: int) -> list[str]:
    return [" " * ((width - cell_len(line)) // 2) + line for line in _wrap(text, width)]


def _right(text: str, width: int) -> list[str]:
    return [" " * (width - cell_len(line)) + line for line in _wrap(text, width)]


def _fill(text: str, width: int, align: str = "left") -> str:
    """``text`` padded to exactly ``width`` columns."""
    room = width - cell_len(text)
    left = room if align == "right" else room // 2 if align == "center" else 0
    return " " * left + text + " " * (room - left)


def _hanging(first: str, lines: Sequence[str]) -> list[str]:
    """``lines`` behind ``first``, the later ones set in as far."""
    set_in = " " * cell_len(first)
    return [(set_in if place else first) + line for place, line in enumerate(lines or [""])]


class _Page:
    def __init__(self, office: Profile, number: str, drawings: Mapping[str, str | bytes]) -> None:
        self.office = office
        self.number = number
        self.drawings = drawings

    def blocks(self, nodes: Iterable[Node], width: int) -> list[str]:
        """The lines of ``nodes``, an empty one between two blocks."""
        lines: list[str] = []
        for node in nodes:
            if made := self.block(node, width):
                lines += ["", *made] if lines else made
        return lines

    def block(self, node: Node, width: int) -> list[str]:
        match node.tag:
            case "p" | "recipient":
                if node.get("align") == "center":
                    return _centred(node.text, width)
                if node.get("align") == "right":
                    return _right(node.text, width)
                return _wrap(node.text, width, set_in=4 if node.get("indent") == "yes" and width > _NARROW else 0)
            case "title":
                return _centred(node.text.upper(), width)
            case "subtitle":
                return _centred(node.text, width)
            case "number":
                return _centred(f"{self.office.words['number']}: {self.number}", width)
            case "section" | "subsection":
                title = " ".join(filter(None, (node.get("label"), node.get("title"))))
                heading = _wrap(title.upper() if node.tag == "section" else title, width)
                return [*heading, *self.blocks(node.nodes, width)]
            case "ul":
                return self.items(((item, "- ") for item in node.nodes), width)
            case "ol":
                widest = max(len(item.attrs["label"]) for item in node.nodes)
                return self.items(((item, f"{item.attrs['label']:<{widest}} ") for item in node.nodes), width)
            case "checklist":
                return [line for item in node.nodes for line in self.check(item, width)]
            case "dl":
                return self.values(node, width)
            case "table":
                return self.table(node, width)
            case "note":
                inner = width - 4
                heading = _wrap(node.get("title").upper(), inner) if node.get("title") else []
                lines = [*heading, *self.blocks(node.nodes, inner)]
                edge = "+" + "-" * (width - 2) + "+"
                return [edge, *(f"| {_fill(line, inner)} |" for line in lines), edge]
            case "blank":
                return ["." * width] * int(node.get("lines", "1"))
            case "keep":
                return self.blocks(node.nodes, width)
            case "page-break":
                return []
            case "letterhead":
                office = self.office
                parts = [office.government.upper(), office.agency.upper(), office.address, office.contact]
                return [*(line for part in parts if part for line in _centred(part, width)), "=" * width]
            case "reference":
                return self.reference(node, width)
            case "signatures":
                return self.signatures(node, width)
            case "figure":
                if node.get("drawing") not in self.drawings:
                    return []
                caption = [line for child in node.nodes for line in _centred(child.text, width)]
                return [*_wrap(f"[{node.get('alt')}]", width), *caption]
        raise AssertionError(node.tag)  # a tag of the vocabulary that this writer does not know

    def items(self, items: Iterable[tuple[Node, str]], width: int) -> list[str]:
        lines: list[str] = []
        for item, mark in items:
            beside = width - cell_len(mark)
            inner = beside if beside > _NARROWEST else width
            made: list[str] = []
            for child in item.nodes:  # no empty line inside an item
                made += self.block(child, inner)
            lines += _hanging(mark, made) if inner == beside else [*_wrap(mark, width), *made]
        return lines

    def check(self, item: Node, width: int) -> list[str]:
        box = "[x]" if item.get("on") == "yes" else "[ ]"
        if width < 8:
            return [box, *_wrap(item.text, width)]
        return _hanging(f"{box} ", _wrap(item.text, width - 4))

    def values(self, dl: Node, width: int) -> list[str]:
        items = dl.nodes
        pairs = [(items[n].text, items[n + 1].nodes) for n in range(0, len(items), 2)]
        if width < _NARROW:  # no room for two columns: the value under its label
            return [
                line
                for name, value in pairs
                for line in [*_wrap(f"{name}:", width), *(self.blocks(value, width) or ["-"])]
            ]
        label = width * int(dl.get("label-width", "34")) // 100 - 2
        return self.pairs(((name, self.blocks(value, width - label - 3) or ["-"]) for name, value in pairs), label)

    def pairs(self, rows: Iterable[tuple[str, Sequence[str]]], label: int) -> list[str]:
        lines: list[str] = []
        for name, value in rows:
            names = _wrap(name, label)
            for place in range(max(len(names), len(value))):
                left = names[place] if place < len(names) else ""
                right = value[place] if place < len(value) else ""
                lines.append(f"{_fill(left, label)} {' ' if place else ':'} {right}")
        return lines

    def reference(self, node: Node, width: int) -> list[str]:
        rows = [
            (self.office.words["number"], self.number) if row.tag == "number" else (row.get("label"), row.text)
            for row in node.nodes
        ]
        label = min(max((cell_len(name) for name, _ in rows), default=0), 16)
        dated = _right(node.get("place-date"), 32) if node.get("place-date") else []
        value = width - label - 3 - (32 if dated else 0)
        lines = self.pairs(((name, _wrap(text, value)) for name, text in rows), label)
        for place, line in enumerate(dated):
            if place < len(lines):
                lines[place] = _fill(lines[place], width - 32) + line
            else:
                lines.append(" " * (width - 32) + line)
        return lines

    def table(self, node: Node, width: int) -> list[str]:
        count = int(node.attrs["columns"])
        caption = _wrap(node.get("caption"), width) if node.get("caption") else []
        room = width - 3 * count - 1
        if room < _NARROWEST * count:  # too many columns for paper of this width: one line for each cell
            return [*caption, *self.listed(node, width)]
        shares = [float(share) for share in node.get("widths", ",".join(["1"] * count)).split(",")]
        wide = _spread(shares, room)
        edge = "+" + "+".join("-" * (one + 2) for one in wide) + "+"
        lines = [*caption, edge]
        top = header_rows(node)
        for place, row in enumerate(node.nodes):
            lines += self.row(row, wide)
            if place == top - 1:
                lines.append(edge.replace("-", "="))
        return [*lines, edge]

    def row(self, row: Node, wide: Sequence[int]) -> list[str]:
        cells: list[tuple[list[str], int, str]] = []
        place = 0
        for cell in row.nodes:
            span = int(cell.get("colspan", "1"))
            across = sum(wide[place : place + span]) + 3 * (span - 1)
            place += span
            align = cell.get("align", "center" if cell.tag == "th" else "left")
            cells.append((self.blocks(cell.nodes, across), across, align))
        height = max(1, *(len(lines) for lines, _, _ in cells))
        return [
            "| "
            + " | ".join(_fill(lines[n] if n < len(lines) else "", across, align) for lines, across, align in cells)
            + " |"
            for n in range(height)
        ]

    def listed(self, node: Node, width: int) -> list[str]:
        return [
            line
            for row in node.nodes
            for line in ["-" * 8, *(line for cell in row.nodes for line in self.blocks(cell.nodes, width))]
        ]

    def signatures(self, node: Node, width: int) -> list[str]:
        parties = node.nodes
        across = int(node.get("columns", str(min(len(parties), 3))))
        each = width // max(across, 2)
        first = node.get("place-date-over") == "first"
        date = node.get("place-date")
        lines: list[str] = []
        if cell_len(date) > each - 2:  # on a line of its own rather than broken
            lines = _wrap(date, width) if first else _right(date, width)
            date = ""
        for start in range(0, len(parties), across):
            row = parties[start : start + across]
            dated = 0 if first else len(row) - 1
            blocks = [
                self.party(p, date if not start and place == dated else "", each - 2) for place, p in enumerate(row)
            ]
            room = width - each * len(row)
            side = self.office.signature_side if len(parties) == 1 else "centre"
            shift = {"left": 0, "centre": room // 2, "right": room}[side]
            heights = [max(len(block[part]) for block in blocks) for part in range(3)]
            lines += [""] if start else []
            for part, height in enumerate(heights):
                # what stands above the space ends level, what stands below begins level
                padded = [
                    block[part] + [""] * (height - len(block[part]))
                    if part
                    else [""] * (height - len(block[0])) + block[0]
                    for block in blocks
                ]
                lines += [
                    " " * shift + "".join(_fill(column[n], each, "center") for column in padded)
                    for n in range(height)
                ]
        return lines

    def party(self, party: Node, dated: str, width: int) -> tuple[list[str], list[str], list[str]]:
        above = [dated, party.get("lead"), party.get("role"), party.get("title")]
        space = ["", "", ""]
        if party.get("mark") == "thumbprint":
            space = ["", *_wrap(f"[{party.get('mark-label', self.office.words['thumbprint'])}]", width), ""]
        id_line = f"{party.get('id-label')} {party.get('id')}".strip() if party.get("id") else ""
        name = party.get("name", "( " + "." * max(width - 8, 8) + " )")
        below = [name, id_line, party.get("note")]
        wrapped = [[line for text in part if text for line in _wrap(text, width)] for part in (above, below)]
        return wrapped[0], space, wrapped[1]


def _spread(shares: Sequence[float], room: int) -> list[int]:
    """Whole widths that sum to ``room``, near to ``shares``, none below the narrowest."""
    spare = room - _NARROWEST * len(shares)
    wide = [_NARROWEST + int(spare * share / sum(shares)) for share in shares]
    wide[wide.index(max(wide))] += room - sum(wide)
    return wide
