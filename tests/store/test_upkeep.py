"""The database's own verbs: copies, seals, repairs; and what is told when they cannot be done."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from case_s import NUMBER, OFFICE, TEMPLATES, Clock, Databases, casework, data
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from offices import Office
from sqlalchemy import text

from casework_flow.casework import Casework
from casework_flow.cli import run
from casework_flow.errors import Invalid, Refused


def keys() -> tuple[bytes, bytes]:
    """A private key and its public one, as PEM."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), public


def without_guards(cw: Casework, *statements: str) -> None:
    """What an intruder does who has the whole server: no trigger holds, no reference counts."""
    engine = cw._store.engine
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
            connection.commit()
            connection.connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
        else:
            connection.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = DEFAULT"))
            connection.commit()


def found(cw: Casework, seal: Any = None, public_key: bytes | None = None) -> list[str]:
    return [f"{finding.where}: {finding.message}" for finding in cw.verify(seal, public_key)]


CUT = (
    "UPDATE casework_cases SET version = version - 1",
    "UPDATE casework_cases SET head = (SELECT hash FROM casework_events e WHERE e.stream = casework_cases.id "
    "AND e.seq = casework_cases.version)",
    "DELETE FROM casework_events WHERE stream <> office_id AND seq > (SELECT version FROM casework_cases)",
)
"""The last event cut off, and the case made to agree with what is left."""


def test_a_tail_that_was_cut_off_cleanly_is_found_by_an_earlier_seal(office: Office) -> None:
    cw = office.casework(office.at("assessment"))
    cw.record(NUMBER, "supervision", {"date": "2025-03-06", "note": "baik"}, by="sup", at="2025-03-06")
    seal = json.loads(json.dumps(cw.seal()))
    without_guards(cw, "DELETE FROM casework_records WHERE type = 'supervision'", *CUT)
    assert found(cw) == []  # without a seal nobody can know
    assert [line for line in found(cw, seal) if "the last ones are not there" in line]


def test_a_vanished_case_is_found_by_an_earlier_seal(office: Office) -> None:
    cw = office.casework(office.at("assessment"))
    seal = cw.seal()
    without_guards(
        cw,
        "DELETE FROM casework_records",
        "DELETE FROM casework_documents",
        "DELETE FROM casework_events WHERE stream <> office_id",
        "DELETE FROM casework_cases",
        "DELETE FROM casework_counters",
    )
    assert found(cw) == []
    assert len(found(cw, seal)) == 1


def test_a_seal_holds_while_work_goes_on(office: Office) -> None:
    cw = office.casework(office.at("assessment"))
    seal = cw.seal()
    cw.record(NUMBER, "genogram", data("genogram"), by="rina", at="2025-03-13")
    assert found(cw, seal) == []


def test_a_signed_seal_is_that_of_its_key_and_cannot_be_changed(office: Office) -> None:
    cw = office.casework(office.at("assessment"))
    private, public = keys()
    seal = cw.seal(private)
    assert found(cw, seal, public) == []
    assert any("not signed with this key" in line for line in found(cw, seal, keys()[1]))
    assert any("not signed with this key" in line for line in found(cw, cw.seal(), public))
    stream = next(iter(seal["chains"]))
    less = {**seal, "chains": {key: value for key, value in seal["chains"].items() if key != stream}}
    assert any("not signed with this key" in line for line in found(cw, less, public))


@pytest.mark.parametrize("given", [{}, {"casework_seal": 1}, {"casework_seal": 1, "at": "", "chains": {"a": 1}}])
def test_what_is_no_seal_is_refused(office: Office, given: Any) -> None:
    cw = office.casework(office.at("engagement"))
    with pytest.raises(Invalid, match="seal"):
        cw.verify(given)
    with pytest.raises(Invalid, match="key"):
        cw.seal(b"not a key")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE casework_cases SET stage = 'evaluation', due_on = NULL, version = 3",
        "UPDATE casework_cases SET head = 'x', client = 'y', status = 'closed'",
        "DELETE FROM casework_cases",
    ],
)
def test_the_rows_of_the_cases_are_rebuilt_from_their_histories(office: Office, damage: str) -> None:
    cw = office.casework(office.at("assessment"))
    before = cw.case(NUMBER)
    assert cw.rebuild() == ()
    without_guards(cw, damage)
    assert found(cw)
    [(number, columns)] = cw.rebuild()
    assert number == NUMBER
    assert columns
    assert cw.case(NUMBER) == before
    assert found(cw) == []


def test_nothing_is_rebuilt_from_a_broken_history(office: Office) -> None:
    cw = office.casework(office.at("assessment"))
    without_guards(cw, "UPDATE casework_events SET body = '{}' WHERE seq = 2 AND stream <> office_id")
    before = cw.case(NUMBER)
    with pytest.raises(Refused, match="restore a backup"):
        cw.rebuild()
    assert cw.case(NUMBER) == before


