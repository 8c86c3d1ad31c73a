"""What one run of the command line was asked for, and the casework that it works on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import CaseworkError, NotFound
from ..messages import SOURCE_LANGUAGE, Message, Sayable, languages


class Usage(CaseworkError):
    """The command line itself is wrong; ``--help`` shows how it is meant."""

    code = "usage"


@dataclass(slots=True)
class Result:
    """What a verb gives back: for programs as data, for people as a view, and what is odd about it as warnings.

    ``show`` is called with the ``Screen`` on standard output. ``notes`` are words about the data, told after it.
    ``failure`` is reported after the result, and gives the exit code.
    """

    data: Any
    show: Callable[[Any], None]
    warnings: Sequence[Sayable] = ()
    failure: CaseworkError | None = None
    notes: Sequence[Sayable] = ()


@dataclass
class App:
    """The options of every command. Before the arguments are parsed it holds what help and errors need."""

    lang: str
    documents_lang: str | None = None
    """The language that ``--lang`` names: documents follow that, but neither the environment nor the locale."""
    json: bool = False
    debug: bool = False
    db: str | None = None
    actor: str | None = None
    key: str | None = None
    at: str | None = None
    number: str | None = None
    """The case that the command is about."""
    form: str | None = None
    """The command that prints an empty form of the record that the command is about."""

    @classmethod
    def early(cls, argv: Sequence[str], environment: Mapping[str, str]) -> App:
        """The language and form of every answer, known before click has looked at a single argument."""
        words = list(argv[: argv.index("--")] if "--" in argv else argv)
        given = [word.partition("=")[2] for word in words if word.startswith("--lang=")]
        given += [following for word, following in pairwise(words) if word == "--lang"]
        known = languages()
        candidates = (*given, environment.get("CASEWORK_LANG", ""), _locale(environment))
        lang = next((wanted for wanted in candidates if wanted in known), SOURCE_LANGUAGE)
        return cls(lang=lang, json="--json" in words, debug="--debug" in words)

    def say(self, message: Sayable) -> str:
        """The message in the chosen language."""
        return message.say(self.lang)

    @property
    def by(self) -> str:
        """Who acts.

        Raises:
            Usage: nobody was named.
        """
        if not self.actor:
            raise Usage(Message("Say who acts: --as NAME, or CASEWORK_AS in the environment."))
        return self.actor

    @cached_property
    def casework(self) -> Any:
        """The front door of the nearest project, or of the database that ``--db`` names, which must be there.

        Raises:
            Usage: there is neither, or the database's address is none.
            NotFound: there is no such file.
        """
        return self.opened(new=False)

    @cached_property
    def caseload(self) -> Any:
        """As much of ``casework`` as reads cases: what writes, and what documents need, stays out of the start-up."""
        from ..caseload import Caseload  # only for verbs that open a database

        return self.__dict__.get("casework") or self._opened(Caseload, new=False)

    def opened(self, *, new: bool) -> Any:
        """See ``casework``; a ``new`` database is made where there is none yet, with the first of the staff."""
        from ..casework import Casework  # see caseload

        return self._opened(Casework, new=new)

    def _opened(self, door: Any, *, new: bool) -> Any:
        url, own = self.address
        refuse_missing(url, new)
        with self.usable():
            return door(url, office=own)

    @cached_property
    def address(self) -> tuple[str, Any]:
        """The database's URL, and the office's profile if there is a project.

        Raises:
            Usage: there is neither a project nor ``--db``.
        """
        from .. import office  # see opened

        profile = office.find(Path.cwd())
        own = office.load(profile) if profile else None
        url = self.db or (own.database_url if own else None)
        if url:
            return url, own
        raise Usage(
            Message(
                "There is no {file} in this folder or above it. Make a project with casework init, go into one, "
                "or name a database with --db.",
                file=office.FILE,
            )
        )

    @contextmanager
    def usable(self) -> Iterator[None]:
        """What is wrong with the database's address, in words."""
        try:
            yield
        except CaseworkError:
            raise
        except ModuleNotFoundError as missing:
            raise Usage(
                Message("The database needs the Python package {name}; install it.", name=missing.name or "?")
            ) from None
        except _no_address():
            raise Usage(
                Message("{db} is not the address of a database, such as sqlite:///casework.db.", db=self.db or "")
            ) from None


def _no_address() -> type[Exception]:
    from sqlalchemy.exc import ArgumentError  # looked up when something went wrong, and loaded by then

    return ArgumentError


def refuse_missing(url: str, new: bool) -> None:
    """A mistyped file must not become an empty database, in which no case is found."""
    kind, _, file = url.partition("?")[0].partition(":///")
    if kind != "sqlite" or file in ("", ":memory:"):
        return
    if Path(file).is_file() and not new and _is_strange(file):
        raise NotFound(Message("{file} is no database of casework; look at --db, or at the profile.", file=file))
    if not new and not Path(file).is_file():
        raise NotFound(
            Message(
                "There is no database {file}. Make a project with casework init, or add the first of the staff "
                "to a new database with casework staff add.",
                file=file,
            )
        )


def _is_strange(file: str) -> bool:
    """Whether an SQLite file holds somebody else's tables and none of ours."""
    import sqlite3  # only where a database is opened

    try:
        found = sqlite3.connect(f"{Path(file).resolve().as_uri()}?mode=ro", uri=True)
        try:
            tables = {str(name) for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        finally:
            found.close()
    except sqlite3.Error:
        return False  # what is wrong with it is told when it is opened
    return bool(tables) and not any(name == "offices" or name.startswith("casework_") for name in tables)


def _locale(environment: Mapping[str, str]) -> str:
    """The language of the locale, by POSIX's order of precedence."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((value for value in named if value), "").partition("_")[0].partition(".")[0]
