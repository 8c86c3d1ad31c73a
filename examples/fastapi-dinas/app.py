"""A service of an office's own with casework inside: its rows and ours in one transaction of its Session.

Start it with ``uvicorn app:app``. The endpoints are plain functions, which FastAPI runs in threads: neither our
verbs nor a SQLite file wait in the event loop. All people are fictional.
"""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from casework_flow import Casework, CaseworkError, Office
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel
from sqlalchemy import CheckConstraint, Engine, ForeignKey, create_engine, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

URL = os.environ.get("DINAS_DATABASE", f"sqlite:///{Path(__file__).with_name('dinas.db')}")
PASSWORD = os.environ.get("DINAS_PASSWORD", "contoh")


class Base(DeclarativeBase):
    """The service's own tables."""


class Keluarga(Base):
    """A family that the office serves; its case is known by the number."""

    __tablename__ = "keluarga"
    kasus: Mapped[str] = mapped_column(primary_key=True)
    nama: Mapped[str]
    tahap: Mapped[str]


class Bantuan(Base):
    """Aid that is promised when a case goes on to its next stage; never more than the office may give."""

    __tablename__ = "bantuan"
    __table_args__ = (CheckConstraint("jumlah BETWEEN 1 AND 5000000", name="pagu_bantuan"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kasus: Mapped[str] = mapped_column(ForeignKey(Keluarga.kasus))
    jumlah: Mapped[int]


def make_engine(url: str) -> Engine:
    """SQLAlchemy's own advice for SQLite: a transaction begins when the Session says so, and with a lock to write."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def prepare(raw: Any, _: object) -> None:
            raw.isolation_level = None
            raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA foreign_keys = ON")

        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@asynccontextmanager
async def life(app: FastAPI) -> AsyncIterator[None]:
    """One engine and one front door for the whole process; an empty database gets its tables."""
    engine = make_engine(URL)
    Base.metadata.create_all(engine)
    app.state.engine = engine
    app.state.casework = Casework(engine, office=Office(agency="Dinas Sosial Kabupaten Contoh", place="Kota Contoh"))
    if not app.state.casework.all_staff():
        app.state.casework.add_staff("sup", full_name="Supervisor Contoh", role="supervisor")
        app.state.casework.add_staff("rina", full_name="Rina Contoh", role="practicum_student", supervisor="sup")
    yield
    engine.dispose()


app = FastAPI(title="Layanan keluarga", lifespan=life)


def session(request: Request) -> Iterator[Session]:
    """One transaction for each request: kept if the endpoint returns, undone if it raises."""
    with Session(request.app.state.engine) as one, one.begin():
        yield one


def who(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> str:
    """The member of staff who asks."""
    if not secrets.compare_digest(given.password.encode(), PASSWORD.encode()):
        raise HTTPException(401, "Kata sandi salah.", {"WWW-Authenticate": "Basic"})
    return given.username


Transaction = Annotated[Session, Depends(session, scope="function")]
Who = Annotated[str, Depends(who)]


def inside(request: Request, transaction: Transaction) -> Casework:
    """The verbs of casework in the transaction of this request."""
    found: Casework = request.app.state.casework.within(transaction)
    return found


Inside = Annotated[Casework, Depends(inside)]


class Baru(BaseModel):
    """A new family, by the record of its client."""

    klien: dict[str, Any]
    tanggal: date


class Catatan(BaseModel):
    """A record of a case, or several of a kind."""

    isi: dict[str, Any] | list[dict[str, Any]]
    tanggal: date


class Lanjut(BaseModel):
    """The step to the next stage, and the aid that is promised with it, in rupiah."""

    tanggal: date
    bantuan: int | None = None


@app.post("/keluarga", status_code=201)
def new_family(given: Baru, transaction: Transaction, cw: Inside, by: Who) -> dict[str, Any]:
    """Open a case for a family, and keep the family: both or neither."""
    case = cw.open("pkh-economic", client=given.klien, by=by, at=given.tanggal)
    transaction.add(Keluarga(kasus=case.number, nama=case.client, tahap=case.stage))
    return {"kasus": case.number}


@app.get("/kasus/{number}")
def case(number: str, cw: Inside, _: Who) -> dict[str, Any]:
    """Where a case stands, and what each move still needs, in Indonesian."""
    return cw.status(number).as_data("id")


@app.post("/kasus/{number}/catatan/{kind}", status_code=201)
def record(number: str, kind: str, given: Catatan, cw: Inside, by: Who) -> dict[str, Any]:
    """Record something in a case."""
    return {"catatan": cw.record(number, kind, given.isi, by=by, at=given.tanggal).record}


@app.post("/kasus/{number}/setujui/{what}")
def approve(number: str, what: str, given: Lanjut, cw: Inside, by: Who) -> dict[str, Any]:
    """Approve what somebody has recorded or asked for."""
    return {"disetujui": cw.approve(number, what, by=by, at=given.tanggal).approved}


@app.post("/kasus/{number}/lanjut")
def advance(number: str, given: Lanjut, transaction: Transaction, cw: Inside, by: Who) -> dict[str, Any]:
    """Go on to the next stage; more aid than the office may give undoes the move as well."""
    done = cw.advance(number, by=by, at=given.tanggal)
    transaction.scalars(select(Keluarga).where(Keluarga.kasus == number)).one().tahap = done.to
    if given.bantuan is not None:
        transaction.add(Bantuan(kasus=number, jumlah=given.bantuan))
        transaction.flush()
    return {"tahap": done.to, "surat": [issued.name for issued in done.documents]}


@app.get("/kasus/{number}/surat/{name}.pdf")
def document(number: str, name: str, request: Request, _: Who) -> Response:
    """A document as it was issued; to print it, no transaction is held."""
    return Response(request.app.state.casework.document(number, name).pdf(), media_type="application/pdf")


STATUS = {"not_found": 404, "refused": 409, "conflict": 409, "invalid": 422, "incomplete": 409}


@app.exception_handler(CaseworkError)
def refused(_: Request, error: Exception) -> JSONResponse:
    """What was wrong, in Indonesian, with every requirement that is not met."""
    assert isinstance(error, CaseworkError)  # noqa: S101  # for the type checker: FastAPI sends nothing else here
    unmet = [one.message.say("id") for one in getattr(error, "unmet", ())]
    faults = [one.say("id") for one in getattr(error, "problems", ())]
    return JSONResponse({"salah": error.message.say("id"), "kurang": unmet + faults}, STATUS.get(error.code, 503))


@app.exception_handler(IntegrityError)
def over_the_limit(_: Request, __: Exception) -> JSONResponse:
    """An error of the service's own, after our verb: the transaction has undone both."""
    return JSONResponse({"salah": "Bantuan melebihi pagu; kasus tidak beralih.", "kurang": []}, 409)
