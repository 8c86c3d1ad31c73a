"""What the shell offers when Tab is pressed, asked for as the shells ask."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from driver import NUMBER, casework

PROGRAM = Path(sys.executable).with_name("casework")


def offered(line: str, lang: str = "en") -> dict[str, str]:
    """What is offered for the last word of ``line``, with what is said of it."""
    words = f"casework {line}"
    done = subprocess.run(
        [PROGRAM],
        env={
            "_CASEWORK_COMPLETE": "zsh_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
            "CASEWORK_LANG": lang,
            "PATH": "",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    return dict(zip(lines[1::3], lines[2::3], strict=True))


def test_verbs_and_their_options_are_offered_in_the_readers_language() -> None:
    assert offered("st") == {"staff": "the members of staff", "status": offered("status")["status"]}
    assert "petugas" in offered("staff", "id")["staff"]
    assert set(offered("workflow ch")) == {"check"}
    assert "--identity" in offered("document --")


def test_what_the_project_holds_is_offered(at_stage: Callable[[str], Path]) -> None:
    at_stage("planning")
    assert offered("status ") == {NUMBER: "Sarma Contoh"}
    assert offered("status KSS-2025-00") == {NUMBER: "Sarma Contoh"}
    assert offered("status KSS-2026") == {}
    assert set(offered("advance X --as ")) >= {"rina", "sup"}
    assert offered(f"record {NUMBER} pl") == {"plan": "Intervention plan"}
    assert offered(f"move {NUMBER} pa") == {"pause": "Pause"}
    assert set(offered(f"document {NUMBER} co")) == {"contract", "consent"}
    assert "goals_met" in offered(f"close {NUMBER} --because ")
    assert "pkh-economic" in offered("open pkh")
    assert "evaluation" in offered("list --stage ev")
    assert offered("new-file genog") == {"genogram": "Genogram"}


def test_where_there_is_no_project_nothing_is_offered_and_nothing_said(tmp_path: Path) -> None:
    assert offered("status ") == {}
    assert offered("move X re") == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_takes(shell: str, tmp_path: Path) -> None:
    found = casework("completion", shell)
    assert found.code == 0
    assert "_CASEWORK_COMPLETE" in found.out
    assert casework("completion", shell, "--json").data == {"shell": shell, "script": found.out.removesuffix("\n")}
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed here")
    script = tmp_path / "script"
    script.write_text(found.out, encoding="utf-8")
    assert subprocess.run([program, "-n", script], capture_output=True, check=False).returncode == 0


def test_an_unknown_shell_is_refused() -> None:
    assert casework("completion", "cmd").code == 2
