"""The styles and list definitions of the shipped Word file, as WordprocessingML (ECMA-376, part 1, chapter 17).

Lengths are multiples of the font's size here, as in the Typst program whose look they match, and twentieths of
a point in the file.
"""

from __future__ import annotations

from functools import cache
from xml.sax.saxutils import quoteattr

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

LEVELS = 9
"""How deep Word's lists go."""

FORMATS = {
    "bullet": "bullet",
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
}
"""Word's name for each way to count; the place in this list is the number of the definition."""

_BODY, _ROW, _CELL = 286, 269, 258  # line spacing in 240ths of the font's own line
_GREY = "6E6E6E"


def twips(em: float, size: float) -> int:
    """``em`` times the font's ``size`` (points) in twentieths of a point."""
    return round(em * size * 20)


def indent(kind: str, level: int, size: float) -> int:
    """How far the text of a list's ``level`` (from 0) is set in, in twentieths of a point."""
    return twips(1.75 * level + (1.45 if kind == "bullet" else 1.75), size)


@cache
def styles(font: str, size: float, locale: str) -> dict[str, tuple[str, str]]:
    """Each style by its id: the name by which Word knows it, and its definition.

    Args:
        font: the font's family.
        size: its size in points.
        locale: the language of the text, such as ``id-ID``.
    """

    def spacing(before: float, after: float, line: int) -> str:
        lengths = f'w:before="{twips(before, size)}" w:after="{twips(after, size)}"'
        return f'<w:spacing {lengths} w:line="{line}" w:lineRule="auto"/>'

    def points(times: float) -> str:
        half = round(size * times * 2)
        return f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'

    def fixed(points: float) -> str:
        return f'<w:sz w:val="{points * 2:g}"/><w:szCs w:val="{points * 2:g}"/>'

    plain = "<w:widowControl/>" + spacing(0, 0.27, _BODY)
    heading = '<w:keepNext/><w:keepLines/>{spacing}<w:outlineLvl w:val="{level}"/>'
    bold = "<w:b/><w:bCs/>"
    paragraphs = {
        "BodyText": ("Body Text", "Normal", spacing(0, 0.27, _BODY) + '<w:jc w:val="both"/>', ""),
        "BodyTextFirstIndent": ("Body Text First Indent", "BodyText", '<w:ind w:firstLine="709"/>', ""),
        "Title": (
            "Title",
            "Normal",
            "<w:keepNext/><w:keepLines/>" + spacing(0, 0.1, 240) + '<w:jc w:val="center"/>',
            bold + "<w:caps/>" + points(1.2),
        ),
        "Subtitle": ("Subtitle", "Normal", spacing(0, 0, _BODY) + '<w:jc w:val="center"/>', ""),
        "LetterNumber": ("Letter Number", "Normal", spacing(0, 0.9, _BODY) + '<w:jc w:val="center"/>', ""),
        "Heading1": ("heading 1", "Normal", heading.format(spacing=spacing(0.8, 0.15, 264), level=0), bold),
        "Heading2": ("heading 2", "Normal", heading.format(spacing=spacing(0.8, 0.15, 264), level=1), bold),
        "ListParagraph": (
            "List Paragraph",
            "Normal",
            spacing(0, 0.27, _BODY) + '<w:contextualSpacing/><w:jc w:val="both"/>',
            "",
        ),
        "LabelValue": ("Label Value", "Normal", spacing(0, 0, _ROW), ""),
        "TableText": ("Table Text", "Normal", spacing(0, 0.12, _CELL), points(0.92)),
        "TableHeading": ("Table Heading", "TableText", '<w:keepNext/><w:jc w:val="center"/>', bold),
        "Caption": ("caption", "Normal", "<w:keepNext/>" + spacing(0.4, 0.3, 240), bold + points(0.92)),
        "Figure": ("Figure", "Normal", spacing(0.5, 0.3, 240) + '<w:jc w:val="center"/>', ""),
        "FigureCaption": ("Figure Caption", "Normal", spacing(0, 0.9, 264) + '<w:jc w:val="center"/>', ""),
        "NoteText": ("Note Text", "Normal", spacing(0, 0.1, _BODY) + '<w:jc w:val="both"/>', ""),
        "Check": (
            "Check",
            "Normal",
            f'<w:tabs><w:tab w:val="left" w:pos="{twips(1.7, size)}"/></w:tabs>'
            + spacing(0, 0.3, _ROW)
            + f'<w:ind w:left="{twips(1.7, size)}" w:hanging="{twips(1.7, size)}"/>',
            "",
        ),
        "BlankLine": ("Blank Line", "Normal", spacing(1.6, 0, _BODY), f'<w:color w:val="{_GREY}"/>'),
        "Recipient": ("Recipient", "Normal", spacing(0.5, 0.9, _BODY), ""),
        "Signature": ("Signature", "Normal", spacing(0, 0, 264) + '<w:jc w:val="center"/>', ""),
        "SignatureNote": ("Signature Note", "Signature", "", points(0.85)),
        "Thumbprint": ("Thumbprint", "Signature", "", '<w:color w:val="464646"/>' + fixed(7.5)),
        "Spacer": ("Spacer", "Normal", '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>', ""),
        "Government": ("Letterhead Government", "Agency", "", "<w:b w:val=\"0\"/><w:bCs w:val=\"0\"/>" + fixed(13)),
        "Agency": (
            "Letterhead Agency",
            "Normal",
            spacing(0, 0, 240) + '<w:jc w:val="center"/>',
            bold + "<w:caps/>" + fixed(16),
        ),
        "Address": ("Letterhead Address", "Normal", spacing(0, 0, 264) + '<w:jc w:val="center"/>', fixed(9)),
        "DraftMark": (
            "Draft Mark",
            "Normal",
            '<w:pBdr><w:top w:val="single" w:sz="8" w:space="4" w:color="auto"/>'
            '<w:bottom w:val="single" w:sz="8" w:space="4" w:color="auto"/></w:pBdr>'
            + spacing(0, 1, 240)
            + '<w:jc w:val="center"/>',
            bold + "<w:caps/>" + '<w:spacing w:val="60"/>' + points(1.4),
        ),
        "Header": ("header", "Normal", spacing(0, 0, 240), ""),
        "Footer": ("footer", "Normal", spacing(0, 0, 240), '<w:color w:val="464646"/>' + fixed(8)),
    }  # fmt: skip
    made = {
        "Normal": (
            "Normal",
            f'<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
            f"<w:pPr>{plain}</w:pPr><w:rPr><w:rFonts {_family(font)}/>{points(1)}"
            f"<w:lang w:val={quoteattr(locale)}/></w:rPr></w:style>",
        ),
        "TableNormal": (
            "Normal Table",
            '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
            '<w:uiPriority w:val="99"/><w:semiHidden/><w:unhideWhenUsed/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/>'
            '<w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="0" w:type="dxa"/>'
            '<w:bottom w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>',
        ),
        "TableGrid": (
            "Table Grid",
            '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
            f'<w:basedOn w:val="TableNormal"/><w:tblPr>{borders("single", 4)}</w:tblPr></w:style>',
        ),
    }
    for name, (called, parent, ppr, rpr) in paragraphs.items():
        made[name] = (
            called,
            f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{called}"/>'
            f'<w:basedOn w:val="{parent}"/><w:qFormat/><w:pPr>{ppr}</w:pPr><w:rPr>{rpr}</w:rPr></w:style>',
        )
    return made


def borders(kind: str, eighths: int, sides: str = "top left bottom right insideH insideV") -> str:
    """The borders of a table: a kind of line, its width in eighths of a point."""
    lines = (f'<w:{side} w:val="{kind}" w:sz="{eighths}" w:space="0" w:color="{_GREY}"/>' for side in sides.split())
    return f"<w:tblBorders>{''.join(lines)}</w:tblBorders>"


def _family(font: str) -> str:
    name = quoteattr(font)
    return f"w:ascii={name} w:hAnsi={name} w:cs={name} w:eastAsia={name}"


def list_definition(number: int, kind: str, size: float) -> str:
    """A list's definition for ``kind`` of :data:`FORMATS` on all its levels."""
    levels = []
    hanging = twips(1.05 if kind == "bullet" else 1.5, size)
    for level in range(LEVELS):
        text = "•" if kind == "bullet" else f"%{level + 1}."
        levels.append(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{FORMATS[kind]}"/>'
            f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/><w:pPr>'
            f'<w:ind w:left="{indent(kind, level, size)}" w:hanging="{hanging}"/></w:pPr></w:lvl>'
        )
    return (
        f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="multilevel"/>'
        f"{''.join(levels)}</w:abstractNum>"
    )
