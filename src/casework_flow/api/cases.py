"""One case over HTTP: its life, its records, its history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from ..access import Access
from ..casework import Casework
from ..values import Approval, Event
from ..workflow import AUDIT
from . import sent, shapes
from .answers import (
    ANY_CASE,
    ANY_CHANGE,
    ANY_WRITE,
    NoQuery,
    Page,
    Paged,
    about,
    after,
    key_of,
    link,
    own_key,
    page,
    place,
    seen,
    told,
)
from .guard import Visit, with_scope

Number = Annotated[sent.Name, Path(description="The case's number.", examples=["KSS-2025-0001"])]
Reader = Annotated[Visit, Depends(with_scope("read"))]
Writer = Annotated[Visit, Depends(with_scope("write"))]
Approver = Annotated[Visit, Depends(with_scope("approve"))]
Auditor = Annotated[Visit, Depends(with_scope("audit"))]
Seen = Annotated[int | None, Depends(seen)]
Key = Annotated[str | None, Depends(key_of)]


class Recorded(Paged):
    """Which records are read."""

    record: sent.Name | None = Field(None, description="Only this type.", examples=["plan"])
    revisions: bool = Field(False, description="Earlier revisions too.")


def admitted(cw: Access, visit: Visit, number: str, what: str, *, name: str = "", also: str = "") -> int:
    """Let the visit read something of a case; the case's version."""
    return cw.admit(number, what, by=visit.by, name=name, also=also, key=visit.key).version


