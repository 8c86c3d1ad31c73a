"""How an answer is written: as JSON, a page at a time, with the version of its case; and how it is described."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, StreamingResponse

from ..errors import Invalid, Problem
from ..messages import Message
from .faults import Unconditional
from .guard import Visit, lang_of
from .shapes import ProblemOut

MOST: Final = 200
"""Items of one page."""
PAGE: Final = 50
_PART: Final = 65_536

ANY_READ: Final = (401, 403, 406, 422, 429, 503)
ANY_CASE: Final = (401, 403, 404, 422, 429, 503)
ANY_WRITE: Final = (401, 403, 404, 409, 413, 422, 429, 503)
ANY_CHANGE: Final = (*ANY_WRITE, 412, 428)

_Item = TypeVar("_Item")


class Paged(BaseModel):
    """The part of a list that is asked for."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(PAGE, ge=1, le=MOST, description="At most so many.")
    cursor: str | None = Field(
        None,
        max_length=400,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="From the Link header of the page before; without it, the first page.",
    )


class Nothing(BaseModel):
    """No parameters: a mistyped one is refused and not overlooked."""

    model_config = ConfigDict(extra="forbid")


NoQuery = Annotated[Nothing, Query()]
Page = Annotated[Paged, Query()]


def seen(
    if_match: Annotated[
        str | None,
        Header(
            pattern=r'^(\*|"[0-9]{1,9}")$',
            description="The ETag of the case on which this rests, or * for whatever it is now. Required.",
            examples=['"12"'],
        ),
    ] = None,
) -> int | None:
    """The version of the case that a change rests on; None for any.

    Raises:
        Unconditional: the request names none.
    """
    if if_match is None:
        raise Unconditional(
            Message("Read the case, then send its ETag as If-Match: nobody overwrites what they have not seen.")
        )
    return None if if_match == "*" else int(if_match.strip('"'))


def key_of(
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=128,
            pattern=r"^[!-~]+$",
            description="Makes repeating this request harmless: it is done once, and answered alike each time.",
            examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        ),
    ] = None,
) -> str | None:
    """The idempotency key of a request."""
    return idempotency_key


def own_key(visit: Visit, key: str | None) -> str | None:
    """An idempotency key as the library keeps it: nobody's keys can collide with those of another person."""
    return None if key is None else f"{visit.by}:{key}"


def told(
    request: Request,
    data: Any,
    *,
    status: int = 200,
    version: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """``data`` as the answer, with the case's ``version`` as its ETag."""
    more = {"Content-Language": lang_of(request), **(headers or {})}
    if version is not None:
        more["ETag"] = f'"{version}"'
    return JSONResponse(data, status, more)


def after(seen_version: int | None, *, dry_run: bool = False) -> int | None:
    """The version of a case after the change that rested on an earlier one: each change is one event."""
    return None if seen_version is None else seen_version + (not dry_run)


def page(request: Request, items: Sequence[_Item], asked: Paged) -> tuple[Sequence[_Item], Mapping[str, str]]:
    """The page of ``items`` that is ``asked`` for, and the header that leads to the next one."""
    start = place(asked.cursor, int) or 0
    shown = items[start : start + asked.limit]
    rest = len(items) > start + asked.limit
    return shown, link(request, start + asked.limit) if rest else {}


def link(request: Request, where: int | str) -> dict[str, str]:
    """The header that leads to the page which begins after ``where``."""
    cursor = base64.urlsafe_b64encode(json.dumps(where).encode()).decode().rstrip("=")
    given = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    path = request.scope.get("root_path", "") + request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    return {"Link": f'<{_ascii(path)}?{urlencode([*given, ("cursor", cursor)])}>; rel="next"'}


def _ascii(path: str) -> str:
    from urllib.parse import quote

    return quote(path)


def place(cursor: str | None, kind: type[_Item]) -> _Item | None:
    """Where a page begins, of the ``kind`` that its list counts by.

    Raises:
        Invalid: this is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if type(found) is not kind or (isinstance(found, int) and not 0 <= found < 10**9):
        raise Invalid(
            Message("This is no place in this list."),
            [Problem("query cursor", Message("Take it from the Link header of the page before."))],
        )
    return found


def streamed(content: bytes, media: str, name: str, headers: Mapping[str, str]) -> StreamingResponse:
    """A file, in parts; browsers keep it and do not show it."""
    parts: Iterator[bytes] = (content[start : start + _PART] for start in range(0, len(content), _PART))
    more = {"Content-Length": str(len(content)), "Content-Disposition": f'attachment; filename="{name}"', **headers}
    return StreamingResponse(parts, media_type=media, headers=more)


def about(model: Any, errors: Sequence[int], scope: str, status: int = 200, **more: Any) -> dict[str, Any]:
    """How an address is described: what it answers, what it may refuse, which scope it needs."""
    return {
        "status_code": status,
        "response_model": None,
        "responses": {
            **({status: {"model": model}} if model is not None else {}),
            **{code: {"model": ProblemOut} for code in sorted({*errors, 500})},
        },
        "openapi_extra": {"security": [{"key": [scope]}]},
        **more,
    }
