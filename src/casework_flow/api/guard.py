"""The gate before every address: who comes in, how often, with how much, and what is told to their browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import access
from ..access import Access, Holder, NotAuthenticated
from ..errors import CaseworkError
from ..messages import Message as Said
from ..messages import languages
from . import faults

VISIT: Final = "casework.visit"
"""Where a request carries its visit."""

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Authorization, Accept, Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Of every answer: nothing of it is kept on the way, and a browser that shows a document runs nothing in it."""

_MOST_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: who asks, by which key, and in which language they read. It has no holder before the gate."""

    lang: str
    holder: Holder | None = None

    @property
    def by(self) -> str:
        """The member of staff as whom they act: that of the key, whatever the request says."""
        return self.known.staff.name

    @property
    def key(self) -> str:
        """The id of their key."""
        return self.known.key.id

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {"staff": self.known.staff.as_data(), "key": self.known.key.as_data()}

    @property
    def known(self) -> Holder:
        """The key and its member of staff."""
        if self.holder is None:
            raise _unknown()
        return self.holder


def lang_of(request: Request) -> str:
    """The language of whoever sent ``request``."""
    visit: Visit = request.scope[VISIT]
    return visit.lang


async def admitted(request: Request) -> Visit:
    """The visit of a request that has come through the gate.

    Raises:
        NotAuthenticated: it has not.
    """
    found: Visit = request.scope[VISIT]
    if found.holder is None:
        raise _unknown()
    return found


def with_scope(scope: access.Scope) -> Callable[[Request], Any]:
    """The visit of a request whose key has ``scope``, for the addresses that need it."""

    async def visit(request: Request) -> Visit:
        found = await admitted(request)
        access.require(found.known.key, scope)
        return found

    return visit


@dataclass
class Rate:
    """A bucket of tokens for each visitor: so many a minute, a third of them at once.

    It is kept in memory: several processes each count for themselves.
    """

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, visitor: str) -> None:
        """One request of ``visitor``.

        Raises:
            TooMany: there were too many.
        """
        now, most = self.clock(), max(self.per_minute / 3, 1)
        with self._lock:
            if len(self._buckets) >= _MOST_BUCKETS:  # who has been away for a minute has a full one anyway
                self._buckets = {name: one for name, one in self._buckets.items() if now - one[1] < 60}
            tokens, since = self._buckets.get(visitor, (most, now))
            tokens = min(tokens + (now - since) * self.per_minute / 60, most)
            self._buckets[visitor] = (max(tokens - 1, 0) if tokens >= 1 else tokens, now)
        if tokens < 1:
            wait = int((1 - tokens) * 60 / self.per_minute) + 1
            raise faults.TooMany(Said("Too many requests; go on in {wait} seconds.", wait=wait), wait)


class Guard:
    """The gate as ASGI middleware, so that nothing of a request is looked at before its key is."""

    def __init__(self, app: ASGIApp, *, casework: Access, rate: Rate, largest: int) -> None:
        self.app = app
        self.casework = casework
        self.rate = rate
        self.largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        lang = preferred(headers.get("accept-language", ""), self.casework.office.letter.language)
        scope[VISIT] = Visit(lang)

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    told.setdefault(name, value)
            await send(message)

        try:
            holder = await self._holder(headers, scope)
            body = await self._body(headers, receive)
        except CaseworkError as refused:
            await faults.response(refused, lang)(scope, receive, out)
            return
        scope[VISIT] = Visit(lang, holder)
        given = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def again() -> Message:
            return next(given, None) or await receive()

        await self.app(scope, again, out)

    async def _holder(self, headers: Headers, scope: Scope) -> Holder:
        kind, _, token = headers.get("authorization", "").partition(" ")
        try:
            if kind.lower() != "bearer" or not token.strip():
                raise _unknown()
            holder = await run_in_threadpool(self.casework.holder, token.strip())
        except NotAuthenticated:
            client = scope.get("client")
            self.rate.take(f"address {client[0] if client else '-'}")
            raise
        self.rate.take(f"key {holder.key.id}")
        return holder

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        """The whole body: none is larger than ``largest``, whatever its length is said to be."""
        told = headers.get("content-length", "")
        if told.isascii() and told.isdigit() and int(told[:20]) > self.largest:
            raise self._too_large()
        parts: list[bytes] = []
        more = True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
            if sum(map(len, parts)) > self.largest:
                raise self._too_large()
        return b"".join(parts)

    def _too_large(self) -> faults.TooLarge:
        return faults.TooLarge(Said("The request is larger than {most} bytes.", most=self.largest))


def _unknown() -> NotAuthenticated:
    return NotAuthenticated(Said("Send a key of this office: Authorization: Bearer cw_…"))


def preferred(header: str, otherwise: str) -> str:
    """The language of an Accept-Language header that the software speaks best; ``otherwise`` where it is none."""
    known, best = languages(), (0.0, otherwise)
    for part in header.split(",")[:20]:
        name, quality = weighed(part)
        lang = name.partition("-")[0].lower()
        if lang in known and quality > best[0]:
            best = (quality, lang)
    return best[1]


def weighed(part: str) -> tuple[str, float]:
    """A part of an Accept header and its weight; what cannot be read weighs nothing."""
    name, *parameters = (word.strip() for word in part.split(";"))
    quality = next((word[2:] for word in parameters if word.lower().startswith("q=")), "1")
    try:
        return name, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return name, 0.0
