"""Many cases over HTTP: the caseload, a day's work, the figures; and the office: its staff and its programmes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from .. import facts
from ..access import Access
from ..casework import Casework
from ..errors import Invalid
from ..workflow import AUDIT, HAND_OVER, READ, REPORT
from . import sent, shapes
from .answers import ANY_READ, ANY_WRITE, NoQuery, Page, Paged, about, link, own_key, page, place, told
from .cases import Auditor, Key, Reader, Writer
from .guard import Visit, admitted, with_scope
from .recordshapes import record_schema

_ERRORS = tuple(code for code in ANY_READ if code != 406)
_WITH_NAMES = (*_ERRORS, 404)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Listed(Paged):
    """Which cases are listed."""

    stage: sent.Name | None = None
    status: Literal["active", "paused", "closed"] | None = None
    worker: sent.Name | None = None
    workflow: sent.Name | None = None
    overdue: bool = False
    district: Annotated[str, Field(pattern=r"^[0-9.]{2,13}$")] | None = Field(None, examples=["12.16.06"])
    sort: Literal["number", "due", "client", "worker", "opened"] = "number"
    descending: bool = False


class Boarded(_Asked):
    """Which cases are on the board."""

    worker: sent.Name | None = None
    workflow: sent.Name | None = None
    most: int = Field(8, ge=0, le=50, description="Cases named in each stage.")


class Due(Paged):
    """What is due."""

    within: int = Field(5, ge=0, le=260, description="Working days ahead.")
    worker: sent.Name | None = None
    workflow: sent.Name | None = None


class Period(_Asked):
    """The days of a report."""

    model_config = ConfigDict(extra="forbid")

    first: sent.Day | None = Field(None, alias="from", description="The first day, or the year's first.")
    last: sent.Day | None = Field(None, alias="to", description="The last day, or today.")


def routes(cw: Casework) -> APIRouter:
    """The addresses of many cases and of the office, on ``cw``."""
    router = APIRouter()
    reading = [Depends(with_scope("read"))]

    def many(visit: Visit, what: str, act: str = "") -> None:
        cw.admit_to_many(what, by=visit.by, act=act, key=visit.key)

    @router.get("/cases", tags=["caseload"], **about(list[shapes.CaseRow], _WITH_NAMES, "read"))
    def list_cases(request: Request, asked: Annotated[Listed, Query()], visit: Reader) -> Response:
        """The caseload: a worker's own cases, a supervisor's unit, a head's office; for auditors without names."""
        many(visit, "list")
        found = cw.list(
            stage=asked.stage,
            status=asked.status,
            worker=asked.worker,
            workflow=asked.workflow,
            overdue=asked.overdue,
            district=asked.district,
            sort=asked.sort,
            descending=asked.descending,
            limit=asked.limit + 1,
            after=place(asked.cursor, str),
            by=visit.by,
        )
        shown = found[: asked.limit]
        more = link(request, shown[-1].number) if len(found) > len(shown) else {}
        return told(request, [case.as_data() for case in shown], headers=more)

    @router.post("/search", tags=["caseload"], **about(list[shapes.CaseRow], (*_ERRORS, 413), "read"))
    def search(request: Request, given: sent.Searching, visit: Reader, _: NoQuery) -> Response:
        """Find a case. What is looked for is in the body, because addresses are written into logs."""
        many(visit, "search")
        found = cw.search(given.text, by=visit.by, limit=given.limit, after=given.after)
        return told(request, [case.as_data() for case in found])

    @router.get("/board", tags=["caseload"], **about(list[shapes.BoardOut], _WITH_NAMES, "read"))
    def board(request: Request, asked: Annotated[Boarded, Query()], visit: Reader) -> Response:
        """The stages as columns."""
        many(visit, "board", READ)
        found = cw.board(worker=asked.worker, workflow=asked.workflow, most=asked.most, by=visit.by)
        return told(request, [one.as_data(visit.lang) for one in found])

    @router.get("/due", tags=["caseload"], **about(list[shapes.TaskOut], _WITH_NAMES, "read"))
    def due(request: Request, asked: Annotated[Due, Query()], visit: Reader) -> Response:
        """What is late or soon will be."""
        many(visit, "due", READ)
        found = cw.due(within=asked.within, worker=asked.worker, workflow=asked.workflow, by=visit.by)
        shown, more = page(request, found, asked)
        return told(request, [task.as_data() for task in shown], headers=more)

    @router.get("/today", tags=["caseload"], **about(shapes.TodayOut, _ERRORS, "read"))
    def today(request: Request, visit: Reader, _: NoQuery) -> Response:
        """The day of whoever asks."""
        many(visit, "today", READ)
        return told(request, cw.today(visit.by).as_data(visit.lang))

    @router.get("/approvals", tags=["caseload"], **about(list[shapes.WaitingOut], _ERRORS, "read"))
    def approvals(request: Request, asked: Page, visit: Reader) -> Response:
        """What waits for the decision of whoever asks."""
        many(visit, "approvals", READ)
        shown, more = page(request, cw.approvals(by=visit.by), asked)
        return told(request, [one.as_data(visit.lang) for one in shown], headers=more)

    @router.get("/workload", tags=["caseload"], **about(list[shapes.LoadOut], _ERRORS, "read"))
    def workload(request: Request, asked: Page, visit: Reader) -> Response:
        """Who has how much to do, of those whose cases the role may hand over."""
        many(visit, "workload", HAND_OVER)
        shown, more = page(request, cw.workload(by=visit.by), asked)
        return told(request, [one.as_data() for one in shown], headers=more)

    @router.post("/hand-over", tags=["caseload"], **about(shapes.HandedOverOut, ANY_WRITE, "write"))
    def hand_over(request: Request, given: sent.HandingOver, visit: Writer, key: Key, _: NoQuery) -> Response:
        """Give cases to another worker, all of them or none."""
        done = cw.hand_over(
            given.cases,
            to=given.to,
            by=visit.by,
            reason=given.reason,
            all_of=given.all_of,
            at=given.at,
            key=own_key(visit, key),
        )
        return told(request, done.as_data(visit.lang))

    @router.get("/report", tags=["caseload"], **about(shapes.ReportOut, _ERRORS, "read"))
    def report(request: Request, asked: Annotated[Period, Query()], visit: Reader) -> Response:
        """What the office did in a period, in figures that show nobody."""
        many(visit, "report", REPORT)
        return told(request, cw.report(asked.first, asked.last).as_data(visit.lang))

    @router.get("/verify", tags=["audit"], **about(list[shapes.FindingOut], _ERRORS, "audit"))
    def verify(request: Request, asked: Page, visit: Auditor) -> Response:
        """Everything that is other than what the chains of events say; empty when all is well."""
        many(visit, "verify", AUDIT)
        shown, more = page(request, cw.verify(), asked)
        return told(request, [one.as_data(visit.lang) for one in shown], headers=more)

    @router.get("/reads", tags=["audit"], **about(list[shapes.ReadOut], _ERRORS, "audit"))
    def reads(request: Request, asked: Page, visit: Auditor) -> Response:
        """Who has read what, by key, the latest first."""
        found = cw.reads(by=visit.by, limit=asked.limit + 1, before=place(asked.cursor, str))
        shown = found[: asked.limit]
        more = link(request, shown[-1][0]) if len(found) > len(shown) else {}
        return told(request, [one.as_data() for _, one in shown], headers=more)

    @router.get("/me", tags=["office"], **about(shapes.MeOut, _ERRORS, ""))
    def me(request: Request, visit: Annotated[Visit, Depends(admitted)], _: NoQuery) -> Response:
        """Whom the key lets in, and what for."""
        return told(request, visit.as_data())

    @router.get("/staff", tags=["office"], dependencies=reading, **about(list[shapes.StaffOut], _ERRORS, "read"))
    def staff(request: Request, asked: Page) -> Response:
        """The members of staff."""
        shown, more = page(request, cw.all_staff(), asked)
        return told(request, [one.as_data() for one in shown], headers=more)

    @router.get("/staff/{name}", tags=["office"], dependencies=reading, **about(shapes.StaffOut, _WITH_NAMES, "read"))
    def member(request: Request, name: Annotated[sent.Name, Path(examples=["rina"])], _: NoQuery) -> Response:
        """One member of staff."""
        return told(request, cw.staff(name).as_data())

    @router.get("/workflows", tags=["office"], **about(list[shapes.WorkflowLine], _ERRORS, "read"))
    def workflows(request: Request, asked: Page, visit: Reader) -> Response:
        """The programmes that cases can live by."""
        shown, more = page(request, list(cw.library.paths), asked)
        return told(request, [_programme(cw, name, visit.lang) for name in shown], headers=more)

    @router.get(
        "/workflows/{name}", tags=["office"], dependencies=reading, **about(dict[str, Any], _WITH_NAMES, "read")
    )
    def workflow(
        request: Request, name: Annotated[sent.Name, Path(examples=["pkh-economic"])], _: NoQuery
    ) -> Response:
        """What a programme demands, as its file says it."""
        return told(request, dict(cw.library.load(name).data))

    @router.get("/workflows/{name}/records", tags=["office"], **about(dict[str, Any], _WITH_NAMES, "read"))
    def record_types(
        request: Request, name: Annotated[sent.Name, Path(examples=["pkh-economic"])], visit: Reader, _: NoQuery
    ) -> Response:
        """The fields of each record of a programme, as JSON Schema; those of its own forms too."""
        kinds = facts.record_types(cw.library.load(name))
        return told(request, {kind.name: record_schema(kind, visit.lang) for kind in kinds.values()})

    return router


def _programme(cw: Access, name: str, lang: str) -> dict[str, Any]:
    try:
        flow = cw.library.load(name)
    except Invalid as fault:
        said = "; ".join([fault.message.say(lang), *(problem.say(lang) for problem in fault.problems)])
        return {"workflow": name, "version": None, "title": None, "stages": [], "problem": said}
    return {
        "workflow": name,
        "version": flow.version,
        "title": flow.title.say(lang),
        "stages": list(flow.order),
        "problem": None,
    }
