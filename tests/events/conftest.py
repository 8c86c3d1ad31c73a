from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "soak"))

from case_s import Clock
from offices import ENGINES
from offices import Office as Databases
from receiver import SECRET, Receiver
from sending import Office


@pytest.fixture(params=ENGINES)
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Databases of case S, on each engine in turn."""
    folder = tmp_path / "office"
    folder.mkdir()
    made = Databases(request.param, request, folder)
    yield made
    made.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who takes everything."""
    made = Receiver().start()
    yield made
    made.stop()


@pytest.fixture
def office(base: Databases, receiver: Receiver) -> Iterator[Office]:
    """An office with a small programme, whose events are told to the receiver."""
    made = Office(base.empty(), Clock())
    made.cw.subscribe("sik", receiver.url, by="sup", secret=SECRET, insecure=True)
    yield made
    made.close()
