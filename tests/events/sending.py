"""An office with a small programme, and the workers that tell of its events."""

from __future__ import annotations

from datetime import datetime, timedelta

import breaking
from case_s import Clock

from casework_flow import Casework
from casework_flow.delivering import Attempt
from casework_flow.office import Office as Profile

PROFILE = Profile(agency="Dinas Sosial Kabupaten Contoh", holidays="", register_pattern="460/{number:05d}/{year}")


class Office:
    """One database, and as many front doors to it as are asked for."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.files = breaking.files()
        self.opened: list[Casework] = []
        self.cw = self.door()
        self.cw.add_staff("sup", full_name="Supervisor Contoh", role="supervisor")
        self.cw.add_staff("rina", full_name="Rina Contoh", role="social_worker", supervisor="sup")

    def door(self) -> Casework:
        """Another front door, as another process would have it."""
        made = Casework(
            self.url, office=PROFILE, workflows=[self.files], templates=[self.files], clock=lambda: self.clock()
        )
        self.opened.append(made)
        return made

    def case(self, moves: int = 0) -> str:
        """A new case that was moved so often."""
        number = self.cw.open("soak", client=breaking.CLIENT, by="rina").number
        for _ in range(moves):
            self.cw.advance(number, by="rina")
        return number

    def later(self, **time: float) -> None:
        """Let time go by."""
        self.clock.now += timedelta(**time)

    def sweep(self, cw: Casework | None = None) -> list[str]:
        """Deliver what is due; what came of each attempt."""
        attempts: list[Attempt] = []
        (cw or self.cw).sweep(attempts.append)
        return [attempt.outcome for attempt in attempts]

    def due(self) -> list[datetime]:
        """When the deliveries that are ready are due."""
        return [datetime.fromisoformat(one.due_at) for one in self.cw.deliveries(["ready"])]

    def close(self) -> None:
        """Leave no connection open."""
        for cw in self.opened:
            cw.disconnect()
