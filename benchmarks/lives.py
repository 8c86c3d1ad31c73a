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

from jinja2.sandbox import ImmutableSandboxedEnvironment

from casework_flow import Casework, migrate
from casework_flow.documents.language import filters
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
DAY, DUE = "2025-01-01", "2025-01-08"
OFFICE = Office(agency="Dinas Sosial Kabupaten Contoh", holidays="")
NOTE = """{% set identity = "full" %}
<document title="Notula">
<section title="Isi"><p>{{ client.name }} ({{ client.initials }}), {{ client.birth_date | date }}.</p></section>
</document>
"""
"""A note of one sentence: the smallest document that tells of a client."""
LETTER = """{% set identity = "full" %}
<document title="Kontrak Pelayanan" lang="{{ lang }}" kind="record">
  <letterhead/>
  <title>Kontrak Pelayanan</title>
  <number/>
  <p>Pada hari ini, {{ "2025-03-06"|weekday }}, {{ "2025-03-06"|date_in_words }}, kami menyepakati pelayanan ini.</p>
  <section title="Para Pihak" numbered="A">
    <dl>
      <dt>Nama</dt><dd>{{ case.worker.name }}</dd>
      <dt>Instansi</dt><dd>{{ office.agency }}</dd>
      {% if case.worker.nip %}
      <dt>NIP</dt><dd>{{ case.worker.nip|nip }}</dd>
      {% endif %}
    </dl>
    <dl>
      <dt>Nama</dt><dd>{{ client.name }}</dd>
      <dt>Inisial</dt><dd>{{ client.initials }}</dd>
      <dt>Jenis kelamin</dt><dd>{{ client.sex|label }}</dd>
      <dt>Tanggal lahir</dt><dd>{{ client.birth_date|date }}</dd>
      <dt>NIK</dt><dd>{{ client.nik|mask_nik if client.nik else "tidak ada: " ~ client.nik_absent_reason }}</dd>
    </dl>
  </section>
  <section title="Tujuan" numbered="A">
    <ol>
      <li>{{ client.initials }} mencatat pemasukan dan pengeluaran setiap hari selama {{ 12|counted }} minggu.</li>
      <li>Kebutuhan dan keinginan dibedakan dalam buku keuangan dan dibahas pada setiap kunjungan.</li>
      <li>Keluarga menyisihkan tabungan, berapa pun besarnya, pada akhir setiap minggu.</li>
    </ol>
  </section>
  <section title="Peran dan Tanggung Jawab" numbered="A">
    <dl>
      <dt>Pihak Pertama</dt><dd>Mendampingi, mencatat, dan menghubungkan Pihak Kedua dengan layanan yang ada.</dd>
      <dt>Pihak Kedua</dt><dd>Hadir pada hari yang disepakati dan menyampaikan keadaan yang sebenarnya.</dd>
    </dl>
  </section>
  <section title="Jadwal" numbered="A">
    <p>Kunjungan dilakukan sekali setiap minggu. Perubahan disampaikan paling lambat sehari sebelumnya.</p>
    <table widths="1,3,4">
      <tr><th>Minggu</th><th>Tanggal</th><th>Kegiatan</th></tr>
      {% for week in range(12) %}
      <tr>
        <td>{{ week + 1 }}</td>
        <td>{{ "2025-03-06"|shift(7 * week)|date }}</td>
        <td>Pencatatan bersama {{ client.initials }}; catatan minggu lalu diperiksa</td>
      </tr>
      {% endfor %}
    </table>
  </section>
  <section title="Kerahasiaan" numbered="A">
    <p>Pihak Pertama menjaga rahasia keterangan yang diperolehnya dan menggunakannya untuk pelayanan ini saja.</p>
  </section>
  <section title="Perubahan dan Pengakhiran" numbered="A">
    <ol>
      <li>Perubahan jangka waktu disepakati kedua pihak dan dituangkan dalam adendum.</li>
      <li>Pelayanan berakhir apabila tujuan tercapai, jangka waktu berakhir, atau Pihak Kedua mengundurkan diri.</li>
      <li>Pihak Kedua dapat mengakhiri pelayanan sewaktu-waktu; hal itu tidak mengurangi haknya atas bantuan.</li>
    </ol>
  </section>
  <section title="Tanda Tangan" numbered="A">
    <p>Demikian kesepakatan ini dibuat dalam rangkap 2 (dua) untuk dilaksanakan dengan iktikad baik.</p>
    <signatures place-date="Doloksanggul, {{ "2025-03-06"|date }}" columns="2">
      <party role="Pihak Kedua," name="{{ client.name }}"/>
      <party role="Pihak Pertama," name="{{ case.worker.name }}"/>
    </signatures>
  </section>
</document>
"""
"""A contract of two pages with clauses, a table and signatures: what an office issues when a case moves."""
DOCUMENTS = {"a note of one sentence": NOTE, "a contract of two pages": LETTER}


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

    def __init__(self, url: str, document: str = "") -> None:
        folder = Path(tempfile.mkdtemp(prefix="casework-bench-"))
        (folder / "bench.yaml").write_text(workflow(bool(document)), encoding="utf-8")
        (folder / "note.xml.j2").write_text(document, encoding="utf-8")
        self.casework = Casework(url, office=OFFICE, workflows=[folder], templates=[folder])
        if not self.casework.all_staff():
            self.casework.add_staff("rina", full_name="Rina Contoh", role="social_worker")

    def life(self) -> None:
        """One case from its opening to its closing."""
        number = self.number = self.casework.open("bench", client=CLIENT, by="rina").number
        for _ in range(TRANSITIONS - 1):
            self.casework.advance(number, by="rina")
        self.casework.close(number, because="done", by="rina")

    def digests(self) -> set[str]:
        """What was issued in the last life."""
        return {issued.sha256 for issued in self.casework.documents(self.number)}

    def close(self) -> None:
        self.casework.disconnect()


