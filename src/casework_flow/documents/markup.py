"""The small strict markup that a template renders, and the tree that every writer reads.

A clause is written once, in a template; HTML, plain text, DOCX and PDF are written from the same tree. The
parser settles everything that four writers would otherwise each settle for themselves: white space is folded
as in HTML, loose text in a list item or a table cell becomes a ``p``, sections and list items get their
``label``, and a table gets its number of ``columns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.etree.ElementTree import Element as Parsed
from xml.etree.ElementTree import ParseError, XMLParser
from xml.parsers import expat

from ..errors import CaseworkError, did_you_mean
from ..messages import Message, Sayable
from .elements import ELEMENTS, INLINE, Element

MAX_CHARACTERS = 8_000_000
MAX_ELEMENTS = 200_000
MAX_DEPTH = 24
"""Bounds of one document: far above any letter, low enough that a runaway template stops at once."""


class MarkupError(CaseworkError):
    """A template has rendered something that is not this markup; correct the template at the line named.

    ``line`` counts in the rendered XML, from 1.
    """

    code = "markup"

    def __init__(self, message: Sayable, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Node:
    """An element: its name, its attributes, and in ``children`` its elements and text in order."""

    tag: str
    attrs: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Node | str, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """The attribute ``name``, or ``default`` when it is missing or blank."""
        return self.attrs.get(name, "").strip() or default

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The children that are elements."""
        return tuple(child for child in self.children if isinstance(child, Node))

    @property
    def text(self) -> str:
        """All the text inside, with a line break as a newline."""
        return "".join(_text(child) for child in self.children)


def _text(child: Node | str) -> str:
    if isinstance(child, str):
        return child
    return "\n" if child.tag == "br" else child.text


_TEXT = frozenset(tag for tag, element in ELEMENTS.items() if element.text)
_MIXED = frozenset({"li", "dd", "th", "td", "note"})  # loose text in these becomes a p
_COUNTED = frozenset({"dt", "dd", "tr"})
_DROPPED_WHEN_EMPTY = frozenset({"ul", "ol", "dl", "checklist", "table", "tr", "signatures", "b", "i", "u"})
_BETWEEN = " \t\r\n"

_STRIPPED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters: illegal in XML, or meaningless on paper
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls: they can make a text read otherwise
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"  # byte order mark, annotations, non-characters, lone surrogates
    "\U000e0000-\U000e007f]"  # tags: text that nobody sees
)
_NEWLINES = re.compile("\r\n?|[\x85\u2028\u2029]")
_SPACE = re.compile(r"[ \t\n\r\f]+")


def clean(text: str) -> str:
    """``text`` without the characters that XML forbids, that change the reading direction, or that hide.

    Every kind of line end becomes a newline. The one place for this: what goes into a document passes here.
    """
    if text.isprintable():  # none of those is: found in a tenth of the time
        return text
    return _STRIPPED.sub("", _NEWLINES.sub("\n", text))


