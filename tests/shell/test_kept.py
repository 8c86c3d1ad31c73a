"""Templates are kept in memory only for as long as their files are what they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from casework_flow.documents.kept import Kept
from casework_flow.documents.render import Templates

LONG_AGO = 1_700_000_000
LATER = LONG_AGO + 3600


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands far enough after every file that is written here."""
    monkeypatch.setattr("casework_flow.documents.kept.time.time_ns", lambda: 1 << 62)


def page(folder: Path, body: str, name: str = "note.xml.j2") -> Path:
    path = folder / name
    path.write_text(f'<document title="x"><p>{body}</p></document>', encoding="utf-8")
    return path


@pytest.mark.usefixtures("settled")
def test_what_is_unchanged_is_made_once(tmp_path: Path) -> None:
    path, kept, made = page(tmp_path, "satu"), Kept(), []
    for _ in range(3):
        kept.get("key", lambda: (str(made.append(1)), [path, tmp_path]))
    assert len(made) == 1


@pytest.mark.usefixtures("settled")
def test_a_template_edited_in_place_is_read_again(tmp_path: Path) -> None:
    path, templates = page(tmp_path, "satu"), Templates([tmp_path])
    assert "satu" in templates.bundle("note")
    page(tmp_path, "dua!")
    os.utime(path, (LATER, LATER))
    assert "dua!" in templates.bundle("note")


@pytest.mark.usefixtures("settled")
def test_the_office_s_own_template_counts_from_the_moment_it_is_there(tmp_path: Path) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    shipped.mkdir()
    page(shipped, "satu")
    templates = Templates([own, shipped])
    assert "satu" in templates.bundle("note")
    own.mkdir()
    path = page(own, "dua")
    assert "dua" in templates.bundle("note")
    path.unlink()
    assert "satu" in templates.bundle("note")


@pytest.mark.usefixtures("settled")
def test_a_part_that_has_changed_changes_the_template(tmp_path: Path) -> None:
    page(tmp_path, '{% import "_parts.xml.j2" as parts %}')
    part = tmp_path / "_parts.xml.j2"
    part.write_text("{% macro a() %}satu{% endmacro %}", encoding="utf-8")
    templates = Templates([tmp_path])
    assert "satu" in templates.bundle("note")
    part.write_text("{% macro a() %}dua!{% endmacro %}", encoding="utf-8")
    os.utime(part, (LATER, LATER))
    assert "dua!" in templates.bundle("note")


def test_a_file_that_was_just_written_is_made_again_as_its_times_may_not_tell_the_next_change(tmp_path: Path) -> None:
    path, kept, made = page(tmp_path, "satu"), Kept(), []
    for _ in range(3):
        kept.get("key", lambda: (str(made.append(1)), [path]))
    assert len(made) == 3
