"""The command line as a function: arguments in; exit code, standard output and standard error out."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casework_flow.cli import run
from casework_flow.cli.demo import Step, load_walk, walk
from casework_flow.cli.project import fill
from casework_flow.resources import shipped
from casework_flow.values import Done

CASE_S = shipped("examples") / "case-s"
NUMBER = "KSS-2025-0001"


@dataclass(frozen=True)
class Outcome:
    """What one command did."""

    code: int
    stdout: bytes
    err: str

    @property
    def out(self) -> str:
        return self.stdout.decode()

    @property
    def data(self) -> Any:
        """Standard output, which must be one JSON text."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error, which must be JSON on the last line of standard error."""
        found: dict[str, Any] = json.loads(self.err.splitlines()[-1])
        assert found.keys() == {"error"}
        error: dict[str, Any] = found["error"]
        return error


def casework(*argv: str | Path, stdin: bytes = b"") -> Outcome:
    """Run the command line with ``argv``."""
    with _streams(stdin) as (out, err):
        code = run([str(word) for word in argv])
        sys.stdout.flush()
        sys.stderr.flush()
        return Outcome(code, out.getvalue(), err.getvalue().decode())


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    before = sys.stdin, sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdin, sys.stdout, sys.stderr = (io.TextIOWrapper(raw, "utf-8") for raw in (io.BytesIO(stdin), out, err))
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


class Projects:
    """Projects in which case S has come as far as a stage; each is walked once and then copied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def at(self, stage: str, destination: Path) -> Path:
        """A copy of the project in which the case has just entered ``stage``; ``""`` is a case just opened."""
        made = self.folder / (stage or "opened")
        if not made.exists():
            draft = self.folder / "draft"
            draft.mkdir()
            for step in walk(fill(draft, load_walk(CASE_S)["office"]), CASE_S):
                if _enters(step, stage):
                    break
            draft.rename(made)
        return Path(shutil.copytree(made, destination, dirs_exist_ok=True))


def _enters(step: Step, stage: str) -> bool:
    return step.verb == "open" if not stage else isinstance(step.result, Done) and step.result.to == stage
