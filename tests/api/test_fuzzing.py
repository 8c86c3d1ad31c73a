"""The short form of what ``make soak`` does with 10 000 requests: see ``fuzzing.py``."""

from __future__ import annotations

from pathlib import Path

import fuzzing
import pytest


@pytest.mark.parametrize("who", ["head", "rina"])
def test_schemathesis_finds_nothing(tmp_path: Path, who: str) -> None:
    code, told, cases = fuzzing.run(tmp_path, who=who, examples=2, seed=7)
    assert code == 0, told
    assert cases > 1_000
