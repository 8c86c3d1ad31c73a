"""More than 500 files that are not what they should be: each is refused in words, and nothing is written."""

from __future__ import annotations

import hashlib
import resource
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import NUMBER, Projects, casework
from malformed import Sample, samples

CORPUS = list(samples())
SMALL = [sample for sample in CORPUS if sample.family != "bomb"]
BOMBS = [sample for sample in CORPUS if sample.family == "bomb"]
MEMORY = 600_000_000
"""Bytes of address space in which a bomb must be refused: what the command needs, and no more than that."""


def content(database: Path) -> str:
    """A digest of everything in a database."""
    with sqlite3.connect(database) as found:
        tables = [name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [found.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall() for name in sorted(tables)]  # noqa: S608
    found.close()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


@pytest.fixture(scope="module")
def project(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return projects.at("intervention", tmp_path_factory.mktemp("malformed"))


@pytest.fixture(scope="module")
def before(project: Path) -> str:
    return content(project / "casework.db")


@pytest.fixture
def standing(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(project)
    yield project
    for left in project.glob("*.*"):
        if left.name not in ("casework.db", "casework.db-shm", "casework.db-wal", "casework.toml"):
            left.unlink()


def words(sample: Sample, file: Path) -> list[str | Path]:
    verb = ["record", NUMBER, "finance", file] if sample.verb == "finance" else ["import", file]
    return [*verb, "--as", "rina", "--at", "2025-05-11"]


def test_the_corpus_is_large_and_has_every_family() -> None:
    assert len(CORPUS) >= 500
    assert len({sample.content for sample in CORPUS}) > 0.9 * len(CORPUS)
    assert min(Counter(sample.family for sample in CORPUS).values()) >= 4
    assert len({(sample.family, sample.name) for sample in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("sample", SMALL, ids=[f"{sample.family}-{sample.name}" for sample in SMALL])
def test_it_is_refused_in_words_and_nothing_is_written(sample: Sample, standing: Path, before: str) -> None:
    file = standing / sample.name
    file.write_bytes(sample.content)
    english = casework(*words(sample, file), "--lang", "en")
    indonesian = casework(*words(sample, file), "--lang", "id", "--json")
    assert (english.code, indonesian.code) == (6, 6), english.err
    assert english.out == indonesian.out == ""
    assert "Traceback" not in english.err
    places = [problem["where"] for problem in indonesian.error["problems"]]
    said = " ".join([indonesian.error["message"], *places, *(p["message"] for p in indonesian.error["problems"])])
    if sample.place:
        assert any(sample.place in place for place in places), said
    message = " ".join(problem["message"] for problem in indonesian.error["problems"])
    assert message
    assert " ".join(message.split()) not in " ".join(english.err.split())
    assert content(standing / "casework.db") == before


@pytest.mark.parametrize("sample", BOMBS, ids=[sample.name for sample in BOMBS])
def test_a_bomb_is_refused_in_little_memory(sample: Sample, standing: Path, before: str) -> None:
    file = standing / sample.name
    file.write_bytes(sample.content)
    done = subprocess.run(
        [sys.executable, "-c", "from casework_flow.cli import main; main()", *words(sample, file), "--lang", "en"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert done.returncode == 6, done.stderr
    assert done.stdout == ""
    assert sample.name in done.stderr
    assert "Traceback" not in done.stderr
    assert content(standing / "casework.db") == before
