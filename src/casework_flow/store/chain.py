"""Digests: each event seals what it added and the event before it.

The chain holds salted commitments, never a digest of personal text itself: when a person's data are erased
together with their salt (UU 27/2022, articles 43 and 44), what is left tells nothing of them, and the chain can
still be verified.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..workflow import canonical

EVENT_COLUMNS: Final = (
    "office_id",
    "stream",
    "seq",
    "kind",
    "on",
    "at",
    "by",
    "role",
    "key",
    "request",
    "body",
    "commitment",
    "prev",
)
"""What an event's hash covers; ``private`` and ``salt`` are covered through the commitment."""

RECORD_COLUMNS: Final = (
    "id",
    "case_id",
    "seq",
    "type",
    "item",
    "revision",
    "cycle",
    "episode",
    "on",
    "recorded_at",
    "by",
    "content",
)
DOCUMENT_COLUMNS: Final = (
    "id",
    "case_id",
    "seq",
    "name",
    "item",
    "version",
    "on",
    "template",
    "renderer",
    "snapshot",
    "sha256",
)
Offices = Sequence[tuple[int, str]]
"""Where a case that was imported has been: up to which event, in which office; what follows is this office's own."""

STAFF_COLUMNS: Final = ("name", "full_name", "role", "supervisor", "nip", "title")
SUBSCRIPTION_COLUMNS: Final = ("name", "url", "events", "secret", "state")


def new_salt() -> str:
    """128 random bits, as hexadecimal."""
    return os.urandom(16).hex()


def commit(salt: str, content: object) -> str:
    """The commitment to ``content``: without the salt nobody can test a guess against it."""
    return hashlib.sha256(f"{salt}\n{canonical(content)}".encode()).hexdigest()


def commit_row(row: Mapping[str, Any], columns: tuple[str, ...]) -> str:
    """The commitment to the named columns of a row, with the row's own salt."""
    return commit(row["salt"], [row[column] for column in columns])


def event_hash(row: Mapping[str, Any]) -> str:
    """The digest of an event, which the next one carries as ``prev``."""
    return hashlib.sha256(canonical([row[column] for column in EVENT_COLUMNS]).encode()).hexdigest()


def written_in(event: Mapping[str, Any], offices: Offices) -> Mapping[str, Any]:
    """An event as it was written: of a case that came from another office, its first events carry that one's id."""
    for last, office in offices:
        if event["seq"] <= last:
            return {**event, "office_id": office}
    return event


def digest(text: str) -> str:
    """SHA-256 of a text that is no secret: a workflow's data, a template."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
