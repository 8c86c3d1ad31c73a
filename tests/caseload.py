"""An office with many cases, walked through the front door, and beside it what was done, in plain Python.

Everything is drawn from one seed. What a test counts, it counts from ``Office.cases``, which the software has not
touched: deadlines, too, are reckoned here anew. All persons are fictional.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from case_s import ENDINGS, ROOT

from casework_flow.casework import Casework
from casework_flow.errors import Refused
from casework_flow.office import Office as Profile
from casework_flow.store.database import connect

FIRST, TODAY = date(2025, 1, 2), date(2026, 6, 30)
"""The first day and the last one of the eighteen months."""
CLOSED_DAYS = ("2025-03-31", "2025-04-01", "2025-12-25", "2026-01-01", "2026-03-20", "2026-05-01", "2026-06-01")
PROFILE = Profile(
    agency="Dinas Sosial Kabupaten Contoh",
    place="Contoh",
    closed_days=CLOSED_DAYS,
    holidays="",  # a test can count these days without a calendar of its own
)
DISTRICTS = {"12.16.06": "Doloksanggul", "12.16.03": "Pollung"}
SUPERVISORS = ("lestari", "bonar")
WORKERS = ("rina", "maya", "togar", "sinta", "parlin", "dewi", "agus", "ratna", "binsar", "yuni")
STUDENTS = ("rina", "yuni")
FIRST_NAMES = (
    "Sarma",
    "Tiur",
    "Lasma",
    "Rotua",
    "Marihot",
    "Jonner",
    "Siti",
    "Ahmad",
    "Dame",
    "Hotma",
    "Minar",
    "Saur",
)
LAST_NAMES = ("Contoh", "Contohan", "Misal", "Umpama", "Fiksi", "Rekaan", "Andaian", "Teladan")
PROGRAMMES = {"pkh-economic": 50, "casework": 35, "front-desk": 15}
"""The programmes and their weights. The last one has stages of its own."""
FRONT_DESK = """
workflow: front-desk
version: 1
title: {id: Layanan loket, en: Front desk service}
stages:
  reception: {title: {id: Penerimaan, en: Reception}, days: 2}
  service: {title: {id: Pelayanan, en: Service}, days: 10}
moves:
  - {move: pause, title: {id: Penghentian sementara, en: Pause}, from: any, status: paused}
  - {move: resume, title: {id: Pelanjutan layanan, en: Resumption}, from: any, when: paused}
closures:
  served: {title: {id: Terlayani, en: Served}, complete: true}
  void: {title: {id: Dibatalkan, en: Void}}
"""
DAYS = {
    "engagement": 5,
    "assessment": 7,
    "planning": 5,
    "evaluation": 5,
    "termination": 5,
    "reception": 2,
    "service": 10,
}
"""The working days of each stage; the intervention ends with the contract."""


@dataclass
class Office:
    """The database in which the office works, and its cases as they were made up."""

    database: Path
    cases: list[dict[str, Any]]

    def copy(self, destination: Path) -> Path:
        """The database once more, to be changed."""
        return Path(shutil.copyfile(self.database, destination))


@dataclass
class Clock:
    """A clock that shows an afternoon of the office's; on the last day it stands still."""

    day: date = FIRST

    def __call__(self) -> datetime:
        return datetime.combine(self.day, time(9), UTC)


def casework(database: Path) -> Casework:
    """The front door to a database of this office, on its last day."""
    return Casework(f"sqlite:///{database}", office=PROFILE, clock=Clock(TODAY))


def working_days_after(start: date, days: int) -> date:
    """The day that many working days later, as a calendar on the wall gives it."""
    day = start
    while days:
        day += timedelta(1)
        days -= day.weekday() < 5 and day.isoformat() not in CLOSED_DAYS
    return day


def working_days_between(start: date, end: date) -> int:
    """The working days after one day, up to a later one; negative if it is an earlier one."""
    if end < start:
        return -working_days_between(end, start)
    days = (start + timedelta(n) for n in range(1, (end - start).days + 1))
    return sum(day.weekday() < 5 and day.isoformat() not in CLOSED_DAYS for day in days)


