from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from offices import Office
from postgres import Postgres, server

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server, started once; under xdist once for each worker that needs it."""
    with server() as uri:
        yield Postgres(uri)


@pytest.fixture(scope="session")
def walked() -> dict[str, str]:
    """The databases on PostgreSQL that were walked to a stage already, by the stage."""
    return {}


@pytest.fixture(params=ENGINES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """Databases of case S, on each engine in turn."""
    folder = tmp_path / "office"
    folder.mkdir()
    made = Office(request.param, request, folder)
    yield made
    made.close()


@pytest.fixture
def new_database(office: Office) -> Callable[[], str]:
    """Makes empty databases, on each engine in turn."""
    return office.empty