def label(style: str, number: int) -> str:
    """The ``number``-th label of a count in ``style`` (1, a, A, i or I), without a full stop."""
    if style in ("a", "A"):
        letters = ""
        while number > 0:
            number, rest = divmod(number - 1, 26)
            letters = chr(ord(style) + rest) + letters
        return letters
    if style in ("i", "I"):
        roman = ""
        for worth, sign in zip(
            (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
            ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
            strict=True,
        ):
            roman += sign * (number // worth)
            number %= worth
        return roman.upper() if style == "I" else roman
    return str(number)


def header_rows(table: Node) -> int:
    """How many rows at the top of ``table`` are headings: those whose cells are all ``th``."""
    rows = table.nodes
    for count, row in enumerate(rows):
        if any(cell.tag != "th" for cell in row.nodes):
            return count
    return len(rows)


def parse(xml: str) -> Node:
    """The tree of a rendered document, as every writer reads it.

    Args:
        xml: the whole document as text.

    Raises:
        MarkupError: as ``read`` does.
    """
    return _Builder().node(read(xml))


def read(xml: str) -> Parsed:
    """A rendered document that is sound, as it was written: enough to issue it, in half the time of its tree.

    Args:
        xml: the whole document as text.

    Raises:
        MarkupError: markup that is not well formed, a document type, entity or processing instruction, an unknown
            element or attribute, an element or text where it may not stand, or a document beyond the bounds.
    """
    if len(xml) > MAX_CHARACTERS:
        raise MarkupError(Message("The document is longer than {limit} characters.", limit=MAX_CHARACTERS))
    if "<!" in xml or "<?" in xml or "xmlns" in xml or len(xml) > 4 * MAX_ELEMENTS:  # no element is shorter than <b/>
        _Events(xml)  # refuses what the parser would take
    parser = XMLParser()  # noqa: S314 - whatever could hurt has been refused
    try:
        parser.feed(xml)
        root = parser.close()
    except UnicodeEncodeError as wrong:
        line = xml.count("\n", 0, wrong.start) + 1
        raise _at(line, Message("there is a character that XML forbids")) from wrong
    except ParseError as wrong:
        raise _malformed(wrong.code, wrong.position[0]) from wrong
    try:
        _Strict().document(root)
    except _Unsound as wrong:
        raise _at(_Events(xml).line(root, wrong), wrong.fault, wrong.hint) from None
    return root


def empty_sections(inside: Parsed) -> Iterator[str]:
    """The titles of the sections of a document that say nothing."""
    for child in inside:
        if child.tag in ("section", "subsection"):
            if all(map(_hollow, child)):
                yield child.get("title", "").strip()
            else:
                yield from empty_sections(child)


def _hollow(element: Parsed) -> bool:
    return element.tag in _DROPPED_WHEN_EMPTY and not element.text and all(map(_hollow, element))


def _at(line: int, fault: Message, hint: Message | None = None) -> MarkupError:
    if hint is None:
        return MarkupError(Message("Line {line}: {fault}.", line=line, fault=fault), line)
    return MarkupError(Message("Line {line}: {fault}. {hint}", line=line, fault=fault, hint=hint), line)


def _malformed(code: int, line: int) -> MarkupError:
    reason = expat.errors.messages.get(code, "")
    return _at(line, Message("the markup is not well formed ({reason})", reason=reason))


class _Unsound(Exception):
    """A fault at the start of ``element``, or in the text right after its start or its end."""

    def __init__(
        self, element: Parsed, fault: Message, hint: Message | None = None, text: Literal["", "start", "end"] = ""
    ) -> None:
        self.element = element
        self.fault = fault
        self.hint = hint
        self.text = text


class _Events:
    """Where the elements of a document start and end: read only where a fault must be told, or may be hidden."""

    def __init__(self, xml: str) -> None:
        self.lines: list[int] = []
        self.starts: list[int] = []
        self.ends: dict[int, int] = {}
        self.open: list[int] = []
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self.refuse
        parser.ProcessingInstructionHandler = self.refuse
        try:
            parser.Parse(xml.encode(errors="replace"), True)
        except expat.ExpatError as wrong:
            raise _malformed(wrong.code, wrong.lineno) from wrong
        finally:
            del self.parser  # it holds this in turn: both would wait for the garbage collector

    def refuse(self, *_: object) -> None:
        fault = Message("document types, entities and processing instructions are not allowed")
        raise _at(self.parser.CurrentLineNumber, fault)

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        if len(self.starts) == MAX_ELEMENTS:
            raise _at(line, Message("the document has more than {limit} elements", limit=MAX_ELEMENTS))
        for name in attrs:
            if name.startswith("xmlns"):
                raise _at(line, Message("<{tag}> has no attribute {name}", tag=tag, name=name))
        self.open.append(len(self.starts))
        self.starts.append(len(self.lines))
        self.lines.append(line)

    def end(self, _: str) -> None:
        self.ends[self.open.pop()] = len(self.lines)
        self.lines.append(self.parser.CurrentLineNumber)

    def line(self, root: Parsed, wrong: _Unsound) -> int:
        """The line of a fault; that of a text is where the next tag stands."""
        number = next(number for number, element in enumerate(root.iter()) if element is wrong.element)
        if wrong.text:
            return self.lines[(self.starts if wrong.text == "start" else self.ends)[number] + 1]
        return self.lines[self.starts[number]]


class _Strict:
    """Holds a document to the vocabulary; the first fault is raised as ``_Unsound``."""

    def document(self, root: Parsed) -> None:
        if root.tag != "document":
            raise self.misplaced(root, None)
        self.attributes(root, ELEMENTS["document"])
        self.inside(root, ELEMENTS["document"], 1)

    def inside(self, parent: Parsed, rule: Element, depth: int) -> None:
        """Hold what stands in ``parent``, itself ``depth`` deep, to the vocabulary."""
        may, text = rule.children, rule.text
        if not text and parent.text and parent.text.strip(_BETWEEN):
            raise self.loose(parent, parent, "start")
        if depth >= MAX_DEPTH:
            raise _Unsound(parent[0], Message("elements are nested more than {limit} deep", limit=MAX_DEPTH))
        for child in parent:
            tag = child.tag
            if tag not in may:
                raise self.misplaced(child, parent)
            own = ELEMENTS[tag]
            if own.required or child.keys():
                self.attributes(child, own)
            if len(child):
                self.inside(child, own, depth + 1)
            elif not own.text and child.text and child.text.strip(_BETWEEN):
                raise self.loose(child, child, "start")
            if not text and child.tail and child.tail.strip(_BETWEEN):
                raise self.loose(child, parent, "end")
        if rule.children <= _COUNTED:
            self.counted(parent)

    def misplaced(self, element: Parsed, parent: Parsed | None) -> _Unsound:
        tag = element.tag
        if tag not in ELEMENTS:
            return _Unsound(
                element, Message("there is no element <{tag}>", tag=tag), did_you_mean(tag, list(ELEMENTS))
            )
        if parent is None:
            return _Unsound(element, Message("the outermost element must be <document>, not <{tag}>", tag=tag))
        return _Unsound(element, Message("<{tag}> may not stand in <{parent}>", tag=tag, parent=parent.tag))

    def loose(self, element: Parsed, parent: Parsed, text: Literal["start", "end"]) -> _Unsound:
        return _Unsound(element, Message("text may not stand in <{tag}>", tag=parent.tag), text=text)

    def attributes(self, element: Parsed, rule: Element) -> None:
        tag = element.tag
        for name, value in element.items():
            known = rule.attrs.get(name)
            if known is None:
                fault = Message("<{tag}> has no attribute {name}", tag=tag, name=name)
                raise _Unsound(element, fault, did_you_mean(name, list(rule.attrs)))
            if known.choices and value not in known.choices:
                fault = Message(
                    "{name} of <{tag}> must be one of {choices}", tag=tag, name=name, choices=list(known.choices)
                )
                raise _Unsound(element, fault)
            if known.pattern and not re.fullmatch(known.pattern, value.strip()):
                fault = Message("{name} of <{tag}> cannot be {value}", tag=tag, name=name, value=repr(value))
                raise _Unsound(element, fault)
        for name in rule.required:
            if not element.get(name, "").strip():
                raise _Unsound(element, Message("<{tag}> needs {name}", tag=tag, name=name))

    def counted(self, element: Parsed) -> None:
        """Hold the pairs of a ``dl``, or the rows and widths of a ``table``, to one another."""
        if element.tag == "dl":
            tags = [child.tag for child in element]
            if tags != ["dt", "dd"] * (len(tags) // 2):
                raise _Unsound(element, Message("in <dl> a <dd> must follow each <dt>"))
            return
        counts = [_cells(row) for row in element if len(row)]
        for place, count in enumerate(counts, 1):
            if count != counts[0]:
                fault = Message(
                    "row {row} of the table has {count} cells, the first has {first}",
                    row=place,
                    count=count,
                    first=counts[0],
                )
                raise _Unsound(element, fault)
        widths = element.get("widths", "").split(",") if counts and element.get("widths") else []
        if widths and (len(widths) != counts[0] or not all(float(width) > 0 for width in widths)):
            raise _Unsound(element, Message("widths must give {count} numbers above zero", count=counts[0]))


def _cells(row: Parsed) -> int:
    """How many columns the cells of a row take."""
    return sum(int(cell.get("colspan", "1")) for cell in row)


class _Builder:
    """Makes the tree of a sound document; what the writers need to know of an element is worked out once."""

    def __init__(self) -> None:
        self.sections: dict[str, int] = {}

    def node(self, element: Parsed) -> Node:
        tag, attrs = element.tag, element.attrib
        children: list[Node | str] = []
        if tag in _TEXT:
            if element.text:
                children.append(element.text)
            for child in element:
                made = self.node(child)
                if made.children or child.tag not in _DROPPED_WHEN_EMPTY:
                    children.append(made)
                if child.tail:
                    children.append(child.tail)
            if tag in _MIXED:
                children = _paragraphs(children)
            elif tag not in INLINE:
                children = fold(children)
        else:
            for child in element:
                made = self.node(child)
                if made.children or child.tag not in _DROPPED_WHEN_EMPTY:
                    children.append(made)
            if tag == "section" and (style := attrs.get("numbered")):
                self.sections[style] = self.sections.get(style, 0) + 1
                attrs["label"] = f"{label(style, self.sections[style])}."
            elif tag == "ol":
                first, style = int(attrs.get("start", "1")), attrs.get("count", "1")
                for place, item in enumerate(element):
                    item.attrib["label"] = f"{label(style, first + place)}."
            elif tag == "table" and children:
                attrs["columns"] = str(next(_cells(row) for row in element if len(row)))
        return Node(tag, attrs, tuple(children))


def _paragraphs(children: Sequence[Node | str]) -> list[Node | str]:
    """``children`` with each run of text and inline elements made a paragraph."""
    made: list[Node | str] = []
    run: list[Node | str] = []
    for child in [*children, None]:
        if child is not None and (isinstance(child, str) or child.tag in INLINE):
            run.append(child)
            continue
        if run and (folded := fold(run)):
            made.append(Node("p", {}, tuple(folded)))
        run = []
        if child is not None:
            made.append(child)
    return made


def fold(children: Sequence[Node | str]) -> list[Node | str]:
    """The text of one paragraph with its white space folded as a browser folds it.

    Runs of white space become one space, also across inline elements; none stays at the start, at the end
    or beside a line break. ``lines`` dissolves into text and ``br``.
    """
    if len(children) == 1 and isinstance(children[0], str):  # nearly every paragraph
        text = _single(children[0]).strip(" ")
        return [text] if text else []
    gap: tuple[list[_Folding], int] | None = None  # where a space goes, if text still follows
    fresh = True  # nothing stands on this line yet

    def walk(items: Sequence[Node | str]) -> list[_Folding]:
        nonlocal gap, fresh
        out: list[_Folding] = []

        def may_part() -> None:
            nonlocal gap
            if not fresh and gap is None:
                out.append("")
                gap = (out, len(out) - 1)

        def write(text: str) -> None:
            nonlocal gap, fresh
            single = _single(text)
            if single.startswith(" "):
                may_part()
            if words := single.strip(" "):
                if gap is not None:
                    gap[0][gap[1]] = " "
                out.append(words)
                gap, fresh = None, False
                if single.endswith(" "):
                    may_part()

        def new_line() -> None:
            nonlocal gap, fresh
            gap, fresh = None, True
            out.append(Node("br"))

        for item in items:
            if isinstance(item, str):
                write(item)
            elif item.tag == "br":
                new_line()
            elif item.tag == "lines":
                for count, line in enumerate(item.text.strip().replace("\r", "\n").split("\n")):
                    if count:
                        new_line()
                    write(line)
            else:
                out.append((item, walk(item.children)))
        return out

    return _joined(walk(children))


def _single(text: str) -> str:
    """``text`` with each run of white space as one space."""
    if "  " in text or "\n" in text or "\t" in text or "\r" in text or "\f" in text:
        return _SPACE.sub(" ", text)
    return text  # found in a tenth of the time that the pattern needs for it


_Folding = str | Node | tuple[Node, list["_Folding"]]
"""Text, a line break, or an inline element with what will be in it: its last space is settled by what follows."""


def _joined(items: Iterable[_Folding]) -> list[Node | str]:
    """``items`` with neighbouring texts made one, and inline elements without any content left out."""
    out: list[Node | str] = []
    for item in items:
        if isinstance(item, Node):
            out.append(item)
        elif isinstance(item, tuple):
            node, children = item
            if inner := _joined(children):
                out.append(Node(node.tag, node.attrs, tuple(inner)))
        elif item:
            if out and isinstance(out[-1], str):
                out[-1] += item
            else:
                out.append(item)
    return out