def build(folder: Path, count: int = 2000, seed: int = 20260630) -> Office:
    """Make the office with ``count`` cases: each step a verb of the front door, in memory, and kept in the end."""
    flows = folder / "workflows"
    flows.mkdir(parents=True)
    for name in PROGRAMMES:
        (flows / f"{name}.yaml").write_text(_workflow(name), encoding="utf-8")
    clock = Clock()
    engine = connect("sqlite://")  # in memory: nothing waits for the disk
    cw = Casework(engine, office=PROFILE, workflows=[flows], clock=clock)
    _hire(cw)
    random = Random(seed)  # noqa: S311  # no secret
    months = (TODAY - FIRST).days + 1
    opened = sorted(FIRST + timedelta(random.randrange(months)) for _ in range(count))
    found = []
    for place, day in enumerate(opened, 1):
        own = Random(f"{seed}/{place}")  # noqa: S311  # see above
        found.append(Walk(cw, clock, own, day, place).run())
    database = folder / "caseload.db"
    with engine.connect() as kept:
        kept.exec_driver_sql("VACUUM INTO ?", (str(database),))
    engine.dispose()
    return Office(database, found)


def _workflow(name: str) -> str:
    """A shipped workflow without its documents: what the caseload shows of a case, no document tells."""
    if name == "front-desk":
        return FRONT_DESK
    data = yaml.safe_load((ROOT / "workflows" / f"{name}.yaml").read_text(encoding="utf-8"))
    for part in (*data["stages"].values(), *data["moves"], *data["closures"].values(), data["closing"]["early"]):
        part.pop("documents", None)
        part.pop("early", None)
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _hire(cw: Casework) -> None:
    cw.add_staff("kepala", full_name="Kepala Contoh", role="office_head")
    for name in SUPERVISORS:
        cw.add_staff(name, full_name=f"{name.title()} Contoh", role="supervisor")
    for place, name in enumerate(WORKERS):
        role = "practicum_student" if name in STUDENTS else "social_worker"
        cw.add_staff(name, full_name=f"{name.title()} Contoh", role=role, supervisor=SUPERVISORS[place % 2])
    cw.add_staff("loket", full_name="Petugas Contoh", role="intake_officer")
    cw.add_staff("budi", full_name="Budi Contoh", role="auditor")


class Ended(Exception):
    """The last day is reached: the case stays as it is."""