# on the command line


@pytest.fixture
def project(tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the database of case S in it, in which the command line stands."""
    for name in ("CASEWORK_DB", "CASEWORK_AS", "CASEWORK_LANG"):
        monkeypatch.delenv(name, raising=False)
    databases.at("assessment", tmp_path / "casework.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cli(*words: str, db: str = "sqlite:///casework.db") -> int:
    return run([*words, "--db", db, "--lang", "en"])


def test_a_copy_is_made_while_others_write_and_can_be_put_back(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cw = casework(project / "casework.db")
    with cw._store.writing():  # somebody is in the middle of their work
        assert cli("backup", "copy.db") == 0
    cw.record(NUMBER, "supervision", {"date": "2025-03-07", "note": "x"}, by="sup", at="2025-03-07")
    cw.disconnect()
    assert cli("backup", "copy.db") == 3  # what is there is never overwritten
    assert cli("restore", "copy.db") == 3
    (project / "casework.db").rename(project / "old.db")
    assert cli("restore", "copy.db") == 0
    back = Casework(f"sqlite:///{project / 'casework.db'}", office=OFFICE, templates=[TEMPLATES], clock=Clock())
    assert back.verify() == ()
    assert not [event for event in back.history(NUMBER) if event["body"].get("record") == "supervision"]
    assert sorted(path.name for path in project.iterdir() if path.name.startswith(".")) == []
    assert "casework.db is there already" in capsys.readouterr().err


@pytest.mark.parametrize("word", [b"SQLite format", b"CREATE TABLE", b"Sarma"])
def test_a_damaged_copy_is_not_put_in_place(project: Path, word: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("backup", "copy.db") == 0
    raw = bytearray((project / "copy.db").read_bytes())
    where = raw.index(word)
    raw[where : where + 600] = b"\x5a" * 600
    (project / "copy.db").write_bytes(raw)
    assert cli("restore", "copy.db", db="sqlite:///new.db") != 0
    assert not (project / "new.db").exists()
    assert capsys.readouterr().err


def test_a_copy_in_which_somebody_changed_a_record_is_not_put_in_place(project: Path) -> None:
    assert cli("backup", "copy.db") == 0
    raw = sqlite3.connect(project / "copy.db")
    raw.execute("UPDATE casework_records SET content = '{}' WHERE type = 'intake'")
    raw.commit()
    raw.close()
    assert cli("restore", "copy.db", db="sqlite:///new.db") == 3
    assert not (project / "new.db").exists()


def test_a_copy_that_cannot_be_made_is_told_by_the_name_that_was_asked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli("backup", "nowhere/copy.db") == 1
    told = " ".join(capsys.readouterr().err.split())
    assert told.startswith("nowhere/copy.db cannot be written")


def test_postgresql_is_copied_by_its_own_tools(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("backup", "copy.db", db="postgresql+psycopg://x@localhost/x") == 3
    assert "pg_dump" in capsys.readouterr().err


def test_a_seal_is_printed_and_verified(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, public = keys()
    (project / "key.pem").write_bytes(private)
    (project / "public.pem").write_bytes(public)
    assert cli("seal", "--signing-key", "key.pem") == 0
    (project / "seal.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert cli("verify", "--seal", "seal.json", "--public-key", "public.pem") == 0
    assert cli("verify", "--public-key", "public.pem") == 2
    raw = sqlite3.connect(project / "casework.db")
    raw.execute("DROP TRIGGER casework_events_are_never_deleted")
    raw.execute("DELETE FROM casework_events WHERE stream = office_id")
    raw.commit()
    raw.close()
    assert cli("verify", "--seal", "seal.json") == 3


def test_the_doctor_names_what_there_is_and_no_person(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("doctor") == 0
    out = capsys.readouterr().out
    for word in ("Python", "sqlalchemy", "synchronous=full", "Schema", "Templates", "Workflows"):
        assert word in out
    assert "Sarma" not in out
    assert cli("doctor", db="sqlite:///casework.db?synchronous=normal") == 0
    assert "synchronous=normal" in capsys.readouterr().out


def test_upgrading_what_is_up_to_date_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("upgrade-db") == 0
    assert "up to date already" in capsys.readouterr().out
    assert cli("upgrade-db", db="sqlite:///mistyped.db") == 4


def test_synchronous_is_full_or_normal(project: Path) -> None:
    assert cli("list", db="sqlite:///casework.db?synchronous=off") == 6
    assert cli("list", db="sqlite:///casework.db?synchronous=NORMAL") == 0
