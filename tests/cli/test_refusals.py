"""What the rules refuse (exit 3, every reason at once) and what cannot be right (exit 6, place and reason)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver import CASE_S, NUMBER, Outcome, casework

from casework_flow.cli.files import read

Stand = Callable[[str], Path]


def refused(outcome: Outcome) -> set[str]:
    """The guards that a refusal names."""
    assert (outcome.code, outcome.out) == (3, ""), outcome.err
    assert outcome.error["code"] == "refused"
    assert outcome.error["message"]
    for unmet in outcome.error["unmet"]:
        assert unmet["message"]
        assert unmet["kind"] in ("legal", "professional")
        assert not unmet["ok"]
    return {unmet["guard"] for unmet in outcome.error["unmet"]}


def records(name: str, *, at: str, file: str | None = None) -> None:
    outcome = casework("record", NUMBER, name, CASE_S / (file or f"{name}.yaml"), "--at", at)
    assert outcome.code == 0, outcome.err


def events() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = casework("history", NUMBER, "--json").data
    return found


def test_leaving_engagement_without_consent(at_stage: Stand) -> None:
    at_stage("")
    records("contract", at="2025-03-06")
    before = events()
    unmet = refused(casework("advance", NUMBER, "--at", "2025-03-06", "--json"))
    assert unmet == {"eligible", "service_consent", "contract_countersigned"}
    added = events()[len(before) :]
    assert [event["kind"] for event in added] == ["approval_requested"]
    assert casework("documents", NUMBER, "--json").data == []


def test_a_legal_guard_cannot_be_overridden_even_by_a_supervisor(at_stage: Stand) -> None:
    at_stage("")
    argv = ["advance", NUMBER, "--override", "service_consent", "--reason", "mendesak", "--as", "sup", "--json"]
    outcome = casework(*argv, "--at", "2025-03-06")
    assert "service_consent" in refused(outcome)
    assert "legal" in outcome.error["message"]
    assert casework("status", NUMBER, "--json").data["stage"] == "engagement"


def test_an_override_needs_a_reason_and_the_right_role(at_stage: Stand) -> None:
    at_stage("assessment")
    argv = ["advance", NUMBER, "--override", "genogram_ok", "--at", "2025-03-13", "--json"]
    assert casework(*argv, "--as", "sup").code == 6
    assert casework(*argv, "--reason", "x").code == 3
    assert casework(*argv, "--reason", "x", "--override", "genogram", "--as", "sup").code == 3


def test_leaving_assessment_with_a_genogram_of_one_person(at_stage: Stand, tmp_path: Path) -> None:
    at_stage("assessment")
    alone = tmp_path / "alone.yaml"
    alone.write_text("index: s\nmembers:\n  - {id: s, label: S, relation: client, sex: female}\n", encoding="utf-8")
    assert casework("record", NUMBER, "genogram", alone, "--at", "2025-03-13").code == 0
    records("ecomap", at="2025-03-13")
    records("assessment", at="2025-03-13")
    assert refused(casework("advance", NUMBER, "--at", "2025-03-13", "--json")) == {"genogram_ok"}


def test_leaving_planning_without_the_supervisor_s_approval(at_stage: Stand) -> None:
    at_stage("planning")
    records("plan", at="2025-03-14")
    assert refused(casework("advance", NUMBER, "--at", "2025-03-17", "--json")) == {"supervisor_approved"}
    assert casework("reject", NUMBER, "plan", "--note", "kurang", "--as", "sup", "--at", "2025-03-17").code == 0
    assert refused(casework("advance", NUMBER, "--at", "2025-03-17", "--json")) == {"supervisor_approved"}
    shown = casework("status", NUMBER, "--at", "2025-03-17").out
    assert "Rejected on 2025-03-17 by Supervisor Contoh, S.Sos.: Intervention plan. “kurang”" in " ".join(
        shown.split()
    )
    assert f"$ casework edit {NUMBER} plan --as rina --at 2025-03-17" in shown
    assert f"casework approve {NUMBER}" not in shown
    (no,) = casework("status", NUMBER, "--at", "2025-03-17", "--json").data["rejected"]
    assert no == {"what": "plan", "by": "sup", "on": "2025-03-17", "note": "kurang"}
    again = casework("approve", NUMBER, "plan", "--as", "sup", "--at", "2025-03-17")
    assert (again.code, f"casework edit {NUMBER} plan" in again.err) == (3, True)
    assert (
        casework("record", NUMBER, "plan", CASE_S / "plan.yaml", "--revise", "--again", "--at", "2025-03-17").code
        == 0
    )
    shown = casework("status", NUMBER, "--at", "2025-03-17").out
    assert "Rejected" not in shown
    assert f"$ casework approve {NUMBER} plan" in shown
    assert casework("approve", NUMBER, "plan", "--as", "sup", "--at", "2025-03-17").code == 0
    assert casework("advance", NUMBER, "--at", "2025-03-17").code == 0


@pytest.mark.parametrize("author", ["rina", "sup"])
def test_nobody_approves_their_own_work(author: str, at_stage: Stand) -> None:
    at_stage("planning")
    plan = CASE_S / "plan.yaml"
    assert casework("record", NUMBER, "plan", plan, "--at", "2025-03-14", "--as", author).code == 0
    outcome = casework("approve", NUMBER, "plan", "--at", "2025-03-14", "--as", author, "--json")
    assert refused(outcome) == set()


def test_evaluating_in_week_5_needs_an_override_with_a_reason(at_stage: Stand, tmp_path: Path) -> None:
    at_stage("intervention")
    five = tmp_path / "five.json"
    five.write_text(json.dumps(read(str(CASE_S / "sessions.yaml")).data[:5], default=str), encoding="utf-8")
    assert casework("record", NUMBER, "session", five, "--at", "2025-04-18").code == 0
    argv = ["advance", NUMBER, "--at", "2025-04-18", "--json"]
    unmet = refused(casework(*argv))
    assert {"weeks_elapsed", "sessions_held"} <= unmet
    overrides = [word for guard in sorted(unmet) for word in ("--override", guard)]
    assert refused(casework(*argv, *overrides, "--reason", "pindah tugas")) == unmet  # not by the worker
    done = casework(*argv, *overrides, "--reason", "pindah tugas", "--as", "sup")
    assert done.code == 0, done.err
    assert done.data["to"] == "evaluation"
    assert set(done.data["overrides"]) == unmet
    assert events()[-1]["reason"] == "pindah tugas"


def test_the_last_stage_is_left_by_closing(at_stage: Stand) -> None:
    at_stage("termination")
    outcome = casework("advance", NUMBER, "--at", "2025-05-21", "--json")
    assert refused(outcome) == set()
    assert "close" in outcome.error["message"]
    assert "jointly_reviewed" in refused(
        casework("close", NUMBER, "--because", "goals_met", "--at", "2025-05-21", "--json")
    )


@pytest.mark.parametrize(
    "argv",
    [
        ["record", NUMBER, "supervision", CASE_S / "intake.yaml", "--as", "sup"],
        ["record", NUMBER, "intake", CASE_S / "intake.yaml", "--revise", "--again"],
        ["advance", NUMBER],
        ["advance", NUMBER, "--override", "eligible", "--reason", "x", "--as", "sup"],
        ["move", NUMBER, "pause", "--reason", "x"],
        ["close", NUMBER, "--because", "client_withdrew"],
        ["close", NUMBER, "--because", "goals_met"],
        ["approve", NUMBER, "evaluation", "--as", "sup"],
        ["reject", NUMBER, "evaluation", "--as", "sup"],
    ],
    ids=lambda argv: "-".join(map(str, [argv[0], *argv[2:3]])),
)
def test_nothing_happens_after_closing(argv: list[str | Path], at_stage: Stand) -> None:
    at_stage("closed")
    before = events()
    assert refused(casework(*argv, "--json")) == set()
    assert events() == before


def test_the_working_date_never_goes_back(at_stage: Stand) -> None:
    at_stage("planning")
    assert refused(casework("record", NUMBER, "plan", CASE_S / "plan.yaml", "--at", "2025-03-12", "--json")) == set()
    future = casework("record", NUMBER, "plan", CASE_S / "plan.yaml", "--at", "2999-01-01", "--json")
    assert (future.code, future.error["problems"][0]["where"]) == (6, "at")


def test_the_same_content_is_refused_unless_it_is_meant(at_stage: Stand) -> None:
    at_stage("")
    records("intake", at="2025-03-03")
    records("consent", at="2025-03-06", file="consents.yaml")
    argv = ["record", NUMBER, "consent", CASE_S / "consents.yaml", "--at", "2025-03-06", "--json"]
    assert "--again" in casework(*argv).error["message"]
    assert [item["item"] for item in casework(*argv, "--again").data["items"]] == [3, 4]
    again = casework("record", NUMBER, "intake", CASE_S / "intake.yaml", "--at", "2025-03-06", "--json")
    assert again.code == 3


CLIENT = (CASE_S / "client.yaml").read_text(encoding="utf-8")
PLAN = (CASE_S / "plan.yaml").read_text(encoding="utf-8")


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


NIK = '"1216065208929999"'
INCOME = "date: 2025-03-18\ndirection: income\namount: 1000\ncategory: usaha\n"
EXPENSE = "date: 2025-03-18\ndirection: expense\namount: 1000\ncategory: pangan\npurpose: need\n"


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (changed(CLIENT, NIK, '"121606520892999"'), "nik", "16"),
        (changed(CLIENT, NIK, '"1216065213929999"'), "nik", "13"),
        (changed(CLIENT, "sex: female", "sex: X"), "sex", "female (Female), male (Male), unknown"),
        (changed(CLIENT, "scheme: kemendagri, ", ""), "address.region.scheme", "required"),
        (changed(CLIENT, "occupation:", "ocupation:"), "ocupation", "occupation"),
        (changed(CLIENT, "1992-08-12", "1992-02-30"), "birth_date", "calendar"),
        (changed(CLIENT, "1992-08-12", "kemarin"), "birth_date", "date"),
        ("- " + "\n  ".join(CLIENT.splitlines()[1:]), "", "One record"),
        ("a: b: c", "client.yaml:1", "YAML"),
        ("", "", "fields"),
    ],
)
def test_a_client_that_cannot_be_right(text: str, where: str, said: str, at_stage: Stand, tmp_path: Path) -> None:
    at_stage("")
    (tmp_path / "client.yaml").write_text(text, encoding="utf-8")
    outcome = casework("open", "pkh-economic", "--client", tmp_path / "client.yaml", "--at", "2025-03-03", "--json")
    _names(outcome, where, said)
    assert len(casework("list", "--json").data) == 1


@pytest.mark.parametrize(
    ("record", "text", "where", "said"),
    [
        ("finance", EXPENSE.replace("purpose: need\n", ""), "purpose", "expense"),
        ("finance", INCOME + "purpose: need\n", "purpose", "expense"),
        ("finance", INCOME.replace("1000", "0"), "amount", ""),
        ("finance", INCOME.replace("1000", "-5"), "amount", ""),
        ("finance", INCOME.replace("1000", "10.5"), "amount", ""),
        ("finance", INCOME.replace("1000", '"1000"'), "amount", ""),
        ("plan", changed(PLAN, "week_to: 8", "week_to: 9"), "components.0.activities.1.week_to", "8"),
        ("plan", "- components: []\n- components: []\n", "", "One record is expected here, not a list of 2."),
        ("plan", PLAN + "colour: red\n", "colour", "known are: components"),
        ("session", "- {week_no: 1}\n- {week_no: x}\n", "2.week_no", ""),
    ],
)
def test_a_record_that_cannot_be_right(
    record: str, text: str, where: str, said: str, at_stage: Stand, tmp_path: Path
) -> None:
    at_stage("planning")
    (tmp_path / "record.yaml").write_text(text, encoding="utf-8")
    before = events()
    _names(casework("record", NUMBER, record, tmp_path / "record.yaml", "--at", "2025-03-20", "--json"), where, said)
    assert events() == before


def _names(outcome: Outcome, where: str, said: str) -> None:
    assert (outcome.code, outcome.out) == (6, ""), outcome.err
    assert outcome.error["code"] == "invalid"
    problems = {problem["where"]: problem["message"] for problem in outcome.error["problems"]}
    assert where in problems
    assert problems[where]
    assert said in problems[where]


def test_the_problems_are_words_too(at_stage: Stand) -> None:
    at_stage("planning")
    outcome = casework("record", NUMBER, "plan", "-", "--at", "2025-03-20", stdin=b"colour: red\n")
    assert outcome.code == 6
    assert "✗ colour: " in outcome.err


def test_a_nik_that_contradicts_the_sex_is_accepted_with_a_warning(at_stage: Stand, tmp_path: Path) -> None:
    at_stage("")
    client = tmp_path / "client.yaml"
    client.write_text(changed(CLIENT, NIK, '"1216061208929999"'), encoding="utf-8")
    argv = ["open", "pkh-economic", "--client", client, "--at", "2025-03-03"]
    told = casework(*argv)
    assert (told.code, told.out) == (0, "KSS-2025-0002\n")
    assert told.err.startswith("Warning: ")
    assert len(casework(*argv, "--json").data["warnings"]) == 2  # and the same NIK has an open case


@pytest.mark.parametrize(
    "argv",
    [
        ["status", "KSS-2025-0009"],
        ["history", "KSS-2025-0009"],
        ["documents", "KSS-2025-0009"],
        ["document", "KSS-2025-0009", "contract"],
        ["document", NUMBER, "contract"],
        ["record", "KSS-2025-0009", "plan", CASE_S / "plan.yaml"],
        ["record", NUMBER, "plann", CASE_S / "plan.yaml"],
        ["record", NUMBER, "consent", CASE_S / "consents.yaml", "--revise", "9"],
        ["record", NUMBER, "plan", "no-such-file.yaml"],
        ["advance", "KSS-2025-0009"],
        ["move", "KSS-2025-0009", "pause", "--reason", "x"],
        ["close", "KSS-2025-0009", "--because", "died"],
        ["approve", "KSS-2025-0009", "plan"],
        ["reject", "KSS-2025-0009", "plan"],
        ["advance", NUMBER, "--as", "nobody"],
        ["open", "pkh", "--client", CASE_S / "client.yaml"],
        ["staff", "add", "x", "--name", "X", "--role", "auditor", "--supervisor", "nobody"],
    ],
    ids=lambda argv: "-".join(str(word)[-20:] for word in argv),
)
def test_what_is_not_there_is_exit_4(argv: list[str | Path], at_stage: Stand) -> None:
    at_stage("")
    outcome = casework(*argv, "--json")
    if "--revise" in argv:
        assert outcome.code in (4, 6)  # two consents cannot correct one item, whichever is told first
        return
    assert (outcome.code, outcome.error["code"]) == (4, "not_found"), outcome.err
    assert casework(*argv).code == 4


def test_a_key_makes_repeating_harmless_and_belongs_to_one_request(at_stage: Stand) -> None:
    at_stage("")
    argv = ["record", NUMBER, "intake", CASE_S / "intake.yaml", "--at", "2025-03-03", "--key", "k1", "--json"]
    assert casework(*argv).data == casework(*argv).data
    other = casework("record", NUMBER, "ecomap", CASE_S / "ecomap.yaml", "--key", "k1", "--json")
    assert (other.code, other.error["problems"][0]["where"]) == (6, "key")


def test_a_refused_move_says_which_approval_it_has_asked_for(at_stage: Stand) -> None:
    at_stage("")
    records("contract", at="2025-03-06")
    said = casework("advance", NUMBER, "--at", "2025-03-06").err
    assert "Asked for with this: the approval of contract." in said
    assert "Asked for" not in casework("advance", NUMBER, "--at", "2025-03-06").err  # it is asked for once
    assert "Asked for" not in casework("advance", NUMBER, "--at", "2025-03-06", "--dry-run").err


def test_an_approval_of_something_unknown_is_answered_with_what_waits(at_stage: Stand) -> None:
    at_stage("")
    records("contract", at="2025-03-06")
    argv = ("--as", "sup", "--at", "2025-03-06")
    said = casework("approve", NUMBER, "kontrak", *argv).err
    assert "Waiting for approval: contract." in " ".join(said.split()) or "Did you mean contract?" in said
    assert "replan" not in casework("approve", NUMBER, "planning", *argv).err
    assert casework("approve", NUMBER, "contract", *argv).code == 0
    assert "evaluation" in casework("approve", NUMBER, "everything", *argv).err  # nothing waits: what there is


@pytest.mark.parametrize("typed", ["kss-2025-0001", "KSS-2025-1", "1", "2025/0001"])
def test_a_case_number_written_otherwise_is_answered_with_the_right_one(typed: str, at_stage: Stand) -> None:
    at_stage("")
    outcome = casework("status", typed)
    assert (outcome.code, outcome.err) == (4, f"There is no case {typed}. Did you mean {NUMBER}?\n")


@pytest.mark.parametrize("typed", ["KSS-2024-0001", "2", "KSS", "1-2-3-4", "9" * 400])
def test_no_case_is_offered_for_other_figures(typed: str, at_stage: Stand) -> None:
    at_stage("")
    assert casework("status", typed).err == f"There is no case {typed}. casework list shows them.\n"


@pytest.mark.parametrize(
    ("argv", "file", "known"),
    [(("document", NUMBER, "intake"), "intake.xyz", ".docx"), (("export",), "cases.zip", ".xlsx")],
    ids=lambda given: given[0] if isinstance(given, tuple) else "",
)
def test_an_ending_that_names_no_format_is_refused(
    argv: tuple[str, ...], file: str, known: str, at_stage: Stand
) -> None:
    at_stage("assessment")
    outcome = casework(*argv, "-o", file)
    assert outcome.code == 2
    assert known in outcome.err
    assert not Path(file).exists()


def test_what_the_system_refuses_is_told_in_the_readers_language(at_stage: Stand) -> None:
    folder = at_stage("assessment")
    argv = ("document", NUMBER, "contract", "--format", "text", "-o", folder / "none" / "x.txt")
    assert "tidak ada berkas atau folder seperti itu" in " ".join(casework(*argv, "--lang", "id").err.split())
    assert "there is no such file or folder" in " ".join(casework(*argv).err.split())


@pytest.mark.parametrize(("file", "text"), [("x.yaml", "a: b: c\n"), ("x.json", '{"a": }')])
def test_the_parsers_own_words_are_for_debugging(file: str, text: str, at_stage: Stand) -> None:
    at_stage("assessment")
    Path(file).write_text(text, encoding="utf-8")
    theirs = ("mapping values are not allowed", "Expecting value")
    told, debugged = (casework("record", NUMBER, "plan", file, *more).err for more in ((), ("--debug",)))
    assert f"{file}:1" in told
    assert not any(words in told for words in theirs)
    assert any(words in debugged for words in theirs)


def test_a_case_that_there_is_not_is_answered_with_how_to_find_one(at_stage: Stand) -> None:
    at_stage("")
    outcome = casework("status", "KSS-2025-0999")
    assert (outcome.code, outcome.err) == (4, "There is no case KSS-2025-0999. casework list shows them.\n")


def test_a_move_without_requirements_counts_none(at_stage: Stand) -> None:
    at_stage("")
    said = casework("status", NUMBER, "--all").out
    assert "pause" in said
    assert "0 of 0" not in said
