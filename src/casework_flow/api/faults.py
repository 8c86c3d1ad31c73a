"""What went wrong, as problem details (RFC 9457), in the language of whoever asked."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

from ..access import NotAuthenticated
from ..errors import (
    CaseworkError,
    Conflict,
    Faulty,
    Invalid,
    Lack,
    NotFound,
    NotPermitted,
    Outdated,
    Problem,
    Refused,
)
from ..messages import Message, Sayable
from ..records.fields import short
from ..store.faults import StoreUnusable
from ..values import requirement_data

PROBLEM_JSON: Final = "application/problem+json"


class Unconditional(CaseworkError):
    """A change must name the version of the case that it rests on; read the case, then send its ETag as If-Match."""

    code = "precondition_required"


class NotAcceptable(CaseworkError):
    """There is no such format of this; the message names those that there are."""

    code = "not_acceptable"


class TooLarge(CaseworkError):
    """The request is larger than any that is needed; send fewer records at once."""

    code = "too_large"


class TooMany(CaseworkError):
    """Too many requests by one key; wait as long as Retry-After says."""

    code = "too_many_requests"

    def __init__(self, message: Sayable, wait: int) -> None:
        super().__init__(message)
        self.wait = wait


class Unforeseen(CaseworkError):
    """Nobody foresaw this; it is a fault of the software, and the server's log tells where."""

    code = "unexpected"


STATUSES: Final[tuple[tuple[type[CaseworkError], HTTPStatus], ...]] = (
    (NotAuthenticated, HTTPStatus.UNAUTHORIZED),
    (NotPermitted, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotAcceptable, HTTPStatus.NOT_ACCEPTABLE),
    (Outdated, HTTPStatus.PRECONDITION_FAILED),
    (Conflict, HTTPStatus.CONFLICT),
    (Refused, HTTPStatus.CONFLICT),
    (TooLarge, HTTPStatus.CONTENT_TOO_LARGE if hasattr(HTTPStatus, "CONTENT_TOO_LARGE") else HTTPStatus(413)),
    (Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Unconditional, HTTPStatus.PRECONDITION_REQUIRED),
    (TooMany, HTTPStatus.TOO_MANY_REQUESTS),
    (StoreUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""The status of each kind of error, the particular kinds first."""

_BY_CODE: Final[Mapping[str, HTTPStatus]] = {
    "refused": HTTPStatus.CONFLICT,
    "incomplete": HTTPStatus.CONFLICT,
    "word": HTTPStatus.NOT_IMPLEMENTED,
}
"""That of errors whose classes would load what writes documents."""

TITLES: Final[Mapping[int, Message]] = {
    400: Message("This is no request that can be understood"),
    401: Message("A key is needed"),
    403: Message("Not permitted"),
    404: Message("Not found"),
    405: Message("This cannot be done here"),
    406: Message("There is no such format"),
    409: Message("The rules say no"),
    412: Message("The case has changed"),
    413: Message("The request is too large"),
    422: Message("What was given cannot be right"),
    428: Message("Say which version of the case this rests on"),
    429: Message("Too many requests"),
    500: Message("Something unforeseen went wrong"),
    501: Message("This office's server cannot do this"),
    503: Message("The database cannot be used"),
}
BUSY: Final = Message("Somebody else was faster")
"""The title of a conflict between two writers: the rules have nothing against it."""


def status_of(error: CaseworkError) -> int:
    """The HTTP status that stands for ``error``."""
    found = next((status for kind, status in STATUSES if isinstance(error, kind)), None)
    return int(found or _BY_CODE.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR))


def response(error: CaseworkError, lang: str) -> JSONResponse:
    """``error`` as problem details; what only helps the server's owner is left to its log."""
    status = status_of(error)
    title = BUSY if isinstance(error, Conflict) and status == HTTPStatus.CONFLICT else TITLES[status]
    headers = {"Content-Language": lang}
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="casework"'
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.wait)
    if status == HTTPStatus.SERVICE_UNAVAILABLE or isinstance(error, Conflict):
        headers.setdefault("Retry-After", "1")
    body = {
        "type": f"urn:casework-flow:{error.code}",
        "title": title.say(lang),
        "status": status,
        "detail": error.message.say(lang),
        "code": error.code,
    }
    if isinstance(error, Refused):
        body["unmet"] = [requirement_data(unmet, lang) for unmet in error.unmet]  # type: ignore[arg-type]
        body["asked"] = list(error.asked)
    if isinstance(error, Faulty):
        body["problems"] = [_problem(problem, lang) for problem in error.problems]
    return JSONResponse(body, status, headers, PROBLEM_JSON)


def _problem(problem: Problem, lang: str) -> dict[str, Any]:
    data: dict[str, Any] = {"where": problem.where, "message": problem.message.say(lang)}
    if isinstance(problem, Lack):
        data |= {"document": problem.document, "item": problem.item, "record": problem.record or None}
    return data


def of_status(status: int, lang: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """What the framework itself refuses: an address that there is not, a method that an address has not."""
    codes = {404: "not_found", 405: "method_not_allowed"}
    code, title = codes.get(status, "bad_request"), TITLES.get(status, TITLES[400]).say(lang)
    body = {"type": f"urn:casework-flow:{code}", "title": title, "status": status, "detail": title, "code": code}
    return JSONResponse(body, status, {**(headers or {}), "Content-Language": lang}, PROBLEM_JSON)


def invalid(refused: RequestValidationError) -> Invalid:
    """A request that is not as the interface describes it, in our words."""
    return Invalid(
        Message("The request is not as the interface describes it."),
        [Problem(_place(fault["loc"]), _said(fault)) for fault in refused.errors()],
    )


def _place(loc: tuple[int | str, ...]) -> str:
    kind, *path = loc
    named = [str(step) for step in path]
    return ".".join(named if kind == "body" else [f"{kind} {'.'.join(named)}"]) if named else str(kind)


def _said(fault: Mapping[str, Any]) -> Message:
    context, given = fault.get("ctx", {}), fault.get("input")
    match fault["type"]:
        case "missing":
            return Message("{field} is required.", field=fault["loc"][-1])
        case "json_invalid":
            return Message("This is no JSON.")
        case "extra_forbidden":
            return Message("There is no {name} here.", name=fault["loc"][-1])
        case "string_type" | "string_unicode":
            return Message("A text is expected here.")
        case "bool_type" | "bool_parsing":
            return Message("true or false is expected, not {value}.", value=short(given))
        case "list_type":
            return Message("A list is expected, not {value}.", value=short(given))
        case "string_too_long":
            return Message("The text is longer than {most} characters.", most=context["max_length"])
        case "string_too_short":
            return Message("At least {least} characters are expected.", least=context["min_length"])
        case "too_short":
            return Message("At least one is expected.")
        case "model_type" | "model_attributes_type" | "dict_type":
            return Message("Fields with their values are expected, not {value}.", value=short(given))
    return Message("{value} is not what is expected here ({reason}).", value=short(given), reason=fault["type"])
