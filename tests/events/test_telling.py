"""What others are told of, and how: one delivery for each event, in order, signed, with nothing about a person."""

from __future__ import annotations

import base64
import io
from datetime import datetime

import breaking
import pytest
from case_s import NUMBER, STAFF, Clock, do, steps
from offices import Office as Databases
from receiver import SECRET, Receiver, genuine
from sending import Office

from casework_flow import webhooks
from casework_flow.errors import Invalid, NotFound, NotPermitted, Refused
from casework_flow.occasions import OCCASIONS, occasion

CLIENT = breaking.CLIENT


def test_every_event_of_case_s_is_told_once_in_order_and_without_a_word_about_a_person(
    base: Databases, receiver: Receiver
) -> None:
    clock = Clock()
    cw = base.casework(base.empty(), clock)
    for person in STAFF:
        cw.add_staff(**person)
    cw.subscribe("sik", receiver.url, by="sup", secret=SECRET, insecure=True)
    for verb, arguments in steps():
        do(cw, verb, arguments)
    told: list[str] = []
    assert cw.sweep(lambda attempt: told.append(attempt.outcome)) == len(told) == len(cw.history(NUMBER))
    assert set(told) == {"done"}
    assert [message.data["seq"] for message in receiver.got] == [event["seq"] for event in cw.history(NUMBER)]
    assert [message.data["kind"] for message in receiver.got] == [
        occasion(event["kind"], event["body"]) for event in cw.history(NUMBER)
    ]
    assert all(genuine(message, SECRET, clock.now.timestamp()) for message in receiver.got)
    everything = b"".join(message.raw for message in receiver.got).decode()
    private = ["Sarma", "rina", "Rina", 'sup"', "120101"]
    private += [text for row in cw.records(NUMBER) for text in _texts(row.content)]
    assert [text for text in private if text in everything] == []
    documents = [document for message in receiver.got for document in message.data["documents"]]
    assert [(d["name"], d["version"], d["sha256"]) for d in documents] == [
        (d.name, d.version, d.sha256) for d in cw.documents(NUMBER)
    ]


def _texts(content: object) -> list[str]:
    """Every text in a record that is long enough to be somebody's words."""
    if isinstance(content, dict):
        return [text for value in content.values() for text in _texts(value)]
    if isinstance(content, list | tuple):
        return [text for value in content for text in _texts(value)]
    return [content] if isinstance(content, str) and len(content) > 12 and " " in content else []


def test_a_message_is_a_cloud_event_of_the_skeleton_of_the_event(office: Office, receiver: Receiver) -> None:
    number = office.case(moves=1)
    office.sweep()
    opened, moved = receiver.got
    assert moved.headers["content-type"].split(";")[0] == "application/cloudevents+json"
    assert moved.event.keys() == {
        "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data",
    }  # fmt: skip
    assert (moved.event["specversion"], moved.event["subject"]) == ("1.0", number)
    assert moved.event["id"] == moved.headers["webhook-id"] != opened.event["id"]
    assert moved.event["source"].startswith("urn:uuid:")
    assert (opened.event["type"], moved.event["type"]) == ("casework.case.opened", "casework.case.advanced")
    assert datetime.fromisoformat(moved.event["time"]) == office.clock.now
    issued = office.cw.documents(number)[0]
    assert moved.data == {
        "case": number, "workflow": "soak", "seq": 2, "kind": "advanced", "move": "advance", "from": "referral",
        "to": "intake", "status": "active", "on": "2025-12-01", "at": "2025-12-01T08:00:00.000+00:00",
        "role": "social_worker", "documents": [{"name": "note", "version": 1, "sha256": issued.sha256}],
    }  # fmt: skip


def test_a_letter_number_is_told_of_with_its_document_and_without_the_number(
    office: Office, receiver: Receiver
) -> None:
    number = office.case(moves=1)
    letter = office.cw.register(number, "note", by="rina").number
    office.sweep()
    assert [d["name"] for d in receiver.got[-1].data["documents"]] == ["note"]
    assert letter.encode() not in receiver.got[-1].raw


