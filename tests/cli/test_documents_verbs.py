"""The verbs of documents from the outside: drafts, letter numbers, corrections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driver import NUMBER, casework

Stand = Callable[[str], Path]
LETTER = "460/012/Dinsos/2025"


def test_a_letter_number_is_entered_and_printed(at_stage: Stand) -> None:
    at_stage("closed")
    assert LETTER not in casework("document", NUMBER, "termination_letter").out
    told = casework("register", NUMBER, "termination_letter", LETTER, "--json").data
    assert (told["number"], told["version"], told["before"]) == (LETTER, 1, None)
    assert LETTER in casework("document", NUMBER, "termination_letter").out
    assert "460/012/Dinsos" in casework("documents", NUMBER).out
    assert casework("verify").code == 0


def test_a_second_number_is_refused_and_a_wrong_one_corrected_with_a_reason(at_stage: Stand) -> None:
    at_stage("closed")
    assert casework("register", NUMBER, "contract", LETTER).out == f"✓ contract has the number {LETTER}.\n"
    assert casework("register", NUMBER, "contract", "460/013", "--json").error["code"] == "refused"
    assert casework("register", NUMBER, "contract", "460/013", "--correct").code == 6
    assert casework("register", NUMBER, "contract", "460/013", "--correct", "--reason", "salah ketik").code == 0
    assert casework("register", NUMBER, "intake", "460/013").code == 3


def test_the_number_or_the_next_one_not_both_and_not_neither(at_stage: Stand) -> None:
    folder = at_stage("closed")
    assert casework("register", NUMBER, "contract").code == 2
    assert casework("register", NUMBER, "contract", LETTER, "--next").code == 2
    refusal = casework("register", NUMBER, "contract", "--next")
    assert refusal.code == 3
    assert "register_pattern" in refusal.err
    profile = folder / "casework.toml"
    text = profile.read_text(encoding="utf-8")
    switched_on = 'register_pattern = "460/{number:03d}/Dinsos/{year}"'
    profile.write_text(text.replace('register_pattern = ""', switched_on), encoding="utf-8")
    drawn = casework("register", NUMBER, "contract", "--next", "--at", "2025-06-02", "--json").data
    assert drawn["number"] == "460/001/Dinsos/2025"


def test_a_correction_is_a_further_version_and_the_earlier_one_stays(at_stage: Stand) -> None:
    at_stage("assessment")
    before = casework("document", NUMBER, "intake", "--format", "xml").out
    nothing = casework("reissue", NUMBER, "intake", "--reason", "salah")
    assert nothing.code == 3
    assert "--revise" in nothing.err
    intake = Path("intake.json")
    intake.write_text(
        '{"received_on": "2025-03-03", "source": "outreach", "presenting_problem": "Pendapatan tidak tetap.",'
        ' "eligibility": {"ok": true, "basis": "peserta PKH"}}',
        encoding="utf-8",
    )
    assert casework("record", NUMBER, "intake", intake, "--revise").code == 0
    told = casework("reissue", NUMBER, "intake", "--reason", "sumber rujukan keliru", "--json").data
    assert (told["name"], told["version"]) == ("intake", 2)
    after = casework("document", NUMBER, "intake", "--format", "xml").out
    assert "Perbaikan ke-1" in after
    assert "Pendapatan tidak tetap." in after
    assert casework("document", NUMBER, "intake", "--format", "xml", "--version", "1").out == before
    assert casework("verify").code == 0


def test_after_closing_nothing_is_corrected(at_stage: Stand) -> None:
    at_stage("closed")
    assert casework("reissue", NUMBER, "evaluation", "--reason", "x", "--json").error["code"] == "refused"


@pytest.mark.parametrize("suffix", [".pdf", ".html", ".txt", ".xml"])
def test_a_draft_in_each_format_and_nothing_is_issued(suffix: str, at_stage: Stand, tmp_path: Path) -> None:
    at_stage("")
    file = tmp_path / f"draft{suffix}"
    assert casework("document", NUMBER, "contract", "--draft", "-o", file).code == 0
    assert file.stat().st_size > 500
    assert "[belum diisi]" in casework("document", NUMBER, "contract", "--draft").out
    assert casework("documents", NUMBER, "--json").data == []
    assert casework("document", NUMBER, "contract").code == 4


def test_verify_tells_what_a_file_is_by_words_and_exit_code(at_stage: Stand, tmp_path: Path) -> None:
    at_stage("closed")
    file = tmp_path / "kontrak.pdf"
    casework("document", NUMBER, "contract", "-o", file)
    genuine = casework("verify", file)
    assert (genuine.code, genuine.out) == (0, f"✓ This is what was issued: contract, version 1, in case {NUMBER}.\n")
    file.write_bytes(file.read_bytes() + b" ")
    changed = casework("verify", file, "--json")
    assert (changed.code, changed.data["verdict"], changed.error["code"]) == (3, "changed", "findings")
    file.write_bytes(b"%PDF-1.7 nothing of ours")
    assert casework("verify", file).code == 4
    assert casework("verify", tmp_path / "no.pdf").code == 4
    assert casework("verify", tmp_path).code == 1
