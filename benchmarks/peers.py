"""The same life with other engines, each as its documentation shows it, on the same tables or its own of that form.

Each loads the case, decides by the same two guards, updates with a version check and writes one event, in one
transaction for each transition.
"""

from __future__ import annotations

import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from benchmarks.lives import CLIENT, DAY, DUE, STAGES, TRANSITIONS, event, moved, opened, record
from casework_flow.store.database import connect
from casework_flow.store.migrations import migrate
from casework_flow.store.schema import cases, counters, events, offices, records, staff, workflows

EDGES = [(STAGES[step], STAGES[step + 1]) for step in range(len(STAGES) - 1)] + [(STAGES[-1], "closed")]


def named(client: dict[str, Any]) -> bool:
    """The first guard."""
    return bool(client["name"])


def grown_up(client: dict[str, Any]) -> bool:
    """The second guard."""
    return 2025 - int(client["birth_date"][:4]) >= 18


class Core(ABC):
    """What the engines that bring no storage have in common: SQLAlchemy Core on our tables."""

    def __init__(self, url: str, _: bool) -> None:
        from sqlalchemy import event as listening

        self.engine = connect(url)
        migrate(self.engine)
        self.office = str(uuid.uuid4())
        self.numbers = 0
        if self.engine.dialect.name == "sqlite":
            listening.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        with self.engine.begin() as connection:
            connection.execute(offices.insert(), {"office_id": self.office, "created_at": DAY})
            person = {"name": "rina", "full_name": "Rina", "role": "x", "salt": "s"}
            connection.execute(staff.insert(), {"office_id": self.office, **person})
            number = {"kind": "case", "year": 2025, "value": 0}
            connection.execute(counters.insert(), {"office_id": self.office, **number})
            connection.execute(workflows.insert(), {"office_id": self.office, "digest": "w", "data": "{}"})

    def life(self) -> None:
        self.numbers += 1
        number, case = f"K-{self.numbers}", str(uuid.uuid4())
        with self.engine.begin() as connection:
            self._person(connection)
            connection.execute(
                counters.update()
                .where(counters.c.office_id == self.office, counters.c.kind == "case", counters.c.year == 2025)
                .values(value=counters.c.value + 1)
                .returning(counters.c.value)
            ).one()
            content, key, salt, sealed = record(case)
            head = self._event(connection, case, 1, "", "opened", opened(number, key, sealed))
            row = {
                "office_id": self.office, "id": case, "number": number, "workflow": "bench", "workflow_version": 1,
                "workflow_digest": "w", "stage": STAGES[0], "status": "active", "cycle": 1, "episode": 1,
                "worker": "rina", "client": CLIENT["name"], "opened_on": DAY, "stage_since": DAY, "due_on": DAY,
                "last_on": DAY, "version": 1, "head": head,
            }  # fmt: skip
            connection.execute(cases.insert(), row)
            connection.execute(
                records.insert(),
                {
                    "office_id": self.office, "id": key, "case_id": case, "seq": 1, "type": "client",
                    "item": 1, "revision": 1, "cycle": 1, "episode": 1, "on": DAY, "recorded_at": DAY, "by": "rina",
                    "content": content, "salt": salt, "digest": sealed,
                },
            )  # fmt: skip
        for _ in range(TRANSITIONS):
            with self.engine.begin() as connection:
                self._step(connection, number)

    def _step(self, connection: Any, number: str) -> None:
        self._person(connection)
        case = connection.execute(
            cases.select().where(cases.c.office_id == self.office, cases.c.number == number)
        ).one()
        content = connection.execute(
            records.select().where(records.c.office_id == self.office, records.c.case_id == case.id)
        ).one()
        to = self.decide(case.stage, json.loads(content.content))
        status, stage = ("closed", case.stage) if to == "closed" else ("active", to)
        body = moved(case.stage, stage, status)
        head = self._event(connection, case.id, case.version + 1, case.head, "moved", body)
        done = connection.execute(
            cases.update()
            .where(cases.c.office_id == self.office, cases.c.id == case.id, cases.c.version == case.version)
            .values(stage=stage, status=status, due_on=DUE, version=case.version + 1, head=head)
        )
        assert done.rowcount == 1

    @abstractmethod
    def decide(self, stage: str, client: dict[str, Any]) -> str:
        """Where the case goes from ``stage``."""

    def _person(self, connection: Any) -> None:
        """Who acts, and may."""
        wanted = staff.select().where(staff.c.office_id == self.office, staff.c.name == "rina")
        assert connection.execute(wanted).one().role

    def _event(self, connection: Any, case: str, seq: int, prev: str, kind: str, body: dict[str, Any]) -> str:
        text, salt, commitment, sealed = event(case, seq, prev, kind, body)
        connection.execute(
            events.insert(),
            {
                "office_id": self.office, "stream": case, "seq": seq, "kind": kind, "on": DAY, "at": DAY,
                "by": "rina", "role": "social_worker", "body": text, "salt": salt, "commitment": commitment,
                "prev": prev, "hash": sealed,
            },
        )  # fmt: skip
        return sealed

    def close(self) -> None:
        self.engine.dispose()


