"""The members of staff: the verbs about them, and what may be said of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from . import cases
from .cases import Loaded, Who, name_of, permit_in
from .errors import Invalid, Problem, Refused
from .messages import Message
from .moments import When
from .papers import Papers
from .store import lists
from .store.database import retried
from .store.store import Transaction
from .values import ROLES, HandedOver, Staff
from .workflow import HAND_OVER

NIP_DIGITS: Final = 18
SUPERVISED: Final = ("social_worker", "practicum_student")
"""The roles whose work a supervisor approves."""


class Staffing(Papers):
    """The cases of one office in one database, with those who work in it."""

    @retried
    def add_staff(
        self,
        name: str,
        *,
        full_name: str,
        role: str,
        supervisor: str | None = None,
        nip: str | None = None,
        title: str | None = None,
        by: Who | None = None,
        key: str | None = None,
    ) -> Staff:
        """Add a member of staff.

        Args:
            name: the short name to act by (``--as``), unique in the office.
            full_name: the name on documents.
            role: one of ``ROLES``.
            supervisor: the short name of their supervisor.
            nip: the civil servant's number, 18 digits.
            title: the position, as letters give it.
            by: who adds them; the first one is added by nobody.
            key: an idempotency key.

        Raises:
            Invalid: a value cannot be right; every fault is named.
            NotFound: there is no such supervisor.
            Refused: the name is taken.
        """
        row = checked(name, full_name, role, supervisor, nip, title)
        with self._store.writing() as tx:
            request = ["add_staff", row, name_of(by)]
            if self._repeated(tx, key, request):
                return cases.staff(tx, name)
            if tx.staff(name):
                raise Refused(Message("There is a member of staff called {name} already.", name=name))
            if supervisor:
                cases.staff(tx, supervisor)
            adder = cases.staff(tx, by) if by else None
            self._keep_staff(tx, row, adder, key, request)
            return cases.staff_of(row)

    @retried
    def change_staff(
        self,
        name: str,
        *,
        full_name: str | None = None,
        role: str | None = None,
        supervisor: str | None = None,
        nip: str | None = None,
        title: str | None = None,
        by: Who | None = None,
        key: str | None = None,
    ) -> Staff:
        """Change what is known of a member of staff; None leaves a value as it is, an empty text takes it away.

        Args:
            name: their short name, which stays.
            full_name: see ``add_staff``, as the following ones.
            role: their role from now on.
            supervisor: the short name of their supervisor from now on.
            nip: the civil servant's number, 18 digits.
            title: the position, as letters give it.
            by: who changes it.
            key: an idempotency key.

        Raises:
            Invalid: a value cannot be right, or nothing would change.
            NotFound: there is no such member of staff, or no such supervisor.
        """
        given = {"full_name": full_name, "role": role, "supervisor": supervisor, "nip": nip, "title": title}
        with self._store.writing() as tx:
            request = ["change_staff", name, given, name_of(by)]
            if self._repeated(tx, key, request):
                return cases.staff(tx, name)
            row = changed(cases.staff(tx, name), given)
            if supervisor:
                cases.staff(tx, supervisor)
            self._keep_staff(tx, row, cases.staff(tx, by) if by else None, key, request)
            return cases.staff_of(row)

    @retried
    def hand_over(
        self,
        numbers: Sequence[str] = (),
        *,
        to: Who,
        by: Who,
        reason: str,
        all_of: Who | None = None,
        at: When = None,
        key: str | None = None,
    ) -> HandedOver:
        """Give cases to another worker, one event for each, or none of them; what is open in them stays open.

        Args:
            numbers: the cases' numbers.
            to: who works in them from now on.
            by: the acting member of staff.
            reason: why.
            all_of: every open case of this worker, beside those named.
            at: the working date.
            key: an idempotency key.

        Raises:
            NotFound: there is no such case or member of staff.
            Invalid: no case is named, or the reason is missing.
            Refused: a case is closed or in these hands already, ``by`` may not hand it over, or the role of ``to``
                may not work in it.
        """
        on = self._moment(at)
        reason = reason.strip()
        if not reason:
            why = Message("Handing a case over needs a reason.")
            raise Invalid(Message("The reason is missing."), [Problem("reason", why)])
        with self._store.writing() as tx:
            actor, receiver = cases.staff(tx, by), cases.staff(tx, to)
            giver = cases.staff(tx, all_of).name if all_of else None
            request = ["hand_over", [*numbers], giver, receiver.name, reason, actor.name, on if at else None]
            if done := self._repeated(tx, key, request):
                return HandedOver(done["body"]["together"], receiver.name, done["on"], done["by"], reason)
            wanted = dict.fromkeys(numbers)
            if giver:
                wanted |= dict.fromkeys(row["number"] for row in lists.page(tx, {"worker": giver, "open": ""}))
            if not wanted:
                raise Invalid(
                    Message("There is no case to hand over."),
                    [Problem("numbers", Message("Name cases, or a worker who has open ones."))],
                )
            loaded = [self._load(tx, number, on) for number in wanted]
            for one in loaded:
                _refuse_handing(one, actor, receiver)
            given = {one.state.number: one.state.worker for one in loaded}
            for place, one in enumerate(loaded):
                body: dict[str, Any] = {"worker": receiver.name, "before": one.state.worker}
                keyed = {"key": key, "request": request} if key and not place else {}
                body |= {"together": given} if keyed else {}
                event = self._event("handed_over", on, actor, body, private={"reason": reason}, **keyed)
                tx.append(one.case_id, one.state, event)
            said = unsupervised(receiver)
            result = HandedOver(given, receiver.name, on, actor.name, reason, (said,) if said else ())
        self._tell("handed_over", result)
        return result

    def _keep_staff(
        self, tx: Transaction, row: Mapping[str, Any], actor: Staff | None, key: str | None, request: object
    ) -> None:
        tx.keep_staff(
            row,
            on=self._now().date().isoformat(),
            at=self._recorded_at(),
            by=actor.name if actor else "-",
            role=actor.role if actor else "-",
            key=key,
            request=request,
        )


def _refuse_handing(loaded: Loaded, actor: Staff, receiver: Staff) -> None:
    """Refuse, unless ``actor`` may give this case to ``receiver``."""
    number, flow = loaded.state.number, loaded.workflow
    permit_in(loaded, actor, HAND_OVER)
    if loaded.state.status == "closed":
        raise Refused(Message("Case {number} is closed; nothing more can be done in it.", number=number))
    if receiver.name == loaded.state.worker:
        raise Refused(
            Message("Case {number} is in the hands of {worker} already.", number=number, worker=receiver.full_name)
        )
    if not flow.may(receiver.role, "record"):
        raise Refused(
            Message(
                "{name} ({role}) cannot take case {number}: whoever works in it has one of these roles: {roles}.",
                name=receiver.full_name,
                role=Message(receiver.role.replace("_", " ")),
                number=number,
                roles=[Message(role.replace("_", " ")) for role in flow.roles_for("record")],
            )
        )


def changed(before: Staff, given: Mapping[str, str | None]) -> dict[str, Any]:
    """The row of a member of staff with what is ``given``: None leaves a value as it is, an empty text takes it away.

    Raises:
        Invalid: a value cannot be right, or nothing would be other than before.
    """
    old = before.as_data()
    row = checked(before.name, **{field: old[field] if (new := given[field]) is None else new for field in given})
    if row == old:
        raise Invalid(
            Message("{name} stays as it is.", name=before.name),
            [Problem("", Message("Nothing is given that is other than before."))],
        )
    return row


def unsupervised(person: Staff) -> Message | None:
    """What is to be told when nobody supervises ``person`` though their role asks for it."""
    if person.supervisor or person.role not in SUPERVISED:
        return None
    return Message(
        "{worker} has no supervisor, so that nobody can approve their work yet, except a head of office: {command}.",
        worker=person.full_name,
        command=f"casework staff change {person.name} --supervisor NAME",
    )


def checked(
    name: str, full_name: str, role: str, supervisor: str | None, nip: str | None, title: str | None
) -> dict[str, Any]:
    """The row of a member of staff.

    Raises:
        Invalid: a value cannot be right; every fault is named.
    """
    problems = []
    if not name.strip() or any(char.isspace() for char in name):
        problems.append(Problem("name", Message("The short name is one word, such as rina.")))
    if not full_name.strip():
        problems.append(Problem("full_name", Message("The full name is missing.")))
    if role not in ROLES:
        problems.append(Problem("role", Message("{role} is no role; known are: {roles}.", role=role, roles=ROLES)))
    digits = "".join((nip or "").split())
    if nip and not (digits.isascii() and digits.isdigit() and len(digits) == NIP_DIGITS):
        problems.append(Problem("nip", Message("A NIP has {count} digits.", count=NIP_DIGITS)))
    if supervisor == name:
        problems.append(Problem("supervisor", Message("Nobody supervises themselves.")))
    if problems:
        raise Invalid(Message("{name} cannot be on the staff like this.", name=name or "-"), problems)
    return {
        "name": name,
        "full_name": full_name.strip(),
        "role": role,
        "supervisor": supervisor or None,
        "nip": digits or None,
        "title": title or None,
    }
