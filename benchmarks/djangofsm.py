"""The life with django-fsm-2. Django is set up once for a process, so its database is that of the first call."""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

from sqlalchemy import make_url

from benchmarks.lives import CLIENT, DAY, DUE, STAGES, TRANSITIONS, event, moved, opened, record

MADE: dict[str, Any] = {}


def ready(url: str) -> Any:
    """This module, with Django on the database of that ``url`` and the tables made."""
    import django
    from django.conf import settings
    from django.db import connections

    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        durability = parts.query["synchronous"]
        pragmas = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={durability}; PRAGMA foreign_keys=ON"
        options = {"init_command": pragmas, "transaction_mode": "IMMEDIATE"}
        database: dict[str, Any] = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.database,
            "OPTIONS": options,
        }
    else:
        database = {
            "ENGINE": "django.db.backends.postgresql", "NAME": parts.database, "USER": parts.username,
            "HOST": parts.query.get("host") or parts.host,
        }  # fmt: skip
    if not settings.configured:
        settings.configure(DATABASES={"default": database}, INSTALLED_APPS=[], USE_TZ=False)
        django.setup()
        MADE.update(_models())
    else:
        connections["default"].close()
        del connections["default"]
        fresh = connections.configure_settings({"default": database})
        connections.databases.clear() if hasattr(connections.databases, "clear") else None
        connections.databases.update(fresh)
    connection = connections["default"]
    with connection.schema_editor() as editor:
        for model in MADE.values():
            editor.create_model(model)
    MADE["Staff"](name="rina", full_name="Rina Contoh", role="social_worker").save(force_insert=True)
    MADE["Counter"](kind="case", value=0).save(force_insert=True)
    return sys.modules[__name__]


def _models() -> dict[str, Any]:
    from django.db import models
    from django_fsm import FSMField, transition

    class Case(models.Model):
        id = models.TextField(primary_key=True)
        number = models.TextField(unique=True)
        stage = FSMField(default=STAGES[0])
        status = models.TextField(default="active")
        worker = models.TextField(default="rina")
        client = models.TextField()
        workflow = models.TextField(default="bench")
        workflow_version = models.IntegerField(default=1)
        cycle = models.IntegerField(default=1)
        episode = models.IntegerField(default=1)
        opened_on = models.TextField(default=DAY)
        stage_since = models.TextField(default=DAY)
        last_on = models.TextField(default=DAY)
        closed_on = models.TextField(null=True)
        because = models.TextField(null=True)
        due_on = models.TextField(default=DAY)
        version = models.IntegerField(default=1)
        head = models.TextField()

        class Meta:
            app_label = "bench"
            indexes = [models.Index(fields=["due_on", "id"]), models.Index(fields=["stage"])]

        client_record: dict[str, Any]

    def named(case: Any) -> bool:
        return bool(case.client_record["name"])

    def grown_up(case: Any) -> bool:
        return 2025 - int(case.client_record["birth_date"][:4]) >= 18

    targets = [*STAGES[1:], "closed"]
    for step, (source, target) in enumerate(zip(STAGES, targets, strict=True)):

        def move(self: Any) -> None:
            """Nothing more happens."""

        move.__name__ = f"step_{step}"
        field = Case._meta.get_field("stage")
        setattr(
            Case, move.__name__, transition(field, source=source, target=target, conditions=[named, grown_up])(move)
        )

    class Record(models.Model):
        id = models.TextField(primary_key=True)
        case = models.ForeignKey(Case, on_delete=models.PROTECT)
        seq = models.IntegerField(default=1)
        type = models.TextField()
        item = models.IntegerField(default=1)
        revision = models.IntegerField(default=1)
        cycle = models.IntegerField(default=1)
        episode = models.IntegerField(default=1)
        on = models.TextField(default=DAY)
        recorded_at = models.TextField(default=DAY)
        by = models.TextField(default="rina")
        content = models.TextField()
        salt = models.TextField()
        digest = models.TextField()

        class Meta:
            app_label = "bench"

    class Event(models.Model):
        id = models.TextField(primary_key=True)
        case_id = models.TextField()
        seq = models.IntegerField()
        kind = models.TextField()
        on = models.TextField(default=DAY)
        at = models.TextField(default=DAY)
        by = models.TextField()
        role = models.TextField(default="social_worker")
        key = models.TextField(null=True, unique=True)
        request = models.TextField(null=True)
        body = models.TextField()
        private = models.TextField(null=True)
        salt = models.TextField()
        commitment = models.TextField()
        prev = models.TextField()
        hash = models.TextField()

        class Meta:
            app_label = "bench"
            unique_together = [("case_id", "seq")]

    class Staff(models.Model):
        name = models.TextField(primary_key=True)
        full_name = models.TextField()
        role = models.TextField()

        class Meta:
            app_label = "bench"

    class Counter(models.Model):
        kind = models.TextField(primary_key=True)
        value = models.IntegerField()

        class Meta:
            app_label = "bench"

    return {"Case": Case, "Record": Record, "Event": Event, "Staff": Staff, "Counter": Counter}


def life(number: str) -> None:
    """One case from its opening to its closing."""
    from django.db import transaction
    from django.db.models import F

    case_model, record_model = MADE["Case"], MADE["Record"]
    case_id = str(uuid.uuid4())
    with transaction.atomic():
        assert MADE["Staff"].objects.get(name="rina").role
        MADE["Counter"].objects.filter(kind="case").update(value=F("value") + 1)
        assert MADE["Counter"].objects.get(kind="case").value
        content, key, salt, sealed = record(case_id)
        head = _event(case_id, 1, "", "opened", opened(number, key, sealed))
        case_model(id=case_id, number=number, client=CLIENT["name"], head=head).save(force_insert=True)
        kept = {"type": "client", "content": content, "salt": salt, "digest": sealed}
        record_model(id=key, case_id=case_id, **kept).save(force_insert=True)
    for step in range(TRANSITIONS):
        with transaction.atomic():
            assert MADE["Staff"].objects.get(name="rina").role
            case = case_model.objects.get(number=number)
            before = case.stage
            case.client_record = json.loads(record_model.objects.get(case_id=case.id).content)
            getattr(case, f"step_{step}")()
            seen, status = case.version, "closed" if case.stage == "closed" else "active"
            head = _event(case.id, seen + 1, case.head, "moved", moved(before, case.stage, status))
            changed = case_model.objects.filter(id=case.id, version=seen).update(
                stage=case.stage, status=status, due_on=DUE, version=seen + 1, head=head
            )
            assert changed == 1


def _event(case: str, seq: int, prev: str, kind: str, body: dict[str, Any]) -> str:
    text, salt, commitment, sealed = event(case, seq, prev, kind, body)
    MADE["Event"](
        id=str(uuid.uuid4()), case_id=case, seq=seq, kind=kind, by="rina", body=text, salt=salt,
        commitment=commitment, prev=prev, hash=sealed,
    ).save(force_insert=True)  # fmt: skip
    return sealed


def close() -> None:
    """Leave the database."""
    from django.db import connections

    connections.close_all()