def digest(*parts: str) -> str:
    """What proves a row."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def opened(number: str, key: str, sealed: str) -> dict[str, Any]:
    """What the event of an opening says."""
    return {
        "number": number, "workflow": "bench", "workflow_version": 1, "workflow_digest": "w", "worker": "rina",
        "to": STAGES[0], "due_on": DUE, "records": [{"id": key, "digest": sealed}],
    }  # fmt: skip


def moved(stage: str, to: str, status: str) -> dict[str, Any]:
    """What the event of a transition says."""
    answer = {"kind": "professional", "ok": True, "overridden": False, "until": None, "detail": None}
    return {
        "move": "close" if status == "closed" else "advance", "because": "done" if status == "closed" else None,
        "from": stage, "to": to, "status": status, "cycle": 1, "episode": 1, "due_on": DUE, "until": None,
        "days_left": None, "guards": [{"guard": "named", **answer}, {"guard": "grown_up", **answer}],
    }  # fmt: skip


def record(case: str) -> tuple[str, str, str, str]:
    """The client's record of a case: its content, id, salt and digest."""
    content, salt, key = json.dumps(CLIENT, sort_keys=True), os.urandom(16).hex(), str(uuid.uuid4())
    return content, key, salt, digest(salt, key, case, "1", "client", "1", "1", "1", "1", DAY, DAY, "rina", content)


def event(case: str, seq: int, prev: str, kind: str, body: dict[str, Any]) -> tuple[str, str, str, str]:
    """What proves an event: its text, salt and commitment, and the digest over all that it says."""
    text, salt = json.dumps(body, sort_keys=True), os.urandom(16).hex()
    commitment = digest(salt, "null")
    told = (case, str(seq), kind, DAY, DAY, "rina", "social_worker", "", "", text, commitment, prev)
    return text, salt, commitment, digest(*told)


