"""Cases in which every free text is hostile, and what must hold of every document that is made of them.

The fields are found in the records' own types, so that a new field is hostile by itself. What a document prints is looked
at from outside: the page through an HTML parser, the Word file through its XML, the PDF through its objects and its text.
"""

# ruff: noqa: E501  # a bait is read best in one line

from __future__ import annotations

import io
import random
import re
import unicodedata
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import lxml.html
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from casework_flow import facts, trying
from casework_flow.checking import issues_of
from casework_flow.document import Document
from casework_flow.documents import markup
from casework_flow.documents.identity import Identity
from casework_flow.documents.render import Templates
from casework_flow.errors import CaseworkError, Invalid
from casework_flow.loader import Library
from casework_flow.office import Office
from casework_flow.records.generated import complete, several
from casework_flow.records.input import validate
from casework_flow.records.types import RecordType
from casework_flow.resources import shipped
from casework_flow.workflow import Issue, Workflow

BAIT = (
    "<script>alert(1)</script>", "</p></section></document>", "<b onclick=x>tebal", "<img src=x onerror=alert(1)>", "&amp;",
    "&#60;b&#62;", "&lt;b&gt;", "<!-- ", " -->", "<![CDATA[", "]]>", "<?php ?>", "<!DOCTYPE x [<!ENTITY y 'z'>]>", "&y;",
    "{{ 7 * 7 }}", "{% raw %}", "{% endraw %}", "{% include '/etc/passwd' %}", "{# x #}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
    "#set text(red)", "#import \"x\"", "#read(\"/etc/passwd\")", "*tebal* _miring_", "`kode`", "$x^2$", "@rujukan <label>",
    "\\n \\u{41} \\textbf{x}", "\\input{/etc/passwd}", "# judul", "- butir", "[pranala](javascript:alert(1))",
    "<w:p><w:r><w:t>x</w:t></w:r></w:p>", "MERGEFIELD x \\* MERGEFORMAT", "{ DDEAUTO c:\\\\x }", "]] > ", "\"onload=\"x", "'x'='x",
    "=1+1", "+1+1", "-2+3", "@SUM(A1)", "=HYPERLINK(\"http://example.com\")", "=cmd|' /C calc'!A0", "\t=1", "../../etc/passwd",
    "C:\\Windows\\x.exe", "/dev/null", "CON", "nul.txt", "~root", "file:///etc/passwd", "javascript:alert(1)",
    "data:text/html,x", "mailto:a@example.com?cc=b", "http://example.com/?a=1&b=2", "'; DROP TABLE casework_cases; --",
    "\x00\x01\x08\x1b[31m", "\x0b\x0c\x7f\x85", "\u202e\u202d\u2066balik\u2069\u202c", "\u200e\u200f\u061c", "\ufeff\ufffe\uffff",
    "\ufff9\ufffa\ufffb", "\ud83d", "\U000e0041\U000e007f", "\u2028\u2029", "baris\r\nbaris\nbaris", "\u00a0\u2003\u3000", "\u200b\u200d\u00ad",
    "😀👩‍👩‍👧🏽", "🇮🇩", "漢字かな", "العربية", "עברית", "ไทย", "नमस्ते", "e\u0301\u0323", "Z̷̧̛a̶l̵g̸o̷" + "\u0301" * 40, "ﬁﬂ", "ẞßİı", "…–—“”‘’",
    "☐☑☒✓✗", "□", "\U0001d54f", "\U0010ffff", "panjang" * 60, "W" * 400, "." * 400, "a\u0301" * 200, "_" * 90, "\t" * 20, " " * 50,
)  # fmt: skip
"""Pieces of hostile texts: markup of every format, template syntax, formulas, paths, and characters of every kind."""
_ALPHABET = "".join(map(chr, range(32, 127))).replace("Q", "") + "äéßœΩж漢😀\u202e\u200d\u00a0\n\t"
_STRIPPED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What is never printed, as docs/templates.md states it: written down here once more, to be held against."""


@dataclass
class Case:
    """A case of one workflow; ``said`` is what each of its free texts holds, by the mark with which it begins."""

    flow: Workflow
    rows: list[dict[str, Any]] = field(default_factory=list)
    benign: list[dict[str, Any]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    """The marks of the texts that drawings show, and describe, with the characters that the fonts have."""
    part: int = 0
    """Which of the ``PARTS`` of the workflow's documents are made."""

    @property
    def told(self) -> str:
        """What stands in the free texts that belong to no record."""
        return next(iter(self.said.values()))


