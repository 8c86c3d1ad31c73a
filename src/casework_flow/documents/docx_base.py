"""The file that a Word document is written into: the shipped one, or an office's own letterhead.

An office's file is a stranger's: it is read within bounds, nothing in it may run or fetch anything, and only
its styles, headers, footers and page layout are taken; what its body and its properties said stays behind.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from babel.core import get_global

from ..messages import Message
from .docx_styles import FORMATS, R, W, list_definition, styles
from .profile import Profile
from .wordfile import TYPE, WordFile, read_file, relations_of

HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
CORE = "application/vnd.openxmlformats-package.core-properties+xml"
_TAKEN = frozenset(
    {
        "styles",
        "settings",
        "theme",
        "fontTable",
        "webSettings",
        "numbering",
        "header",
        "footer",
        "footnotes",
        "endnotes",
    }
)
_HELD = frozenset({"image", "hyperlink", "font"})  # what these parts may refer to themselves
_LAYOUT = (
    "pgSz", "pgMar", "paperSrc", "pgBorders", "lnNumType", "pgNumType", "cols", "vAlign", "titlePg",
    "textDirection", "bidi", "docGrid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Base:
    """A file without its body: what stays, and what the writer must know of it. Lengths in twentieths of a point."""

    parts: Mapping[str, bytes]
    types: Mapping[str, str]
    rels: Mapping[str, tuple[str, str]]
    """The document's relationships that stay: kind and target by id."""
    document: str
    """The name of the main part."""
    section: str
    ids: Mapping[str, str]
    """The id of each of our styles in this file."""
    numbering: tuple[str, str, str]
    """The name of the part with the lists, and its text before and after the lists of a document."""
    first_list: int
    """The number of the first of our list definitions; they follow each other as in ``FORMATS``."""
    last_num: int
    """The highest number of a list that is in use."""
    width: int
    height: int
    own: bool
    """Whether it is the office's own, with its letterhead in it."""

    @property
    def folder(self) -> str:
        """The folder of the main part, with a slash at its end."""
        return self.document[: self.document.rfind("/") + 1]


def locale_of(lang: str) -> str:
    """The language with its most likely country, as Word names it: ``id-ID``."""
    likely = str(get_global("likely_subtags").get(lang, lang)).split("_")
    return f"{likely[0]}-{likely[-1]}" if len(likely) > 1 else lang


def section_of(office: Profile) -> str:
    """The page that the profile describes."""
    mm = 1440 / 25.4
    margins = " ".join(
        f'w:{side}="{round(office.margins[side] * mm)}"' for side in ("top", "right", "bottom", "left")
    )
    foot = round(office.margins["bottom"] * mm * 0.55)
    return (
        f'<w:pgSz w:w="{round(office.width * mm)}" w:h="{round(office.height * mm)}"/>'
        f'<w:pgMar {margins} w:header="567" w:footer="{foot}" w:gutter="0"/>'
    )


@lru_cache(maxsize=16)
def _shipped(font: str, size: float, locale: str) -> tuple[bytes, bytes, tuple[str, str, str]]:
    made = "".join(xml for _, xml in styles(font, size, locale).values())
    settings = (
        f'{HEAD}<w:settings xmlns:w="{W}"><w:defaultTabStop w:val="709"/>'
        '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        f"<w:themeFontLang w:val={quoteattr(locale)}/></w:settings>"
    )
    return (
        f'{HEAD}<w:styles xmlns:w="{W}">{made}</w:styles>'.encode(),
        settings.encode(),
        ("word/numbering.xml", f'{HEAD}<w:numbering xmlns:w="{W}">{_lists(0, size)}', "</w:numbering>"),
    )


def _lists(first: int, size: float) -> str:
    return "".join(list_definition(first + place, kind, size) for place, kind in enumerate(FORMATS))


def shipped(office: Profile, lang: str) -> Base:
    """The shipped base, on the paper and in the font that the profile names."""
    made, settings, numbering = _shipped(office.font, office.font_size, locale_of(lang))
    mm = 1440 / 25.4
    return Base(
        parts={"word/styles.xml": made, "word/settings.xml": settings},
        types={"word/styles.xml": TYPE + "styles+xml", "word/settings.xml": TYPE + "settings+xml"},
        rels={"rId1": ("styles", "styles.xml"), "rId2": ("settings", "settings.xml")},
        document="word/document.xml",
        section=section_of(office),
        ids={},
        numbering=numbering,
        first_list=0,
        last_num=0,
        width=round(office.text_width * mm),
        height=round(office.text_height * mm),
        own=False,
    )


