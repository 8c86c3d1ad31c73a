"""``casework report``: on the screen, for programs, and in each form of file."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from caseload import Office
from driver import casework
from openpyxl import load_workbook
from pypdf import PdfReader

PERIOD = ("--from", "2025-01-01", "--to", "2026-06-30")


@pytest.fixture(autouse=True)
def office(office_of_2000: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEWORK_DB", f"sqlite:///{office_of_2000.database}")


def test_the_screen_tells_what_the_data_tell() -> None:
    data = casework("report", *PERIOD, "--json").data
    shown = casework("report", *PERIOD, "--lang", "en").out
    opened = data["tables"]["overview"][0]["cases"]
    assert re.search(rf"Cases opened\s+{opened:,}\n", shown)
    assert "so that nobody is recognised" in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80
    assert "Laporan" in casework("report", *PERIOD, "--lang", "id").out


@pytest.mark.parametrize("ending", ["html", "pdf", "docx", "txt", "xlsx", "csv"])
def test_each_form_holds_the_same_figures(tmp_path: Path, ending: str) -> None:
    data = casework("report", *PERIOD, "--json").data
    file = tmp_path / f"laporan.{ending}"
    casework("report", *PERIOD, "--lang", "en", "-o", str(file))
    words = _words(file)
    assert f"{data['tables']['overview'][0]['cases']:,}".replace(",", "") in words.replace(",", "")
    for row in data["tables"]["workers"]:
        assert set(row["name"].split()) <= set(re.split(r"[\s<>,|]+", words))
    for heading in ("Visits", "Targets", "By district", "Closed, by reason"):
        assert heading.casefold() in " ".join(words.split()).casefold()


def _words(file: Path) -> str:
    content = file.read_bytes()
    match file.suffix:
        case ".pdf":
            return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        case ".docx":
            return re.sub("<[^>]+>", " ", zipfile.ZipFile(file).read("word/document.xml").decode())
        case ".xlsx":
            sheets = load_workbook(file).worksheets
            return " ".join([*(s.title for s in sheets), *(str(v) for s in sheets for r in s.values for v in r if v)])
    return content.decode("utf-8-sig")


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    file = tmp_path / "laporan.html"
    casework("report", *PERIOD, "-o", str(file))
    asked: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in ("script", "link", "iframe")
            asked.extend(value or "" for name, value in attrs if name in ("src", "href"))

    Links().feed(file.read_text(encoding="utf-8"))
    assert len(asked) == 5
    assert all(address.startswith("data:image/svg+xml;base64,") for address in asked)


def test_a_workbook_has_numbers_as_numbers_and_texts_as_texts(
    tmp_path: Path, office_of_2000: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEWORK_DB", f"sqlite:///{office_of_2000.copy(tmp_path / 'own.db')}")
    casework("staff", "change", "maya", "--name", "=1+1")
    for ending in ("xlsx", "csv"):
        casework("report", *PERIOD, "-o", str(tmp_path / f"l.{ending}"))
    cells = [cell for sheet in load_workbook(tmp_path / "l.xlsx") for row in sheet for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s", "n"}
    assert [cell.data_type for cell in cells if cell.value == "=1+1"] == ["s"]
    rows = list(csv.reader((tmp_path / "l.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert ["'=1+1"] in [row[:1] for row in rows]
    assert not [row for row in rows if row and row[0].startswith(("=", "+", "@"))]


def told(code: int, *argv: str) -> str:
    """What a refused command says."""
    found = casework(*argv)
    assert (found.code, found.stdout) == (code, b"")
    return found.err


def test_what_is_no_period_and_no_form_is_told(tmp_path: Path) -> None:
    assert "2025-12-31" in told(6, "report", "--from", "kemarin")
    assert told(6, "report", "--from", "2025-03-02", "--to", "2025-03-01")
    assert ".xlsx" in told(2, "report", "-o", str(tmp_path / "l.doc"))
    assert told(1, "report", "-o", str(tmp_path / "no" / "l.pdf"))
    assert list(tmp_path.glob("l.*")) == []
