"""The caseload: the cases of an office, of one of its workers, of a stage."""

from __future__ import annotations

from .reading import Reading
from .store.store import state_of
from .values import Case


class Caseload(Reading):
    """The cases of one office in one database, many at a time."""

    def list(
        self,
        *,
        stage: str | None = None,
        status: str | None = None,
        worker: str | None = None,
        workflow: str | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> tuple[Case, ...]:
        """The cases that match, by number.

        Args:
            stage: only cases in this stage.
            status: only ``active``, ``paused`` or ``closed`` ones.
            worker: only this worker's.
            workflow: only those of this programme.
            limit: at most so many; the rest comes with the last one's number as ``after``.
            after: only cases whose number comes later.
        """
        wanted = {"stage": stage, "status": status, "worker": worker, "workflow": workflow}
        given = {column: value for column, value in wanted.items() if value is not None}
        with self._store.reading() as tx:
            return tuple(self._case_of(state_of(row)) for row in tx.cases(given, limit, after))

    def next_due(self, *, worker: str | None = None, limit: int = 50, after: Case | None = None) -> tuple[Case, ...]:
        """The open cases that are due next, the most urgent first; paused ones have no such day.

        Args:
            worker: only this worker's.
            limit: at most so many.
            after: the last one of the page before.
        """
        with self._store.reading() as tx:
            return tuple(
                self._case_of(state_of(row)) for row in tx.next_due(worker, limit, after.number if after else None)
            )