class Hand:
    """The same rows in the same tables by hand-written SQL on the driver's connection: the limit."""

    def __init__(self, url: str, document: str = "") -> None:
        engine = connect(url)
        migrate(engine)
        self.engine = engine
        self.raw = engine.raw_connection()
        self.cursor = self.raw.cursor()
        self.mark = "?" if engine.dialect.name == "sqlite" else "%s"
        self.begin = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else ""
        self.render = _renderer(document) if document else None
        self.profile = OFFICE.as_data()
        self.office = str(uuid.uuid4())
        self.numbers = 0
        self.run("INSERT INTO casework_offices VALUES (?, ?)", self.office, "2025-01-01")
        self.run(
            "INSERT INTO casework_staff VALUES (?, ?, ?, ?, NULL, NULL, NULL, ?)",
            self.office,
            "rina",
            "Rina Contoh",
            "x",
            "s",
        )
        self.run("INSERT INTO casework_counters VALUES (?, 'case', 2025, 0)", self.office)
        self.run("INSERT INTO casework_workflows VALUES (?, ?, ?)", self.office, "w", "{}")
        self.run("INSERT INTO casework_templates VALUES (?, ?, ?)", self.office, "t", document)
        self.raw.commit()

    def run(self, sql: str, *values: Any) -> Any:
        return self.cursor.execute(sql.replace("?", self.mark), values)

    def life(self) -> None:
        self.numbers += 1
        number = f"K-{self.numbers}"
        case = str(uuid.uuid4())
        self._begin()
        person = self.run(
            "SELECT * FROM casework_staff WHERE office_id = ? AND name = ?", self.office, "rina"
        ).fetchone()
        assert person
        self.run(
            "UPDATE casework_counters SET value = value + 1 WHERE office_id = ? AND kind = 'case' AND year = 2025 "
            "RETURNING value",
            self.office,
        ).fetchone()  # fmt: skip
        content, key, salt, sealed = record(case)
        head = self._event(case, 1, "", "opened", opened(number, key, sealed))
        self.run(
            "INSERT INTO casework_cases VALUES (?,?,?,'bench',1,'w',?,'active',1,1,'rina',?,?,?,?,NULL,NULL,?,1,?)",
            self.office, case, number, STAGES[0], CLIENT["name"], *["2025-01-01"] * 4, head,
        )  # fmt: skip
        self.run(
            "INSERT INTO casework_records VALUES (?,?,?,1,'client',1,1,1,1,?,?,'rina',?,?,?)",
            self.office, key, case, DAY, DAY, content, salt, sealed,
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
            "SELECT id, stage, version, head FROM casework_cases WHERE office_id = ? AND number = ?",
            self.office,
            number,
        ).fetchone()
        person = self.run(
            "SELECT * FROM casework_staff WHERE office_id = ? AND name = ?", self.office, "rina"
        ).fetchone()
        record = self.run(
            "SELECT content FROM casework_records WHERE office_id = ? AND case_id = ? AND type = 'client' "
            "ORDER BY revision DESC",
            self.office, case,
        ).fetchone()  # fmt: skip
        client = json.loads(record[0])
        assert person
        assert client["name"]
        assert 2025 - int(client["birth_date"][:4]) >= 18
        to, status = STAGES[min(step + 1, len(STAGES) - 1)], "closed" if step == TRANSITIONS - 1 else "active"
        head = self._event(case, version + 1, head, "moved", moved(stage, to, status))
        done = self.run(
            "UPDATE casework_cases SET stage = ?, status = ?, due_on = ?, version = ?, head = ? "
            "WHERE office_id = ? AND id = ? AND version = ?",
            to, status, DUE, version + 1, head, self.office, case, version,
        )  # fmt: skip
        assert done.rowcount == 1
        if self.render:
            move = {"from": stage, "to": to, "status": status, "by": {"name": "rina", "full_name": person[2]}}
            self._issue(case, version, {"number": number, "stage": stage, "status": "active"}, person, client, move)
        self.raw.commit()

    def _issue(
        self, case: str, version: int, told: dict[str, Any], person: Any, client: Any, move: dict[str, Any]
    ) -> None:
        """The document of a step: its text rendered, its snapshot kept, both proved; the next version of the last."""
        assert self.render
        last = self.run(
            "SELECT version, snapshot FROM casework_documents WHERE office_id = ? AND case_id = ? AND name = 'note' "
            "ORDER BY version DESC LIMIT 1",
            self.office, case,
        ).fetchone()  # fmt: skip
        worker = {"name": person[2], "role": person[3], "title": None, "nip": None}
        told = {**told, "worker": worker, "opened_on": DAY, "stage_since": DAY}
        xml = self.render(client=client, case=told, office=self.profile)
        issued = last[0] + 1 if last else 1
        snapshot = json.dumps(
            {
                "office": self.profile, "lang": "id", "case": told, "approvals": [], "move": move, "today": DAY,
                "each": None, "item": 0, "version": issued, "workflow": "w", "state": [1, 1, version],
                "correction": json.loads(last[1])["correction"] + 1 if last else 0,
            },
            sort_keys=True, ensure_ascii=False,
        )  # fmt: skip
        sha256, salt, key = hashlib.sha256(xml.encode()).hexdigest(), os.urandom(16).hex(), str(uuid.uuid4())
        self.run(
            "INSERT INTO casework_documents VALUES (?,?,?,?,'note',0,?,?,NULL,'t','1',?,?,?,?)",
            self.office, key, case, version + 1, issued, DAY, snapshot, sha256, salt,
            digest(salt, key, case, str(version + 1), str(issued), snapshot, sha256),
        )  # fmt: skip

    def _event(self, case: str, seq: int, prev: str, kind: str, body: dict[str, Any]) -> str:
        text, salt, commitment, sealed = event(case, seq, prev, kind, body)
        self.run(
            "INSERT INTO casework_events VALUES (?,?,?,?,?,?,'rina','social_worker',NULL,NULL,?,NULL,?,?,?,?)",
            self.office, case, seq, kind, "2025-01-01", "2025-01-01", text, salt, commitment, prev, sealed,
        )  # fmt: skip
        return sealed

    def digests(self) -> set[str]:
        """What was issued."""
        return {row[0] for row in self.run("SELECT DISTINCT sha256 FROM casework_documents").fetchall()}

    def close(self) -> None:
        self.raw.close()
        self.engine.dispose()


def _renderer(document: str) -> Callable[..., str]:
    """Jinja2 as it comes, autoescaped, with the filters of the templates."""
    environment = ImmutableSandboxedEnvironment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(filters("id"))
    environment.globals["lang"] = "id"
    return environment.from_string(document).render
