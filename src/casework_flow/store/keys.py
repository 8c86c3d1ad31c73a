"""The keys by which programs come in, and who has read what by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from . import sqlite as sql
from .ids import new_id
from .store import Row, Transaction

_LAST: Final = "~"
"""Sorts after every id."""
_MOST: Final = 2**31 - 1


def add(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Keep a new key."""
    tx.insert("api_keys", row)


def every(tx: Transaction) -> list[Row]:
    """Every key, in the order of their making."""
    return tx.rows(sql.API_KEYS)


def find(tx: Transaction, id: str) -> Row | None:
    """The key with that id."""
    found = tx.rows(sql.API_KEY, called=id)
    return found[0] if found else None


def revoke(tx: Transaction, id: str, at: str) -> None:
    """Note that a key is revoked; the first time counts."""
    tx.change(sql.API_KEY_REVOKED, called=id, now=at)


def used(tx: Transaction, id: str, at: str) -> None:
    """Note that a key was used."""
    tx.change(sql.API_KEY_USED, called=id, now=at)


def keep_read(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Note that somebody read something."""
    tx.insert("reads", {"id": new_id(), **row})


def reads(tx: Transaction, case_id: str | None, limit: int | None, before: str | None) -> list[Row]:
    """The reads of one case, or all of them, the latest first: at most ``limit``, and only those ``before`` an id."""
    given: dict[str, Any] = {"before": before or _LAST, "most": limit or _MOST}
    return tx.rows(sql.READS, **given) if case_id is None else tx.rows(sql.READS_OF, of=case_id, **given)
