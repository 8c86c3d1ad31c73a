"""The cells of examples/notebook run in their order, and give the figures that ``casework report`` gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import caseload
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples" / "notebook" / "statistics.ipynb"
CASES = 120
PERIOD = ["--from", caseload.FIRST.isoformat(), "--to", caseload.TODAY.isoformat()]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> caseload.Office:
    return caseload.build(tmp_path_factory.mktemp("notebook") / "office", CASES)


def run(command: list[str], office: caseload.Office) -> str:
    env = {**os.environ, "CASEWORK_DB": f"sqlite:///{office.database}", "CASEWORK_FILE": str(office.database)}
    folder = office.database.parent
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def figures(office: caseload.Office) -> dict[str, Any]:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    casework = str(Path(sys.executable).with_name("casework"))
    run([casework, "export", "--xes", "-o", "log.xes"], office)
    found: dict[str, Any] = json.loads(run([sys.executable, "-c", f"{code}\nprint(json.dumps(figures))"], office))
    return found


def test_the_notebook_says_what_the_report_says(figures: dict[str, Any], office: caseload.Office) -> None:
    casework = str(Path(sys.executable).with_name("casework"))
    report = json.loads(run([casework, "--json", "--lang", "en", "report", *PERIOD], office))["tables"]
    overview = {row["what"]: row["cases"] for row in report["overview"]}
    assert figures["opened"] == overview["Cases opened"] == CASES
    assert figures["closed"] == overview["Cases closed"]
    assert figures["open"] == overview["Open at the end of the period"]
    told = {row["month"]: [row["opened"], row["closed"]] for row in report["months"]}
    assert {month: figures["months"].get(month, [0, 0]) for month in told} == told
    told_reasons = sorted(row["closed"] for row in report["reasons"])
    assert sum(told_reasons) == sum(figures["reasons"].values())
    assert max(told_reasons) == max(figures["reasons"].values())  # smaller groups are counted together in the report


def test_the_notebook_says_what_was_done(figures: dict[str, Any], office: caseload.Office) -> None:
    assert figures["reasons"] == dict(Counter(case["because"] for case in office.cases if case.get("because")))
    assert figures["households_with_a_book"] == sum(bool(case["finance"]) for case in office.cases)


def test_the_notebook_is_small_and_holds_no_output() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert NOTEBOOK.stat().st_size < 20_000
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
