"""``docs/embedding.md``, done as it says: the project grows from the page alone, and its last commands work."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from serving import environment, free_port, run, serving

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "django-dinas"
BLOCK = re.compile(r'^( *)```(\w+)(?: title="([^"]+)")?\n(.*?)^\1```$', re.MULTILINE | re.DOTALL)
AT_THE_END = ", at the end"


@dataclass(frozen=True)
class Block:
    """A piece of code of the page: in which language, for which file, under which heading."""

    language: str
    title: str
    text: str
    heading: str


def blocks() -> list[Block]:
    found = []
    for one in BLOCK.finditer(PAGE):
        heading = re.findall(r"^## (.+)$", PAGE[: one.start()], re.MULTILINE)[-1]
        found.append(Block(one[2], one[3] or "", textwrap.dedent(one[4]), heading))
    return found


DJANGO = [block for block in blocks() if "Django" in block.heading]
OTHERS = [block for block in blocks() if "Django" not in block.heading]


def typed(line: str, folder: Path) -> None:
    """Type one command of the page."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        line.split(), cwd=folder, env=environment({"PATH": path}), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def test_a_django_project_grows_from_the_page_to_a_working_case_page(tmp_path: Path) -> None:
    address = None
    for block in DJANGO:
        if block.language == "sh":
            for line in block.text.splitlines():
                if line.startswith("python -m pip"):
                    continue  # what it installs is there
                if line == "python manage.py runserver":
                    port = free_port()
                    with (
                        serving(
                            [sys.executable, "manage.py", "runserver", "--noreload", str(port)], port, tmp_path
                        ) as address,
                        httpx.Client(base_url=address, follow_redirects=True, trust_env=False) as browser,
                    ):
                        page = browser.get("/")
                        assert "Masuk" in page.text
                        fields = {"username": "rina", "password": "contoh"}
                        token = browser.cookies["csrftoken"]
                        signed = browser.post(str(page.url), data={**fields, "csrfmiddlewaretoken": token})
                        assert "Belum ada keluarga." in signed.text
                    continue
                typed(line, tmp_path)
        elif block.title.endswith(AT_THE_END):
            with (tmp_path / block.title.removesuffix(AT_THE_END)).open("a", encoding="utf-8") as file:
                file.write(block.text)
        else:
            file_ = tmp_path / block.title
            file_.parent.mkdir(parents=True, exist_ok=True)
            file_.write_text(block.text, encoding="utf-8")
    assert address is not None


@pytest.mark.parametrize("block", [block for block in DJANGO if block.title], ids=lambda block: block.title)
def test_the_page_shows_what_the_example_holds(block: Block) -> None:
    kept = (EXAMPLE / block.title.removesuffix(AT_THE_END)).read_text(encoding="utf-8")
    if block.title.endswith(AT_THE_END):
        assert kept.endswith(block.text)
    else:
        assert kept == block.text


def test_the_example_holds_what_the_page_shows() -> None:
    shown = {block.title.removesuffix(AT_THE_END) for block in DJANGO}
    files = {str(file.relative_to(EXAMPLE)) for kind in ("*.py", "*.html") for file in EXAMPLE.rglob(kind)}
    written = {name for name in files if "__init__" not in name and "/migrations/" not in name}
    assert written - {"manage.py"} == shown - {""}


def test_the_other_pieces_of_the_page_run_one_after_the_other(tmp_path: Path) -> None:
    program = "\n".join(block.text for block in OTHERS if block.language == "python" and not block.title)
    (tmp_path / "page.py").write_text(program, encoding="utf-8")
    run(["-W", "error", "page.py"], tmp_path)


@pytest.mark.parametrize("before", ["nothing", "the tables of the first release"])
def test_a_revision_of_alembics_makes_our_tables(tmp_path: Path, before: str) -> None:
    if before != "nothing":
        raw = sqlite3.connect(tmp_path / "host.db")
        raw.executescript((ROOT / "tests" / "store" / "release-0.1.sql").read_text(encoding="utf-8"))
        raw.close()
    revision = next(block for block in OTHERS if block.title.startswith("versions/"))
    (tmp_path / "versions").mkdir()
    first = 'revision = "0001"\ndown_revision = None\n\n\ndef upgrade():\n    pass\n'
    last = (
        'from alembic import op\nimport sqlalchemy as sa\n\nrevision = "0003"\ndown_revision = "0002"\n\n\n'
        'def upgrade():\n    op.create_table("family", sa.Column("id", sa.Integer, primary_key=True))\n'
    )
    (tmp_path / "versions" / "0001_first.py").write_text(first, encoding="utf-8")
    (tmp_path / revision.title).write_text(revision.text, encoding="utf-8")
    (tmp_path / "versions" / "0003_last.py").write_text(last, encoding="utf-8")
    (tmp_path / "env.py").write_text(
        "from alembic import context\n"
        "from sqlalchemy import create_engine\n"
        "with create_engine('sqlite:///host.db').connect() as connection:\n"
        "    context.configure(connection=connection)\n"
        "    with context.begin_transaction():\n"
        "        context.run_migrations()\n"
        "    connection.commit()\n",
        encoding="utf-8",
    )
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = .\npath_separator = os\n", encoding="utf-8")
    run(["-m", "alembic", "upgrade", "head"], tmp_path)
    done = "from casework_flow import Casework; print(Casework('sqlite:///host.db').verify())"
    assert run(["-c", done], tmp_path).strip() == "()"
