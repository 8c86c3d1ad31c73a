"""The short form of what ``make soak`` does to the workers: kill -9 at any moment, 32 who write and tell at once."""

from __future__ import annotations

import telling  # shared with the full form
from offices import Office as Databases


def test_workers_that_are_killed_lose_nothing_and_keep_the_order(base: Databases) -> None:
    found = telling.kill(base.empty, rounds=2)
    assert found.faults == []
    assert found.messages >= found.events > 3


def test_of_32_at_once_nobody_deadlocks_and_every_event_is_told_once_in_order(base: Databases) -> None:
    found = telling.crowd(base.empty(), lives=1)
    assert found.faults == []
    assert found.events == 24 + 6 * (0 + 1 + 2 + 3)
