"""The members of staff: what may be said of one, and who has nobody to approve their work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .errors import Invalid, Problem
from .messages import Message
from .values import ROLES, Staff

NIP_DIGITS: Final = 18
SUPERVISED: Final = ("social_worker", "practicum_student")
"""The roles whose work a supervisor approves."""


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
