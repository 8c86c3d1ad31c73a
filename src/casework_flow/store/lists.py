"""Many cases at a time: pages by key, counts, and what lies in many of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import sqlite as sql
from .store import Row, Transaction

SORTS: Final = sql.SORTS
"""What a list can be sorted by; cases that are alike in it come in the order of their opening."""


def page(
    tx: Transaction,
    wanted: Mapping[str, str],
    *,
    sort: str = "number",
    descending: bool = False,
    limit: int | None = None,
    after: str | None = None,
) -> list[Row]:
    """The cases that are as ``wanted``.

    Args:
        tx: the transaction that reads.
        wanted: columns with their values; ``open`` with any; ``today``: late on that day; ``until``: due by that day;
            ``district``: the code of the client's region, or of one that holds it; ``unit``: of this member of
            staff or those whom they supervise; ``number``: a part of it; ``text``: see ``found``.
        sort: one of ``SORTS``.
        descending: the last one first.
        limit: at most so many.
        after: those that come after the case of this number.
    """
    given = {**wanted, **_patterns(wanted)}
    if after is not None:
        place = tx.rows(sql.key_of(sort), of=after)
        if not place:
            return []
        given |= {"after_key": place[0]["key"], "after_id": place[0]["id"]}
    statement = sql.page(tuple(given), sort, descending, limit is not None)
    return tx.rows(statement, **given, **({} if limit is None else {"most": limit}))


def _patterns(wanted: Mapping[str, str]) -> dict[str, str]:
    """What a district, a part of a number and a text are looked for as, in the one form that stored JSON has."""
    made: dict[str, str] = {}
    if district := wanted.get("district"):
        code = f'%"region":{{"code":"{_plain(district)}'
        made |= {"district": f'{code}"%', "below": f"{code}{'.' if '.' in district else ''}%"}
    if number := wanted.get("number"):
        made["number"] = f"%{_plain(number.lower())}%"
    if text := wanted.get("text"):
        made["text"] = f"%{_plain(text.lower())}%"
        digits = "".join(letter for letter in text if letter.isdigit())
        if len(digits) >= _LEAST_DIGITS and not any(letter.isalpha() for letter in text):
            made["nik"] = f'%"nik":"{digits}"%'
            national = digits.removeprefix("0")
            made |= {f"phone_{place}": f'%"phone":"{"_" * place}{national}%' for place in range(sql.PHONE_PLACES)}
    return made


_LEAST_DIGITS: Final = 5
"""Fewer digits are no telephone number that anybody looks for."""


def _plain(text: str) -> str:
    """``text`` as LIKE takes it: its own wildcards are letters."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def tally(tx: Transaction, wanted: Mapping[str, str], today: str) -> list[Row]:
    """The open cases as ``wanted``, counted by workflow, stage, status and worker; ``late`` are those overdue."""
    return tx.rows(sql.tally(tuple(wanted)), today=today, **wanted)


def first(tx: Transaction, wanted: Mapping[str, str], limit: int) -> list[Row]:
    """The most urgent open cases of each stage of each workflow, at most ``limit`` of each."""
    return tx.rows(sql.first(tuple(wanted)), most=limit, **wanted)


def asked(tx: Transaction, wanted: Mapping[str, str]) -> list[Row]:
    """The cases as ``wanted`` in which an approval was asked for since they last moved, answered or not."""
    return tx.rows(sql.asked(tuple(wanted)), **wanted)


def closed_since(tx: Transaction, kind: str, since: str, wanted: Mapping[str, str]) -> list[Row]:
    """The cases closed since a day, each revision of their record ``kind`` beside them, the last one last."""
    return tx.rows(sql.closed_since(kind, tuple(wanted)), since=since, **wanted)
