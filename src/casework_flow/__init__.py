"""A workflow engine for social casework: guarded stages, an honest history, and the documents of each transition.

The names below are all that a host needs; they are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for type checkers; at run time ``__getattr__`` loads what is asked for
    from .casework import Casework
    from .errors import CaseworkError, Conflict, ExtensionFault, Invalid, NotFound, Refused
    from .extensions import Extension
    from .office import Office
    from .store.migrations import migrate
    from .values import Approval, Case, Done, Issued, Recorded, Staff, Status

_HOME = {
    **dict.fromkeys(("Casework",), "casework"),
    **dict.fromkeys(("CaseworkError", "Conflict", "ExtensionFault", "Invalid", "NotFound", "Refused"), "errors"),
    "Extension": "extensions",
    **dict.fromkeys(("Office",), "office"),
    "migrate": "store.migrations",
    **dict.fromkeys(("Approval", "Case", "Done", "Issued", "Recorded", "Staff", "Status"), "values"),
}

__all__ = [
    "Approval",
    "Case",
    "Casework",
    "CaseworkError",
    "Conflict",
    "Done",
    "Extension",
    "ExtensionFault",
    "Invalid",
    "Issued",
    "NotFound",
    "Office",
    "Recorded",
    "Refused",
    "Staff",
    "Status",
    "migrate",
]


if not TYPE_CHECKING:  # a type checker would take every name for one that is there, slips as well

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
