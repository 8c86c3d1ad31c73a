from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import caseload
import pytest
from case_s import At, Clock, Databases, casework
from hypothesis import settings
from postgres import Postgres, server

from casework_flow.casework import Casework

# In CI the same examples are drawn in each run, so that a failure there can be had again; elsewhere new ones are.
settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.hookimpl(tryfirst=True)  # before the marks are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of the office with many cases run in one process: it takes half a minute to make."""
    for item in items:
        if "office_of_2000" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("office_of_2000"))


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def office_of_2000(tmp_path_factory: pytest.TempPathFactory) -> caseload.Office:
    """An office with 2 000 cases over eighteen months; whoever changes it takes a copy."""
    return caseload.build(tmp_path_factory.mktemp("caseload"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server, started once; under xdist once for each worker that needs it."""
    with server() as uri:
        yield Postgres(uri)


@pytest.fixture(scope="session")
def walked() -> dict[str, str]:
    """The databases on PostgreSQL that were walked to a stage already, by the stage."""
    return {}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def at(databases: Databases, tmp_path: Path, clock: Clock) -> At:
    """Open the office in which case S has just entered a stage; ``""`` is the case closed."""

    def opened(stage: str) -> Casework:
        return casework(databases.at(stage, tmp_path / "casework.db"), clock)

    return opened
