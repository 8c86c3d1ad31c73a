"""How long one letter takes, side by side in one run: python benchmarks/documents.py

The same two-page contract each time, for another client: Jinja2 alone (nothing can be faster), our writers, and
other ways to the same paper, where they are installed. Times are medians in milliseconds, warm, one core.
"""

from __future__ import annotations

import io
import itertools
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from casework_flow.documents import docx, html, markup, pdf, text
from casework_flow.documents.render import sandbox

DAY = date(2025, 3, 6)
PROFILE = {
    "agency": "Dinas Sosial Kabupaten Contoh",
    "government": "Pemerintah Kabupaten Contoh",
    "address": "Jalan Merdeka Nomor 1",
    "contact": "Telepon (0633) 000000",
    "words": {
        "page": "Halaman {page} dari {pages}",
        "number": "Nomor",
        "thumbprint": "cap jempol",
        "draft": "DRAF",
    },
}
LETTER = """
<document title="Kontrak Pelayanan" lang="id" kind="record">
  <letterhead/><title>Kontrak Pelayanan</title><number/>
  <p>Pada hari ini, {{ agreed_on|weekday }}, tanggal {{ agreed_on|date }}, kami menyepakati pelayanan berikut.</p>
  <section title="Para Pihak" numbered="A"><dl>
    {% for label, value in parties %}<dt>{{ label }}</dt><dd>{{ value }}</dd>{% endfor %}
  </dl></section>
  {% for title, clauses in parts %}
  <section title="{{ title }}" numbered="A">
    <ol>{% for clause in clauses %}<li>{{ clause }}</li>{% endfor %}</ol>
  </section>
  {% endfor %}
  <section title="Jadwal" numbered="A"><table widths="1,3,4,2">
    <tr><th>Minggu</th><th>Tanggal</th><th>Kegiatan</th><th>Cara</th></tr>
    {% for row in schedule %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
  </table></section>
  <section title="Tanda Tangan" numbered="A"><p>Demikian kesepakatan ini dibuat dalam rangkap 2 (dua).</p>
    <signatures place-date="Doloksanggul, {{ agreed_on|date }}" columns="2">
      <party role="Pihak Kedua," name="{{ client }}"/><party role="Pihak Pertama," name="{{ worker }}"/>
    </signatures>
  </section>
</document>
"""
DATA: dict[str, Any] = {
    "agreed_on": DAY,
    "client": "Sarma <Contoh> & anak",
    "worker": "Rina Contoh",
    "parties": [("Nama", "Sarma Contoh"), ("NIK", "1216065208929999"), ("Alamat", "Desa Pasaribu")] * 3,
    "parts": [
        (
            title,
            [f"{title.lower()} nomor {n}: klien mencatat pengeluaran setiap hari;" for n in range(5)],
        )
        for title in ("Fokus Layanan", "Tujuan", "Metode", "Peran", "Kerahasiaan", "Perubahan dan Pengakhiran")
    ],
    "schedule": [
        (str(n), f"{n} Maret 2025", "Pencatatan mandiri; catatan diperiksa", "mandiri") for n in range(1, 13)
    ],
}
TEMPLATE = sandbox("id").from_string(LETTER)


COUNT = itertools.count(1)


def data() -> dict[str, Any]:
    """The letter's data, for another client each time: nothing that a writer keeps from the last letter helps."""
    count = next(COUNT)
    parts = [(title, [f"{clause} ({count})" for clause in clauses]) for title, clauses in DATA["parts"]]
    return {**DATA, "client": f"Sarma <Contoh> & anak {count}", "parts": parts}


def xml() -> str:
    return TEMPLATE.render(data())


def tree() -> markup.Node:
    return markup.parse(xml())


def to_docx() -> bytes:
    return docx.write(tree(), PROFILE, at=DAY)


def to_pdf() -> bytes:
    return pdf.write(tree(), PROFILE, at=DAY)


def measured(way: Callable[[], object], times: int) -> float:
    """The median of ``times`` runs in milliseconds, after one that warms up."""
    way()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        way()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took)


