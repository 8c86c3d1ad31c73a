"""Who is named in a document, in every field and in every free text. All persons are fictional."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework_flow.documents.identity import redacted

CLIENT = {
    "name": "Sarma Contoh",
    "initials": "S",
    "nik": "1216065208929999",
    "phone": "0812-0000-0000",
    "address": {"region": {"code": "12.16.06"}, "detail": "Desa Pasaribu"},
    "guardian": {"name": "Tiur Contoh", "relation": "ibu", "phone": "0813"},
}
DATA: dict[str, Any] = {
    "client": [CLIENT],
    "consent": [{"given_by": "SARMA  CONTOH", "witness": "Lasma Contoh, S.Sos.", "type": "data"}],
    "session": [
        {"observations": "Sarma Contoh mencatat; sarma contoh dan Tiur Contoh hadir. Sarma senang.", "week_no": 1},
        {"observations": "NIK 1216065208929999 diperiksa oleh Rina Contoh.", "week_no": 2},
    ],
    "ecomap": [{"systems": [{"id": "lpk", "name": "Lembaga Pelatihan"}]}],
}
STAFF = frozenset({"Rina Contoh"})


def shown(identity: Any, data: Any = DATA, client: Any = CLIENT, seed: str = "KSS-2025-0001") -> Any:
    return redacted(data, client, identity, seed, STAFF)


def test_in_full_nothing_is_changed() -> None:
    assert shown("full") == DATA


def test_by_initials_a_name_is_short_wherever_and_however_it_was_typed() -> None:
    found = shown("initials")
    assert found["client"][0]["name"] == "S"
    assert found["client"][0]["guardian"] == {"name": "T.C.", "relation": "ibu"}
    assert found["consent"][0] == {"given_by": "S", "witness": "L.C.", "type": "data"}
    assert found["session"][0]["observations"] == "S mencatat; S dan T.C. hadir. S senang."


def test_numbers_are_masked_and_ways_to_find_somebody_left_out() -> None:
    found = shown("initials")
    assert found["client"][0]["nik"] == "121606******9999"
    assert found["client"][0]["address"] == {"region": {"code": "12.16.06"}}
    assert "phone" not in found["client"][0]
    assert found["session"][1]["observations"] == "NIK 121606******9999 diperiksa oleh Rina Contoh."


def test_a_pseudonym_is_the_cases_own_and_others_are_numbered_from_it() -> None:
    found = shown("pseudonym")
    alias = found["client"][0]["name"]
    assert alias.startswith("K-")
    assert len(alias) == 8
    assert found["consent"][0]["given_by"] == alias
    others = [found["client"][0]["guardian"]["name"], found["consent"][0]["witness"]]
    assert all(other.startswith(f"{alias}-") for other in others)
    assert len({alias, *others}) == 3
    fewer = shown("pseudonym", {"consent": DATA["consent"]})
    assert fewer["consent"][0]["witness"] == others[1]  # whoever else is named
    assert shown("pseudonym")["client"][0]["name"] == alias
    assert shown("pseudonym", seed="KSS-2025-0002")["client"][0]["name"] != alias


def test_a_pseudonym_takes_away_what_a_genogram_calls_its_members() -> None:
    data = {"genogram": [{"index": "s", "members": [{"id": "s", "label": "Sarma", "relation": "client"}]}]}
    assert shown("pseudonym", data) == {"genogram": [{"index": "s", "members": [{"id": "s", "relation": "client"}]}]}
    assert shown("initials", data)["genogram"][0]["members"][0]["label"] == "S"


def test_institutions_and_the_offices_own_staff_keep_their_names() -> None:
    text = json.dumps(shown("pseudonym"))
    assert "Lembaga Pelatihan" in text
    assert "Rina Contoh" in text


def test_a_member_of_staff_with_the_clients_first_name_keeps_it() -> None:
    data = {"note": "Rina Contoh mengunjungi Rina Dua; Rina hadir."}
    assert shown("initials", data, {"name": "Rina Dua"}) == {"note": "Rina Contoh mengunjungi R.D.; R.D. hadir."}


def test_a_first_name_that_is_also_a_word_stays_a_word() -> None:
    data = {"note": "Rumah indah, Indahnya; kata Indah begitu."}
    assert shown("initials", data, {"name": "Indah Contoh"}) == {"note": "Rumah indah, I.C.nya; kata I.C. begitu."}
    assert shown("initials", {"note": "Ibu itu"}, {"name": "Ibu Contoh"}) == {"note": "Ibu itu"}


def test_a_name_within_a_word_is_no_name() -> None:
    assert shown("initials", {"a": "Anita"}, {"name": "Nita"}) == {"a": "Anita"}


@pytest.mark.parametrize(
    "typed",
    [
        "Sarma", "sarma", "SARMA", "Sarmanya", "sarma-contoh", "SARMACONTOH", "sarma_contoh@contoh.example",
        "Sar\u200bma", "Sar\u202ema", "Sa\u00adrma", "Sarma\nContoh", "Sarma's", "(Sarma)", "Sarma.",
    ],
)  # fmt: skip
def test_a_name_is_hidden_whole_and_in_part_however_it_is_typed(typed: str) -> None:
    for identity in ("initials", "pseudonym"):
        said = shown(identity, {"session": [{"observations": f"Kata {typed} begitu"}]})["session"][0]["observations"]
        assert "sarma" not in said.casefold()
        assert said.startswith("Kata ")
        assert said.endswith(" begitu")


def test_a_child_whom_the_genogram_names_is_hidden_in_every_text_and_who_is_only_described_is_not() -> None:
    members = [
        {"id": "s", "label": "Sarma", "relation": "client"},
        {"id": "a1", "label": "Togar Contoh", "relation": "child"},
        {"id": "a2", "label": "Anak kedua", "relation": "child"},
    ]
    data = {
        "genogram": [
            {"index": "s", "members": members, "relations": [{"a": "s", "b": "a1", "kind": "parent_child"}]}
        ],
        "session": [{"observations": "Togar dan anak kedua belajar; togarlah yang membantu."}],
    }
    found = shown("initials", data)
    assert [member["label"] for member in found["genogram"][0]["members"]] == ["S", "T.C.", "Anak kedua"]
    assert found["session"][0]["observations"] == "T.C. dan anak kedua belajar; T.C.lah yang membantu."
    assert found["genogram"][0]["relations"] == data["genogram"][0]["relations"]
    assert "Togar" not in json.dumps(shown("pseudonym", data))


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("NIK 1216 0652 0892 9999", "1216 0652"),
        ("NIK 1216.0652.0892.9999", "0892"),
        ("telepon 081200000000", "00000000"),
        ("telepon +62 812-0000-0000", "0000-0000"),
        ("telepon (0812) 0000 0000", "0000"),
        ("rumah di DESA  PASARIBU", "PASARIBU"),
    ],
)
def test_numbers_and_addresses_are_hidden_in_free_text(typed: str, left: str) -> None:
    client = {**CLIENT, "phone": "+6281200000000"}
    said = shown("pseudonym", {"client": [client], "note": typed}, client)["note"]
    assert left not in said
    assert "*" in said


def test_sums_dates_and_stored_words_are_never_taken_for_a_person_s() -> None:
    client = {"name": "Data Female", "phone": "0812", "nik": "1216065208929999"}
    data = {
        "consent": [{"type": "data", "given_by": "Data Female"}],
        "sex": "female",
        "note": "Rp225.000, 2025-03-06",
    }
    found = shown("initials", data, client)
    assert (found["consent"][0]["type"], found["sex"], found["note"]) == ("data", "female", "Rp225.000, 2025-03-06")
    assert found["consent"][0]["given_by"] == "D.F."


def test_initials_that_are_the_name_are_not_believed() -> None:
    assert shown("initials", {"note": "Sarma"}, {"name": "Sarma Contoh", "initials": "Sarma"}) == {"note": "S.C."}


def test_a_form_of_address_names_nobody() -> None:
    data = {"consent": [{"given_by": "klien"}], "note": "Klien dan Ibu hadir; ibu setuju."}
    assert shown("initials", data, {"name": "Ibu Sarma"})["note"] == "Klien dan Ibu hadir; ibu setuju."


@pytest.mark.parametrize("name", ["", " ", None])
def test_a_client_without_a_name_hides_nothing_else(name: str | None) -> None:
    assert shown("initials", {"note": "a b"}, {"name": name}) == {"note": "a b"}


def test_the_data_given_are_not_changed() -> None:
    before = deepcopy(DATA)
    shown("pseudonym")
    assert before == DATA


NAMES = st.text(st.characters(categories=["Lu", "Ll", "Nd", "Po", "Zs"], codec="utf-8"), min_size=4, max_size=20).map(
    lambda name: " ".join(f"Q{name}".split())
)


AROUND = st.text("abc .,()", max_size=10)


@given(name=NAMES, before=AROUND, after=AROUND, identity=st.sampled_from(["initials", "pseudonym"]))
def test_no_name_of_a_record_remains_in_any_text(name: str, before: str, after: str, identity: str) -> None:
    said = f"{before} {name} {after} {name.lower()}"
    data = {"client": {"name": name}, "notes": [said, {"deep": [said]}]}
    assert name not in json.dumps(shown(identity, data, {"name": name, "initials": "Z"}), ensure_ascii=False)
