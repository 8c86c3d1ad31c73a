"""Webhooks: who is told of an office's events, what they are told, and how it is sent.

The message is a CloudEvent 1.0 in JSON, signed as Standard Webhooks 1.0 says. It holds the skeleton of an event
only: whoever may know more asks for the case by its number, and is asked who they are.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from .errors import CaseworkError, Invalid, Problem, did_you_mean
from .messages import Message
from .occasions import OCCASIONS, occasion

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # the form's name, no secret
SECRET_BYTES: Final = 32
LEAST_SECRET_BYTES: Final = 24
MOST_SECRET_BYTES: Final = 64
"""What Standard Webhooks lets a secret be."""

SECONDS: Final = 15.0
"""How long a receiver may take, from the first byte to the last."""

MOST_READ: Final = 65_536
"""Bytes of an answer that are read, and thrown away: what counts is its status."""

TEST: Final = "test"
"""What a message is called that tells of nothing."""


class NotInstalled(CaseworkError):
    """The package that sends messages is missing; install the extra ``events``."""

    code = "usage"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is told: the name by which the office knows them, their address, and of what. No events are all of them."""

    name: str
    url: str
    events: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {"name": self.name, "url": self.url, "events": list(self.events or OCCASIONS)}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event that one subscription is to be told, and what has become of it.

    ``state`` is ``ready`` (still to be delivered, at ``due_at``), ``dead`` (tried too often; whoever repairs the
    receiver lets it be tried again), ``done`` or ``skipped`` (given up by somebody). ``note`` says what came of the
    last attempt.
    """

    id: str
    subscription: str
    case: str
    seq: int
    event: str
    state: str
    attempts: int
    due_at: str
    changed_at: str
    note: str | None = None

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one sending: whether it was taken, a note of a few words, and whether anybody was there."""

    ok: bool
    note: str
    reached: bool


# what is given


def checked(name: str, url: str, events: Sequence[str], secret: str | None, *, insecure: bool) -> dict[str, Any]:
    """The row of a subscription; a secret is made where none is given.

    Raises:
        Invalid: something cannot be right; every fault is named.
    """
    problems = []
    if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        problems.append(Problem("name", Message("The short name is one word, such as sik-ng.")))
    if why := _address_fault(url, insecure=insecure):
        problems.append(Problem("url", why))
    for event in events:
        if event not in OCCASIONS:
            hint = did_you_mean(event, OCCASIONS) or Message("One of these is expected: {names}.", names=OCCASIONS)
            why = Message("There is no event {event}. {hint}", event=event, hint=hint)
            problems.append(Problem("events", why))
    if secret is not None and not _is_secret(secret):
        why = Message(
            "A secret is {prefix} and {least} to {most} bytes in Base64.",
            prefix=SECRET_PREFIX,
            least=LEAST_SECRET_BYTES,
            most=MOST_SECRET_BYTES,
        )
        problems.append(Problem("secret", why))
    if problems:
        raise Invalid(Message("Nobody can be told of events like this."), problems)
    wanted = sorted(set(events), key=OCCASIONS.index)
    return {"name": name, "url": url, "events": json.dumps(wanted), "secret": secret or new_secret()}


def _address_fault(url: str, *, insecure: bool) -> Message | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("http", "https") or any(letter <= " " for letter in url):
        return Message("{url} is not an address such as https://sik.example/casework.", url=url)
    if parts.username or parts.password or parts.fragment:
        return Message("An address has no user name, password or fragment.")
    if parts.scheme == "http" and not insecure:
        return Message("The address begins with https://; --insecure lets a test on this machine do without.")
    return None


