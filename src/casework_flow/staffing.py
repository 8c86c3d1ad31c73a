"""The members of staff: what may be said of one."""

from __future__ import annotations

from typing import Any, Final

from .errors import Invalid, Problem
from .messages import Message
from .values import ROLES

NIP_DIGITS: Final = 18


def checked(
    name: str, full_name: str, role: str, supervisor: str | None, nip: str | None, title: str | None
) -> dict[str, Any]:
    """The row of a new member of staff.

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
        raise Invalid(Message("{name} cannot be added to the staff.", name=name or "-"), problems)
    return {
        "name": name,
        "full_name": full_name.strip(),
        "role": role,
        "supervisor": supervisor,
        "nip": digits or None,
        "title": title,
    }
