from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from offices import ENGINES, Office


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