def new_secret() -> str:
    """A secret in the form of Standard Webhooks."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _is_secret(text: str) -> bool:
    try:
        return LEAST_SECRET_BYTES <= len(_key(text)) <= MOST_SECRET_BYTES
    except binascii.Error:
        return False


def _key(secret: str) -> bytes:
    if not secret.startswith(SECRET_PREFIX) or not secret.isascii():
        return b""
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)


# what is said


def event_id(stream: str, seq: int) -> str:
    """The id of an event, the same whoever is told of it and however often: what a receiver knows it again by."""
    return f"evt_{stream.replace('-', '')}_{seq}"


def body(office_id: str, event: Mapping[str, Any]) -> bytes:
    """The message about an event: a CloudEvent, without a word about a person.

    Args:
        office_id: the office's id.
        event: the event's row with its body read, its case's ``number`` and ``workflow``, and its ``documents``.
    """
    told = event["body"]
    kind = occasion(event["kind"], told)
    moved = event["kind"] == "moved"
    closed = moved and told["status"] == "closed"
    data = {
        "case": event["number"],
        "workflow": event["workflow"],
        "seq": event["seq"],
        "kind": kind,
        "move": told["move"] if moved else None,
        "from": told["from"] if moved else None,
        "to": "closed" if closed else told.get("to"),
        "status": told["status"] if moved else None,
        "on": event["on"],
        "at": event["at"],
        "role": event["role"],
        "documents": [
            {"name": row["name"], "version": row["version"], "sha256": row["sha256"]} for row in event["documents"]
        ],
    }
    return _cloud_event(
        office_id, event_id(event["stream"], event["seq"]), kind, event["at"], data, subject=event["number"]
    )


def trial_body(office_id: str, message_id: str, at: str) -> bytes:
    """A message that tells of nothing but itself."""
    return _cloud_event(office_id, message_id, TEST, at, {"kind": TEST, "at": at})


def _cloud_event(office_id: str, message_id: str, kind: str, at: str, data: object, **more: str) -> bytes:
    event = {
        "specversion": "1.0",
        "id": message_id,
        "source": f"urn:uuid:{office_id}",
        "type": f"casework.case.{kind}",
        **more,
        "time": at,
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def headers(secret: str, message_id: str, message: bytes, now: datetime) -> dict[str, str]:
    """The headers of a message that is sent ``now``, as Standard Webhooks signs it."""
    timestamp = str(int(now.astimezone(UTC).timestamp()))
    signed = b".".join([message_id.encode(), timestamp.encode(), message])
    signature = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": CONTENT_TYPE,
        "user-agent": "casework-flow",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }


# how it is sent


@cache
def _authorities() -> Any:
    """Whose certificates count: read once, for that takes longer than sending."""
    import httpx  # see require

    return httpx.create_ssl_context()


def require() -> None:
    """See that messages can be sent.

    Raises:
        NotInstalled: they cannot.
    """
    try:
        import httpx  # noqa: F401  # for those who deliver, not for every start
    except ModuleNotFoundError:
        raise NotInstalled(
            Message('Sending events needs the extra "events": pip install "casework-flow[events]".')
        ) from None


def post(url: str, message: bytes, given: Mapping[str, str]) -> Answer:
    """Send a message, once; no redirect is followed, and nothing of the answer is kept but its status.

    Raises:
        NotInstalled: the extra for events is not.
    """
    import asyncio  # see require

    require()
    return asyncio.run(_post(url, message, given))


async def _post(url: str, message: bytes, given: Mapping[str, str]) -> Answer:
    import asyncio

    import httpx

    try:
        async with (
            asyncio.timeout(SECONDS),  # of the whole: a receiver may answer byte by byte
            httpx.AsyncClient(timeout=None, follow_redirects=False, verify=_authorities()) as client,  # noqa: S113  # above
            client.stream("POST", url, content=message, headers=dict(given)) as answer,
        ):
            read = 0
            async for piece in answer.aiter_raw():
                read += len(piece)
                if read > MOST_READ:
                    break
    except TimeoutError:
        return Answer(ok=False, note="Timeout", reached=False)
    except (httpx.InvalidURL, httpx.TransportError) as fault:
        return Answer(ok=False, note=type(fault).__name__, reached=False)
    return Answer(ok=answer.is_success, note=f"HTTP {answer.status_code}", reached=True)
