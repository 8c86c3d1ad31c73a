"""Clients who may be here already: the same NIK, or a name that sounds the same and nothing else against it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from .clienttable import Person
from .messages import Message
from .notation import shown
from .store.store import CLIENT, Transaction

_SPELLINGS: Final = (
    ("oe", "u"),
    ("dj", "j"),
    ("tj", "c"),
    ("sj", "s"),
    ("sy", "s"),
    ("nj", "ny"),
    ("ch", "k"),
    ("kh", "k"),
    ("th", "t"),
    ("dh", "d"),
    ("ph", "f"),
    ("v", "f"),
    ("p", "f"),
    ("z", "s"),
    ("q", "k"),
    ("y", "i"),
)
"""Spellings of one sound: those before 1972, and those of names from Arabic."""


_NEAR: Final = 0.8
"""The share of letters that two names have in common which may be one."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row whose client may be here already; ``message`` says whom it is like."""

    place: str
    message: Message


def sound(name: str) -> str:
    """What a name sounds like, whatever its spelling and the order of its words: what is equal is similar."""
    words = []
    for word in re.sub(r"[^\w\s]|[\d_]", " ", name.casefold()).split():
        for spelling, sounded in _SPELLINGS:
            word = word.replace(spelling, sounded)  # each rule works on what the one before left
        words.append(re.sub(r"(.)\1+", r"\1", word).rstrip("h"))
    return " ".join(sorted(filter(None, words)))


class _Index:
    """The clients of a table, by NIK and by the sound of the name."""

    def __init__(self) -> None:
        self.birthdays: dict[str, list[Person]] = {}
        self.niks: dict[str, list[Person]] = {}
        self.names: dict[str, list[Person]] = {}

    def like(self, client: Mapping[str, Any]) -> Iterator[tuple[Person, Message]]:
        """The people who may be about ``client``, and why."""
        nik = client.get("nik")
        same = self.niks.get(nik, []) if nik else []
        for person in same:
            yield person, Message("the same NIK")
        sounded = sound(str(client.get("name", "")))
        if not sounded:  # a faulty row without a name is like nobody
            return
        born = self.birthdays.get(client.get("birth_date", ""), [])
        near = [person for person in born if _near(_sounded(person), sounded)]
        for person in {id(one): one for one in (*self.names.get(sounded, []), *near)}.values():
            if person not in same and not _differ(person.client, client):
                yield person, Message("a similar name, {name}", name=shown(client.get("name", "")))

    def add(self, person: Person) -> None:
        """Let ``person`` be found."""
        if nik := person.client.get("nik"):
            self.niks.setdefault(nik, []).append(person)
        if born := person.client.get("birth_date"):
            self.birthdays.setdefault(born, []).append(person)
        self.names.setdefault(_sounded(person), []).append(person)


def _near(one: str, other: str) -> bool:
    """Whether two names differ by few letters, which tells something only of clients born on one day."""
    return SequenceMatcher(None, one, other).ratio() >= _NEAR


def _differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two clients of similar names are certainly two: their NIK or their birth date is another."""
    return any(one.get(part) and other.get(part) and one[part] != other[part] for part in ("nik", "birth_date"))


def among(tx: Transaction, people: Sequence[Person]) -> list[Duplicate]:
    """The rows whose client may be another one's in the table, or has a case already.

    The table is held in memory, the clients of the database are gone through one by one.
    """
    index = _Index()
    found: dict[tuple[str, str], Duplicate] = {}
    for person in people:
        for other, why in index.like(person.client):
            words = Message("{name} is also in {where}: {why}.", name=_name(person), where=other.place, why=why)
            found[person.place, other.place] = Duplicate(person.place, words)
        index.add(person)
    for record in tx.each_record([CLIENT]):
        for person, why in index.like(json.loads(record["content"])):
            number = tx.number_of(record["case_id"])
            words = Message("{name} may be the client of {case}: {why}.", name=_name(person), case=number, why=why)
            found[person.place, number] = Duplicate(person.place, words)
    places = {person.place: order for order, person in enumerate(people)}
    return sorted(found.values(), key=lambda one: places[one.place])


def _name(person: Person) -> str:
    return shown(person.client.get("name", ""))


def _sounded(person: Person) -> str:
    return sound(str(person.client.get("name", "")))
