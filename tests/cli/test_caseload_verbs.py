"""The verbs about many cases, and the page of one: what people read, what programs get, what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from caseload import TODAY, Office
from driver import CASE_S, NUMBER, Outcome, casework

from casework_flow.messages import languages

Stand = Callable[[str], Path]
TASK = {"case", "client", "worker", "workflow", "stage", "status", "what", "due_on", "days", "overdue"}
WAITING = {"case", "client", "worker", "stage", "what", "title", "because", "since", "by", "may", "revision"}
WAITING |= {"changes", "rejected"}


@pytest.fixture
def office(office_of_2000: Office, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand before the office with many cases, on its last day; its cases as they were made."""
    monkeypatch.setenv("CASEWORK_DB", f"sqlite:///{office_of_2000.database}")
    return office_of_2000.cases


def on(*argv: str) -> Outcome:
    return casework(*argv, "--at", TODAY.isoformat())


SCREENS = (
    ("board",),
    ("board", "--worker", "rina", "--most", "3"),
    ("list", "--overdue", "--sort", "due"),
    ("due", "--within", "2w"),
    ("today", "rina"),
    ("today", "lestari"),
    ("workload",),
    ("approvals", "--all"),
    ("search", "contoh", "--limit", "5"),
)


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("argv", SCREENS, ids=" ".join)
def test_every_screen_fits_80_columns_in_both_languages(office: object, argv: tuple[str, ...], lang: str) -> None:
    shown = on(*argv, "--lang", lang)
    assert shown.code == 0, shown.err
    lines = [line for line in shown.out.splitlines() if not line.lstrip().startswith("$ casework")]
    assert lines
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in shown.out
    other = on(*argv, "--lang", next(name for name in languages() if name != lang))
    assert other.out != shown.out


NARROW = (("list", "--status", "closed"), ("search", "contoh"), ("due", "--within", "2w"), ("workload",))


@pytest.mark.parametrize("columns", [80, 60, 40])
@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("argv", NARROW, ids=" ".join)
def test_a_narrow_screen_breaks_no_word_and_drops_nothing(
    office: object, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], lang: str, columns: int
) -> None:
    def lines(width: int) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(width))
        shown = on(*argv, *(("--limit", "8") if argv != ("workload",) else ()), "--lang", lang)
        assert max(map(len, shown.out.splitlines())) <= width
        return shown.out.splitlines()

    _, _, *rows = lines(110)
    assert set(" ".join(rows).split()) - set(" ".join(lines(columns)).split()) == set()


@pytest.mark.parametrize("argv", SCREENS, ids=" ".join)
def test_the_json_is_the_same_in_every_language_but_for_its_texts(office: object, argv: tuple[str, ...]) -> None:
    def data(lang: str) -> str:
        text = on(*argv, "--json", "--lang", lang).out
        return re.sub(r'"title": "[^"]*"', "", text)

    assert len({data(lang) for lang in languages()}) == 1


def test_the_json_forms(office: list[dict[str, Any]]) -> None:
    (board, desk) = on("board", "--json", "--most", "1").data
    assert (board["workflows"], desk["workflows"]) == (["casework", "pkh-economic"], ["front-desk"])
    assert board["stages"][0].keys() == {"stage", "title", "count", "overdue", "paused", "cases"}
    due = on("due", "--json").data
    assert due[0].keys() - {"week", "from", "planned", "held", "detail"} == TASK
    assert on("list", "--json").data[0].keys() == board["stages"][0]["cases"][0].keys()
    assert len(on("list", "--json").data) == len(office)
    waiting = on("approvals", "--as", "lestari", "--json").data
    assert waiting[0].keys() == WAITING
    day = on("today", "rina", "--json").data
    assert day.keys() == {"worker", "on", "visits", "late", "soon", "missed", "decide", "asked", "returned"}
    assert all(task["next"].startswith("casework ") for task in day["late"] if task["what"] == "stage")
    load = on("workload", "--json").data[0]
    assert load.keys() == {
        "worker", "full_name", "supervisor", "open", "stages", "overdue", "paused", "visits", "waiting"
    }  # fmt: skip


def test_a_page_says_how_to_go_on_and_the_command_does(office: object) -> None:
    first = on("list", "--overdue", "--worker", "rina", "--sort", "due", "--limit", "2")
    command = first.err.partition("casework ")[2].split()
    assert command[-4:-2] == ["--after", re.findall(r"KSS-\S+", first.out)[-1]]
    second = on(*command)
    numbers = re.findall(r"KSS-\S+", first.out + second.out)
    assert numbers == [
        case["case"] for case in on("list", "--overdue", "--worker", "rina", "--sort", "due", "--json").data[:4]
    ]
    assert on("search", "nobody of that name").out == "No case matches.\n"


