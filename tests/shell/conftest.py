from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from programme_cases import Examples, Standing


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return Examples(tmp_path_factory.mktemp("examples"))


@pytest.fixture
def stand(examples: Examples, tmp_path: Path) -> Callable[[str, str], Standing]:
    return lambda programme, stage: examples.at(programme, stage, tmp_path / "standing")
