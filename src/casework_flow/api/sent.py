"""What each verb takes: requests are checked by these, and refused with the place of every fault."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, field_validator

from ..messages import languages
from ..records.input import MAX_DEPTH
from .recordshapes import CLIENT_SCHEMA

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN = r"^[^\x00-\x1f\x7f/]+$"
_TEXT = r"^[^\x00]*$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_PLAIN)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_TEXT)]
Free = Annotated[str, StringConstraints(max_length=20_000, pattern=_TEXT)]
Ordinal = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
At = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$"),
    Field(
        description="The working date, or date and time, for work entered late; now without it.",
        examples=["2025-03-06"],
    ),
]


def _dated(value: object) -> object:
    """``value``, if it is a date as JSON writes it: a number of seconds is none."""
    if value is not None and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("a date")
    return value


Day = Annotated[date, BeforeValidator(_dated)]
Flag = Annotated[bool, Field(strict=True)]
Lang = Annotated[str, StringConstraints(pattern=f"^({'|'.join(languages())})$")]
Fields = Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]

MOST_ITEMS = 1_000
"""Records of one request."""


class _Given(BaseModel):
    """What is sent to a verb: nothing else than what it knows."""

    model_config = ConfigDict(extra="forbid")


def _clean(value: Any, depth: int = 0) -> Any:
    """``value``, if every text in it can be kept anywhere; what is wrong with fields, the library says.

    Raises:
        ValueError: it holds half a character or NUL, or is nested without end.
    """
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError("a text with NUL or half a character")
    elif isinstance(value, dict):
        for name, part in value.items():
            _clean(name, depth)
            _clean(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            _clean(part, depth + 1)
    return value


class Opening(_Given):
    """A new case."""

    workflow: Name = Field(examples=["pkh-economic"])
    client: Annotated[dict[str, Any], WithJsonSchema(CLIENT_SCHEMA)] = Field(
        examples=[{"name": "Sarma Contoh", "initials": "S", "sex": "female", "nik": "1216065208929999"}]
    )
    worker: Name | None = Field(None, description="Whose case it is; without it, that of whoever opens it.")
    at: At | None = None

    _clean_client = field_validator("client", mode="before")(_clean)


class Recording(_Given):
    """A record, or a list of items where a record may have many."""

    data: Fields | Annotated[list[Fields], Field(min_length=1, max_length=MOST_ITEMS)] = Field(
        examples=[{"received_on": "2025-03-03", "source": "outreach", "presenting_problem": "Usaha belum tetap"}]
    )
    revise: Flag | Ordinal = Field(False, description="true corrects a single record, a number that item of many.")
    again: Flag = Field(False, description="Record the same content once more.")
    at: At | None = None

    _clean_data = field_validator("data", mode="before")(_clean)


class Advancing(_Given):
    """The forward move."""

    at: At | None = None
    override: list[Name] = Field(default=[], max_length=50, description="Professional guards to override.")
    reason: Free | None = None
    until: Day | None = Field(None, description="The last day of the overrides, or the return of a client.")
    dry_run: Flag = False


class Moving(Advancing):
    """Another move."""

    reason: Annotated[Free, Field(min_length=1)] = Field(examples=["Keadaan keluarga berubah"])


class Closing(Advancing):
    """The end of a case."""

    because: Name = Field(examples=["goals_met"])


class Judging(_Given):
    """A decision about somebody else's work."""

    what: Name = Field(examples=["plan"])
    note: Free | None = None
    at: At | None = None


class Registering(_Given):
    """A letter number."""

    number: Line | None = Field(
        None, description="As the register gave it; without it, the next of the office's pattern."
    )
    item: Ordinal | None = None
    version: Ordinal | None = None
    correct: Flag = False
    reason: Free | None = None
    at: At | None = None


class Reissuing(_Given):
    """A correction of a document."""

    reason: Annotated[Free, Field(min_length=1)] = Field(examples=["Nama desa dibetulkan"])
    item: Ordinal | None = None
    at: At | None = None


class HandingOver(_Given):
    """Cases for another worker."""

    cases: list[Name] = Field(default=[], max_length=200, examples=[["KSS-2025-0001"]])
    to: Name = Field(examples=["maya"])
    all_of: Name | None = None
    reason: Annotated[Free, Field(min_length=1)] = Field(examples=["Cuti melahirkan"])
    at: At | None = None


class Searching(_Given):
    """What is looked for: a name, a number, a NIK or a telephone. It is sent in the body, and so in no log."""

    text: Line = Field(examples=["sarma"])
    limit: int = Field(50, ge=1, le=200, strict=True)
    after: Name | None = Field(None, description="Only cases after this number.")