def test_today_gives_the_command_that_comes_next(office: object) -> None:
    shown = on("today", "rina").out
    assert "Visits of this week" in shown
    assert "$ casework approve" in shown
    assert "not logged" in shown
    lestari = on("today", "--as", "lestari").out
    assert "$ casework approvals --as lestari" in lestari
    assert "Without a visit for weeks" in lestari


@pytest.mark.parametrize(
    "argv", [("today", "rina"), ("today", "--as", "lestari"), ("approvals", "--as", "lestari")], ids=" ".join
)
def test_what_is_typed_next_keeps_the_working_date(office: object, argv: tuple[str, ...]) -> None:
    commands = [line for line in on(*argv).out.splitlines() if line.lstrip().startswith("$ casework ")]
    written = [line for line in commands if "$ casework show " not in line]
    assert written
    assert [line for line in written if not line.endswith(f" --at {TODAY}")] == []


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (("today",), 2, "Say who acts"),
        (("today", "rinna"), 4, "Did you mean rina"),
        (("approvals",), 2, "Say who acts"),
        (("approvals", "--as", "nobody"), 4, "no member of staff"),
        (("due", "--within", "soon"), 2, "5d are five working days"),
        (("due", "--worker", "x"), 4, "no member of staff"),
        (("board", "--workflow", "pkh"), 4, "No case of this office has pkh"),
        (("list", "--stage", "planing"), 4, "Did you mean planning"),
        (("list", "--sort", "stage"), 2, "--sort is one of these"),
        (("list", "--limit", "0"), 2, "--limit"),
        (("list", "--status", "open"), 2, "--status is one of these"),
        (("search", " "), 6, "nothing to look for"),
        (("search",), 2, "TEXT is missing"),
        (("workload", "--supervisor", "x"), 4, "no member of staff"),
        (("show", "KSS-1"), 4, "no case KSS-1"),
        (("hand-over", "--to", "maya", "--reason", "x", "--as", "lestari"), 2, "Name the cases"),
        (("hand-over", "KSS-2025-0001", "--to", "maya", "--as", "lestari"), 2, "--reason is missing"),
    ],
)
def test_bad_input_has_its_exit_code_and_says_what_to_do(
    office: object, argv: tuple[str, ...], code: int, said: str
) -> None:
    outcome = on(*argv)
    assert (outcome.code, outcome.out) == (code, "")
    assert said in outcome.err
    assert on(*argv, "--json").error["message"] in outcome.err.replace("\n", " ")


# one case


def test_what_is_recorded_is_read_with_labels_and_with_its_revisions(at_stage: Stand) -> None:
    at_stage("intervention")
    plan = casework("show", NUMBER, "plan").out
    assert "Intervention plan  plan" in plan
    assert "Pelatihan pengelolaan keuangan keluarga" in plan
    assert "Jenis kunjungan" not in plan
    everything = casework("show", NUMBER).out
    assert [name for name in ("Client", "Intake", "Genogram", "Intervention plan") if name not in everything] == []
    assert casework("show", NUMBER, "evaluation").out == "Nothing of it is recorded yet.\n"
    data = casework("show", NUMBER, "consent", "--json").data
    assert [(one["item"], one["revision"], one["current"]) for one in data] == [(1, 1, True), (2, 1, True)]
    (client,) = casework("show", NUMBER, "client", "--json").data
    changed = json.dumps({**client["content"], "phone": "081234567890"}).encode()
    assert casework("record", NUMBER, "client", "-", "--revise", "--at", "2025-03-18", stdin=changed).code == 0
    revisions = casework("show", NUMBER, "client", "--revisions")
    assert "no longer counts" in revisions.out
    assert len(casework("show", NUMBER, "client", "--json").data) == 1


def test_who_reads_the_records_of_a_case(at_stage: Stand) -> None:
    at_stage("planning")
    for name, role in (("loket", "intake_officer"), ("audit", "auditor"), ("lain", "social_worker")):
        assert casework("staff", "add", name, "--name", name.title(), "--role", role).code == 0
    assert casework("show", NUMBER, "plan", "--as", "sup").code == 0
    refused = casework("show", NUMBER, "--as", "audit")
    assert (refused.code, refused.out) == (3, "")
    assert casework("show", NUMBER, "genogram", "--as", "loket").code == 3
    assert "in the hands of Rina" in casework("show", NUMBER, "--as", "lain").err
    assert casework("search", "sarma", "--as", "lain").out == "No case matches.\n"
    assert NUMBER in casework("search", "sarma", "--as", "loket").out
    assert "Sarma" not in casework("search", NUMBER, "--as", "audit").out


