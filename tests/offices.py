"""An office's databases on either engine, for the tests of the store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from case_s import OFFICE, TEMPLATES, Clock, Databases, walk
from postgres import Postgres
from sqlalchemy import make_url

from casework_flow.casework import Casework

ENGINES = ("sqlite", "postgresql")
"""What a database is made for in turn."""


class Office:
    """Databases of one engine in which case S has come as far as a stage."""

    def __init__(self, engine: str, request: pytest.FixtureRequest, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.databases: Databases = request.getfixturevalue("databases")
        self.server: Postgres | None = request.getfixturevalue("postgres") if engine == "postgresql" else None
        self.walked: dict[str, str] = request.getfixturevalue("walked")
        self.made: list[str] = []
        self.opened: list[Casework] = []

    def empty(self) -> str:
        """The URL of a new database with nothing in it."""
        if self.server is None:
            return f"sqlite:///{self.folder / f'{len(self.made)}-{len(self.opened)}.db'}"
        self.made.append(self.server.new())
        return self.made[-1]

    def at(self, stage: str) -> str:
        """The URL of a new database in which the case has just entered ``stage``; ``""`` is the case closed."""
        if self.server is None:
            file = self.folder / f"at-{stage}.db"
            if stage == "new":
                walked = self.empty()
                self.casework(walked)
                return walked
            return f"sqlite:///{self.databases.at(stage, file)}"
        if stage not in self.walked:
            url = self.server.new()
            cw = self.casework(url)
            if stage != "new":
                walk(cw, stage)
            cw.disconnect()
            self.walked[stage] = str(make_url(url).database)
        self.made.append(self.server.new(self.walked[stage]))
        return self.made[-1]

    def casework(self, url: str, clock: Clock | None = None) -> Casework:
        """The front door to a database; it is closed after the test."""
        self.opened.append(Casework(url, office=OFFICE, templates=[TEMPLATES], clock=clock or Clock()))
        return self.opened[-1]

    def close(self) -> None:
        """Leave nothing behind."""
        for cw in self.opened:
            cw.disconnect()
        for url in self.made if self.server else ():
            self.server.drop(url)  # type: ignore[union-attr]
        shutil.rmtree(self.folder, ignore_errors=True)
