"""Word files for the tests: written, opened, taken apart, and letterhead files as an office would make them."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import docx as reader
from document_samples import PROFILE
from docx.oxml.ns import qn

from casework_flow.documents import docx, docx_base
from casework_flow.documents.markup import parse

DAY = date(2025, 3, 6)


def made(xml: str, profile: dict[str, Any] = PROFILE, **more: Any) -> bytes:
    return docx.write(parse(xml), profile, at=DAY, **more)


def opened(data: bytes) -> Any:
    return reader.Document(io.BytesIO(data))


def body(xml: str, **more: Any) -> Any:
    return opened(made(xml, **more))


def styled(file: Any, style: str) -> list[str]:
    return [p.text for p in file.paragraphs if p.style.name == style]


def every_word(file: Any) -> str:
    """All the text of the body, cells and nested cells included, without white space."""
    return _squeezed("".join(node.text or "" for node in file.element.body.iter(qn("w:t"))))


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def a_base(change: Callable[[Any], object] = lambda _: None) -> bytes:
    """An office's letterhead file, as somebody would make it in Word."""
    file = reader.Document()
    file.sections[0].header.paragraphs[0].text = "Kop Kantor Sendiri"
    file.sections[0].footer.paragraphs[0].text = "Kaki kantor"
    file.add_paragraph("Isi surat lama", style="List Number")
    file.core_properties.author = "Pegawai Lama"
    change(file)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def repacked(data: bytes, **changed: Any) -> bytes:
    """The file with some parts changed (by a function of their text), added, or left out (None)."""
    files = parts(data)
    for name, change in changed.items():
        if callable(change):
            files[name] = change(files[name].decode()).encode()
        elif change is None:
            del files[name]
        else:
            files[name] = change
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


def with_base(data: bytes) -> dict[str, Any]:
    return {**PROFILE, "base": base64.b64encode(data).decode()}


def _squeezed(source: str) -> str:
    return "".join(source.split())


def numbers(file: Any) -> list[tuple[str, int, str]]:
    """Each numbered paragraph: its list, its level and its text."""
    found = []
    for paragraph in file.paragraphs:
        props = paragraph._p.pPr.numPr if paragraph._p.pPr is not None else None
        if props is not None:
            found.append((str(props.numId.val), props.ilvl.val, paragraph.text))
    return found


def sound(data: bytes) -> None:
    """Every part is well formed and has a content type, every relationship leads to a part of the file."""
    files = parts(data)
    texts = {name: text for name, text in files.items() if name.endswith((".xml", ".rels"))}
    trees = {name: ElementTree.fromstring(text) for name, text in texts.items()}  # noqa: S314 - we wrote it
    types = trees["[Content_Types].xml"]
    named = {node.get("PartName") for node in types if node.tag.endswith("Override")}
    endings = {node.get("Extension") for node in types if node.tag.endswith("Default")}
    assert all("/" + name in named or name.rpartition(".")[2] in endings for name in files)
    assert {name.lstrip("/") for name in named if name} <= files.keys()
    for name, tree in trees.items():
        if name.endswith(".rels"):
            folder = name.partition("_rels/")[0]
            for link in tree:
                target = str(link.get("Target"))
                assert link.get("TargetMode") == "External" or target.lstrip("/") in files or folder + target in files
    root = trees["word/document.xml"]
    relations = {link.get("Id") for link in trees["word/_rels/document.xml.rels"]}
    used = {
        value for node in root.iter() for key, value in node.attrib.items() if key.startswith(f"{{{docx_base.R}}}")
    }
    assert used <= relations
    w = f"{{{docx_base.W}}}"
    ids = {style.get(w + "styleId") for style in trees["word/styles.xml"].iter(w + "style")}
    assert {node.get(w + "val") for node in root.iter(w + "pStyle")} <= ids
    lists = {num.get(w + "numId"): num for num in trees["word/numbering.xml"].iter(w + "num")}
    kinds = {kind.get(w + "abstractNumId") for kind in trees["word/numbering.xml"].iter(w + "abstractNum")}
    assert {node.get(w + "val") for node in root.iter(w + "numId")} <= lists.keys()
    assert {num[0].get(w + "val") for num in lists.values()} <= kinds
    for cell in root.iter(w + "tc"):
        assert cell[-1].tag == w + "p"  # Word refuses a cell that does not end with a paragraph
    blocks = [node.tag for node in root[0]]
    assert (w + "tbl", w + "tbl") not in set(pairwise(blocks))  # Word would join the two


def linked(kind: str, target: str, mode: str = ' TargetMode="External"') -> Callable[[str], str]:
    link = f'<Relationship Id="rIdX" Type="{docx_base.R}/{kind}" Target="{target}"{mode}/>'
    return lambda xml: xml.replace("</Relationships>", link + "</Relationships>")
