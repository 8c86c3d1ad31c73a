"""The types of the public surface: what hosts may write passes a strict type checker, and slips do not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api

import casework_flow

ROOT = Path(__file__).parents[2]
TYPED = ROOT / "tests" / "typed"


@pytest.fixture(scope="module")
def said() -> str:
    """What mypy says of both files, checked once."""
    config = ["--config-file", str(ROOT / "pyproject.toml"), "--no-error-summary", "--show-error-codes"]
    out, fault, _ = api.run([*config, str(TYPED / "public.py"), str(TYPED / "wrong.py")])
    assert not fault, fault
    return out


def test_what_hosts_write_has_the_types_that_are_promised(said: str) -> None:
    assert not [line for line in said.splitlines() if "public.py" in line]


def test_each_slip_is_refused_where_it_stands(said: str) -> None:
    lines = (TYPED / "wrong.py").read_text(encoding="utf-8").splitlines()
    wanted = {
        (number, found[1])
        for number, line in enumerate(lines, 1)
        if (found := re.search(r"# wants: ([a-z-]+)", line))
    }
    told = {(int(n), code) for n, code in re.findall(r"wrong\.py:(\d+): error: .*\[([a-z-]+)\]", said)}
    assert len(wanted) > 10
    assert wanted <= told
    assert {number for number, _ in told} == {number for number, _ in wanted}


def test_every_public_name_is_pinned() -> None:
    text = (TYPED / "public.py").read_text(encoding="utf-8")
    unpinned = [name for name in casework_flow.__all__ if not re.search(rf"\bcf\.{name}\b", text)]
    assert not unpinned