TRIED = "<b>&{{ x }}</b> =1+1"
STOCK = 60
SHORT = 280
"""Most characters of a text that goes into a name."""
WEEKS = 2
PARTS = 4
"""A case makes every fourth of its documents, the next case of its workflow the next ones."""
DRAWN = ("genogram", "ecomap")
FLOWS = [Library([shipped("workflows")]).load(name) for name in Library([shipped("workflows")]).paths]
TEMPLATES = Templates([shipped("templates")])
OFFICE = Office(agency="Dinas Sosial Kabupaten Contoh", place="Contoh")


@cache
def issues_named(name: str) -> tuple[Issue, ...]:
    """Every document that the workflow of this name issues."""
    flow = next(flow for flow in FLOWS if flow.name == name)
    return tuple(issue for document in TEMPLATES.names() for issue in issues_of(flow, document))


Path_ = tuple[str, ...]
Place = tuple[str | int, ...]


def _texts(content: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text of a record, with its place."""
    if isinstance(content, str):
        yield place, content
    for key, part in (
        content.items() if isinstance(content, dict) else enumerate(content if isinstance(content, list) else ())
    ):
        yield from _texts(part, (*place, key))


def _changed(content: Any, change: Callable[[Place, str], str], place: Place = ()) -> Any:
    if isinstance(content, dict):
        return {key: _changed(part, change, (*place, key)) for key, part in content.items()}
    if isinstance(content, list):
        return [_changed(part, change, (*place, key)) for key, part in enumerate(content)]
    return change(place, content) if isinstance(content, str) else content


def _path(place: Place) -> Path_:
    """A place without the numbers of items: the field itself."""
    return tuple(part for part in place if isinstance(part, str))


def records(kind: RecordType) -> list[dict[str, Any]]:
    """Complete records of this kind, one at least."""
    return several(kind, trying.START, WEEKS) or [complete(kind, trying.START)]


@cache
def free_fields(name: str) -> Mapping[str, frozenset[Path_]]:
    """The texts of each type of record of a workflow that may hold anything: they stay valid with markup in them."""
    flow = next(flow for flow in FLOWS if flow.name == name)
    found: dict[str, frozenset[Path_]] = {}
    for kind_name, kind in facts.record_types(flow).items():
        free: set[Path_] = set()
        for content in records(kind)[:1]:
            for tried in {_path(place) for place, _ in _texts(content)}:
                changed = _changed(content, lambda place, text: TRIED if _path(place) == tried else text)  # noqa: B023
                try:
                    validate(kind, changed, today=date(2026, 1, 1))
                except Invalid:
                    continue
                free.add(tried)
        found[kind_name] = frozenset(free)
    return found


def text(chance: random.Random) -> str:
    """A hostile text."""
    pieces = [chance.choice(BAIT) for _ in range(chance.randint(1, 4))]
    pieces.append("".join(chance.choice(_ALPHABET) for _ in range(chance.randint(0, 12))))
    chance.shuffle(pieces)
    return chance.choice(("", " ")).join(pieces)


def shown(said: str) -> str:
    """``said`` as documents show it: without what is stripped, each line end a newline."""
    return _STRIPPED.sub("", re.sub("\r\n?|[\x85\u2028\u2029]", "\n", said))


def squeezed(found: str) -> str:
    """``found`` without white space, which writers set anew."""
    return "".join(found.split())


def case(seed: int) -> Case:
    """The case of number ``seed``: one of the shipped workflows, every free text of every record hostile."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    flow = FLOWS[seed % len(FLOWS)]
    free = free_fields(flow.name)
    made = Case(flow, part=seed // len(FLOWS) % PARTS)
    stock = [text(chance) for _ in range(STOCK)]

    def fill(kind: str, content: Any) -> tuple[Any, Any]:
        texts: dict[Place, str] = {}
        for place, _ in _texts(content):
            if _path(place) in free[kind]:
                mark = f"Q{len(made.said)}z"
                said = f"{mark}{chance.choice(stock)}z{mark}"
                if len(said) > SHORT and kind_is_short(kind, _path(place)):
                    said = f"{mark}{said[len(mark) : SHORT - len(mark)]}z{mark}"
                texts[place] = made.said[mark] = said
                if kind in DRAWN:
                    made.drawn.add(mark)
        hostile = _changed(content, lambda place, old: texts.get(place, old))
        benign = _changed(content, lambda place, old: _benign(texts[place]) if place in texts else old)
        return hostile, benign

    for name, kind in facts.record_types(flow).items():
        for number, content in enumerate(records(kind), 1):
            hostile, benign = fill(name, content)
            made.rows.append(trying.row(name, number, hostile))
            made.benign.append(trying.row(name, number, benign))
    return made


def _benign(said: str) -> str:
    """A text of the same marks, lines and length that holds nothing but letters."""
    mark = said[: said.index("z") + 1]
    return f"{mark}{re.sub(chr(92) + 'S', 'x', shown(said[len(mark) : -len(mark) - 1]))}z{mark}"


@cache
def kind_is_short(kind: str, path: Path_) -> bool:
    """Whether the field takes no more than a name's length."""
    for flow in FLOWS:
        of = facts.record_types(flow).get(kind)
        if of and path in free_fields(flow.name)[kind]:
            content = records(of)[0]
            changed = _changed(content, lambda place, old: "a" * (SHORT + 200) if _path(place) == path else old)
            try:
                validate(of, changed, today=date(2026, 1, 1))
            except Invalid:
                return True
    return False


# ---- what must hold ---------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The elements and the text of a page; drawings apart, where text is measured and cut."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.skeleton: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.wrong: list[str] = []
        self._drawing = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._drawing += tag == "svg"
        names = tuple(name for name, _ in attrs)
        for name, value in attrs:
            said = (value or "").strip().casefold()
            fetches = name in ("href", "src", "action", "srcset", "xlink:href") and not said.startswith(
                ("data:image/", "#")
            )
            if fetches or name.startswith("on") or name in ("formaction", "srcdoc"):
                self.wrong.append(f"<{tag} {name}={value!r}>")
            if said.startswith("data:image/svg+xml;base64,"):
                self.wrong += _in_drawing(b64decode((value or "").partition(",")[2]))
            else:
                self.texts.append(value or "")
        if tag in ("script", "iframe", "object", "embed", "form", "link", "base", "foreignobject", "use", "a"):
            self.wrong.append(f"<{tag}>")
        if not self._drawing:
            self.skeleton.append((tag, names))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self._drawing -= tag == "svg"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _in_drawing(svg: bytes) -> Iterator[str]:
    for node in ElementTree.fromstring(svg).iter():  # noqa: S314  # our own
        local = node.tag.rpartition("}")[2]
        if local in ("script", "foreignObject", "a", "use", "image", "animate", "set", "style"):
            yield f"a drawing has <{local}>"
        yield from (f"a drawing has {name}" for name in node.attrib if name.startswith("on") or name.endswith("href"))


def skeleton(node: markup.Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The elements of a document and the names of their attributes."""
    yield node.tag, tuple(sorted(node.attrs))
    for child in node.nodes:
        yield from skeleton(child)


def _tree_text(node: markup.Node) -> Iterator[str]:
    yield from node.attrs.values()
    for child in node.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _tree_text(child)


def _word_parts(content: bytes) -> dict[str, ElementTree.Element]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {
            name: ElementTree.fromstring(archive.read(name))  # noqa: S314  # our own
            for name in archive.namelist()
            if name.endswith((".xml", ".rels"))
        }


FIELDS = {"PAGE", "NUMPAGES"}
ACTIONS = ("/JavaScript", "/JS", "/Launch", "/URI", "/AA", "/OpenAction", "/SubmitForm", "/GoToR", "/GoToE", "/ImportData",
           "/RichMedia", "/EmbeddedFile", "/EmbeddedFiles", "/Movie", "/Sound", "/XFA", "/AcroForm")  # fmt: skip


def documents(made: Case, *, harmless: bool = False, identity: Identity = "full") -> Iterator[Document]:
    """The documents that are made of a case; with ``harmless``, of the same case without anything hostile."""
    rows, said = (made.benign, _benign(made.told)) if harmless else (made.rows, made.told)
    for issue in issues_named(made.flow.name)[made.part :: PARTS]:
        yield trying.document(made.flow, issue, TEMPLATES, OFFICE, rows, "id", identity=identity, said=said)


def run(seeds: Iterable[int], pdf_each: int) -> Iterator[str]:
    """What is wrong with the cases of these numbers; every ``pdf_each``-th is printed as PDF too."""
    for seed in seeds:
        for fault in faults(case(seed), with_pdf=seed % pdf_each == seed // pdf_each % pdf_each):
            yield f"case {seed}: {fault}"


def faults(made: Case, *, with_pdf: bool) -> Iterator[str]:
    """What is wrong with the documents of a case, with the names of the document and the format."""
    for said, plain in zip(documents(made), documents(made, harmless=True), strict=True):
        for form, check in (("xml", _in_xml), ("html", _in_html), ("text", _in_text), ("docx", _in_word)):
            for fault in check(made, said, plain):
                yield f"{made.flow.name} {said.name} {form}: {fault}"
        if with_pdf:
            for fault in _in_pdf(made, said):
                yield f"{made.flow.name} {said.name} pdf: {fault}"
    for hidden in documents(made, identity="pseudonym"):
        for fault in Page(hidden.html()).wrong:
            yield f"{made.flow.name} {hidden.name} under a pseudonym: {fault}"


def _lost(made: Case, haystack: str, expected: Callable[[str], str] = shown) -> Iterator[str]:
    """The texts that begin in ``haystack`` and are not wholly there."""
    found = squeezed(haystack)
    for mark in dict.fromkeys(re.findall(r"Q\d+z", found)):
        wanted = squeezed(expected(made.said[mark]))
        if mark in made.drawn and letters(wanted) in letters(found):
            continue
        if wanted not in found:
            at = found.index(mark)
            yield f"{made.said[mark]!r} is not shown as {wanted!r} but {found[at : at + len(wanted) + 20]!r}"


def _in_xml(made: Case, said: Document, plain: Document) -> Iterator[str]:
    yield from _lost(made, " ".join(_tree_text(said.tree())))
    if list(skeleton(said.tree())) != list(skeleton(plain.tree())):
        yield "the tree has other elements than with harmless texts"


def _in_html(made: Case, said: Document, plain: Document) -> Iterator[str]:
    page, other = Page(said.html()), Page(plain.html())
    yield from page.wrong
    yield from _lost(made, " ".join(page.texts))
    if page.skeleton != other.skeleton:
        yield "the page has other elements than with harmless texts"
    lenient = lxml.html.document_fromstring(said.html())
    if sum(1 for _ in lenient.iter("script", "iframe", "object", "embed", "form", "a", "link", "base")):
        yield "a lenient parser finds something that runs or links"


def _in_text(made: Case, said: Document, plain: Document) -> Iterator[str]:
    if wrong := [sign for sign in said.text() if _STRIPPED.match(sign)]:
        yield f"the text has {wrong[:3]!r}"


def _in_word(made: Case, said: Document, plain: Document) -> Iterator[str]:
    parts, others = _word_parts(said.docx()), _word_parts(plain.docx())
    if parts.keys() != others.keys():
        yield "the file has other parts than with harmless texts"
    for name, root in parts.items():
        if name.endswith(".rels"):
            for item in root:
                if item.get("TargetMode") == "External":
                    yield f"{name} refers to {item.get('Target')!r}"
        tags = {node.tag for node in root.iter()}
        if name in others and tags - {node.tag for node in others[name].iter()}:
            yield f"{name} has {tags - {node.tag for node in others[name].iter()}}"
        for node in root.iter():
            local = node.tag.rpartition("}")[2]
            if local == "instrText" and (node.text or "").split()[:1] not in [[one] for one in FIELDS]:
                yield f"{name} has the field {node.text!r}"
            if local in ("object", "altChunk", "OLEObject", "control", "hyperlink"):
                yield f"{name} has <{local}>"
    body = parts["word/document.xml"]
    yield from _lost(made, "".join(node.text or "" for node in body.iter() if node.tag.endswith("}t")))


def _in_pdf(made: Case, said: Document) -> Iterator[str]:
    try:
        reader = PdfReader(io.BytesIO(said.pdf()))
    except CaseworkError as refused:
        yield f"it cannot be written: {refused.message}"
        return
    seen: set[str] = set()
    for number in range(1, len(reader.xref_objStm) + len(reader.xref.get(0, {})) + 1):
        item = reader.get_object(number)
        seen |= set(_keys(item))
    if found := seen & set(ACTIONS):
        yield f"it has {sorted(found)}"
    printed = letters("".join(page.extract_text() for page in reader.pages))
    for mark in dict.fromkeys(re.findall(r"Q\d+z", printed)):
        if mark not in made.said:
            yield f"it has a mark that nothing has: {mark}"
    if not re.search(r"Q\d+z", printed) and re.search(r"Q\d+z", said.xml):
        yield "its text cannot be read"


def letters(found: str) -> str:
    """The letters and digits of ``found``."""
    return "".join(sign for sign in unicodedata.normalize("NFC", found) if sign.isascii() and sign.isalnum())


def _keys(item: Any) -> Iterator[str]:
    if isinstance(item, DictionaryObject):
        yield from item
        for name in ("/S", "/Subtype", "/Type"):
            if isinstance(item.get(name), str):
                yield str(item[name])
        for value in item.values():
            yield from _keys(value)
    elif isinstance(item, ArrayObject):
        for value in item:
            yield from _keys(value)
