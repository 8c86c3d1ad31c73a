"""How long one letter takes, side by side in one run: python benchmarks/documents.py

The example case's contract each time, two pages, for another client: its shipped template in Jinja2 alone, which is
given plain data and checks nothing (nothing can be faster); what a transition pays, and our writers after it; and
other ways to the same paper, where they are installed. Times are medians in milliseconds, warm, one core.
"""

from __future__ import annotations

import io
import itertools
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, DictLoader, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from casework_flow.cli.demo import load_walk, walk
from casework_flow.cli.project import fill
from casework_flow.document import Document
from casework_flow.documents import docx, html, markup, pdf, text
from casework_flow.documents.language import filters
from casework_flow.documents.render import Templates, render
from casework_flow.records.base import View
from casework_flow.resources import shipped
from casework_flow.values import Case, Done

DAY = date(2025, 3, 6)
LETTERS = 3000


def issued() -> Document:
    """The service contract of the example case, as it was issued."""
    example = shipped("examples") / "case-s"
    with tempfile.TemporaryDirectory() as folder:
        casework = fill(Path(folder), load_walk(example)["office"])
        number = ""
        for step in walk(casework, example):
            number = step.result.number if isinstance(step.result, Case) else number
            if isinstance(step.result, Done) and "contract" in {found.name for found in step.result.documents}:
                return casework.document(number, "contract")
    raise LookupError("the example case has no contract")


def plain(value: Any) -> Any:
    """``value`` as Jinja2 would be given it by hand: every view with its figures as a dictionary."""
    if isinstance(value, View):
        return plain({**value.content, **{name: value.get(name) for name in value.published()}})
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


CONTRACT = issued()
BUNDLE = Templates([shipped("templates")]).bundle(CONTRACT.name)
FACTS, PROFILE, LANG = CONTRACT.facts, CONTRACT.profile, CONTRACT.lang
PLAIN: dict[str, Any] = plain(FACTS)
COUNT = itertools.count(1)


def stock() -> Template:
    """The contract's template in Jinja2 as it comes: sandboxed, autoescaped, with the same filters."""
    environment = ImmutableSandboxedEnvironment(
        loader=DictLoader(json.loads(BUNDLE)["parts"]),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters(LANG))
    environment.globals["lang"] = LANG
    return environment.get_template(json.loads(BUNDLE)["main"])


TEMPLATE = stock()


def another_client() -> str:
    """The name of the next letter's client: nothing that a writer keeps from the last letter helps."""
    name = f"Sarma <Contoh> & anak {next(COUNT)}"
    PLAIN["client"]["name"] = FACTS["client"].content["name"] = name
    return name


def jinja_alone() -> str:
    another_client()
    return TEMPLATE.render(PLAIN)


def xml() -> str:
    """The letter as a transition renders it: nothing that it needs is missing, and its markup is sound."""
    another_client()
    return render(BUNDLE, FACTS, LANG, CONTRACT.name)


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

    letter = tree()

    def put(file: Any, node: markup.Node) -> None:
        rows = list(zip(node.nodes[::2], node.nodes[1::2], strict=False)) if node.tag == "dl" else []
        if node.tag == "section":
            file.add_heading(node.get("title"), 1)
        if rows:
            table = file.add_table(rows=0, cols=2)
            for pair in rows:
                for cell, said in zip(table.add_row().cells, pair, strict=True):
                    cell.text = said.text
        elif node.tag == "signatures":
            cells = file.add_table(rows=1, cols=len(node.nodes)).rows[0].cells
            for cell, party in zip(cells, node.nodes, strict=True):
                cell.text = f"{party.get('role')}\n\n{party.get('name')}\n{party.get('id')}"
        elif node.tag in ("p", "li", "title", "subtitle"):
            file.add_paragraph(node.text, style="List Number" if node.tag == "li" else None)
        else:
            for child in node.nodes:
                put(file, child)

    def write() -> None:
        file = library.Document()
        file.add_paragraph(another_client())
        put(file, letter)
        file.save(io.BytesIO())

    return write


def with_docxtpl() -> Callable[[], object]:
    """The same letter as a Word template: ours, with a tag in place of each text that stands in it."""
    from docxtpl import DocxTemplate

    texts: list[str] = []

    def tagged(node: markup.Node) -> markup.Node:
        children = []
        for child in node.children:
            if isinstance(child, str):
                texts.append(child)
            children.append(f"{{{{ texts[{len(texts) - 1}] }}}}" if isinstance(child, str) else tagged(child))
        return markup.Node(node.tag, node.attrs, tuple(children))

    template = docx.write(tagged(tree()), PROFILE, at=DAY)

    def write() -> None:
        file = DocxTemplate(io.BytesIO(template))
        file.render({"texts": [another_client(), *texts[1:]]}, autoescape=True)
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


def growth() -> dict[int, float]:
    """The most memory that was held after some letters and after many; measured before any peer has taken its own."""
    held = {}
    for count in range(1, LETTERS + 1):
        html.write(tree(), PROFILE)
        to_docx()
        to_pdf()
        if count in (LETTERS // 30, LETTERS // 2, LETTERS):
            held[count] = memory()
    return held


def main() -> None:
    """Measure each way, and print the table."""
    xml()
    if TEMPLATE.render(PLAIN) != render(BUNDLE, FACTS, LANG, CONTRACT.name):
        raise SystemExit("Jinja2 alone does not give the same letter; there is nothing to compare.")
    ways: list[tuple[str, Callable[[], object], int]] = [
        ("Jinja2 alone", jinja_alone, 200),
        ("ours: XML, checked", xml, 200),
        ("ours: plain text", lambda: text.write(tree(), PROFILE), 50),
        ("ours: HTML", lambda: html.write(tree(), PROFILE), 100),
        ("ours: DOCX", to_docx, 100),
        ("ours: PDF", to_pdf, 50),
    ]
    took = {name: measured(way, times) for name, way, times in ways}
    told = ", ".join(f"{most:.1f} MB after {count}" for count, most in growth().items())
    ways, missing = [], []
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
        took |= {name: measured(way, times) for name, way, times in ways}
    least = took["Jinja2 alone"]
    for name, milliseconds in took.items():
        print(f"{name:26} {milliseconds:9.2f} ms   {milliseconds / least:8.1f} × Jinja2 alone")  # noqa: T201
    print(f"memory at its peak, letters as HTML, DOCX and PDF: {told}")  # noqa: T201
    if missing:
        print(f"not installed: {', '.join(missing)}")  # noqa: T201


if __name__ == "__main__":
    main()