def with_python_docx() -> Callable[[], object]:
    """The same letter by python-docx, call by call."""
    import docx as library

    def write() -> None:
        file = library.Document()
        letter = data()
        file.add_heading("Kontrak Pelayanan", 0)
        for label, value in DATA["parties"]:
            file.add_paragraph(f"{label}: {value}")
        for title, clauses in letter["parts"]:
            file.add_heading(title, 1)
            for clause in clauses:
                file.add_paragraph(clause, style="List Number")
        table = file.add_table(rows=0, cols=4)
        for row in DATA["schedule"]:
            for cell, said in zip(table.add_row().cells, row, strict=True):
                cell.text = said
        file.add_paragraph("Demikian kesepakatan ini dibuat dalam rangkap 2 (dua).")
        file.add_table(rows=1, cols=2).rows[0].cells[0].text = letter["client"]
        file.save(io.BytesIO())

    return write


def with_docxtpl() -> Callable[[], object]:
    """The same letter as a Word template: ours, with a tag in place of each value."""
    from docxtpl import DocxTemplate

    tags = {
        **DATA,
        "client": "{{ client }}",
        "worker": "{{ worker }}",
        "parties": [(label, f"{{{{ parties[{n}][1] }}}}") for n, (label, _) in enumerate(DATA["parties"])],
        "parts": [
            (title, [f"{{{{ parts[{n}][1][{m}] }}}}" for m in range(len(clauses))])
            for n, (title, clauses) in enumerate(DATA["parts"])
        ],
        "schedule": [[f"{{{{ schedule[{n}][{m}] }}}}" for m in range(4)] for n in range(len(DATA["schedule"]))],
    }
    template = docx.write(markup.parse(TEMPLATE.render(tags)), PROFILE, at=DAY)

    def write() -> None:
        file = DocxTemplate(io.BytesIO(template))
        file.render(data(), autoescape=True)
        file.save(io.BytesIO())

    return write


def with_weasyprint() -> Callable[[], object]:
    from weasyprint import HTML

    return lambda: HTML(string=html.write(tree(), PROFILE)).write_pdf()


def with_libreoffice(program: str, folder: Path) -> Callable[[], object]:
    source = folder / "letter.docx"
    source.write_bytes(to_docx())
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder), str(source)]
    return lambda: subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - found on the path


def memory() -> float:
    """The most memory that this process has held, in megabytes."""
    import resource

    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / (1_000_000 if sys.platform == "darwin" else 1000)


def main() -> None:
    """Measure each way, and print the table."""
    ways: list[tuple[str, Callable[[], object], int]] = [
        ("Jinja2 alone", xml, 200),
        ("ours: plain text", lambda: text.write(tree(), PROFILE), 50),
        ("ours: HTML", lambda: html.write(tree(), PROFILE), 100),
        ("ours: DOCX", to_docx, 100),
        ("ours: PDF", to_pdf, 50),
    ]
    missing = []
    for name, module, made, times in (
        ("docxtpl: DOCX", "docxtpl", with_docxtpl, 10),
        ("python-docx: DOCX", "docx", with_python_docx, 10),
        ("WeasyPrint: PDF", "weasyprint", with_weasyprint, 3),
    ):
        if find_spec(module) is None:
            missing.append(name)
        else:
            ways.append((name, made(), times))
    with tempfile.TemporaryDirectory() as folder:
        program = shutil.which("soffice")
        if program:
            ways.append(("LibreOffice: DOCX to PDF", with_libreoffice(program, Path(folder)), 3))
        else:
            missing.append("LibreOffice")
        took = {name: measured(way, times) for name, way, times in ways}
    least = took["Jinja2 alone"]
    for name, milliseconds in took.items():
        print(f"{name:26} {milliseconds:9.2f} ms   {milliseconds / least:8.1f} × Jinja2 alone")  # noqa: T201
    before = memory()
    for _ in range(1000):
        to_docx()
        html.write(tree(), PROFILE)
    print(f"memory over 1000 more letters as DOCX and HTML: + {memory() - before:.1f} MB")  # noqa: T201
    if missing:
        print(f"not installed: {', '.join(missing)}")  # noqa: T201


if __name__ == "__main__":
    main()
