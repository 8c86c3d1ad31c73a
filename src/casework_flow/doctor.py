"""What an installation is made of, and what is wrong with it; no person and no case is named."""

from __future__ import annotations

import platform
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from sqlalchemy import Engine, make_url, text

from .documents.render import Templates
from .errors import CaseworkError, Problem
from .extending import added
from .glyphs import FONTS
from .loader import Library
from .messages import Message, Sayable
from .office import Office
from .resources import shipped
from .store.database import connect
from .store.faults import fault
from .store.schema import VERSION, VERSION_TABLE

PACKAGES: Final = (
    "casework-flow",
    "sqlalchemy",
    "alembic",
    "transitions",
    "jinja2",
    "typst",
    "psycopg",
    "cryptography",
)
OLDEST_SQLITE: Final = (3, 35, 0)
"""The first that knows RETURNING."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at."""

    what: Sayable
    ok: bool
    found: Sayable


def examine(url: str, office: Office | None) -> tuple[Examined, ...]:
    """Look at the software, the database of that ``url``, and the files of the ``office``."""
    return (*_software(), *_database(url), *_files(office))


def _software() -> Iterator[Examined]:
    yield Examined(Message("Python"), True, Message("{version}", version=platform.python_version()))
    for name in PACKAGES:
        try:
            yield Examined(Message("{name}", name=name), True, Message("{version}", version=version(name)))
        except PackageNotFoundError:
            yield Examined(Message("{name}", name=name), True, Message("not installed"))
    now = datetime.now().astimezone()
    plausible = now.year >= 2025 and abs(time.time() - now.timestamp()) < 1
    yield Examined(Message("Clock"), plausible, Message("{now}", now=now.isoformat(timespec="seconds")))


def _database(url: str) -> Iterator[Examined]:
    shown = make_url(url).render_as_string(hide_password=True)
    yield Examined(Message("Database"), True, Message("{db}", db=shown))
    try:
        engine = connect(url)
        try:
            yield from _engine(engine)
        finally:
            engine.dispose()
    except CaseworkError as error:
        yield Examined(Message("Database"), False, error.message)
    except ModuleNotFoundError as missing:
        lacking = Message("The database needs the Python package {name}; install it.", name=missing.name or "?")
        yield Examined(Message("Database"), False, lacking)


def _engine(engine: Engine) -> Iterator[Examined]:
    from sqlalchemy.exc import DBAPIError

    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                found = sqlite3.sqlite_version
                yield Examined(
                    Message("SQLite"),
                    sqlite3.sqlite_version_info >= OLDEST_SQLITE,
                    Message("{version}", version=found),
                )
                durability = connection.scalar(text("PRAGMA synchronous"))
                yield Examined(Message("A commit"), True, _DURABILITY.get(int(durability or 0), _DURABILITY[0]))
            else:
                server = Message("{version}", version=connection.scalar(text("SELECT version()")))
                yield Examined(Message("Server"), True, server)
            revision = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608  # a constant
    except DBAPIError as error:
        raise fault(error.orig or error) from error
    words = Message("{found}; this software knows {known}", found=revision, known=VERSION)
    yield Examined(Message("Schema"), revision == VERSION, words)


_DURABILITY: Final = {
    0: Message("may be lost when the software stops (synchronous=off)"),
    1: Message("may be lost when the power fails (synchronous=normal)"),
    2: Message("is kept even when the power fails (synchronous=full)"),
    3: Message("is kept even when the power fails (synchronous=extra)"),
}


def _letterhead(office: Office) -> Examined:
    """Whether the files that the profile names can be used, before a document is refused for them."""
    try:
        office.as_data()
    except CaseworkError as error:
        problems = [_told(problem) for problem in getattr(error, "problems", ())] or [error.message]
        return Examined(Message("Letterhead"), False, Message("{problems}", problems=problems))
    named = [name for name in (office.letter.logo, office.letter.base) if name]
    return Examined(Message("Letterhead"), True, Message("{names}", names=named or [Message("as shipped")]))


def _files(office: Office | None) -> Iterator[Examined]:
    if office is not None:
        yield _letterhead(office)
    own = [office.folder] if office and office.folder else []
    fonts = len(list(FONTS.glob("*.ttf")))
    yield Examined(Message("Fonts"), fonts > 0, Message("{count} files", count=fonts))
    library = Library([*(folder / "workflows" for folder in own), shipped("workflows")], added())
    yield _all(Message("Workflows"), list(library.paths), library.load)
    templates = Templates([*(folder / "templates" for folder in own), shipped("templates")])
    yield _all(Message("Templates"), templates.names(), templates.bundle)


def _all(what: Message, names: list[str] | tuple[str, ...], load: Callable[[str], object]) -> Examined:
    """Whether each of the files can be used."""
    problems: list[Sayable] = []
    for name in names:
        try:
            load(name)
        except CaseworkError as error:
            problems += [_told(problem) for problem in getattr(error, "problems", ())] or [error.message]
    if problems:
        return Examined(what, False, Message("{problems}", problems=problems))
    return Examined(what, bool(names), Message("{count} files", count=len(names)))


def _told(problem: Problem) -> Sayable:
    return Message("{where}: {why}", where=problem.where, why=problem.message)
