"""Approvals: what can be approved, by whom, and the requests that a refused move opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import facts
from .cases import Loaded, oversees, permit
from .cases import staff as staff_called
from .errors import Invalid, NotPermitted, Problem, Refused, Unmet, did_you_mean
from .messages import Message
from .staffing import unsupervised
from .store.store import Transaction
from .values import Staff


def decision(
    tx: Transaction, loaded: Loaded, actor: Staff, what: str, *, approve: bool, note: str | None
) -> dict[str, Any]:
    """The words of the event by which ``actor`` approves or rejects ``what``.

    An approval is for one revision of one record, or for one move that somebody asked for. What was rejected is
    decided again when it has been revised: not a second opinion but better work is what a rejection asks for.

    Raises:
        Invalid: nobody approves such a thing in this workflow, or it is rejected without a note.
        Refused: there is nothing to approve, it is decided already, or ``actor`` may not: nobody approves their own
            work.
    """
    flow, number = loaded.workflow, loaded.state.number
    known = sorted({guard.approves for _, guard in flow.guards() if guard.approves})
    if what not in known:
        waiting = [name for name in known if _waits(loaded, name)]
        hint = did_you_mean(what, waiting or known) or (
            Message("Waiting for approval: {names}.", names=waiting)
            if waiting
            else Message("In this workflow these are approved: {names}.", names=known)
        )
        raise Invalid(Message("Nobody approves {what} here.", what=what), [Problem("what", hint)])
    permit(flow, actor, "approve", what)
    asked = facts.open_request(loaded.events, what)
    record = None
    if what in loaded.kinds:
        if loaded.state.status == "closed":
            raise Refused(Message("Case {number} is closed; nothing more can be done in it.", number=number))
        entries = loaded.entries.get(what)
        if not entries:
            raise Refused(Message("There is no {what} to approve: nothing is recorded yet.", what=what))
        record = entries[-1].id
        authors = {row["by"] for row in loaded.rows if (row["type"], row["item"]) == (what, entries[-1].item)}
    elif asked is None:
        raise Refused(
            Message("Nobody has asked for the approval of {what}: whoever makes the move asks for it.", what=what)
        )
    else:
        authors = {asked.by}
    if any(_same_person(tx, actor, author) for author in (*authors, loaded.worker.name)):
        raise NotPermitted(Message("Nobody approves their own work; ask another supervisor or the head of office."))
    if not oversees(flow, actor, loaded.worker):
        if said := unsupervised(loaded.worker):
            raise NotPermitted(said)
        raise NotPermitted(
            Message(
                "{what} is approved by the supervisor of {worker} or by the head of office.",
                what=what,
                worker=loaded.worker.full_name,
            )
        )
    if record is not None:
        _undecided(loaded, what, record, asked, approve=approve)
    if not approve and not (note or "").strip():
        raise Invalid(
            Message("A rejection needs a note: what must be done better?"),
            [Problem("note", Message("Say it with --note TEXT; whoever does the work reads it."))],
        )
    return {"what": what, "record": record, "because": asked.because if asked else None}


def _undecided(loaded: Loaded, what: str, record: str, asked: facts.Request | None, *, approve: bool) -> None:
    """See that this revision of a record waits for a decision; one that was approved can be rejected yet.

    Raises:
        Refused: it was rejected, or it is to be approved and is approved already.
    """
    last = facts.decision_on(loaded.events, record)
    if last is None:
        return
    told = {"what": what, "by": last["by"], "date": last["on"][:10]}
    if last["kind"] == "rejected":
        raise Refused(
            Message(
                "{what} was rejected by {by} on {date}, and must be revised before it is decided again: "
                "casework edit {number} {what}.",
                number=loaded.state.number,
                **told,
            )
        )
    if approve and (asked is None or asked.because == last["body"]["because"]):
        raise Refused(Message("{what} is approved already, by {by} on {date}.", **told))


def _waits(loaded: Loaded, what: str) -> bool:
    """Whether ``what`` is recorded, or was asked for, and nobody has approved it."""
    if what in loaded.kinds:
        return bool(loaded.entries.get(what)) and not loaded.approvals.given(what)
    return facts.open_request(loaded.events, what) is not None


def _same_person(tx: Transaction, one: Staff, other: str) -> bool:
    """Whether both names are one person's: two entries with one NIP are one person in two roles."""
    if one.name == other:
        return True
    return bool(one.nip) and staff_called(tx, other).nip == one.nip


def wanted(loaded: Loaded, unmet: Sequence[Unmet], because: str | None) -> Iterator[dict[str, Any]]:
    """The words of the events that ask for each approval which a refused move lacks, unless it is asked for."""
    for what in dict.fromkeys(requirement.approves for requirement in unmet):
        if what is None or (what in loaded.kinds and not loaded.entries.get(what)):
            continue
        asked = facts.open_request(loaded.events, what)
        if asked is None or asked.because != because:
            yield {"what": what, "because": because}