@dataclass
class Walk:
    """One case, from its opening to its end or to the last day, whichever comes first."""

    cw: Casework
    clock: Clock
    random: Random
    day: date
    place: int
    case: dict[str, Any] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        self.open()
        try:
            if self.case["workflow"] == "front-desk":
                self.at_the_desk()
            else:
                self.through_the_stages()
        except Ended:
            pass
        return self.case

    # what happens in a case

    def through_the_stages(self) -> None:
        ending = self.chosen({"": 78, **dict.fromkeys(self.endings(), 22 / len(self.endings()))})
        leaves_at = self.random.choice(("engagement", "assessment", "planning", "intervention", "evaluation"))
        for stage in ("engagement", "assessment", "planning", "intervention", "evaluation"):
            if ending and stage == leaves_at:
                self.wait(1, 6)
                return self.end_early(ending)
            self.rest_perhaps()
            getattr(self, stage)()
            if stage == "evaluation" and self.case["cycle"] == 1 and self.chance(0.08):
                self.plan_anew()
            self.advance()
        self.terminate()
        return None

    def at_the_desk(self) -> None:
        self.wait(0, 4)
        self.advance()
        self.rest_perhaps()
        self.wait(1, 16)
        self.close("void" if self.chance(0.1) else "served")

    def endings(self) -> list[str]:
        return [name for name in ENDINGS if name != "graduated" or self.case["workflow"] == "pkh-economic"]

    def engagement(self) -> None:
        self.wait(0, 2)
        basis = {"ok": True, "basis": "penerima bantuan aktif"}
        problem = "Kesulitan memenuhi kebutuhan keluarga"
        self.record("intake", received_on=self.day, source="outreach", presenting_problem=problem, eligibility=basis)
        self.wait(0, 3)
        name = self.case["client"]
        given = {"given_by": name, "method": "written", "text_version": "2025.1", "given_on": self.day}
        self.record_all("consent", [{"type": "service", **given}, {"type": "data", **given}])
        start = self.day + timedelta(self.random.randrange(3, 12))
        weeks = self.random.choice((4, 6, 8, 8, 8, 12))
        self.record(
            "contract",
            focus=["pengelolaan keuangan"],
            goals=["keuangan tercatat"],
            methods=["kunjungan rumah"],
            worker_role="mendampingi",
            client_role="mencatat",
            duration_weeks=weeks,
            visits_per_week=1,
            agreed_on=self.day,
            agreed_method="written",
            start_on=start,
        )
        self.case["contract"] = {"start_on": start, "weeks": weeks, "visits_per_week": 1}
        if self.case["worker"] in STUDENTS:
            self.approval("contract")

    def assessment(self) -> None:
        self.wait(1, 5)
        client = {"id": "k", "label": "K", "relation": "client", "sex": self.case["sex"], "age": 40}
        child = {"id": "a", "label": "Anak", "relation": "child", "sex": "female", "age": 9}
        tie = {"a": "k", "b": "a", "kind": "parent_child", "quality": "close"}
        self.record("genogram", index="k", members=[client, child], relations=[tie])
        self.record(
            "ecomap",
            systems=[{"id": "t", "name": "Tetangga", "kind": "informal"}],
            ties=[{"system": "t", "strength": "strong", "flow": "mutual"}],
        )
        self.wait(0, 5)
        items = [
            ("p1", "problem", "Keuangan tidak tercatat"),
            ("n1", "need", "Pencatatan"),
            ("s1", "strength", "Tekun"),
        ]
        self.record(
            "assessment",
            started_on=self.day,
            finished_on=self.day,
            methods=["wawancara"],
            conclusion="Keuangan keluarga belum terkelola",
            recommendation="Pelatihan pencatatan",
            items=[
                {"id": code, "kind": kind, "domain": "economic", "priority": 1, "statement": text}
                for code, kind, text in items
            ],
            risk={"screened": True, "result": self.random.choice(("low", "low", "medium", "high"))},
        )

    def planning(self) -> None:
        self.wait(0, 4)
        weeks = self.case["contract"]["weeks"]
        activity = {
            "title": "Pencatatan",
            "week_from": 1,
            "week_to": weeks,
            "mode": "guided",
            "responsible": "worker",
        }
        codes = self.random.sample(("RECORDING", "SAVING", "INCOME", "CONFIDENCE"), 2)
        self.case["targets"] = codes
        content = {
            "components": [
                {
                    "title": "Pelatihan keuangan",
                    "needs": ["n1"],
                    "goal": "Klien mencatat setiap hari",
                    "activities": [activity],
                    "indicators": [
                        {"code": code, "title": code, "baseline": 0, "target": 4, "direction": "up"} for code in codes
                    ],
                }
            ],
            "client_agreed_on": self.day,
        }
        self.record("plan", **content)
        if self.chance(0.15):
            self.wait(1, 3)
            self.on(self.day)
            self.cw.reject(self.number, "plan", by=self.supervisor, note="Target belum terukur", at=self.day)
            self.case["waiting"] = []
            self.wait(1, 3)
            content["components"][0]["goal"] = "Klien mencatat enam hari dalam seminggu"
            self.record("plan", revise=True, **content)
        self.approval("plan")

    def intervention(self) -> None:
        contract = self.case["contract"]
        batch: list[dict[str, Any]] = []
        for week in range(1, contract["weeks"] + 1):
            held_on = contract["start_on"] + timedelta(7 * (week - 1) + self.random.randrange(5))
            status = self.chosen({"held": 90, "cancelled": 5, "client_absent": 5})
            session = {"week_no": week, "held_on": held_on, "kind": "home_visit", "status": status}
            if week == contract["weeks"] or not self.chance(0.1):
                batch.append(session)
            else:
                continue  # nobody wrote it down
            if self.chance(0.5) or week == contract["weeks"]:
                self.on(max(self.day, held_on))
                self.record_all("session", batch)
                self.case["sessions"] += batch
                batch = []
                if self.case["workflow"] == "pkh-economic" and self.chance(0.5):
                    self.keep_the_book(week)
        logged = {session["week_no"] for session in self.case["sessions"]}
        held = sum(session["status"] == "held" for session in self.case["sessions"])
        missing = [week for week in range(1, contract["weeks"] + 1) if week not in logged]
        self.on(max(self.day, contract["start_on"] + timedelta(7 * contract["weeks"])))
        late = [
            {
                "week_no": week,
                "held_on": contract["start_on"] + timedelta(7 * (week - 1)),
                "kind": "phone",
                "status": "held",
            }
            for week in missing
        ]
        wanted = -(-3 * contract["weeks"] // 4) - held - len(late)  # as many as the rules ask for
        late += [
            {"week_no": contract["weeks"], "held_on": self.day - timedelta(1), "kind": "office", "status": "held"}
            for _ in range(max(0, wanted))
        ]
        if late:
            self.wait(0, 6)
            self.record_all("session", late, again=True)
            self.case["sessions"] += late

    def keep_the_book(self, week: int) -> None:
        start = self.case["contract"]["start_on"] + timedelta(7 * (week - 1))
        entries = []
        for number in range(self.random.randrange(1, 5)):
            on = min(start + timedelta(number), self.day)
            amount = self.random.randrange(10, 120) * 1000
            entries.append({"date": on, "direction": "income", "amount": amount, "category": "usaha"})
            spent = {
                "date": on,
                "direction": "expense",
                "amount": amount // 2,
                "category": "pangan",
                "purpose": "need",
            }
            entries.append(spent)
        self.record_all("finance", entries, again=True)
        self.case["finance"] += entries

    def evaluation(self) -> None:
        self.wait(0, 5)
        ratings = ("met", "met", "partly", "not_met")
        results = [
            {"code": code, "value": 4, "rating": self.random.choice(ratings), "evidence": "catatan harian"}
            for code in self.case["targets"]
        ]
        self.record("evaluation", held_on=self.day, results=results, recommendation="terminate")
        self.case["results"] = [{"code": one["code"], "rating": one["rating"]} for one in results]
        self.case["evaluations"].append({"on": self.day, "ratings": [one["rating"] for one in results]})
        self.approval("evaluation")

    def plan_anew(self) -> None:
        self.asked("replan")
        self.wait(1, 3)
        self.approve("replan")
        self.move("replan", to="planning", cycle=self.case["cycle"] + 1)
        self.case["results"] = []
        self.planning()
        self.advance()
        self.wait(0, 3)
        self.advance()
        self.evaluation()

    def terminate(self) -> None:
        self.wait(0, 6)
        reason = self.random.choice(("goals_met", "goals_met", "period_ended"))
        check = self.day + timedelta(self.random.choice((30, 60, 90)))
        self.record(
            "termination",
            reason=reason,
            reviewed_on=self.day,
            achievements=["Catatan keuangan teratur"],
            client_reflections=["Lebih percaya diri"],
            sustainability=[{"step": "Terus mencatat", "by": "client", "frequency": "daily"}],
            followup={"role": "pkh_companion", "name": "Pendamping Contoh", "contact": "+6281200000000"},
            followup_check_on=check,
        )
        self.case["followup_check_on"] = check
        self.wait(0, 2)
        self.close(reason)
        if self.chance(0.04):
            self.wait(30, 90)
            self.asked("reopen")
            self.wait(1, 3)
            self.approve("reopen")
            kept = {name: self.case[name] for name in ("contract", "sessions", "pauses", "closed_on")}
            self.case["before"].append(kept)
            self.case.update(contract=None, sessions=[], results=[], targets=[], followup_check_on=None)
            self.move("reopen", to="engagement", episode=self.case["episode"] + 1)

    def end_early(self, reason: str) -> None:
        for record, content in ENDINGS[reason].items():
            more = {"reason": reason} if record == "termination" else {}
            by = self.supervisor if record == "supervision" else None
            self.record_all(record, [{**more, **_redated(content, self.day)}], by=by)
        early = not self.case["contract"]
        if reason in ("ineligible", "void"):
            return self.close(reason, early=early)
        self.asked("close", because=reason)
        self.wait(0, 4)
        self.approve("close")
        return self.close(reason, early=early)

    def rest_perhaps(self) -> None:
        if not self.chance(0.05):
            return
        self.wait(0, 1)
        expected = self.day + timedelta(self.random.randrange(20, 120)) if self.chance(0.6) else None
        left = self.days_left()
        self.move("pause", status="paused", until=expected)
        self.case["pauses"].append({"since": self.day, "until": None, "expected": expected})
        self.wait(10, 80)
        self.on(self.day)
        self.move("resume", status="active", left=left)
        self.case["pauses"][-1]["until"] = self.day

    # the verbs, each with what it does to the plain facts

    def open(self) -> None:
        random, workflow = self.random, self.chosen(PROGRAMMES)
        name = f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"
        sex = random.choice(("female", "female", "male"))
        born = date(random.randrange(1960, 2000), random.randrange(1, 13), random.randrange(1, 29))
        day = born.day + (40 if sex == "female" else 0)
        district = random.choice(tuple(DISTRICTS))
        nik = f"{district.replace('.', '')}{day:02d}{born:%m%y}{self.place:04d}"
        phone = f"+62812{self.place:08d}"
        client = {
            "name": name,
            "initials": name[0],
            "sex": sex,
            "birth_date": born,
            "nik": nik,
            "phone": phone,
            "address": {"region": {"scheme": "kemendagri", "code": district}, "detail": DISTRICTS[district]},
            "data_basis": "public_service_task",
        }
        worker = random.choice(WORKERS)
        self.on(self.day)
        number = self.cw.open(workflow, client=client, by=worker, at=self.day).number
        first = "reception" if workflow == "front-desk" else "engagement"
        self.case.update(
            number=number,
            workflow=workflow,
            client=name,
            sex=sex,
            nik=nik,
            phone=phone,
            district=district,
            worker=worker,
            supervisor=SUPERVISORS[WORKERS.index(worker) % 2],
            opened_on=self.day,
            stage=first,
            status="active",
            cycle=1,
            episode=1,
            due_on=working_days_after(self.day, DAYS[first]),
            closed_on=None,
            because=None,
            moves=[],
            stays=[{"stage": first, "since": self.day, "until": None}],
            pauses=[],
            contract=None,
            sessions=[],
            finance=[],
            targets=[],
            results=[],
            evaluations=[],
            before=[],
            waiting=[],
            followup_check_on=None,
        )

    @property
    def number(self) -> str:
        return str(self.case["number"])

    @property
    def supervisor(self) -> str:
        return str(self.case["supervisor"])

    def on(self, day: date) -> None:
        """Go on to a day, unless it lies beyond the last one."""
        if day > TODAY:
            raise Ended
        self.day = self.clock.day = day

    def wait(self, least: int, most: int) -> None:
        """Let some working days pass; now and then far more."""
        days = self.random.randint(least, most)
        self.on(working_days_after(self.day, days * 6 if self.chance(0.06) else days))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def chosen(self, weights: dict[str, Any]) -> str:
        return self.random.choices(tuple(weights), tuple(weights.values()))[0]

    def record(self, record: str, revise: bool = False, **content: Any) -> None:
        self.on(self.day)
        self.cw.record(self.number, record, content, by=self.case["worker"], at=self.day, revise=revise)
        if record in ("plan", "evaluation") or (record == "contract" and self.case["worker"] in STUDENTS):
            self.case["waiting"] = [{"what": record, "since": self.day, "by": self.case["worker"]}]

    def record_all(
        self, record: str, contents: list[dict[str, Any]], by: str | None = None, again: bool = False
    ) -> None:
        if not contents:
            return
        many = len(contents) > 1
        data = contents if many else contents[0]
        self.cw.record(self.number, record, data, by=by or self.case["worker"], at=self.day, again=again)

    def approval(self, what: str) -> None:
        """Let some days pass until the supervisor approves."""
        self.wait(0, 6)
        self.approve(what)

    def approve(self, what: str) -> None:
        self.cw.approve(self.number, what, by=self.supervisor, at=self.day)
        self.case["waiting"] = []

    def asked(self, move: str, because: str | None = None) -> None:
        """Try what must be approved first: the refusal asks for it."""
        self.on(self.day)
        verb = {"because": because} if because else {"move": move, "reason": "keadaan berubah"}
        make = self.cw.close if because else self.cw.move
        with pytest.raises(Refused) as refusal:
            make(self.number, by=self.case["worker"], at=self.day, **verb)  # type: ignore[arg-type]  # either's own
        assert refusal.value.asked == (move,)
        self.case["waiting"] = [{"what": move, "since": self.day, "by": self.case["worker"]}]

    def advance(self) -> None:
        self.on(self.day)
        done = self.cw.advance(self.number, by=self.case["worker"], at=self.day)
        self.moved("advance", done.to)

    def move(
        self, move: str, *, to: str | None = None, until: date | None = None, left: int | None = None, **now: Any
    ) -> None:
        self.cw.move(
            self.number, move, by=self.case["worker"], at=self.day, reason="keadaan keluarga berubah", until=until
        )
        self.moved(move, to or self.case["stage"], left=left, **now)

    def close(self, because: str, early: bool = False) -> None:
        self.on(self.day)
        self.cw.close(self.number, because=because, by=self.case["worker"], at=self.day)
        last = "service" if self.case["workflow"] == "front-desk" else "termination"
        self.moved("close", self.case["stage"] if early else last, status="closed", because=because)

    def moved(self, move: str, to: str, *, left: int | None = None, **now: Any) -> None:
        case, status = self.case, now.get("status", "active")
        case["moves"].append({"move": move, "on": self.day, "from": case["stage"], "to": to, "status": status})
        case["waiting"] = []
        if to != case["stage"] or "episode" in now:
            case["stays"][-1]["until"] = self.day
            case["stays"].append({"stage": to, "since": self.day, "until": None})
        closed = status == "closed"
        if closed:
            case["stays"][-1]["until"] = self.day
        case.update(now, stage=to, status=status, closed_on=self.day if closed else None)
        case["because"] = now.get("because") if closed else None
        case["due_on"] = self.due_on(left) if status == "active" else None

    def days_left(self) -> int | None:
        due = self.case["due_on"]
        return working_days_between(self.day, due) if due and self.case["stage"] in DAYS else None

    def due_on(self, left: int | None) -> date:
        stage = self.case["stage"]
        if left is not None:
            return working_days_after(self.day, max(left, 0))
        if stage in DAYS:
            return working_days_after(self.day, DAYS[stage])
        contract = self.case["contract"]
        last: date = contract["start_on"] + timedelta(7 * contract["weeks"] - 1)
        return last


def _redated(content: dict[str, Any], day: date) -> dict[str, Any]:
    """What ends a case, with its dates on ``day``."""

    def dated(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: day if key.endswith(("_on", "date")) else dated(inner) for key, inner in value.items()}
        return [dated(inner) for inner in value] if isinstance(value, list) else value

    return dict(dated(content))
