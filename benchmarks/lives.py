"""The life that every engine lives: a case is opened, makes five transitions and is closed; each one a commit.

Every engine keeps the same rows: the case, its client's record, one event for each transition. Each transition is
loaded, decided by two guards over the client's record, written with a version check, and audited.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from casework_flow import Casework, migrate
from casework_flow.office import Office
from casework_flow.store.database import connect

STAGES = ("referral", "intake", "assessment", "plan", "work", "review")
TRANSITIONS = 6
CLIENT = {
    "name": "Sarma Contoh",
    "initials": "S",
    "sex": "female",
    "birth_date": "1992-08-12",
    "nik_absent_reason": "belum punya",
    "data_basis": "public_service_task",
}
DOCUMENT = """{% set identity = "full" %}
<document title="Notula">
<section title="Isi"><p>{{ client.name }} ({{ client.initials }}), {{ client.birth_date | date }}.</p></section>
</document>
"""


def workflow(documents: bool) -> str:
    """The workflow file of the benchmark."""
    text = "workflow: bench\nversion: 1\ntitle: {id: Tolok ukur, en: Benchmark}\nstages:\n"
    for name in STAGES:
        text += f"  {name}:\n    title: {{id: {name}, en: {name}}}\n    days: 5\n    requires:\n"
        for guard, check in (("named", "client.name"), ("grown_up", "client.age >= 18")):
            text += (
                f"      - {{guard: {guard}, kind: professional, check: {check}, say: {{id: {guard}, en: {guard}}}}}\n"
            )
        text += f"    documents: [{'note' if documents else ''}]\n"
    return text + "closures:\n  done: {complete: true}\n"


class Ours:
    """casework-flow through its front door."""

    def __init__(self, url: str, documents: bool) -> None:
        folder = Path(tempfile.mkdtemp(prefix="casework-bench-"))
        (folder / "bench.yaml").write_text(workflow(documents), encoding="utf-8")
        (folder / "note.xml.j2").write_text(DOCUMENT, encoding="utf-8")
        office = Office(agency="Dinas Sosial Kabupaten Contoh", holidays="")
        self.casework = Casework(url, office=office, workflows=[folder], templates=[folder])
        if not self.casework.all_staff():
            self.casework.add_staff("rina", full_name="Rina Contoh", role="social_worker")

    def life(self) -> None:
        """One case from its opening to its closing."""
        number = self.casework.open("bench", client=CLIENT, by="rina").number
        for _ in range(TRANSITIONS - 1):
            self.casework.advance(number, by="rina")
        self.casework.close(number, because="done", by="rina")

    def close(self) -> None:
        self.casework.disconnect()


def digest(*parts: str) -> str:
    """What proves a row."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Hand:
    """The same rows in the same tables by hand-written SQL on the driver's connection: the limit."""

    def __init__(self, url: str, documents: bool) -> None:
        engine = connect(url)
        migrate(engine)
        self.engine = engine
        self.raw = engine.raw_connection()
        self.cursor = self.raw.cursor()
        self.mark = "?" if engine.dialect.name == "sqlite" else "%s"
        self.begin = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else ""
        self.render = _renderer() if documents else None
        self.office = str(uuid.uuid4())
        self.numbers = 0
        self.run("INSERT INTO offices VALUES (?, ?)", self.office, "2025-01-01")
        self.run("INSERT INTO staff VALUES (?, ?, ?, ?, NULL, NULL, NULL, ?)", self.office, "rina", "Rina", "x", "s")
        self.run("INSERT INTO workflows VALUES (?, ?, ?)", self.office, "w", "{}")
        self.run("INSERT INTO templates VALUES (?, ?, ?)", self.office, "t", DOCUMENT)
        self.raw.commit()

    def run(self, sql: str, *values: Any) -> Any:
        return self.cursor.execute(sql.replace("?", self.mark), values)

    def life(self) -> None:
        self.numbers += 1
        number = f"K-{self.numbers}"
        case = str(uuid.uuid4())
        self._begin()
        person = self.run("SELECT * FROM staff WHERE office_id = ? AND name = ?", self.office, "rina").fetchone()
        assert person
        head = self._event(case, 1, "", "opened", {"number": number, "to": STAGES[0]})
        self.run(
            "INSERT INTO cases VALUES (?,?,?,'bench',1,'w',?,'active',1,1,'rina',?,?,?,?,NULL,NULL,?,1,?)",
            self.office, case, number, STAGES[0], CLIENT["name"], *["2025-01-01"] * 4, head,
        )  # fmt: skip
        content, salt = json.dumps(CLIENT, sort_keys=True), os.urandom(16).hex()
        self.run(
            "INSERT INTO records VALUES (?,?,?,1,'client',1,1,1,1,?,?,'rina',?,?,?)",
            self.office, str(uuid.uuid4()), case, "2025-01-01", "2025-01-01", content, salt, digest(salt, content),
        )  # fmt: skip
        self.raw.commit()
        for step in range(TRANSITIONS):
            self._step(number, step)

    def _begin(self) -> None:
        if self.begin:
            self.cursor.execute(self.begin)

    def _step(self, number: str, step: int) -> None:
        self._begin()
        case, stage, version, head = self.run(
            "SELECT id, stage, version, head FROM cases WHERE office_id = ? AND number = ?", self.office, number
        ).fetchone()
        person = self.run("SELECT * FROM staff WHERE office_id = ? AND name = ?", self.office, "rina").fetchone()
        record = self.run(
            "SELECT content FROM records WHERE office_id = ? AND case_id = ? AND type = 'client' "
            "ORDER BY revision DESC",
            self.office, case,
        ).fetchone()  # fmt: skip
        client = json.loads(record[0])
        assert person
        assert client["name"]
        assert 2025 - int(client["birth_date"][:4]) >= 18
        to, status = STAGES[min(step + 1, len(STAGES) - 1)], "closed" if step == TRANSITIONS - 1 else "active"
        body = {"from": stage, "to": to, "status": status, "guards": [["named", True], ["grown_up", True]]}
        head = self._event(case, version + 1, head, "moved", body)
        done = self.run(
            "UPDATE cases SET stage = ?, status = ?, due_on = ?, version = ?, head = ? "
            "WHERE office_id = ? AND id = ? AND version = ?",
            to, status, "2025-01-08", version + 1, head, self.office, case, version,
        )  # fmt: skip
        assert done.rowcount == 1
        if self.render:
            xml, salt = self.render(client=client), os.urandom(16).hex()
            sha256 = hashlib.sha256(xml.encode()).hexdigest()
            self.run(
                "INSERT INTO documents VALUES (?,?,?,?,'note',0,?,?,NULL,'t','1','{}',?,?,?)",
                self.office, str(uuid.uuid4()), case, version + 1, step + 1, "2025-01-01", sha256, salt,
                digest(salt, sha256),
            )  # fmt: skip
        self.raw.commit()

    def _event(self, case: str, seq: int, prev: str, kind: str, body: dict[str, Any]) -> str:
        text, salt = json.dumps(body, sort_keys=True), os.urandom(16).hex()
        commitment = digest(salt, "null")
        sealed = digest(self.office, case, str(seq), kind, text, commitment, prev)
        self.run(
            "INSERT INTO events VALUES (?,?,?,?,?,?,'rina','social_worker',NULL,NULL,?,NULL,?,?,?,?)",
            self.office, case, seq, kind, "2025-01-01", "2025-01-01", text, salt, commitment, prev, sealed,
        )  # fmt: skip
        return sealed

    def close(self) -> None:
        self.raw.close()
        self.engine.dispose()


def _renderer() -> Callable[..., str]:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(autoescape=True)
    environment.filters["date"] = str
    return environment.from_string(DOCUMENT).render
