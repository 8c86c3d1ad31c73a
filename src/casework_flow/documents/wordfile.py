"""A Word file of a stranger, taken apart within bounds: nothing in it may run, or fetch anything."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree

from ..errors import Invalid, Problem
from ..messages import Message
from .docx_styles import W

MAX_BYTES: Final = 5_000_000
MAX_EXPANDED: Final = 30_000_000
MAX_PARTS: Final = 300
MAX_XML: Final = 8_000_000
"""Bounds of an office's own file, in bytes and parts."""

PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml."
MAIN: Final = TYPE + "document.main+xml"
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FETCHING_FIELD = re.compile(r"\b(DDE|DDEAUTO|INCLUDEPICTURE|INCLUDETEXT|LINK|IMPORT|DATABASE|MACROBUTTON)\b", re.I)


def read_file(path: Path, where: str) -> bytes:
    """The bytes of the office's file at ``path``; ``where`` names it in messages. Raises ``Invalid``."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _fault(where, Message("the file is larger than {limit} MB", limit=MAX_BYTES // 1_000_000))
        return path.read_bytes()
    except OSError as wrong:
        raise _fault(where, Message("the file {path} cannot be read", path=path)) from wrong


def _fault(where: str, message: Message) -> Invalid:
    return Invalid(Message("The office's Word file cannot be used."), [Problem(where, message)])


class WordFile:
    """The parts of a Word document (.docx).

    Args:
        data: the file.
        where: names it in messages.

    Raises:
        Invalid: it is no Word document, is too large, has macros, or refers to something outside itself other
            than a page or an address that a reader may click on.
    """

    def __init__(self, data: bytes, where: str) -> None:
        self.where = where
        self.files = self.unpacked(data)
        self.types = self.content_types()
        if any("vba" in name.lower() or "macro" in kind.lower() for name, kind in self.types.items()):
            raise self.fault(Message("the file has macros; save it as a Word document (.docx) without them"))
        mains = [target for kind, target, _ in self.relations("").values() if kind == "officeDocument"]
        if len(mains) != 1 or mains[0] not in self.files or self.types.get(mains[0]) != MAIN:
            raise self.fault(Message("the file is not a Word document (.docx)"))
        self.main = mains[0]
        self.root = self.xml(self.main)
        if self.root.tag != f"{{{W}}}document":
            raise self.fault(Message("the file is not a Word document (.docx)"))

    def fault(self, message: Message) -> Invalid:
        return _fault(self.where, message)

    def holds(self, kind: str) -> Invalid:
        return self.fault(Message("the file holds an object ({kind}); only text and pictures can stay", kind=kind))

    def content_types(self) -> dict[str, str]:
        """The content type of each part."""
        found = self.xml("[Content_Types].xml")
        ns = f"{{{PACKAGE}/content-types}}"
        by_ending = {
            item.get("Extension", "").lower(): item.get("ContentType", "") for item in found.iter(ns + "Default")
        }
        types = {name: by_ending.get(name.rpartition(".")[2].lower(), "") for name in self.files}
        for item in found.iter(ns + "Override"):
            types[item.get("PartName", "").lstrip("/")] = item.get("ContentType", "")
        return types

    def xml(self, name: str) -> ElementTree.Element:
        data = self.files.get(name)
        if data is None:
            raise self.fault(Message("the file is not a Word document (.docx)"))
        # only UTF-8, whatever it declares: no other encoding can hide a document type then
        text = data.decode("utf-8", "replace")
        if "<!DOCTYPE" in text or "\0" in text or "\ufffd" in text or len(data) > MAX_XML:
            raise self.fault(Message("the part {part} of the file is too large, or has a document type", part=name))
        try:
            return ElementTree.fromstring(data, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314 - see above
        except ElementTree.ParseError as wrong:
            raise self.fault(
                Message("the part {part} of the file is damaged ({reason})", part=name, reason=wrong)
            ) from None

    def relations(self, part: str) -> dict[str, tuple[str, str, bool]]:
        """What ``part`` refers to: kind, target and whether it lies outside the file, by id."""
        folder, name = posixpath.dirname(part), relations_of(part)
        if name not in self.files:
            return {}
        found = {}
        for item in self.xml(name).iter(f"{{{PACKAGE}/relationships}}Relationship"):
            kind = item.get("Type", "").rpartition("/")[2]
            target, outside = item.get("Target", ""), item.get("TargetMode") == "External"
            if outside and (kind != "hyperlink" or urlsplit(target).scheme not in ("http", "https", "mailto")):
                hint = Message(
                    "the file fetches {target} from outside; put it into the file, or remove it", target=target
                )
                raise self.fault(hint)
            if not outside:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                if target not in self.files:
                    raise self.fault(Message("the part {part} of the file is missing", part=target))
            found[item.get("Id", "")] = (kind, target, outside)
        return found

    def check_fields(self, part: str) -> None:
        """Refuse a field that fetches something when the document is opened."""
        said = "".join(
            f" {node.text or ''}" if node.tag == f"{{{W}}}instrText" else f" {node.get(f'{{{W}}}instr', '')} "
            for node in self.xml(part).iter()
        )
        squeezed = "".join(said.split())  # a field's name may be cut into pieces
        if wrong := _FETCHING_FIELD.search(said) or re.search("DDE|INCLUDE(PICTURE|TEXT)", squeezed, re.I):
            raise self.fault(Message("the file has the field {field}; remove it", field=wrong[0]))

    def unpacked(self, data: bytes) -> dict[str, bytes]:
        """The parts of the file, read within the bounds."""
        if len(data) > MAX_BYTES:
            raise self.fault(Message("the file is larger than {limit} MB", limit=MAX_BYTES // 1_000_000))
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                entries = [entry for entry in file.infolist() if not entry.is_dir()]
                if len(entries) > MAX_PARTS or sum(entry.file_size for entry in entries) > MAX_EXPANDED:
                    raise self.fault(Message("the file unpacks to more than such a file needs"))
                if any(entry.flag_bits & 1 for entry in entries):
                    raise self.fault(Message("the file is protected by a password"))
                if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
                    raise self.fault(Message("the file is not a Word document (.docx)"))
                # no entry gives more than the size that it declares, and those were added up
                return {entry.filename: file.read(entry) for entry in entries}
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
            raise self.fault(Message("the file is not a Word document (.docx)")) from None


def relations_of(part: str) -> str:
    """The name of the part with the relationships of ``part``."""
    folder, _, file = part.rpartition("/")
    return posixpath.join(folder, "_rels", file + ".rels")
