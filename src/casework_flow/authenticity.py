"""Whether a file is what was issued: it tells which document it claims to be, which is then rendered anew.

What a document carries, as a QR code and as text, names no person and no case: its number (until it has one, the id
by which the store knows it), its version and the beginning of its digest.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from typing import Any, Final, Literal

from . import issuing
from .cases import Engines, find
from .document import Document
from .documents.identity import IDENTITIES
from .documents.render import Templates
from .documents.seal import PREFIX, SHOWN_DIGITS
from .errors import CaseworkError
from .messages import languages
from .store.store import Transaction
from .translating import open_translation

Verdict = Literal["issued", "earlier", "translation", "changed", "unknown"]

MOST_BYTES: Final = 50_000_000
"""Largest part of a Word file that is looked at."""
_CLAIM: Final = re.compile(rf"{PREFIX}:(.{{1,100}}?):(\d{{1,6}}):([0-9a-f]{{{SHOWN_DIGITS}}})")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file is; ``case``, ``name``, ``version`` and ``number`` are those of what it claims to be.

    ``language`` is that of a translation.
    """

    verdict: Verdict
    format: str
    case: str | None = None
    name: str | None = None
    item: int | None = None
    version: int | None = None
    number: str | None = None
    latest: int | None = None
    language: str | None = None

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "verdict": self.verdict,
            "format": self.format,
            "case": self.case,
            "name": self.name,
            "item": self.item,
            "version": self.version,
            "number": self.number,
            "latest": self.latest,
            "language": self.language,
        }


def check(tx: Transaction, engines: Engines, templates: Templates, content: bytes) -> Checked:
    """What the file is whose bytes are ``content``.

    Args:
        tx: a transaction that reads.
        engines: where the cases' workflows may be known already.
        templates: the office's templates, with what translates them.
        content: the file: PDF, Word, HTML, text or XML.
    """
    form, claimed = _claimed(content)
    rows = tx.issued(claimed[2]) if claimed else []
    for row in rows:
        about = _about(tx, row, form)
        if any(content == written for written in _written(tx, engines, row, form)):
            current = about.version == about.latest
            return replace(about, verdict="issued" if current else "earlier")
    for row in rows:
        for lang in languages():
            if any(content == written for written in _written(tx, engines, row, form, templates, lang)):
                return replace(_about(tx, row, form), verdict="translation", language=lang)
    return _about(tx, rows[0], form) if rows else Checked("unknown", form)


def _about(tx: Transaction, row: Mapping[str, Any], form: str) -> Checked:
    versions = [
        other["version"]
        for other in tx.documents(row["case_id"])
        if (other["name"], other["item"]) == (row["name"], row["item"])
    ]
    return Checked(
        verdict="changed",
        format=form,
        case=tx.number_of(row["case_id"]),
        name=row["name"],
        item=row["item"] or None,
        version=row["version"],
        number=row["number"],
        latest=max(versions),
    )


def _claimed(content: bytes) -> tuple[str, tuple[str, str, str] | None]:
    """The format of a file, and the number or id, the version and the digest that it names."""
    if content.startswith(b"%PDF-"):
        form, text = "pdf", content.decode("utf-8", "ignore")
    elif content.startswith(b"PK"):
        form, text = "docx", _word(content)
    else:
        text = content.decode("utf-8", "ignore")
        head = text.lstrip()[:200].casefold()
        form = "html" if head.startswith("<!doctype html") else "xml" if "<document" in head else "text"
    if form == "xml":
        return form, ("", "0", hashlib.sha256(content).hexdigest()[:SHOWN_DIGITS])
    found = _CLAIM.search(_SPACE.sub("", unescape(text)))
    return form, (found[1], found[2], found[3]) if found else None


def _word(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if part.filename.endswith("document.xml")]
            small = [part for part in parts if part.file_size < MOST_BYTES]
            return "".join(archive.read(part).decode("utf-8", "ignore") for part in small)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        return content.decode("utf-8", "ignore")  # damaged; ours are not compressed, and tell even so what they claim


def _written(
    tx: Transaction,
    engines: Engines,
    row: Mapping[str, Any],
    form: str,
    templates: Templates | None = None,
    lang: str = "",
) -> Iterator[bytes]:
    """The document, or its translation, as it can have been printed: under each number that it had, each identity."""
    _, state = find(tx, tx.number_of(row["case_id"]))
    numbers = {row["number"]: None, None: None}
    for event in tx.events(row["case_id"]):
        if event["kind"] == "registered" and event["body"]["document"] == row["id"]:
            numbers[event["body"]["number"]] = None
    for identity in (None, *IDENTITIES):
        try:
            if templates is None:
                document = issuing.open_document(tx, row, state, engines, identity)
            else:
                document = open_translation(tx, row, state, engines, templates, lang, identity)
        except CaseworkError:  # tampered with in the store, which ``verify`` tells; here nothing is the same as it
            continue
        if bool(document.translates) != bool(lang):
            continue
        for number in numbers:
            yield as_file(replace(document, number=number), form)


def as_file(document: Document, form: str) -> bytes:
    """The document in the format ``form``: pdf, docx, html, text or xml."""
    if form in ("pdf", "docx"):
        return document.pdf() if form == "pdf" else document.docx()
    text = document.xml if form == "xml" else document.html() if form == "html" else document.text()
    return text.encode()
