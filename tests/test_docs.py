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


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target}
    assert linked or page != "README.md"
    assert sorted(target for target in linked if not (ROOT / target).exists()) == []
