"""What can go wrong, as sentences for the person who reads them.

Every error has a stable ``code`` (for programs) and a ``message`` (for people, in each language); the
docstring is the advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from .messages import SOURCE_LANGUAGE, Message, Sayable


class CaseworkError(Exception):
    """Something that the software was asked to do was not done; nothing has been changed."""

    code: ClassVar[str] = "error"

    def __init__(self, message: Sayable) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class Unmet(Protocol):
    """What a refusal tells of each requirement that is not met."""

    @property
    def guard(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def message(self) -> Sayable: ...
    @property
    def approves(self) -> str | None: ...


class Refused(CaseworkError):
    """The rules say no. ``unmet`` lists every requirement that is missing, and who can supply it.

    ``asked`` names the approvals that the refused move has asked for.
    """

    code = "refused"

    def __init__(self, message: Sayable, unmet: Sequence[Unmet] = ()) -> None:
        super().__init__(message)
        self.unmet = tuple(unmet)
        self.asked: tuple[str, ...] = ()


class NotPermitted(Refused):
    """The role does not go so far, or the case is in other hands; ask whoever the message names."""


class NotFound(CaseworkError):
    """There is no such case, workflow, document or member of staff; check the name."""

    code = "not_found"


class Conflict(CaseworkError):
    """Somebody else changed the case first; read it again, then decide again."""

    code = "conflict"


class Outdated(Conflict):
    """The case has changed since the version that this decision rests on; read it again, then decide again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in what was given: where it is, and what is wrong there.

    ``where`` is a field's path (``components.0.goal``), or a file's place (``mine.yaml:12``); empty for the whole.
    """

    where: str
    message: Sayable

    def say(self, lang: str) -> str:
        """The fault as one line."""
        return f"{self.where}: {self.message.say(lang)}" if self.where else self.message.say(lang)


@dataclass(frozen=True, slots=True)
class Lack(Problem):
    """A value that a document needs and no record has.

    ``document`` and ``item`` say which document; ``record``, ``number`` and ``where`` where the value belongs: the
    type of record, the number of its item (None: it has one only) and the field's path. ``paths`` are the names by
    which the template asked for it, ``section`` is the title of the part that is empty without it.
    """

    document: str = ""
    item: int | None = None
    record: str = ""
    number: int | None = None
    label: Sayable | None = None
    paths: tuple[str, ...] = ()
    section: str = ""

    def say(self, lang: str) -> str:
        """The lack as one line, which names its place already."""
        return self.message.say(lang)


class Faulty(CaseworkError):
    """Several things are wrong at once; ``problems`` lists them all."""

    def __init__(self, message: Sayable, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        said = " ".join(problem.say(SOURCE_LANGUAGE) for problem in self.problems if problem.message != self.message)
        return f"{self.message} {said}" if said else str(self.message)


class Invalid(Faulty):
    """What was given cannot be right. ``problems`` lists every fault with its place and what was expected."""

    code = "invalid"


class ExtensionFault(Faulty):
    """A part that the host itself has added cannot be used, or failed; nothing was changed.

    ``extension`` names it; tell whoever maintains it, or leave it out.
    """

    code = "extension"

    def __init__(self, message: Sayable, extension: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, problems)
        self.extension = extension


def did_you_mean(name: str, known: Sequence[str]) -> Message | None:
    """The nearest of the ``known`` names as a question, or None when nothing is near."""
    from difflib import get_close_matches  # only on the way to an error: kept out of start-up

    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return Message("Did you mean {name}?", name=near[0]) if near else None
