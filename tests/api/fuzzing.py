"""Schemathesis against the API as it is served, with a key and an office in which case S is at work.

All of its checks run but those that ``LEFT_OUT`` names.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from case_s import casework as office_in
from case_s import walk
from served import serving, token

from casework_flow.api import create_app

LEFT_OUT: Final = {
    "positive_data_acceptance": (
        "a schema cannot say what the rules of casework say: that the days of a contract follow each other, that "
        "a case, a record or a cursor is one that there is"
    ),
}

SETTINGS: Final = """
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 406, 415, 422, 428]  # RFC 6585: what is missing is a condition
"""


def run(folder: Path, *, who: str, examples: int, seed: int) -> tuple[int, str, int]:
    """Let schemathesis ask as a member of staff; its exit code, what it printed, and how many requests it made."""
    cw = office_in(folder / "casework.db")
    walk(cw, "planning")
    app = create_app(cw, rate=10**9)
    described = folder / "openapi.json"
    described.write_text(json.dumps(app.openapi()), encoding="utf-8")
    settings = folder / "schemathesis.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    with serving(app) as address:
        command = [
            str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(settings),
            "run", str(described),
            "--url", address,
            "-H", f"Authorization: Bearer {token(cw, who)}",
            "--checks", "all",
            "--exclude-checks", ",".join(LEFT_OUT),
            "--max-examples", str(examples),
            "--seed", str(seed),
            "--no-color",
        ]  # fmt: skip
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SCHEMATHESIS")}
        done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    cases = sum(int(found.replace(",", "")) for found in re.findall(r"([\d,]+) generated", told))
    faults = [finding.where for finding in cw.verify()]
    cw.disconnect()
    return (1 if faults else done.returncode), told + "".join(f"\nverify: {where}" for where in faults), cases
