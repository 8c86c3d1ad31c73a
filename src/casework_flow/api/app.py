"""The application: the gate, the addresses, the answers to what goes wrong, and their description."""

from __future__ import annotations

import logging
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from ..casework import Casework
from ..errors import CaseworkError, Invalid, Problem
from ..messages import Message
from . import cases, faults, office, papers
from .answers import NoQuery, told
from .guard import Guard, Rate, lang_of

LOG: Final = logging.getLogger("casework_flow.api")
RATE: Final = 600
"""Requests a minute for each key."""
LARGEST: Final = 2_000_000
"""Bytes of the largest request."""
_V1: Final = "/v1"
_ABOUT: Final = (
    "Casework from the first visit to the closing letter. A key belongs to a member of staff: whoever sends it acts "
    "as them, within what their role may do and what the key's scopes are for. Every change of a case names the "
    "version that it rests on (If-Match), and may carry an Idempotency-Key. Answers are in the language of "
    "Accept-Language (id, en). All persons in the examples are fictional."
)


def create_app(casework: Casework, *, rate: int = RATE, largest: int = LARGEST) -> FastAPI:
    """The HTTP API of an office, to be served or mounted in a host's application.

    Args:
        casework: the office's front door.
        rate: requests a minute for each key, and for each address without one; a third of them may come at once.
        largest: bytes of the largest request.
    """
    app = FastAPI(
        title="casework-flow",
        version=version("casework-flow"),
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    for part in (office.routes(casework), cases.routes(casework), papers.routes(casework)):
        app.include_router(part, prefix=_V1)
    app.add_middleware(Guard, casework=casework, rate=Rate(rate), largest=largest)
    app.add_exception_handler(CaseworkError, _refused)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, _no_such_address)
    app.add_exception_handler(Exception, _unforeseen)

    @app.get("/openapi.json", include_in_schema=False)
    def described(request: Request, _: NoQuery) -> Response:
        """The description of all addresses."""
        return told(request, app.openapi())

    app.openapi = lambda: _description(app)  # type: ignore[method-assign]  # FastAPI's own way to do this
    return app


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, CaseworkError)  # noqa: S101  # for the type checker: registered for these
    if faults.status_of(error) >= 500:
        LOG.error("%s: %s", error.code, type(error.__cause__ or error).__name__)
    return faults.response(error, lang_of(request))


def _misshapen(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # see _refused
    return faults.response(faults.invalid(error), lang_of(request))


def _no_such_address(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # see _refused
    lang = lang_of(request)
    if error.status_code == HTTPStatus.BAD_REQUEST:  # a body of bytes that are no text
        no_json = Message("This is no JSON.")
        return faults.response(Invalid(no_json, [Problem("body", no_json)]), lang)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # Starlette names those of one route only
        headers["Allow"] = _methods(request)
    return faults.of_status(error.status_code, lang, headers)


def _methods(request: Request) -> str:
    """What can be asked of the address of ``request``."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    described: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    return next(
        (
            ", ".join(sorted(verb.upper() for verb in verbs))
            for template, verbs in described.items()
            if compile_path(template)[0].match(path)
        ),
        "GET",
    )


def _unforeseen(request: Request, error: Exception) -> Response:
    """What nobody foresaw; Starlette raises it again after this, so that the server's log has where."""
    LOG.error("unexpected: %s", type(error).__name__)
    said = Message("This is a fault of the software; the server's log tells where it is.")
    return faults.response(faults.Unforeseen(said), lang_of(request))


def _description(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        made["components"]["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "A key that casework key add has printed."}
        }
        for path in made["paths"].values():
            for operation in path.values():
                _finish(operation)
        app.openapi_schema = made
    return app.openapi_schema


def _finish(operation: dict[str, Any]) -> None:
    """Say what FastAPI cannot: the type of problem details, the headers of answers, that If-Match is needed."""
    operation["security"] = [{name: [s for s in scopes if s] for name, scopes in operation["security"][0].items()}]
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "if-match":
            parameter["required"] = True
            parameter["schema"] = next(one for one in parameter["schema"]["anyOf"] if one.get("type") == "string")
    for code, answer in operation["responses"].items():
        if code >= "400":
            answer["content"] = {faults.PROBLEM_JSON: answer.get("content", {}).get("application/json", {})}
            answer["description"] = str(faults.TITLES[int(code)])