def load(path: Path) -> str:
    """The office's letterhead file at ``path``, as base64 text to be kept with its documents.

    Raises ``Invalid`` with the fault: it cannot be read, is not a Word document or too large, or it has macros,
    embedded objects, or something that is fetched from outside the file.
    """
    data = read_file(path, "letter.base")
    _Letterhead(data)
    return base64.b64encode(data).decode("ascii")


def own(data: str, office: Profile, lang: str) -> Base:
    """The office's own base from its base64 text. Raises ``Invalid`` as :func:`load` does."""
    return _own(data, office.font, office.font_size, locale_of(lang), section_of(office))


@lru_cache(maxsize=8)
def _own(data: str, font: str, size: float, locale: str, section: str) -> Base:
    return _Letterhead(base64.b64decode(data)).base(font, size, locale, section)


class _Letterhead(WordFile):
    """An office's letterhead file: what of it stays."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data, "letter.base")
        self.rels = {
            key: (kind, target) for key, (kind, target, outside) in self.relations(self.main).items()
            if kind in _TAKEN and not outside
        }  # fmt: skip
        self.kept = self.reach()

    def reach(self) -> list[str]:
        """The parts that stay, and that nothing in them is more than text and pictures."""
        kept: dict[str, None] = {}
        for kind, part in self.rels.values():
            kept[part] = None
            self.xml(part)
            for held, target, outside in self.relations(part).values():
                if held not in _HELD:
                    raise self.holds(held)
                if not outside:
                    kept[target] = None
            if kind in ("header", "footer", "footnotes", "endnotes"):
                self.check_fields(part)
        return list(kept)

    def base(self, font: str, size: float, locale: str, section: str) -> Base:
        """The file as the writer takes it."""
        parts = {}
        for part in self.kept:
            parts[part] = self.files[part]
            if (beside := relations_of(part)) in self.files:
                parts[beside] = self.files[beside]
        types = {part: self.types[part] for part in self.kept}
        rels = dict(self.rels)
        folder = self.main[: self.main.rfind("/") + 1]
        where = dict(rels.values())
        if "styles" not in where:
            where["styles"] = folder + "styles-casework.xml"
            rels["rIdCaseworkStyles"] = ("styles", where["styles"])
            types[where["styles"]] = TYPE + "styles+xml"
            parts[where["styles"]] = f'{HEAD}<w:styles xmlns:w="{W}"></w:styles>'.encode()
        ids, parts[where["styles"]] = self.with_styles(parts[where["styles"]], font, size, locale)
        numbering = where.get("numbering", "")
        for key in [key for key, (kind, _) in rels.items() if kind == "numbering"]:
            del rels[key]
        lists, first_list, last_num = _with_lists(parts.pop(numbering, b""), size)
        layout, width, height = self.layout(section)
        return Base(
            parts=parts,
            types=types,
            rels={key: (kind, "/" + target) for key, (kind, target) in rels.items()},
            document=self.main,
            section=layout,
            ids=ids,
            numbering=(numbering or folder + "numbering.xml", *lists),
            first_list=first_list,
            last_num=last_num,
            width=width,
            height=height,
            own=True,
        )

    def with_styles(self, data: bytes, font: str, size: float, locale: str) -> tuple[dict[str, str], bytes]:
        """The ids of our styles in this file, and its styles with those added that it lacks."""
        known = {}
        taken = set()
        for style in ElementTree.fromstring(data).iter(f"{{{W}}}style"):  # noqa: S314 - checked when it was read
            called = style.find(f"{{{W}}}name")
            taken.add(style.get(f"{{{W}}}styleId", ""))
            if called is not None:
                known[called.get(f"{{{W}}}val", "").lower()] = style.get(f"{{{W}}}styleId", "")
        wanted = styles(font, size, locale)
        ids = {}
        for style_id, (name, _) in wanted.items():
            ids[style_id] = known.get(name.lower()) or style_id
            while name.lower() not in known and ids[style_id] in taken:
                ids[style_id] += "-casework"
        added = "".join(
            re.sub(
                r'(w:styleId|w:basedOn w:val)="(\w+)"',
                lambda found: f"{found[1]}={quoteattr(ids[found[2]])}",
                xml,
            ).replace("<w:style ", f'<w:style xmlns:w="{W}" ', 1)
            for name, xml in wanted.values()
            if name.lower() not in known
        )
        end = data.rfind(b"</")
        return ids, data[:end] + added.encode() + data[end:]

    def layout(self, section: str) -> tuple[str, int, int]:
        """The page of the last section, its inherited headers and footers too, and the room in its margins."""
        heads: dict[tuple[str, str], ElementTree.Element] = {}
        last: ElementTree.Element | None = None
        for last in self.root.iter(f"{{{W}}}sectPr"):
            for tag in ("headerReference", "footerReference"):
                for node in last.findall(f"{{{W}}}{tag}"):
                    if node.get(f"{{{R}}}id", "") in self.rels:
                        heads[tag, node.get(f"{{{W}}}type", "default")] = node
        given = {} if last is None else {node.tag.rpartition("}")[2]: node for node in last}
        own = ElementTree.fromstring(f'<w:s xmlns:w="{W}">{section}</w:s>')  # noqa: S314 - our own text
        for node in own:
            given.setdefault(node.tag.rpartition("}")[2], node)
        found = [*heads.values(), *(given[name] for name in _LAYOUT if name in given)]

        def twentieths(node: ElementTree.Element, name: str) -> int:
            try:
                return abs(int(float(node.get(f"{{{W}}}{name}", "0"))))
            except (ValueError, OverflowError):
                return 0

        size, margins = given["pgSz"], given["pgMar"]
        width = twentieths(size, "w") - sum(twentieths(margins, name) for name in ("left", "right", "gutter"))
        height = twentieths(size, "h") - sum(twentieths(margins, name) for name in ("top", "bottom"))
        if width < 2835 or height < 2835:  # 5 cm
            raise self.fault(Message("the file leaves less than 5 cm between its margins"))
        return "".join(map(_again, found)), width, height


def _again(node: ElementTree.Element) -> str:
    """A layout element with its attributes of Word's own vocabularies; extensions of other programs stay behind."""
    attrs = ""
    for name, value in node.attrib.items():
        space, _, local = name[1:].partition("}")
        if space in (W, R):
            attrs += f" {'w' if space == W else 'r'}:{local}={quoteattr(value)}"
    inner = "".join(_again(child) for child in node if child.tag.startswith(f"{{{W}}}"))
    tag = node.tag.rpartition("}")[2]
    return f"<w:{tag}{attrs}>{inner}</w:{tag}>" if inner else f"<w:{tag}{attrs}/>"


