"""The small strict markup that a template renders, and the tree that every writer reads.

A clause is written once, in a template; HTML, plain text, DOCX and PDF are written from the same tree. The
parser settles everything that four writers would otherwise each settle for themselves: white space is folded
as in HTML, loose text in a list item or a table cell becomes a ``p``, sections and list items get their
``label``, and a table gets its number of ``columns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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


_MIXED = frozenset({"li", "dd", "th", "td", "note"})  # loose text in these becomes a p
_FOLDED = frozenset(tag for tag, element in ELEMENTS.items() if element.text) - _MIXED - INLINE
_WORKED_OUT = frozenset({"section", "ol", "dl", "table"})
_DROPPED_WHEN_EMPTY = frozenset({"ul", "ol", "dl", "checklist", "table", "tr", "signatures", "b", "i", "u"})

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
    """The tree of a rendered document.

    ``xml`` is the whole document as text. Raises :class:`MarkupError` at the first fault: markup that is not
    well formed, a document type, entity or processing instruction, an unknown element or attribute, an element
    or text where it may not stand, or a document beyond the bounds.
    """
    if len(xml) > MAX_CHARACTERS:
        raise MarkupError(Message("The document is longer than {limit} characters.", limit=MAX_CHARACTERS))
    reader = _Reader()
    try:
        reader.parser.Parse(xml.encode(), True)
    except UnicodeEncodeError as wrong:
        line = xml.count("\n", 0, wrong.start) + 1
        raise _at(line, Message("there is a character that XML forbids")) from wrong
    except expat.ExpatError as wrong:
        reason = expat.errors.messages.get(wrong.code, "")
        raise _at(wrong.lineno, Message("the markup is not well formed ({reason})", reason=reason)) from wrong
    finally:
        del reader.parser  # it holds the reader in turn: both would wait for the garbage collector
    return reader.root


def _at(line: int, fault: Message, hint: Message | None = None) -> MarkupError:
    if hint is None:
        return MarkupError(Message("Line {line}: {fault}.", line=line, fault=fault), line)
    return MarkupError(Message("Line {line}: {fault}. {hint}", line=line, fault=fault, hint=hint), line)


_Open = tuple[str, Element, dict[str, str], int, list["Node | str"]]
"""An element whose end has not been read yet: its name, its rule, its attributes, its line, its children so far."""


class _Reader:
    """Holds the open elements while expat reads; a fault is raised where it is met."""

    def __init__(self) -> None:
        self.root = Node("document")
        self.open: list[_Open] = []
        self.seen = 0
        self.sections: dict[str, int] = {}
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.EntityDeclHandler = self.refuse
        self.parser.ProcessingInstructionHandler = self.refuse

    def fault(self, fault: Message, hint: Message | None = None) -> MarkupError:
        return _at(self.parser.CurrentLineNumber, fault, hint)

    def refuse(self, *_: object) -> None:
        raise self.fault(Message("document types, entities and processing instructions are not allowed"))

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        self.seen += 1
        if self.seen > MAX_ELEMENTS:
            raise self.fault(Message("the document has more than {limit} elements", limit=MAX_ELEMENTS))
        if len(self.open) >= MAX_DEPTH:
            raise self.fault(Message("elements are nested more than {limit} deep", limit=MAX_DEPTH))
        element = ELEMENTS.get(tag)
        if element is None:
            raise self.fault(Message("there is no element <{tag}>", tag=tag), did_you_mean(tag, list(ELEMENTS)))
        if not self.open:
            if tag != "document":
                raise self.fault(Message("the outermost element must be <document>, not <{tag}>", tag=tag))
        elif tag not in self.open[-1][1].children:
            parent = self.open[-1][0]
            raise self.fault(Message("<{tag}> may not stand in <{parent}>", tag=tag, parent=parent))
        if element.attrs or attrs:
            self.check(tag, element, attrs)
        self.open.append((tag, element, attrs, self.parser.CurrentLineNumber, []))

    def check(self, tag: str, element: Element, attrs: Mapping[str, str]) -> None:
        for name, value in attrs.items():
            rule = element.attrs.get(name)
            if rule is None:
                fault = Message("<{tag}> has no attribute {name}", tag=tag, name=name)
                raise self.fault(fault, did_you_mean(name, list(element.attrs)))
            if rule.choices and value not in rule.choices:
                choices = list(rule.choices)
                raise self.fault(
                    Message("{name} of <{tag}> must be one of {choices}", tag=tag, name=name, choices=choices)
                )
            if rule.pattern and not re.fullmatch(rule.pattern, value.strip()):
                raise self.fault(
                    Message("{name} of <{tag}> cannot be {value}", tag=tag, name=name, value=repr(value))
                )
        for name in element.required:
            if not attrs.get(name, "").strip():
                raise self.fault(Message("<{tag}> needs {name}", tag=tag, name=name))

    def characters(self, text: str) -> None:
        tag, element, _, _, children = self.open[-1]
        if element.text:
            children.append(text)
        elif text.strip(" \t\r\n"):
            raise self.fault(Message("text may not stand in <{tag}>", tag=tag))

    def end(self, tag: str) -> None:
        """Close the element; what the writers need to know of it is worked out once."""
        _, _, attrs, line, children = self.open.pop()
        if tag in _MIXED:
            children = _paragraphs(children)
        elif tag in _FOLDED:
            children = fold(children)
        elif tag in _WORKED_OUT:
            children = self.worked_out(tag, attrs, line, children)
        node = Node(tag, attrs, tuple(children))
        if not self.open:
            self.root = node
        elif children or tag not in _DROPPED_WHEN_EMPTY:
            self.open[-1][4].append(node)

    def worked_out(self, tag: str, attrs: dict[str, str], line: int, children: list[Node | str]) -> list[Node | str]:
        """The children of a section, list or table, labelled; its own label or number of columns is set."""
        match tag:
            case "section" if style := attrs.get("numbered"):
                self.sections[style] = self.sections.get(style, 0) + 1
                attrs["label"] = f"{label(style, self.sections[style])}."
            case "ol":
                first = int(attrs.get("start", "1"))
                style = attrs.get("count", "1")
                items = [child for child in children if isinstance(child, Node)]
                return [
                    Node("li", {**item.attrs, "label": f"{label(style, first + n)}."}, item.children)
                    for n, item in enumerate(items)
                ]
            case "dl":
                tags = [child.tag for child in children if isinstance(child, Node)]
                if tags != ["dt", "dd"] * (len(tags) // 2):
                    raise _at(line, Message("in <dl> a <dd> must follow each <dt>"))
            case "table" if children:
                attrs["columns"] = str(_columns(attrs, line, children))
        return children


def _columns(attrs: Mapping[str, str], line: int, children: Sequence[Node | str]) -> int:
    """The number of columns of a table, the same in each row and as many as it has widths."""
    rows = [row for row in children if isinstance(row, Node)]
    counts = [sum(int(cell.get("colspan", "1")) for cell in row.nodes) for row in rows]
    for place, count in enumerate(counts, 1):
        if count != counts[0]:
            raise _at(
                line,
                Message(
                    "row {row} of the table has {count} cells, the first has {first}",
                    row=place,
                    count=count,
                    first=counts[0],
                ),
            )
    widths = attrs.get("widths")
    if widths and (len(widths.split(",")) != counts[0] or not all(float(width) > 0 for width in widths.split(","))):
        raise _at(line, Message("widths must give {count} numbers above zero", count=counts[0]))
    return counts[0]


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
