"""The documents and drawings of a case over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from ..casework import Casework
from ..document import Document
from ..documents.identity import Identity
from ..messages import Message
from . import sent, shapes
from .answers import ANY_CASE, ANY_CHANGE, NoQuery, Page, about, after, own_key, page, streamed, told
from .cases import Key, Number, Reader, Seen, Writer, admitted
from .faults import NotAcceptable
from .guard import weighed

Format = Literal["pdf", "docx", "html", "text", "xml"]
MEDIA: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "xml": "application/xml",
}
PICTURES: Final[Mapping[str, str]] = {"svg": "image/svg+xml", "png": "image/png"}
_ENDINGS: Final[Mapping[str, str]] = {"text": "txt"}
DocumentName = Annotated[sent.Name, Path(description="The document's name.", examples=["contract"])]


class Printed(BaseModel):
    """How a document is printed."""

    model_config = ConfigDict(extra="forbid")

    format: Format | None = Field(None, description="The format; without it, by the Accept header, else PDF.")
    item: int | None = Field(None, ge=1, le=1_000_000, description="Which one, of a document for each item.")
    identity: Identity | None = Field(None, description="How the client is named; as the template says without it.")
    lang: sent.Lang | None = Field(None, description="Another language than that of the issue: a translation.")


class Issued(Printed):
    """Which print of an issued document."""

    version: int | None = Field(None, ge=1, le=1_000_000, description="An earlier version than the last.")


class Draft(Printed):
    """Which draft."""

    at: sent.At | None = None


class Drawn(BaseModel):
    """How a drawing is made."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["svg", "png"] | None = Field(None, description="SVG unless Accept or this says PNG.")
    identity: Identity = "initials"
    compare: bool = Field(False, description="Beside the first one of the case, with what has changed marked.")
    lang: sent.Lang | None = None
    at: sent.At | None = None


def _files(media: Mapping[str, str]) -> dict[int, Any]:
    """An answer that is a file, as OpenAPI describes it."""
    return {
        200: {
            "description": "The file",
            "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in media.values()},
        }
    }


def _chosen(asked: str | None, accept: str, media: Mapping[str, str], otherwise: str) -> str:
    """The format that is asked for: by name, else by the Accept header, else ``otherwise``.

    Raises:
        NotAcceptable: the header names others only.
    """
    if asked:
        return asked
    best = (0.0, 0, "")
    for part in accept.split(",")[:50] if accept.strip() else ["*/*"]:
        name, quality = weighed(part)
        for form, kind in media.items():
            plain = kind.partition(";")[0]
            near = 3 * (name == plain) or 2 * (name == f"{plain.partition('/')[0]}/*") or 1 * (name == "*/*")
            better = (quality, near, form) if near else (0.0, 0, "")
            if better[:2] > best[:2] or (better[:2] == best[:2] != (0.0, 0) and form == otherwise):
                best = better
    if not best[2]:
        raise NotAcceptable(Message("There are these formats: {names}.", names=list(media.values())))
    return best[2]


def _written(document: Document, form: str) -> bytes:
    match form:
        case "pdf":
            return document.pdf()
        case "docx":
            return document.docx()
        case "html":
            return document.html().encode()
        case "text":
            return document.text().encode()
    return document.xml.encode()


def _file(request: Request, number: str, document: Document, form: Format | None, version: int) -> Response:
    kind = _chosen(form, request.headers.get("accept", ""), MEDIA, "pdf")
    item = f"-{document.item}" if document.item else ""
    name = f"{_plain(number)}-{document.name}{item}.{_ENDINGS.get(kind, kind)}"
    return streamed(
        _written(document, kind), MEDIA[kind], name, {"Content-Language": document.lang, "ETag": f'"{version}"'}
    )


def _plain(number: str) -> str:
    """A case's number as a part of a file's name."""
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in number)