def test_a_forged_changed_or_old_message_is_not_genuine(office: Office, receiver: Receiver) -> None:
    office.case()
    office.sweep()
    (message,) = receiver.got
    now = office.clock.now.timestamp()
    other = "whsec_" + base64.b64encode(b"f" * 32).decode()
    assert genuine(message, SECRET, now)
    assert not genuine(message, other, now)
    assert not genuine(message, SECRET, now + 301)
    assert not genuine(type(message)(message.headers, message.raw + b" ", 204), SECRET, now)


def test_the_signature_is_that_of_the_specification() -> None:
    # the example of the Standard Webhooks specification
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330).astimezone()
    given = webhooks.headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", body, at)
    assert given["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_subscription_is_told_only_what_it_wants(office: Office, receiver: Receiver) -> None:
    office.cw.unsubscribe("sik", by="sup")
    office.cw.subscribe("moves", receiver.url, by="sup", events=["closed", "advanced"], insecure=True)
    office.case(moves=2)
    office.sweep()
    assert [message.data["kind"] for message in receiver.got] == ["advanced", "advanced"]


def test_two_subscriptions_get_a_row_each_and_the_same_id(office: Office, receiver: Receiver) -> None:
    office.cw.subscribe("other", receiver.url, by="sup", insecure=True)
    office.case(moves=1)
    rows = sorted((one.subscription, one.seq) for one in office.cw.deliveries())
    assert rows == [("other", 1), ("other", 2), ("sik", 1), ("sik", 2)]
    office.sweep()
    ids = [message.headers["webhook-id"] for message in receiver.got]
    assert len(ids) == 4
    assert len(set(ids)) == 2


def test_a_subscription_of_another_process_is_not_missed(office: Office, receiver: Receiver) -> None:
    office.cw.unsubscribe("sik", by="sup")
    before = office.case()
    office.door().subscribe("late", receiver.url, by="sup", insecure=True)
    after = office.case()
    assert [one.case for one in office.cw.deliveries()] == [after] != [before]


def test_what_is_not_written_is_not_told(office: Office) -> None:
    number = office.case()
    written = len(office.cw.deliveries())
    with pytest.raises(Refused):
        office.cw.close(number, because="done", by="rina")
    office.cw.advance(number, by="rina", dry_run=True)
    told = {one.seq for one in office.cw.deliveries()}
    assert told == {event["seq"] for event in office.cw.history(number)}
    assert len(told) >= written


def test_a_request_that_is_repeated_is_told_once(office: Office, receiver: Receiver) -> None:
    for _ in range(2):
        office.cw.open("soak", client=CLIENT, by="rina", key="k")
    assert office.sweep() == ["done"]


# who is told


def test_a_subscription_is_an_event_of_the_office_and_is_proved(office: Office) -> None:
    assert office.cw.verify() == ()
    office.cw.unsubscribe("sik", by="sup")
    assert office.cw.verify() == ()
    office.cw.subscribe("sik", "https://lain.example/", by="sup", events=["closed"])
    assert [one.as_data() for one in office.cw.subscriptions()] == [
        {"name": "sik", "url": "https://lain.example/", "events": ["closed"]}
    ]
    assert office.cw.verify() == ()


@pytest.mark.parametrize("column", ["url", "events", "secret", "state"])
def test_a_subscription_that_was_changed_behind_the_office_is_found(office: Office, column: str) -> None:
    with office.cw._store.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE casework_subscriptions SET {column} = 'x'")  # noqa: S608  # a name above
    assert [finding.where for finding in office.cw.verify()] == ["webhook sik"]


def test_a_subscription_without_an_event_is_found(office: Office) -> None:
    with office.cw._store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE casework_subscriptions SET name = 'lain'")
    assert {finding.where for finding in office.cw.verify()} == {"webhook lain", "webhook sik"}


def test_a_name_is_taken_once_and_a_key_makes_repeating_harmless(office: Office, receiver: Receiver) -> None:
    with pytest.raises(Refused, match="already"):
        office.cw.subscribe("sik", receiver.url, by="sup", insecure=True)
    first = office.cw.subscribe("b", "https://b.example/", by="sup", key="k")
    assert office.cw.subscribe("b", "https://b.example/", by="sup", key="k") == first
    with pytest.raises(Invalid, match="key"):
        office.cw.subscribe("c", "https://c.example/", by="sup", key="k")
    with pytest.raises(NotFound):
        office.cw.unsubscribe("c", by="sup")


@pytest.mark.parametrize("act", ["subscribe", "unsubscribe", "skip"])
def test_only_who_leads_decides_who_is_told(office: Office, act: str) -> None:
    office.case()
    acts = {
        "subscribe": lambda: office.cw.subscribe("b", "https://b.example/", by="rina"),
        "unsubscribe": lambda: office.cw.unsubscribe("sik", by="rina"),
        "skip": lambda: office.cw.skip(office.cw.deliveries()[0].id, by="rina"),
    }
    with pytest.raises(NotPermitted, match="supervisor"):
        acts[act]()
    assert [one.name for one in office.cw.subscriptions()] == ["sik"]
    assert [one.state for one in office.cw.deliveries()] == ["ready"]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"url": "http://sik.example/"}, "url"),
        ({"url": "ftp://sik.example/"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://a b/"}, "url"),
        ({"url": "https://[::1/"}, "url"),
        ({"url": "https://a.example:x/"}, "url"),
        ({"url": "https://user:word@sik.example/"}, "url"),
        ({"url": "https://sik.example/#part"}, "url"),
        ({"name": "two words"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a:b"}, "name"),
        ({"events": ["advnced"]}, "events"),
        ({"secret": "geheim"}, "secret"),
        ({"secret": "whsec_" + base64.b64encode(b"short").decode()}, "secret"),
        ({"secret": "whsec_no base64 at all, in no way whatever"}, "secret"),
    ],
)
def test_what_cannot_be_right_is_named(office: Office, given: dict[str, str], where: str) -> None:
    right = {"name": "b", "url": "https://b.example/", "events": [], "secret": None}
    with pytest.raises(Invalid) as wrong:
        office.cw.subscribe(**{**right, **given}, by="sup")
    assert [problem.where for problem in wrong.value.problems] == [where]
    assert len(office.cw.subscriptions()) == 1


def test_a_secret_is_made_where_none_is_given(office: Office) -> None:
    secrets = {office.cw.subscribe(name, "https://b.example/", by="sup")[1] for name in ("b", "c")}
    assert len(secrets) == 2
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 for secret in secrets)


def test_a_removed_one_is_told_nothing_more_and_its_secret_is_forgotten(office: Office, receiver: Receiver) -> None:
    office.case(moves=1)
    assert office.cw.unsubscribe("sik", by="sup") == 2
    office.case()
    assert office.sweep() == []
    assert receiver.got == []
    assert {one.state for one in office.cw.deliveries(["ready", "dead", "done", "skipped"])} == {"skipped"}
    with office.cw._store.engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT secret FROM casework_subscriptions").scalar() == ""


def test_a_trial_message_tells_of_nothing(office: Office, receiver: Receiver) -> None:
    assert office.cw.try_subscription("sik").ok
    assert genuine(receiver.got[0], SECRET, office.clock.now.timestamp())
    assert receiver.got[0].event["type"] == "casework.case.test"
    receiver.answer = lambda _: 500
    assert (office.cw.try_subscription("sik").ok, office.cw.try_subscription("sik").note) == (False, "HTTP 500")
    assert office.cw.deliveries() == ()


def test_every_kind_of_event_has_a_name_that_can_be_subscribed_to() -> None:
    assert [occasion("moved", {"move": move}) for move in ("advance", "close", "pause")] == [
        "advanced", "closed", "moved",
    ]  # fmt: skip
    assert len(set(OCCASIONS)) == len(OCCASIONS)


def test_cases_that_are_taken_in_whole_are_not_told_of_again(
    office: Office, base: Databases, receiver: Receiver
) -> None:
    office.case(moves=2)
    file = io.BytesIO()
    office.cw.export(file)
    file.seek(0)
    there = Office(base.empty().replace(".db", "-there.db"), Clock())
    there.cw.subscribe("sik", receiver.url, by="sup", insecure=True)
    assert there.cw.import_lines(file, name="export.json", by="sup").cases
    assert there.cw.deliveries() == ()
    there.close()
