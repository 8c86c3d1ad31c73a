"""What docs/exchange says, typed: in both languages the same commands, and they work."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_docs import ROOT, blocks, run

OFFICE = """
casework init dinas --office "Dinas Sosial Kabupaten Contoh"
cd dinas
casework staff add sup --name "Supervisor Contoh" --role supervisor
"""


def page(lang: str) -> str:
    return (ROOT / "docs" / f"exchange.{lang}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "id"])
def test_the_commands_of_the_page_work_one_after_the_other(lang: str, tmp_path: Path) -> None:
    done = run(["bash", "-euo", "pipefail", "-c", OFFICE + "".join(blocks(page(lang), "sh"))], tmp_path)
    assert done.returncode == 0, done.stderr
    written = {path.name for path in (tmp_path / "dinas").iterdir()}
    assert {"kasus.json", "semua.xlsx", "keuangan.csv", "log.xes", "log.jsonocel", "alur.pnml"} <= written
    assert "KSS-2024-0001" in done.stdout


def test_both_languages_tell_the_same_commands() -> None:
    assert blocks(page("en"), "sh") == blocks(page("id"), "sh")