def test_what_has_changed_stands_beside_what_waits(at_stage: Stand) -> None:
    at_stage("planning")
    assert casework("record", NUMBER, "plan", CASE_S / "plan.yaml", "--at", "2025-03-14").code == 0
    plan = yaml.safe_load((CASE_S / "plan.yaml").read_text(encoding="utf-8"))
    plan["components"][0]["goal"] = "Klien mencatat setiap malam"
    plan["components"][1]["needs"] = ["n1", "n2"]
    del plan["components"][0]["indicators"][1]
    changed = json.dumps(plan, default=str).encode()
    assert casework("record", NUMBER, "plan", "-", "--revise", "--at", "2025-03-14", stdin=changed).code == 0
    shown = casework("approvals", "--as", "sup", "--at", "2025-03-14").out
    told = " ".join(shown.split())
    assert "Rina Contoh, since 2025-03-14, revision 2" in told
    assert "→ Klien mencatat setiap malam" in told
    assert "Components 2 › Needs that it meets: new: n1" in told
    assert "Components 1 › Indicators 2: gone: WANTS, Bagian pengeluaran untuk keinginan" in told
    assert f"$ casework approve {NUMBER} plan --as sup" in shown
    (data,) = casework("approvals", "--as", "sup", "--json").data
    assert [change["path"] for change in data["changes"]] == [
        "components.1.goal",
        "components.1.indicators.2",
        "components.2.needs",
    ]
    assert casework("approve", NUMBER, "plan", "--as", "sup", "--note", "Baik", "--at", "2025-03-14").code == 0
    assert casework("approvals", "--as", "sup").out == "Nothing waits for an approval.\n"


def test_a_rest_and_an_override_are_shown_with_their_last_day(at_stage: Stand) -> None:
    at_stage("intervention")
    argv = ["advance", NUMBER, "--override", "weeks_elapsed", "--override", "sessions_held", "--override"]
    argv += ["sessions_logged", "--reason", "klien pindah", "--until", "2026-12-31", "--as", "sup"]
    assert casework(*argv, "--at", "2025-03-18").code == 0
    assert casework("move", NUMBER, "revise", "--reason", "kembali", "--at", "2025-03-18").code == 3
    pause = ["move", NUMBER, "pause", "--reason", "mudik", "--until", "2025-04-10", "--at", "2025-03-19"]
    assert casework(*pause).code == 0
    shown = casework("status", NUMBER, "--at", "2025-03-20")
    assert "Paused since 2025-03-19, expected back on 2025-04-10." in shown.out
    assert f"$ casework move {NUMBER} resume" in shown.out
    data = casework("status", NUMBER, "--at", "2025-03-20", "--json").data
    assert data["paused"] == {"since": "2025-03-19", "until": "2025-04-10"}
    refused = casework("advance", NUMBER, "--at", "2025-03-20")
    assert refused.code == 3
    assert f"move {NUMBER} resume" in refused.err
    (task,) = casework("due", "--at", "2025-04-08", "--json").data
    assert (task["what"], task["due_on"], task["days"]) == ("return", "2025-04-10", 2)


def test_history_tells_in_words_who_had_the_case(at_stage: Stand) -> None:
    at_stage("planning")
    casework("staff", "add", "maya", "--name", "Maya Contoh", "--role", "social_worker", "--supervisor", "sup")
    given = ["hand-over", NUMBER, "--to", "maya", "--reason", "Rina selesai praktik", "--as", "sup"]
    done = casework(*given, "--at", "2025-03-14")
    assert (done.code, done.out) == (0, f"✓ {NUMBER}: from rina to maya\n")
    history = " ".join(casework("history", NUMBER, "--lang", "id").out.split())
    assert "dialihkan dari Rina Contoh kepada Maya Contoh “Rina selesai praktik”" in history
    assert "Penerimaan awal dicatat" in history
    assert "maju: Engagement, Intake, dan Kontrak → Asesmen" in history
    assert not {"recorded", "moved", "handed_over", "approved"} & set(re.findall(r"\w+", history))
    assert casework(*given, "--at", "2025-03-14").code == 3
    back = ["hand-over", "--all-of", "maya", "--to", "rina", "--reason", "x", "--as", "sup", "--json"]
    assert casework(*back).data["cases"] == [{"case": NUMBER, "from": "maya"}]
    assert casework("verify").code == 0
