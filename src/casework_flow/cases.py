"""A case inside a transaction: everything that is known of it at a moment, and who may work in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from . import facts
from .additions import NOTHING, Additions
from .engine import CaseState, Engine
from .errors import NotFound, NotPermitted, did_you_mean
from .messages import Message, Sayable
from .records.base import Entry
from .records.types import RecordType
from .store import lists
from .store.store import Transaction
from .values import Case, Role, Staff
from .workflow import Workflow, from_data

Who = Staff | str


def name_of(who: Who | None) -> str | None:
    """The short name of a member of staff, however they were given."""
    return who.name if isinstance(who, Staff) else who


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that is known of a case at a moment."""

    case_id: str
    state: CaseState
    workflow: Workflow
    kinds: Mapping[str, RecordType]
    rows: Sequence[Mapping[str, Any]]
    entries: Mapping[str, list[Entry]]
    history: facts.History
    told: Mapping[str, Any]
    """The facts of the case, but for its pauses."""
    views: Mapping[str, object]
    worker: Staff
    today: date
    """The working date."""

    @property
    def approvals(self) -> facts.Approvals:
        """The approvals that count now."""
        return self.history.approvals

    @property
    def events(self) -> Sequence[Mapping[str, Any]]:
        """Its events, but for those that only add records."""
        return self.history.events

    @property
    def standing(self) -> Mapping[tuple[str, str, str], Mapping[str, Any]]:
        """The overrides of earlier moves that are still in force."""
        return self.history.standing

    @property
    def pauses(self) -> Sequence[facts.Pause]:
        """The times in which it rested."""
        return self.history.pauses

    @property
    def case(self) -> dict[str, Any]:
        """The facts of the case, as its documents keep them."""
        return {**self.told, "pauses": [[pause.since, pause.until] for pause in self.pauses]}


class _CaseFacts(Mapping[str, Any]):
    """The facts of a case as guards see them: its history is read only where they ask for the pauses."""

    __slots__ = ("_history", "_told")

    def __init__(self, told: Mapping[str, Any], history: facts.History) -> None:
        self._told = told
        self._history = history

    def __getitem__(self, name: str) -> Any:
        if name == "pauses":
            return [[pause.since, pause.until] for pause in self._history.pauses]
        return self._told[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._told, "pauses"))

    def __len__(self) -> int:
        return len(self._told) + 1


class Engines:
    """The engine of each workflow version that was needed so far, by the digest of its data."""

    def __init__(self, added: Additions = NOTHING) -> None:
        self.added = added
        self._built: dict[str, Engine] = {}
        self._read: dict[str, Workflow] = {}
        self._kinds: dict[str, Mapping[str, RecordType]] = {}

    def of(self, flow: Workflow) -> Engine:
        """The engine of ``flow``, built once."""
        return self._built.setdefault(flow.digest, self._built.get(flow.digest) or Engine(flow))

    def kinds(self, flow: Workflow) -> Mapping[str, RecordType]:
        """The types of record that cases of ``flow`` may have."""
        if flow.digest not in self._kinds:
            self._kinds[flow.digest] = facts.record_types(flow)
        return self._kinds[flow.digest]

    def workflow(self, tx: Transaction, digest: str) -> Workflow:
        """The workflow that a case lives by, as it was stored when the case was opened."""
        if digest not in self._read:
            self._read[digest] = from_data(json.loads(tx.workflow(digest) or "{}"), self.added)
        return self._read[digest]


def load(tx: Transaction, number: str, on: str, engines: Engines, lang: str) -> Loaded:
    """The case called ``number``, as it is judged on the working date ``on``.

    Args:
        tx: the transaction that reads.
        number: the case's number.
        on: the working date, or date and time, as ISO text.
        engines: where the case's workflow may be known already.
        lang: the language of the office, for the programme's title.

    Raises:
        NotFound: there is no such case.
    """
    case_id, state = find(tx, number)
    flow = engines.workflow(tx, state.workflow_digest)
    kinds = engines.kinds(flow)
    rows = tx.records(case_id)
    entries = facts.entries(rows, state, kinds)
    today = date.fromisoformat(on[:10])
    history = facts.History(lambda: tx.told(case_id), entries, today)
    worker = staff(tx, state.worker)
    supervisor = staff(tx, worker.supervisor) if worker.supervisor else None
    told = {
        "number": state.number,
        "workflow": flow.name,
        "title": flow.title.say(lang),
        "stage": state.stage,
        "status": state.status,
        "cycle": state.cycle,
        "episode": state.episode,
        "opened_on": state.opened_on,
        "stage_since": state.stage_since,
        "worker": _signing(worker),
        "supervisor": _signing(supervisor) if supervisor else None,
    }
    counted_to = date.fromisoformat((state.closed_on or on)[:10])  # nothing is missed or late after the closing
    views = facts.views(flow, kinds, entries, _CaseFacts(told, history), history.approvals, counted_to)
    return Loaded(
        case_id=case_id,
        state=state,
        workflow=flow,
        kinds=kinds,
        rows=rows,
        entries=entries,
        history=history,
        told=told,
        views=views,
        worker=worker,
        today=today,
    )


