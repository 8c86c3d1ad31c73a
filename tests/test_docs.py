"""What the documentation tells people to type, typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a page that are in ``language``."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run(script: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), clean["PATH"]])
    env = {**clean, "PATH": path, "LC_ALL": "C.UTF-8"}
    return subprocess.run(script, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    told = re.findall(r"^make (\w+)", blocks(README, "sh")[0], re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert told == ["demo", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in told)


def test_the_case_by_hand_works_as_it_is_written(tmp_path: Path) -> None:
    done = run(["bash", "-euo", "pipefail", "-c", blocks(README, "sh")[1]], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Sarma Contoh" in done.stdout


def test_the_lines_of_python_run_and_name_what_is_missing(tmp_path: Path) -> None:
    done = run([sys.executable, "-c", blocks(README, "python")[0]], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "service_consent — Persetujuan layanan dari klien belum ada" in done.stdout


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/workflows.md"])
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target}
    assert linked or page != "README.md"
    assert sorted(target for target in linked if not (ROOT / page).parent.joinpath(target).exists()) == []


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


def test_an_officer_can_make_a_programme_of_their_own(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8")
    look, copy, check, use, upgrade = blocks(page, "sh")
    office = 'casework init kantor --office "Dinas Sosial Contoh"\ncd kantor\n'
    staff = (
        'casework staff add sup --name "Supervisor Contoh" --role supervisor\n'
        'casework staff add rina --name "Rina Contoh" --role social_worker --supervisor sup\n'
    )
    client = "printf 'name: Sarma Contoh\\ninitials: S\\nsex: female\\nnik: \"1216065208929999\"\\n' > klien.yaml\n"
    bash = ["bash", "-euo", "pipefail", "-c"]
    done = run([*bash, office + staff + client + look + copy], tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "kantor"
    assert (folder / "alur.svg").read_text(encoding="utf-8").startswith("<svg")
    edited(page, folder / "workflows" / "pendampingan-lansia.yaml")
    done = run([*bash, check + use + upgrade], folder)
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(["casework", "workflow", "show", "pendampingan-lansia"], folder)
    assert "Keamanan rumah belum diperiksa" in done.stdout
