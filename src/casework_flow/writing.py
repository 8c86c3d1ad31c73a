"""What every verb that changes a case shares: the case as it is, one event, and those who are told of it."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any, Self
from weakref import finalize

from . import cases
from .cases import Loaded
from .errors import Invalid, Outdated, Problem, Refused
from .messages import Message
from .moments import earlier
from .reporting import Reporting
from .store.store import Addition, Transaction
from .values import Staff


class Writing(Reporting):
    """The cases of one office in one database, to be changed: one event for each verb, or nothing."""

    def within(self, host: object) -> Self:
        """The same verbs in a transaction of the host's: a savepoint for each, nothing begun, nothing done again.

        What the host rolls back was never done; what it commits was. An error of ours undoes that verb alone, and
        the host may go on. Listeners are called after the host's commit. Whoever is in the way is a ``Conflict``.

        Args:
            host: a SQLAlchemy Session or Connection, or Django's connection, on this database.

        Raises:
            TypeError: it is none of these.
            StoreUnusable: at the first verb: the host has begun no transaction.
        """
        inside = copy(self)
        inside._store = self._store.within(host)
        inside._closing = finalize(inside, inside._store.close)
        inside.library, inside.templates = self.library, self.templates  # read once, for all of them
        return inside

    def on(self, kind: str, listener: Callable[[Any], object]) -> None:
        """Call ``listener`` with the result of each verb of that kind (``advanced`` …) after its commit."""
        self._listeners.setdefault(kind, []).append(listener)

    def _load(self, tx: Transaction, number: str, on: str, seen: int | None = None) -> Loaded:
        """The case, for a change on the working date ``on``, which never precedes what was done before.

        Raises:
            Outdated: it is no longer at the version ``seen``.
        """
        loaded = cases.load(tx, number, on, self._engines, self.office.letter.language)
        if seen is not None and loaded.state.version != seen:
            raise Outdated(Message("Somebody else changed case {number} first; read it again.", number=number))
        last = loaded.state.last_on
        if earlier(on, last):
            raise Refused(
                Message("The working date {on} lies before the last one of this case, {last}.", on=on, last=last)
            )
        return loaded

    def _event(self, kind: str, on: str, actor: Staff, body: dict[str, Any], **more: Any) -> Addition:
        return Addition(kind, on, self._recorded_at(), actor.name, actor.role, body, **more)

    def _repeated(self, tx: Transaction, key: str | None, request: object) -> dict[str, Any] | None:
        if key is None:
            return None
        found = tx.keyed(key, request)
        if found is None:
            return None
        event, same = found
        if not same:
            raise Invalid(
                Message("The key was used already."),
                [Problem("key", Message("This key belongs to another request; use a new one."))],
            )
        return event

    def _tell(self, kind: str, result: object) -> None:
        for listener in self._listeners.get(kind, ()):
            self._store.after_commit(partial(listener, result))
