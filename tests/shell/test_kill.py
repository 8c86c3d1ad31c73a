"""A process that is killed at any moment of a move leaves the case before it or after it, whole.

A child does all its imports and reading, says that it is ready, and makes the move when told to; ``SIGKILL``
comes after a delay. The delays are spread over the time that one move takes: measured first, and learnt from each
kill, for a machine's speed drifts.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from case_s import NUMBER, Databases, casework, data

KILLS = 54
DAY = "2025-05-12"
CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from case_s import NUMBER, casework
cw = casework(Path(sys.argv[2]))
cw.advance(NUMBER, by="rina", at=sys.argv[3], dry_run=True)
print("ready", flush=True)
sys.stdin.readline()
cw.advance(NUMBER, by="rina", at=sys.argv[3])
print("done", flush=True)
sys.stdin.readline()
"""

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")


@pytest.fixture(scope="module")
def before(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Case S about to leave the stage whose move issues the most documents."""
    file = databases.at("intervention", tmp_path_factory.mktemp("kill") / "casework.db")
    cw = casework(file)
    cw.record(NUMBER, "session", data("session"), by="rina", at="2025-05-11")
    return file


def start(database: Path) -> subprocess.Popen[str]:
    """A child that is ready to make the move."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(Path(__file__).parents[1]), str(database), DAY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def go(child: subprocess.Popen[str]) -> None:
    """Let the child make its move."""
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def end(child: subprocess.Popen[str]) -> None:
    """Kill the child and wait until it is gone."""
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL


def copy(before: Path, folder: Path) -> Path:
    """A database of its own for one kill."""
    file = folder / "casework.db"
    file.write_bytes(before.read_bytes())
    return file


def duration(before: Path, folder: Path) -> float:
    """The seconds that the move takes in a child, from the word to its answer."""
    child = start(copy(before, folder))
    began = time.perf_counter()
    go(child)
    assert child.stdout is not None
    assert child.stdout.readline() == "done\n"
    took = time.perf_counter() - began
    end(child)
    return took


def test_a_case_is_whole_after_a_kill_at_any_moment(before: Path, tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(KILLS + 3)]
    for folder in folders:
        folder.mkdir()
    whole = max(duration(before, folder) for folder in folders[KILLS:])
    cw = casework(before)
    events_before, documents_before = len(cw.history(NUMBER)), len(cw.documents(NUMBER))
    would = [(d.name, d.item, d.sha256) for d in cw.advance(NUMBER, by="rina", at=DAY, dry_run=True).documents]
    assert len(would) == 9
    chance = random.Random(20250512)  # noqa: S311  # for delays
    found: Counter[str] = Counter()
    for folder in folders[:KILLS]:
        file = copy(before, folder)
        child = start(file)
        go(child)
        time.sleep(whole * chance.uniform(0, 2))
        end(child)
        after = casework(file)
        case = after.case(NUMBER)
        found[case.stage] += 1
        moved = case.stage == "evaluation"
        whole *= 0.9 if moved else 1.1
        assert moved or case.stage == "intervention"
        assert len(after.history(NUMBER)) == events_before + moved
        new = after.documents(NUMBER)[documents_before:]
        assert [(d.name, d.item, d.sha256) for d in new] == (would if moved else [])
        assert after.verify() == ()
        if not moved:  # nothing that the killed one left behind is in the way
            assert after.advance(NUMBER, by="rina", at=DAY).to == "evaluation"
    assert min(found["intervention"], found["evaluation"]) >= KILLS // 10, f"the kills fell on one side: {found}"
