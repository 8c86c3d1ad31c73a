"""Making a project, its staff, and the demonstration."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from driver import CASE_S, NUMBER, casework

from casework_flow import Casework, Invalid, Office
from casework_flow.cli.demo import load_walk, walk
from casework_flow.cli.project import PROFILE, profile
from casework_flow.office import load


def keys(settings: Mapping[str, Any], table: str = "") -> set[str]:
    return {
        found
        for key, value in settings.items()
        for found in (keys(value, f"{key}.") if isinstance(value, dict) else {table + key})
    }


def test_the_profile_names_every_setting_with_its_default() -> None:
    written = tomllib.loads(PROFILE.read_text(encoding="utf-8"))
    office = dataclasses.asdict(Office(agency=""))
    for name in ("folder", "officials", "copies"):  # the last two are shown as comments: there may be none
        del office[name]
    office["closed_days"] = list(office["closed_days"])
    assert written == office


@pytest.mark.parametrize(
    "name", ['Dinas "Sosial"', "Dinas\\Sosial", "Dinas # x = 1", "Dinas\n[head]\nname = 'x'", "é\x7f"]
)
def test_any_name_is_only_a_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "casework.toml").write_text(profile({"agency": name}), encoding="utf-8")
    assert load(tmp_path / "casework.toml") == dataclasses.replace(Office(agency=name), folder=tmp_path)


def test_a_setting_that_there_is_not_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        profile({"agency": "x", "head": {"names": "y"}})
    assert [problem.where for problem in refused.value.problems] == ["head.names"]


def test_init_makes_a_project_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = casework("init", "kantor", "--office", "Dinas Sosial Contoh", "--json")
    assert made.code == 0, made.err
    assert made.data.keys() == {"folder", "profile", "database"}
    folder = tmp_path / "kantor"
    assert sorted(path.name for path in folder.iterdir()) == [
        "casework.db",
        "casework.toml",
        "templates",
        "workflows",
    ]
    assert load(folder / "casework.toml").agency == "Dinas Sosial Contoh"
    monkeypatch.chdir(folder)
    assert casework("list", "--json").data == []
    assert casework("list").out == "No case matches.\n"
    added = casework("staff", "add", "sup", "--name", "Supervisor Contoh", "--role", "supervisor", "--json")
    assert added.data == {
        "name": "sup",
        "full_name": "Supervisor Contoh",
        "role": "supervisor",
        "supervisor": None,
        "nip": None,
        "title": None,
    }
    argv = ["staff", "add", "rina", "--name", "Rina Contoh", "--role", "practicum_student", "--supervisor", "sup"]
    monkeypatch.setenv("CASEWORK_AS", "rina")  # who is not there yet
    assert casework(*argv).out == "✓ rina is on the staff: Rina Contoh.\n"
    assert casework(*argv, "--json").error["code"] == "refused"
    assert casework("staff", "add", "x y", "--name", "X", "--role", "auditor", "--nip", "1").code == 6
    assert [person["name"] for person in casework("staff", "list", "--json").data] == ["rina", "sup"]


def test_init_goes_into_a_folder_that_has_no_project_and_leaves_it_alone_otherwise(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "own.xml.j2").touch()
    assert casework("init", ".", "--office", "Dinas").code == 0
    assert (tmp_path / "templates" / "own.xml.j2").exists()
    before = (tmp_path / "casework.toml").read_bytes()
    again = casework("init", ".", "--office", "Lain", "--json")
    assert (again.code, again.error["code"]) == (3, "refused")
    assert (tmp_path / "casework.toml").read_bytes() == before


@pytest.mark.parametrize("place", ["file/inside", "file"])
def test_an_init_that_fails_leaves_nothing(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert casework("init", place, "--office", "Dinas").code in (1, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_init_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("casework_flow.cli.project.Casework", full)
    outcome = casework("init", "kantor", "--office", "Dinas", "--json")
    assert (outcome.code, outcome.error["code"]) == (1, "system")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    outcome = casework("demo", folder)
    assert outcome.code == 0, outcome.err
    assert f"{folder}/documents" in outcome.out.replace("\n", "")
    assert "termination → closed" in outcome.err
    return folder


def test_the_demonstration_writes_every_document(demo: Path) -> None:
    names = sorted(path.name for path in (demo / "documents").iterdir())
    stems = sorted({Path(name).stem for name in names})
    assert stems == [
        "01-intake",
        "02-consent",
        "03-contract",
        "04-assessment",
        "05-plan",
        *(f"06-visit_report-{item}" for item in range(1, 9)),
        "07-progress_note",
        "08-evaluation",
        "09-termination_record",
        "10-termination_letter",
    ]
    assert names == sorted(f"{stem}{suffix}" for stem in stems for suffix in (".pdf", ".docx", ".html", ".txt"))
    assert all(path.read_bytes().startswith(b"%PDF-") for path in (demo / "documents").glob("*.pdf"))


def test_the_case_of_the_demonstration_is_closed_and_sound(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo)
    status = casework("status", NUMBER, "--json").data
    assert (status["stage"], status["status"]) == ("termination", "closed")
    assert casework("verify").code == 0


def test_the_case_by_hand_is_the_case_of_the_demonstration(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert casework("init", "hand", "--office", "-").code == 0
    monkeypatch.chdir(tmp_path / "hand")
    (tmp_path / "hand" / "casework.toml").write_bytes((demo / "casework.toml").read_bytes())
    plan = load_walk(CASE_S)
    for person in plan["staff"]:
        more = [word for key in ("supervisor", "nip", "title") if key in person for word in (f"--{key}", person[key])]
        argv = ["staff", "add", person["name"], "--name", person["full_name"], "--role", person["role"], *more]
        assert casework(*argv).code == 0
    at = by = ""
    for step in plan["steps"]:
        at, by = str(step.get("at", at)), step.get("by", by)
        verb = step["do"]
        argv = {
            "open": lambda s: ["open", s["workflow"], "--client", CASE_S / s["client"]],
            "record": lambda s: ["record", NUMBER, s["record"], CASE_S / s["file"]],
            "approve": lambda s: ["approve", NUMBER, s["what"]],
            "advance": lambda _: ["advance", NUMBER],
            "close": lambda s: ["close", NUMBER, "--because", s["because"]],
        }[verb](step)
        if verb in ("advance", "close"):
            moves = casework("status", NUMBER, "--json", "--at", at).data["moves"]
            found = [move for move in moves if move["move"] == verb and move.get("because") == step.get("because")]
            assert [move["allowed"] for move in found] == [True]
        done = casework(*argv, "--at", at, "--as", by)
        assert done.code == 0, done.err
    by_hand, shown = _result(), _result_in(demo, monkeypatch)
    assert by_hand == shown


def _result() -> Any:
    status = casework("status", NUMBER, "--json").data
    return status["stage"], status["status"], casework("documents", NUMBER, "--json").data


def _result_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(folder)
    return _result()


def test_the_demonstration_as_json(tmp_path: Path) -> None:
    outcome = casework("demo", "out", "--json")
    assert outcome.data.keys() == {"folder", "case", "stage", "status", "steps", "documents"}
    assert all(Path(name).is_file() for name in outcome.data["documents"])


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    for place in (".", "mine"):
        outcome = casework("demo", place, "--json")
        assert (outcome.code, outcome.error["code"]) == (3, "refused")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_walk_with_a_step_that_there_is_not(tmp_path: Path) -> None:
    (tmp_path / "walk.yaml").write_text("staff: []\nsteps: [{do: jump}]\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        list(walk(Casework("sqlite://"), tmp_path))
    assert [problem.where for problem in refused.value.problems] == ["steps.1"]


def test_the_workflows(tmp_path: Path) -> None:
    shipped = casework("workflow", "list", "--json").data
    assert [flow["workflow"] for flow in shipped] == sorted(flow["workflow"] for flow in shipped)
    economic = next(flow for flow in shipped if flow["workflow"] == "pkh-economic")
    assert economic.keys() == {"workflow", "version", "title", "stages", "file", "problem"}
    assert len(economic["stages"]) == 6
    assert casework("init", ".", "--office", "Dinas").code == 0
    (tmp_path / "workflows" / "aaa.yaml").write_text("workflow: aaa\n", encoding="utf-8")
    own = casework("workflow", "list", "--json").data[0]
    assert (own["workflow"], own["version"]) == ("aaa", None)
    assert "aaa.yaml" in own["problem"]
    assert casework("workflow", "list").code == 0


def test_the_folder_to_go_into_is_quoted_where_its_name_has_blanks() -> None:
    assert "$ cd 'Dinas Contoh'\n" in casework("init", "Dinas Contoh", "--office", "Dinas Contoh").out
    assert "$ cd kantor\n" in casework("init", "kantor", "--office", "Dinas Contoh").out