def _with_lists(data: bytes, size: float) -> tuple[tuple[str, str], int, int]:
    """A file's list definitions with ours added, cut where lists go; our first definition, and the last list."""
    abstract, num, depth = 0, 0, 0
    before_nums = end = -1
    parser = expat.ParserCreate("utf-8", " ")

    def start(tag: str, attrs: Mapping[str, str]) -> None:
        nonlocal abstract, num, depth, before_nums, end
        depth += 1
        local = tag.rpartition(" ")[2]
        if depth != 2:
            return
        if local == "abstractNum":
            abstract = max(abstract, _whole(attrs.get(f"{W} abstractNumId")) + 1)
        elif before_nums < 0 and local in ("num", "numIdMacAtCleanup"):
            before_nums = parser.CurrentByteIndex
        if local == "num":
            num = max(num, _whole(attrs.get(f"{W} numId")))
        elif local == "numIdMacAtCleanup":
            end = parser.CurrentByteIndex

    def close(_: str) -> None:
        nonlocal depth, end
        depth -= 1
        if not depth and end < 0:
            end = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = start, close
    if data:
        parser.Parse(data, True)
    if not (abstract or num):
        return (f'{HEAD}<w:numbering xmlns:w="{W}">{_lists(0, size)}', "</w:numbering>"), 0, 0
    if before_nums < 0:
        before_nums = end
    ours = _lists(abstract, size).replace("<w:abstractNum ", f'<w:abstractNum xmlns:w="{W}" ')
    head = data[:before_nums].decode() + ours + data[before_nums:end].decode()
    return (head, data[end:].decode()), abstract, num


def _whole(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else 0
