"""An office's profile: what a file may say, what it is told when it is wrong, and when the office is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from document_samples import PROFILE
from holidays import country_holidays
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework_flow.calendar import is_working_day, working_days_after
from casework_flow.documents.profile import complete
from casework_flow.errors import Invalid, NotFound
from casework_flow.office import FILE, Office, beside, find, load
from casework_flow.resources import shipped


def profile(folder: Path, text: str) -> Path:
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return path


FULL = """
agency = "Dinas Sosial Kabupaten Contoh"
government = "Pemerintah Kabupaten Contoh"
timezone = "Asia/Jayapura"
closed_days = ["2025-06-02"]
[head]
name = "Kepala Contoh, M.Si."
nip = "197505052000031002"
[letter]
paper = "f4"
margin_left = 25
[data_protection]
retention = "5 tahun"
"""


def test_a_profile_is_read_with_sound_defaults(tmp_path: Path) -> None:
    office = load(profile(tmp_path, FULL))
    assert (office.agency, office.head.nip, office.letter.paper) == (
        "Dinas Sosial Kabupaten Contoh",
        "197505052000031002",
        "f4",
    )
    assert (office.letter.margin_left, office.letter.margin_top, office.letter.language) == (25, 25, "id")
    assert office.closed_days == ("2025-06-02",)
    assert office.zone.key == "Asia/Jayapura"
    assert office.folder == tmp_path


def test_documents_keep_nothing_of_the_profile_that_is_not_printed(tmp_path: Path) -> None:
    data = load(profile(tmp_path, FULL)).as_data()
    assert data["head"] == {"title": "", "name": "Kepala Contoh, M.Si.", "nip": "197505052000031002"}
    assert not {"folder", "database"} & data.keys()


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("", "agency", 'The name of the office is missing: agency = "…".'),
        ("agency = ''", "agency", "The name of the office is missing"),
        ("agency = 3", "agency", "3 is not what is expected here."),
        ("agency = 'a'\nagensi = 'b'", "agensi", "There is no such setting. Did you mean agency?"),
        ("agency = 'a'\n[letter]\npapr = 'f4'", "letter.papr", "Did you mean paper?"),
        ("agency = 'a'\nfolder = '/'", "folder", "There is no such setting."),
        ("agency = 'a'\nletter = 'f4'", "letter", "A table of settings is expected here."),
        ("agency = 'a'\n[letter]\nfont_size = '11'", "letter.font_size", "'11' is not what is expected here."),
        ("agency = 'a'\n[letter]\nfont_size = true", "letter.font_size", "True is not what is expected here."),
        ("agency = 'a'\n[letter]\npaper = 'letter'", "letter.paper", "The paper is a4 or f4."),
        (
            "agency = 'a'\ncase_number = '{nomor}'",
            "case_number",
            "such as KSS-{year}-{number:04d} is expected.",
        ),
        ("agency = 'a'\ncase_number = 'KSS'", "case_number", "A pattern such as"),
        ("agency = 'a'\ncase_number = 'KSS-{number}'", "case_number", "A pattern such as"),
        ("agency = 'a'\ncase_number = '{year}'", "case_number", "A pattern such as"),
        ("agency = 'a'\ncase_number = '{year} {number}'", "case_number", "A pattern such as"),
        ("agency = 'a'\ncase_number = '{number:s}'", "case_number", "A pattern such as"),
        ("agency = 'a'\ncase_number = '{number.__class__}'", "case_number", "A pattern such as"),
        ("agency = 'a'\ncase_number = '{number:>9999999999}'", "case_number", "A pattern such as"),
        ("agency = 'a'\ntimezone = 'Asia/Medan'", "timezone", "A time zone such as Asia/Jakarta is expected."),
        ("agency = 'a'\ntimezone = '../../etc/passwd'", "timezone", "A time zone"),
        ("agency = 'a'\ntimezone = ''", "timezone", "A time zone"),
        ("agency = 'a'\nclosed_days = ['2 Juni']", "closed_days.0", "A date such as 2025-12-31 is expected."),
        ("agency = 'a'\nclosed_days = '2025-06-02'", "closed_days", "is not what is expected here."),
        ("agency = 'a'\nholidays = 'XX'", "holidays", "country"),
        ("agency = 'a'\n[letter]\nlanguage = 'xx'", "letter.language", "The languages are: id, en."),
        ("agency = 'a'\n[letter]\nmargin_left = 90", "letter.margin_left", "5"),
        ("agency = 'a'\n[letter]\nfont_size = 40", "letter.font_size", "8"),
        ("agency = ", FILE, "This is not TOML"),
        ("agency = 'a'\nagency = 'b'", FILE, "This is not TOML"),
    ],
)
def test_a_fault_in_a_profile_is_named(tmp_path: Path, text: str, where: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        load(profile(tmp_path, text))
    (problem,) = refused.value.problems
    assert problem.where == where
    assert said in problem.message.say("en")


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        load(profile(tmp_path, "agency = 1\ntimezoone = 'x'\n[letter]\nfont_size = 'x'"))
    assert [problem.where for problem in refused.value.problems] == ["agency", "timezoone", "letter.font_size"]


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load(tmp_path / FILE)
    (tmp_path / FILE).write_bytes(b"agency = '\xff'")
    with pytest.raises(Invalid, match="cannot be used"):
        load(tmp_path / FILE)


def test_a_profile_is_found_from_a_folder_below(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find(below) is None or find(below).parent not in (tmp_path, below)
    path = profile(tmp_path, FULL)
    assert find(below) == path


def test_a_profile_beside_the_database_is_used_and_without_one_the_office_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert beside("sqlite:///:memory:").agency == "-"
    project = tmp_path / "project"
    project.mkdir()
    profile(project, FULL)
    assert beside(f"sqlite:///{project / 'casework.db'}").agency == "Dinas Sosial Kabupaten Contoh"
    assert beside("postgresql:///x").agency == "-"


def test_a_relative_database_lies_in_the_projects_folder(tmp_path: Path) -> None:
    def url(database: str) -> str:
        return Office(agency="a", database=database, folder=tmp_path).database_url

    assert url("sqlite:///casework.db") == f"sqlite:///{tmp_path.resolve() / 'casework.db'}"
    assert url(f"sqlite:///{tmp_path}/x.db") == f"sqlite:///{tmp_path}/x.db"
    assert url("postgresql://host/db") == "postgresql://host/db"


# ---- days on which an office is closed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 5, 12), False),  # Waisak
        (date(2025, 5, 13), False),  # joint leave after it
        (date(2025, 3, 31), False),  # Idul Fitri
        (date(2025, 8, 17), False),  # independence, a Sunday
        (date(2025, 12, 25), False),
        (date(2025, 12, 26), False),  # joint leave
        (date(2025, 5, 14), True),
        (date(2025, 5, 10), False),  # a Saturday
    ],
)
def test_indonesian_holidays_and_joint_leave_are_no_working_days(day: date, works: bool) -> None:
    assert is_working_day(day, Office(agency="a").closed_on()) is works


@pytest.mark.parametrize(
    ("country", "categories"),
    [("ID", ("public", "government")), ("MY", ("public",)), ("TL", ("public", "government"))],
)
def test_the_days_are_those_of_the_calendar_of_the_country(country: str, categories: tuple[str, ...]) -> None:
    closed = Office(agency="a", holidays=country).closed_on()
    for year in (2024, 2025, 2026):
        days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
        calendar = country_holidays(country, years=year, categories=categories)
        assert [day for day in days if closed(day)] == [day for day in days if day in calendar]
        assert any(map(closed, days))


def test_a_deadline_jumps_over_waisak_and_its_leave() -> None:
    closed = Office(agency="a").closed_on()
    assert working_days_after(date(2025, 5, 9), 1, closed) == date(2025, 5, 14)


def test_an_office_may_have_its_own_days_and_no_public_ones() -> None:
    own = Office(agency="a", holidays="", closed_days=("2025-05-14",)).closed_on()
    assert not is_working_day(date(2025, 5, 14), own)
    assert is_working_day(date(2025, 5, 12), own)
    both = Office(agency="a", closed_days=("2025-05-14",)).closed_on()
    assert working_days_after(date(2025, 5, 9), 1, both) == date(2025, 5, 15)


# ---- any file ---------------------------------------------------------------------------------------------------

VALUE = st.text(max_size=12) | st.integers() | st.floats() | st.booleans() | st.lists(st.text(max_size=4), max_size=2)
TOP = ("agency", "letter", "timezone", "holidays", "closed_days", "case_number", "font")
LETTER = ("paper", "language", "font", "font_size", "margin_left", "margins")


def toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'
    return str(value).lower()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    top=st.dictionaries(st.sampled_from(TOP), VALUE),
    letter=st.dictionaries(st.sampled_from(LETTER), VALUE),
)
def test_any_profile_is_an_office_or_a_list_of_faults(
    tmp_path: Path, top: dict[str, Any], letter: dict[str, Any]
) -> None:
    lines = [f"{key} = {toml(value)}" for key, value in top.items()]
    text = "\n".join([*lines, "[letter]", *(f"{key} = {toml(value)}" for key, value in letter.items())])
    try:
        office = load(profile(tmp_path, text))
    except Invalid as refused:
        assert refused.problems  # noqa: PT017  # most are refused, a few are sound
    else:
        assert office.zone
        assert office.closed_on()(date(2025, 1, 1)) in (True, False)


@pytest.mark.parametrize("name", ["margin_top", "margin_right", "margin_bottom", "margin_left", "font_size"])
def test_what_the_profile_allows_can_be_printed_and_what_it_refuses_cannot(tmp_path: Path, name: str) -> None:
    for value in (4, 5, 7, 8, 16, 17, 60, 61):
        wanted = {"font_size": value} if name == "font_size" else {"margins": {name.removeprefix("margin_"): value}}
        path = profile(tmp_path, f'agency = "a"\n[letter]\n{name} = {value}')
        assert accepted(load, path) == accepted(complete, {**PROFILE, **wanted})


def accepted(check: Callable[[Any], object], given: Any) -> bool:
    try:
        check(given)
    except Invalid:
        return False
    return True


def test_the_shipped_folders_are_found() -> None:
    assert list(shipped("workflows").glob("*.yaml"))
    assert list(shipped("templates").glob("*.xml.j2"))