class StateMachine(Core):
    """python-statemachine, a machine for each loaded case, as its documentation shows."""

    def __init__(self, url: str, documents: bool) -> None:
        from statemachine import State
        from statemachine import StateMachine as Machine

        super().__init__(url, documents)
        states = {name: State(initial=name == STAGES[0], final=name == "closed") for name in (*STAGES, "closed")}
        advance = None
        for source, target in EDGES:
            way = states[source].to(states[target], cond=["named", "grown_up"])
            advance = way if advance is None else advance | way

        class Life(Machine):
            pass

        attributes = {
            **states,
            "advance": advance,
            "named": lambda self: named(self.client),
            "grown_up": lambda self: grown_up(self.client),
        }
        self.machine = type("Life", (Machine,), {**attributes, "client": None})

    def decide(self, stage: str, client: dict[str, Any]) -> str:
        """Where the case goes from ``stage``."""
        machine = self.machine(start_value=stage)
        machine.client = client
        machine.advance()
        found = (
            machine.configuration_values if hasattr(machine, "configuration_values") else [machine.current_state.id]
        )
        return str(next(iter(found)))


class Spiff(Core):
    """SpiffWorkflow: a process of user tasks, its state kept as JSON beside the case and read at each step."""

    def __init__(self, url: str, documents: bool) -> None:
        from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
        from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

        super().__init__(url, documents)
        parser = BpmnParser()
        parser.add_bpmn_str(_bpmn().encode())
        self.spec = parser.get_spec("life")
        self.serializer = BpmnWorkflowSerializer()
        self.state = ""

    def life(self) -> None:
        from SpiffWorkflow.bpmn import BpmnWorkflow

        workflow = BpmnWorkflow(self.spec)
        workflow.do_engine_steps()
        self.state = self.serializer.serialize_json(workflow)
        super().life()

    def decide(self, stage: str, client: dict[str, Any]) -> str:
        """Where the case goes from ``stage``."""
        from SpiffWorkflow.util.task import TaskState

        workflow = self.serializer.deserialize_json(self.state)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data.update(named=named(client), grown_up=grown_up(client))
        task.run()
        workflow.do_engine_steps()
        self.state = self.serializer.serialize_json(workflow)
        following = workflow.get_next_task(state=TaskState.READY, manual=True)
        return following.task_spec.bpmn_id if following else "closed"

    def _event(self, connection: Any, case: str, seq: int, prev: str, kind: str, body: dict[str, Any]) -> str:
        return super()._event(connection, case, seq, prev, kind, {**body, "workflow": self.state})


def _bpmn() -> str:
    order = ["start", *STAGES, "end"]
    flows = "".join(
        f'<sequenceFlow id="f{place}" sourceRef="{one}" targetRef="{order[place + 1]}"/>'
        for place, one in enumerate(order[:-1])
    )
    tasks = "".join(f'<manualTask id="{name}" name="{name}"/>' for name in STAGES)
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
        f'<process id="life" isExecutable="true"><startEvent id="start"/>{tasks}<endEvent id="end"/>{flows}'
        "</process></definitions>"
    )


class Fsm:
    """django-fsm-2 with Django's ORM, on tables of the same form."""

    def __init__(self, url: str, _: bool) -> None:
        from benchmarks import djangofsm

        self.module = djangofsm.ready(url)
        self.numbers = 0

    def life(self) -> None:
        self.numbers += 1
        self.module.life(f"K-{self.numbers}")

    def close(self) -> None:
        self.module.close()


ENGINES: dict[str, Callable[..., Any]] = {
    "python-statemachine + SQLAlchemy Core": StateMachine,
    "django-fsm-2 + Django ORM": Fsm,
    "SpiffWorkflow + SQLAlchemy Core": Spiff,
}