def routes(cw: Casework) -> APIRouter:
    """The addresses of one case, on ``cw``."""
    router = APIRouter(prefix="/cases", tags=["case"])

    def status_of(number: str, lang: str) -> dict[str, Any]:
        return cw.status(number).as_data(lang)

    @router.post("", **about(shapes.StatusOut, ANY_WRITE, "write", 201))
    def open_case(request: Request, given: sent.Opening, visit: Writer, key: Key, _: NoQuery) -> Response:
        """Open a case."""
        case = cw.open(
            given.workflow,
            client=given.client,
            by=visit.by,
            worker=given.worker,
            at=given.at,
            key=own_key(visit, key),
        )
        data = status_of(case.number, visit.lang)
        data["warnings"] = [warning.say(visit.lang) for warning in case.warnings] + data["warnings"]
        where = request.app.url_path_for("status", number=case.number)
        address = f"{request.scope.get('root_path', '')}{where}"
        return told(request, data, status=201, version=case.version, headers={"Location": address})

    @router.get("/{number}", name="status", **about(shapes.StatusOut, ANY_CASE, "read"))
    def status(request: Request, number: Number, visit: Reader, _: NoQuery) -> Response:
        """Where a case stands, and every requirement of every move."""
        version = admitted(cw, visit, number, "status")
        return told(request, status_of(number, visit.lang), version=version)

    @router.get("/{number}/records", **about(list[shapes.RevisionOut], ANY_CASE, "read"))
    def records(request: Request, number: Number, asked: Annotated[Recorded, Query()], visit: Reader) -> Response:
        """What is recorded, as far as the role may read."""
        version = cw.case(number).version  # before the content: nobody changes what they have not seen
        found = cw.records(number, asked.record, revisions=asked.revisions, by=visit.by)
        kinds = list(dict.fromkeys(one.record for one in found)) or [asked.record or ""]
        admitted(cw, visit, number, f"records {', '.join(kinds)}".strip(), name=kinds[0])
        shown, more = page(request, found, asked)
        return told(request, [one.as_data(visit.lang) for one in shown], version=version, headers=more)

    @router.post("/{number}/records/{record}", **about(shapes.RecordedOut, ANY_CHANGE, "write", 201))
    def record(
        request: Request,
        number: Number,
        record: Annotated[sent.Name, Path(examples=["intake"])],
        given: sent.Recording,
        visit: Writer,
        version: Seen,
        key: Key,
        _: NoQuery,
    ) -> Response:
        """Add a record, or correct one. The fields of each: GET /v1/workflows/{name}/records."""
        done = cw.record(
            number,
            record,
            given.data,
            by=visit.by,
            at=given.at,
            revise=given.revise,
            again=given.again,
            key=own_key(visit, key),
            seen=version,
        )
        return told(request, done.as_data(visit.lang), status=201, version=after(version))

    def moved(request: Request, visit: Visit, version: int | None, dry_run: bool, done: Any) -> Response:
        return told(request, done.as_data(visit.lang), version=after(version, dry_run=dry_run))

    def how(given: sent.Advancing, visit: Visit, version: int | None, key: str | None) -> dict[str, Any]:
        return {
            "by": visit.by,
            "at": given.at,
            "override": given.override,
            "reason": given.reason,
            "until": given.until,
            "dry_run": given.dry_run,
            "key": own_key(visit, key),
            "seen": version,
        }

    @router.post("/{number}/advance", **about(shapes.DoneOut, ANY_CHANGE, "write"))
    def advance(
        request: Request,
        number: Number,
        given: sent.Advancing,
        visit: Writer,
        version: Seen,
        key: Key,
        _: NoQuery,
    ) -> Response:
        """The forward move, with the documents of the stage that is left; refused with every unmet requirement."""
        done = cw.advance(number, **how(given, visit, version, key))
        return moved(request, visit, version, given.dry_run, done)

    @router.post("/{number}/moves/{move}", **about(shapes.DoneOut, ANY_CHANGE, "write"))
    def move(
        request: Request,
        number: Number,
        move: Annotated[sent.Name, Path(examples=["pause"])],
        given: sent.Moving,
        visit: Writer,
        version: Seen,
        key: Key,
        _: NoQuery,
    ) -> Response:
        """Another move of the workflow."""
        done = cw.move(number, move, **how(given, visit, version, key))
        return moved(request, visit, version, given.dry_run, done)

    @router.post("/{number}/close", **about(shapes.DoneOut, ANY_CHANGE, "write"))
    def close(
        request: Request,
        number: Number,
        given: sent.Closing,
        visit: Writer,
        version: Seen,
        key: Key,
        _: NoQuery,
    ) -> Response:
        """Close a case, early or in the end."""
        done = cw.close(number, because=given.because, **how(given, visit, version, key))
        return moved(request, visit, version, given.dry_run, done)

    def judged(
        request: Request,
        verb: Callable[..., Approval],
        number: str,
        given: sent.Judging,
        visit: Visit,
        version: int | None,
        key: str | None,
    ) -> Response:
        own = own_key(visit, key)
        done = verb(number, given.what, by=visit.by, note=given.note, at=given.at, key=own, seen=version)
        return told(request, done.as_data(), version=after(version))

    @router.post("/{number}/approve", **about(shapes.ApprovalOut, ANY_CHANGE, "approve"))
    def approve(
        request: Request,
        number: Number,
        given: sent.Judging,
        visit: Approver,
        version: Seen,
        key: Key,
        _: NoQuery,
    ) -> Response:
        """Approve somebody else's work."""
        return judged(request, cw.approve, number, given, visit, version, key)

    @router.post("/{number}/reject", **about(shapes.ApprovalOut, ANY_CHANGE, "approve"))
    def reject(
        request: Request,
        number: Number,
        given: sent.Judging,
        visit: Approver,
        version: Seen,
        key: Key,
        _: NoQuery,
    ) -> Response:
        """Reject somebody else's work."""
        return judged(request, cw.reject, number, given, visit, version, key)

    @router.get("/{number}/history", **about(list[shapes.EventOut], ANY_CASE, "read"))
    def history(request: Request, number: Number, asked: Page, visit: Reader) -> Response:
        """Who did what, when; for auditors without what is told of people."""
        version = admitted(cw, visit, number, "history", also=AUDIT)
        shown, more = page(request, cw.history(number, by=visit.by), asked)
        return told(request, [event_data(event) for event in shown], version=version, headers=more)

    @router.get("/{number}/reads", **about(list[shapes.ReadOut], ANY_CASE, "audit"))
    def reads(request: Request, number: Number, asked: Page, visit: Auditor) -> Response:
        """Who has read what of a case, by key, the latest first."""
        found = cw.reads(number, by=visit.by, limit=asked.limit + 1, before=place(asked.cursor, str))
        shown = found[: asked.limit]
        more = link(request, shown[-1][0]) if len(found) > len(shown) else {}
        return told(request, [one.as_data() for _, one in shown], headers=more)

    return router


def event_data(event: Event) -> dict[str, Any]:
    """An event in its JSON form."""
    head = {name: event[name] for name in ("seq", "at", "on", "by", "role", "kind", "prev", "hash")}
    return {**event["body"], **event["private"], **head}