def routes(cw: Casework) -> APIRouter:
    """The addresses of a case's papers, on ``cw``."""
    router = APIRouter(prefix="/cases/{number}", tags=["papers"])
    errors = (*ANY_CASE, 406, 409, 501)

    @router.get("/documents", **about(list[shapes.IssuedOut], ANY_CASE, "read"))
    def documents(request: Request, number: Number, asked: Page, visit: Reader) -> Response:
        """The documents that were issued."""
        version = admitted(cw, visit, number, "documents")
        shown, more = page(request, cw.documents(number), asked)
        return told(request, [one.as_data() for one in shown], version=version, headers=more)

    about_document = about(None, errors, "read")
    about_document["responses"] |= _files(MEDIA)

    @router.get("/documents/{name}", **about_document)
    def document(
        request: Request, number: Number, name: DocumentName, asked: Annotated[Issued, Query()], visit: Reader
    ) -> Response:
        """One issued document: PDF, Word, HTML, text or XML."""
        version = admitted(cw, visit, number, f"document {name}", name=name)
        found = cw.document(
            number, name, item=asked.item, version=asked.version, identity=asked.identity, lang=asked.lang
        )
        return _file(request, number, found, asked.format, version)

    @router.get("/drafts/{name}", **about_document)
    def draft(
        request: Request, number: Number, name: DocumentName, asked: Annotated[Draft, Query()], visit: Reader
    ) -> Response:
        """A document as it would be issued now, marked as a draft."""
        version = admitted(cw, visit, number, f"draft {name}", name=name)
        found = cw.draft(number, name, item=asked.item, identity=asked.identity, at=asked.at, lang=asked.lang)
        return _file(request, number, found, asked.format, version)

    about_drawing = about(None, errors, "read")
    about_drawing["responses"] |= _files(PICTURES)

    @router.get("/drawings/{drawing}", **about_drawing)
    def draw(
        request: Request,
        number: Number,
        drawing: Literal["genogram", "ecomap", "finance", "timeline"],
        asked: Annotated[Drawn, Query()],
        visit: Reader,
    ) -> Response:
        """A drawing of the case as it is now: SVG or PNG."""
        version = admitted(cw, visit, number, f"drawing {drawing}", name=drawing)
        form = _chosen(asked.format, request.headers.get("accept", ""), PICTURES, "svg")
        made = cw.draw(number, drawing, identity=asked.identity, compare=asked.compare, at=asked.at, lang=asked.lang)
        if form == "png":
            from ..documents.png import to_png  # typst, for those who want pixels

            content = to_png(made.svg, made.width)
        else:
            content = made.svg.encode()
        headers = {"ETag": f'"{version}"'}
        return streamed(content, PICTURES[form], f"{_plain(number)}-{drawing}.{form}", headers)

    @router.post("/documents/{name}/register", **about(shapes.RegisteredOut, ANY_CHANGE, "write"))
    def register(
        request: Request,
        number: Number,
        name: DocumentName,
        given: sent.Registering,
        visit: Writer,
        version: Seen,
        key: Key,
        _: NoQuery,
    ) -> Response:
        """Enter the number that the office's register gave; without one, the next of the office's own pattern."""
        done = cw.register(
            number,
            name,
            given.number,
            by=visit.by,
            item=given.item,
            version=given.version,
            correct=given.correct,
            reason=given.reason,
            at=given.at,
            key=own_key(visit, key),
            seen=version,
        )
        return told(request, done.as_data(), version=after(version))

    @router.post("/documents/{name}/reissue", **about(shapes.ReissuedOut, ANY_CHANGE, "write", 201))
    def reissue(
        request: Request,
        number: Number,
        name: DocumentName,
        given: sent.Reissuing,
        visit: Writer,
        version: Seen,
        key: Key,
        _: NoQuery,
    ) -> Response:
        """Issue a correction after what a document says was recorded anew."""
        done = cw.reissue(
            number,
            name,
            by=visit.by,
            reason=given.reason,
            item=given.item,
            at=given.at,
            key=own_key(visit, key),
            seen=version,
        )
        return told(request, done.as_data(), status=201, version=after(version))

    return router
