"""The smaller parts of a Word file: text, pictures, footer, watermark, properties, and the file around them."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import Final
from xml.sax.saxutils import quoteattr

from .docx_base import CORE, HEAD, Base, locale_of
from .docx_styles import R, W
from .markup import clean
from .wordfile import MAIN, PACKAGE, TYPE

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
NAMESPACES: Final = (
    f'xmlns:w="{W}" xmlns:r="{R}" xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture" '
    f'xmlns:wp="{_DRAWING}/wordprocessingDrawing"'
)
_VML = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
_EMU = 635  # in a twentieth of a point


def plain(text: str) -> str:
    """A text that is not from the tree, as XML."""
    return escaped(clean(text).replace("\n", " "))


def escaped(text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def attribute(text: str) -> str:
    return escaped(text).replace('"', "&quot;").replace("\n", " ")


@cache
def _properties(look: str) -> str:
    made = ("<w:b/><w:bCs/>" if "b" in look else "") + ("<w:i/><w:iCs/>" if "i" in look else "")
    made += '<w:u w:val="single"/>' if "u" in look else ""
    return f"<w:rPr>{made}</w:rPr>" if made else ""


def run(text: str, look: str = "") -> str:
    return f'<w:r>{_properties(look)}<w:t xml:space="preserve">{text}</w:t></w:r>'


def inline_picture(count: int, wide: int, high: int, name: str, alt: str) -> str:
    """A run with the ``count``-th picture of a document, so many twentieths of a point wide and high."""
    x, y = wide * _EMU, high * _EMU
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{x}" cy="{y}"/>'
        f'<wp:docPr id="{count}" name="{name}" descr="{attribute(clean(alt))}"/><a:graphic>'
        f'<a:graphicData uri="{_DRAWING}/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="{count}" name="{name}"/>'
        f'<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rIdPicture{count}"/><a:stretch>'
        '<a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
        f'<a:ext cx="{x}" cy="{y}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def _field(code: str) -> str:
    return f'<w:fldSimple w:instr=" {code} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def footer(title: str, words: str, width: int) -> str:
    """The title at the left, the page's number at the right."""
    pages = "".join(
        _field("PAGE") if part == "{page}" else _field("NUMPAGES") if part == "{pages}" else run(plain(part))
        for part in re.split(r"(\{pages?\})", words)
        if part
    )
    return (
        f'{HEAD}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val="Footer"/><w:tabs>'
        f'<w:tab w:val="right" w:pos="{width}"/></w:tabs></w:pPr>{run(title)}<w:r><w:tab/></w:r>{pages}</w:p></w:ftr>'
    )


def watermark(word: str) -> str:
    """A header with the word for a draft across the page, as Word's own watermarks are made."""
    wide = max(len(word), 4) * 62
    return (
        f'{HEAD}<w:hdr {NAMESPACES} {_VML}><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr><w:r><w:pict>'
        '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
        'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
        '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>'
        '<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
        '<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
        '<v:shape id="PowerPlusWaterMarkObject1" o:spid="_x0000_s2049" type="#_x0000_t136" alt="" style="position:'
        f"absolute;margin-left:0;margin-top:0;width:{wide}pt;height:84pt;rotation:315;z-index:-251658752;"
        "mso-position-horizontal:center;mso-position-horizontal-relative:margin;mso-position-vertical:center;"
        'mso-position-vertical-relative:margin" o:allowincell="f" fillcolor="#ececec" stroked="f">'
        f'<v:textpath style="font-family:&quot;Liberation Sans&quot;;font-size:1pt;font-weight:bold" '
        f'string="{word.replace(chr(34), "&quot;")}"/></v:shape></w:pict></w:r></w:p></w:hdr>'
    )


def core_properties(title: str, agency: str, lang: str, day: str) -> str:
    """The properties that a file manager shows: no person is named in them."""
    dc = "http://purl.org/dc/elements/1.1/"
    terms = "http://purl.org/dc/terms/"
    stamp = f'xsi:type="dcterms:W3CDTF">{day}T00:00:00Z<'
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="{dc}" '
        f'xmlns:dcterms="{terms}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator>{agency}</dc:creator><dc:language>{locale_of(lang)}</dc:language>"
        f"<cp:lastModifiedBy>{agency}</cp:lastModifiedBy>"
        f"<dcterms:created {stamp}/dcterms:created><dcterms:modified {stamp}/dcterms:modified></cp:coreProperties>"
    )


def packed(base: Base, document: str, core: str, added: Mapping[str, tuple[str, str, str | bytes]]) -> bytes:
    """The whole file, the same bytes for the same parts.

    ``added`` is what the document brings besides: by relationship id the kind, the part's name and its content.
    """
    types = {
        **base.types,
        base.document: MAIN,
        "docProps/core.xml": CORE,
        **{name: "image/jpeg" if name.endswith(".jpg") else "image/png" if kind == "image" else f"{TYPE}{kind}+xml"
           for kind, name, _ in added.values()},
    }  # fmt: skip
    overrides = "".join(
        f"<Override PartName={quoteattr('/' + name)} ContentType={quoteattr(kind)}/>" for name, kind in types.items()
    )
    kinds = {**base.rels, **{key: (kind, "/" + name) for key, (kind, name, _) in added.items()}}
    relations = "".join(
        f'<Relationship Id={quoteattr(key)} Type="{R}/{kind}" Target={quoteattr(target)}/>'
        for key, (kind, target) in kinds.items()
    )
    folder, _, file = base.document.rpartition("/")
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{R}/officeDocument" Target={quoteattr(base.document)}/>'
        f'<Relationship Id="rId2" Type="{PACKAGE}/relationships/metadata/core-properties" '
        'Target="docProps/core.xml"/></Relationships>',
        "docProps/core.xml": core,
        base.document: document,
        posixpath.join(folder, "_rels", file + ".rels"): f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f"{relations}</Relationships>",
        **base.parts,
        **{name: content for _, name, content in added.values()},
    }
    return zipped(parts)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A Word file of these parts, the same bytes for the same parts."""
    out = io.BytesIO()
    # stored, not deflated: another zlib would give other bytes, and a letter must be reprinted byte for byte
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name)  # its date is the first that a zip can have
            entry.create_system = 0
            archive.writestr(entry, content)
    return out.getvalue()