def find(tx: Transaction, number: str) -> tuple[str, CaseState]:
    """A case's id and state.

    Raises:
        NotFound: there is no such case.
    """
    found = tx.case(number)
    if found is None:
        if near := _near(tx, number):
            raise NotFound(Message("There is no case {number}. Did you mean {near}?", number=number, near=near))
        raise NotFound(Message("There is no case {number}. casework list shows them.", number=number))
    return found


def _near(tx: Transaction, typed: str) -> str | None:
    """The case whose number has the figures that were ``typed``: without its letters or zeros, in small letters.

    The last case's number tells how numbers are written, so that only a few are looked up, however many there are.
    """
    last = lists.page(tx, {}, descending=True, limit=1)
    figures = re.findall("[0-9]{1,9}", typed)
    if not last or not figures:
        return None
    parts = re.split("([0-9]+)", last[0]["number"])
    places = range(1, len(parts), 2)
    for end in range(len(places), len(figures) - 1, -1):
        made = list(parts)
        for place, figure in zip(places[end - len(figures) : end], figures, strict=True):
            made[place] = str(int(figure)).zfill(len(parts[place]))
        if (number := "".join(made)) != typed and tx.case(number):
            return number
    return None


def case_of(state: CaseState, today: date, warnings: Sequence[Sayable] = ()) -> Case:
    """The case as the front door gives it; ``today`` tells whether it is late."""
    due = date.fromisoformat(state.due_on) if state.due_on else None
    return Case(
        number=state.number,
        workflow=state.workflow,
        workflow_version=state.workflow_version,
        stage=state.stage,
        status=state.status,
        cycle=state.cycle,
        episode=state.episode,
        client=state.client,
        worker=state.worker,
        opened_on=date.fromisoformat(state.opened_on[:10]),
        due_on=due,
        closed_on=date.fromisoformat(state.closed_on[:10]) if state.closed_on else None,
        because=state.because,
        overdue=state.status == "active" and due is not None and due < today,
        version=state.version,
        warnings=tuple(warnings),
    )


def staff(tx: Transaction, who: Who) -> Staff:
    """The member of staff whom ``who`` names, as the database knows them.

    Raises:
        NotFound: there is nobody of that name.
    """
    name = who.name if isinstance(who, Staff) else who
    row = tx.staff(name)
    if row is None:
        hint = did_you_mean(name, [person["name"] for person in tx.all_staff()])
        if hint is None:
            raise NotFound(Message("There is no member of staff called {name}.", name=name))
        raise NotFound(Message("There is no member of staff called {name}. {hint}", name=name, hint=hint))
    return staff_of(row)


def staff_of(row: Mapping[str, Any]) -> Staff:
    """The member of staff in a row."""
    role: Role = row["role"]
    return Staff(row["name"], row["full_name"], role, row["supervisor"], row["nip"], row["title"])


def _signing(person: Staff) -> dict[str, Any]:
    """A member of staff as documents name them."""
    return {"name": person.full_name, "role": person.role, "title": person.title, "nip": person.nip}


def permit(flow: Workflow, actor: Staff, act: str, what: str = "") -> None:
    """Refuse, unless the workflow lets the role of ``actor`` do ``act`` to ``what``."""
    if not flow.may(actor.role, act, what):
        raise not_permitted(actor, f"{act} {what}".strip(), flow.roles_for(act, what))


def not_permitted(actor: Staff, act: str, roles: Sequence[str]) -> NotPermitted:
    """That the role of ``actor`` does not go so far; ``roles`` are those that do."""
    return NotPermitted(
        Message(
            "{name} ({role}) may not do this ({act}); these may: {roles}.",
            name=actor.full_name,
            role=Message(actor.role.replace("_", " ")),
            act=act,
            roles=[Message(role.replace("_", " ")) for role in roles] or "-",
        )
    )


def permit_in(loaded: Loaded, actor: Staff, act: str, what: str = "") -> None:
    """Refuse, unless ``actor`` may do ``act``, and this case is theirs or that of somebody they supervise."""
    permit_at(loaded.workflow, loaded.state.number, loaded.worker, actor, act, what)


def permit_at(flow: Workflow, number: str, worker: Staff, actor: Staff, act: str, what: str = "") -> None:
    """See ``permit_in``, for a case of which no more is known than its number and its ``worker``."""
    permit(flow, actor, act, what)
    if actor.name != worker.name and not oversees(flow, actor, worker, what):
        raise NotPermitted(
            Message(
                "Case {number} is in the hands of {worker}; only they and their supervisors work in it.",
                number=number,
                worker=worker.full_name,
            )
        )


def oversees(flow: Workflow, actor: Staff, worker: Staff, what: str = "") -> bool:
    """Whether ``actor`` is the supervisor of ``worker``, or has a role that works in every case."""
    return worker.supervisor == actor.name or flow.may(actor.role, "any_case", what)
