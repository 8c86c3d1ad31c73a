"""What docs/postgresql says, done on a server: the cases come over from SQLite, and nothing is lost."""

from __future__ import annotations

import sys
from pathlib import Path

import pages
import pytest
from postgres import Postgres

ADDRESS = "postgresql+psycopg://casework:sandi@server/dinas"


@pytest.mark.parametrize("lang", ["en", "id"])
def test_the_page_does_what_it_says(lang: str, postgres: Postgres, tmp_path: Path) -> None:
    text = pages.read("postgresql", lang).replace("<!-- elsewhere: a PostgreSQL server -->\n", "")
    project = pages.Starts(tmp_path / "starts").at(pages.start(text) or "", tmp_path / "project")
    page = pages.blocks(text.replace(ADDRESS, postgres.new()))
    *_, moved, _ = pages.do(page, lang, project, Path(sys.executable).parent)
    assert pages.missing("KSS-2025-0001   …", moved) == []
    assert "postgresql" in (project / "casework.toml").read_text(encoding="utf-8")
