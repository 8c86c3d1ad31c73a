"""What the documentation tells people to type, typed; in both languages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import forking
import pages
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LANGUAGES = ("en", "id")
OTHERS = {
    "workflows": "an officer makes a programme, below",
    "templates": "test_docs_templates.py",
    "exchange": "test_docs_exchange.py",
}
"""Pages whose commands are typed by a test of their own."""
ENGLISH_ONLY = {"api", "embedding", "events", "extending", "performance", "reliability", "testing"}
"""Pages for developers and auditors of the software."""
OURS = [name for name in pages.names() if name not in ENGLISH_ONLY]


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a page that are in ``language``."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run(script: list[str], folder: Path, commands: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``script`` in ``folder``, with the ``casework`` that is installed or that of the folder ``commands``."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    path = os.pathsep.join([str(commands or Path(sys.executable).parent), clean["PATH"]])
    env = {**clean, "PATH": path, "LC_ALL": "C.UTF-8"}
    return subprocess.run(script, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="session")
def starts(tmp_path_factory: pytest.TempPathFactory) -> pages.Starts:
    return pages.Starts(tmp_path_factory.mktemp("starts"))


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with forking.commands(tmp_path_factory.mktemp("commands") / "bin") as folder:
        yield folder


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in OURS if pages.start(pages.read(name, "en"))])
def test_a_page_does_what_it_says(name: str, lang: str, starts: pages.Starts, commands: Path, tmp_path: Path) -> None:
    text = pages.read(name, lang)
    page = pages.blocks(text)
    printed = pages.do(page, lang, starts.at(pages.start(text) or "", tmp_path / "project"), commands)
    before = ""
    for block, said in zip(page, printed, strict=True):
        if block.kind == "console":
            assert pages.missing("".join(block.text.splitlines(keepends=True)[1:]), said) == [], said
        if block.kind == "text" and not block.about:
            assert pages.missing(block.text, before) == [], before
        before = said if block.kind != "text" else before


@pytest.mark.parametrize("name", OURS)
def test_both_languages_tell_the_same_commands(name: str) -> None:
    english, indonesian = pages.read(name, "en"), pages.read(name, "id")
    assert pages.start(english) == pages.start(indonesian)
    assert [block.commands for block in pages.blocks(english)] == [
        block.commands for block in pages.blocks(indonesian)
    ]


@pytest.mark.parametrize("name", OURS)
def test_commands_are_typed_by_some_test(name: str) -> None:
    text = pages.read(name, "en")
    typed = [block for block in pages.blocks(text) if block.commands and not block.about.startswith("elsewhere")]
    assert pages.start(text) or name in OTHERS or not typed


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    told = re.findall(r"^make (\w+)", blocks(README, "sh")[0], re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert told == ["demo", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in told)


def test_both_readmes_tell_the_same() -> None:
    indonesian = (ROOT / "README.id.md").read_text(encoding="utf-8")
    for language in ("sh", "python"):
        assert [_words(block) for block in blocks(indonesian, language)] == [
            _words(block) for block in blocks(README, language)
        ]


def _words(block: str) -> str:
    """A block without its remarks."""
    return re.sub(r" +#.*", "", block)


def test_the_case_by_hand_works_as_it_is_written(tmp_path: Path) -> None:
    done = run(["bash", "-euo", "pipefail", "-c", blocks(README, "sh")[1]], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Sarma Contoh" in done.stdout


def test_the_lines_of_python_run_and_name_what_is_missing(tmp_path: Path) -> None:
    done = run([sys.executable, "-c", blocks(README, "python")[0]], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "service_consent — Persetujuan layanan dari klien belum ada" in done.stdout


LINKED = [
    *(ROOT / name for name in ("README.md", "README.id.md", "CONTRIBUTING.md")),
    *(pages.path(name, lang) for name in OURS for lang in LANGUAGES),
]


@pytest.mark.parametrize("page", LINKED, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    linked = {target for target in re.findall(r'\]\(([^)#\s]+)|src="([^"]+)"', text) for target in target if target}
    local = {target for target in linked if "://" not in target}
    assert sorted(target for target in local if not _there(page, target)) == []


def _there(page: Path, target: str) -> bool:
    """Whether a link leads to a file; on the site ``page.md`` is the page in the reader's language."""
    file = page.parent / target
    return file.exists() or file.with_suffix(".en.md").exists()


def edited(page: str, file: Path) -> None:
    """Make the changes in ``file`` that the page tells an officer to make."""
    changes = re.findall(r"<!-- (replace|with|append|insert after .*?) -->\n```yaml\n(.*?)^```", page, re.M | re.S)
    text = file.read_text(encoding="utf-8")
    old = ""
    for what, block in changes:
        if what == "replace":
            old = block.rstrip("\n")
            assert text.count(old) == 1
        elif what == "with":
            text = text.replace(old, block.rstrip("\n"))
        elif what == "append":
            text = f"{text.rstrip()}\n\n{block}"
        else:
            start = 0
            for line in re.findall(r'"(.*?)"', what):
                start = text.index(f"\n{line}\n", start) + len(line) + 1
            text = f"{text[: start + 1]}{block}{text[start + 1 :]}"
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_officer_can_make_a_programme_of_their_own(lang: str, commands: Path, tmp_path: Path) -> None:
    page = pages.read("workflows", lang)
    look, copy, check, use, upgrade = blocks(page, "sh")
    office = 'casework init kantor --office "Dinas Sosial Contoh"\ncd kantor\n'
    staff = (
        'casework staff add sup --name "Supervisor Contoh" --role supervisor\n'
        'casework staff add rina --name "Rina Contoh" --role social_worker --supervisor sup\n'
    )
    client = "printf 'name: Sarma Contoh\\ninitials: S\\nsex: female\\nnik: \"1216065208929999\"\\n' > klien.yaml\n"
    bash = ["bash", "-euo", "pipefail", "-c"]
    done = run([*bash, office + staff + client + look + copy], tmp_path, commands)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "kantor"
    assert (folder / "alur.svg").read_text(encoding="utf-8").startswith("<svg")
    edited(page, folder / "workflows" / "pendampingan-lansia.yaml")
    done = run([*bash, check + use + upgrade], folder, commands)
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(["casework", "workflow", "show", "pendampingan-lansia"], folder, commands)
    assert "Keamanan rumah belum diperiksa" in done.stdout
