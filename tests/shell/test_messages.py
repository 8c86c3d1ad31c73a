"""Everything that the software says can be said in Indonesian, and nothing that it says can break."""

from __future__ import annotations

import ast
import runpy
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from casework_flow.documents.language import CHOICE_WORDS, filters
from casework_flow.errors import Problem
from casework_flow.messages import LOCALES, Message, Text, languages, say
from casework_flow.records.schema import all_labels, fields_of, model_of
from casework_flow.records.types import RECORD_TYPES, RecordType
from casework_flow.values import ROLES
from casework_flow.workflow import STATUS_WORDS

ROOT = Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "messages.py"))
SAID: dict[str, list[str]] = TOOL["messages"]()
with (LOCALES / "id" / "LC_MESSAGES" / "casework_flow.po").open("rb") as file:
    CATALOGUE = read_po(file, locale="id")
ENTRIES: dict[str, Entry] = {str(entry.id): entry for entry in CATALOGUE if entry.id}
SAME_IN_BOTH = {"NIK", "Status", "Target", "Genogram", "Ecomap", "Informal", "Formal", "Spiritual"}
"""Terms that the field writes alike in both languages."""


SPOKEN = {text: str(entry.string) for text, entry in ENTRIES.items() if entry.string}


def places(template: str) -> Counter[str]:
    """The named places of a template, each with how often it is filled; doubled braces are text."""
    found = (name for _, name, _, _ in Formatter().parse(template) if name is not None)
    return Counter(name.removesuffix("_th") for name in found)  # some languages count days: the twenty-first


def test_every_message_of_the_code_is_in_the_catalogue() -> None:
    assert {text: files for text, files in SAID.items() if text not in ENTRIES} == {}, "run: make messages"


def test_a_message_is_written_out_where_it_is_said() -> None:
    # Only a literal can be found for the catalogues. Elsewhere words come from files or from tables of literals.
    computed = {"label", "info.title or name", "data['move']"}
    for path in TOOL["SOURCES"].rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(func=ast.Name(id="Message") | ast.Attribute(attr="Message"), args=[template, *_]):
                    said = ast.unparse(template)
                    literal = isinstance(template, ast.Constant | ast.IfExp)
                    assert literal or said in computed or said.endswith(".replace('_', ' ')"), f"{path.name}: {said}"


def test_the_catalogue_has_nothing_that_nobody_says() -> None:
    assert ENTRIES.keys() - SAID.keys() == set(), "run: make messages"
    assert list(CATALOGUE.obsolete) == []


def test_every_message_is_translated_for_certain() -> None:
    assert ENTRIES.keys() - SPOKEN.keys() == set()
    assert [text for text, entry in ENTRIES.items() if entry.fuzzy] == []


def test_a_translation_has_the_same_places() -> None:
    assert [text for text, said in SPOKEN.items() if places(text).keys() != places(said).keys()] == []


def test_a_translation_begins_and_ends_as_the_message_does() -> None:
    def shape(text: str) -> tuple[bool, bool, bool]:
        return text[0].isspace(), text[0].isupper(), text[-1] in ".?:!"

    plain = {text: said for text, said in SPOKEN.items() if text[0] not in "{<`" and said[0] not in "{<`"}
    assert len(plain) > 500
    assert [text for text, said in plain.items() if shape(text) != shape(said)] == []


def test_indonesian_has_no_plural_in_brackets() -> None:
    assert [text for text, said in SPOKEN.items() if "(s)" in said] == []


@pytest.mark.parametrize("kind", RECORD_TYPES.values(), ids=list(RECORD_TYPES))
def test_every_label_of_a_record_is_indonesian(kind: RecordType) -> None:
    labels = list(all_labels(kind))
    assert labels
    assert {str(label) for label in labels if label.say("id") == label.say("en")} <= SAME_IN_BOTH


def choice_words() -> set[str]:
    """Every word that a shipped record stores as a choice."""
    found: set[str] = set()
    models = [model_of(kind) for kind in RECORD_TYPES.values()]
    while models:
        for shape in fields_of(models.pop()).values():
            found |= set(shape.choice.labels if shape.choice else ())
            models += [shape.part] if shape.part else []
    return found - {"kemendagri", "bps"}  # names of schemes, which no document prints


def test_documents_have_a_word_for_every_choice_and_every_role() -> None:
    printed = {word.replace("_", " ") for word in (*choice_words(), *ROLES)}
    assert len(printed) > 60
    assert printed - CHOICE_WORDS.keys() == set()


@pytest.mark.parametrize(
    ("stored", "printed"),
    [
        ("walk_in", "datang sendiri"),
        ("home_visit", "kunjungan rumah"),
        ("parent_child", "orang tua dan anak"),
        ("contract", "perjanjian"),  # as a basis for processing data, not the service contract
        ("close", "dekat"),  # as a relation, not the verb
        ("absent", "tidak ada"),
        ("need", "kebutuhan"),
        ("want", "keinginan"),
        ("business_capital", "bahan dagangan atau modal usaha"),
        ("client_absent", "klien tidak hadir"),
        ("practicum_student", "praktikan"),
        ("office_head", "kepala dinas"),
        ("pkh_companion", "pendamping sosial PKH"),
        ("Penjahit keliling", "Penjahit keliling"),
    ],
)
def test_a_stored_word_is_printed_as_the_field_says_it(stored: str, printed: str) -> None:
    assert filters("id")["label"](stored) == printed


def test_a_status_is_told_in_indonesian() -> None:
    assert [STATUS_WORDS[status].say("id") for status in ("active", "paused", "closed")] == [
        "aktif",
        "dihentikan sementara",
        "ditutup",
    ]


def test_the_shipped_moves_and_closures_have_a_word_where_a_file_gives_no_title() -> None:
    for word in ("replan", "reopen", "pause", "goals met", "client withdrew", "lost contact"):
        assert Message(word).say("id") != word


def test_the_tool_reads_templates_titles_and_labels_and_joins_what_is_written_on_two_lines() -> None:
    source = """
Message("one {place} " "in two parts", place=Message("a part"))
Message("this" if x else "that")
Field(None, title="a title")
choice(word="a label", **{"continue": "another label"})
Message(computed)
log("no message")
"""
    assert list(TOOL["in_code"](source)) == [
        "one {place} in two parts",
        "a part",
        "this",
        "that",
        "a title",
        "a label",
        "another label",
    ]


def test_the_software_speaks_indonesian_and_english() -> None:
    assert languages() == ("id", "en")
    assert Message("Did you mean {name}?", name="rina").say("id") == "Apakah maksudnya rina?"
    assert Message("Did you mean {name}?", name="rina").say("en") == "Did you mean rina?"
    assert Message("Did you mean {name}?", name="rina").say("fr") == "Did you mean rina?"


@given(st.text())
def test_what_a_parameter_holds_is_never_read_as_a_template(value: str) -> None:
    for lang in languages():
        assert Message("{name}", name=value + "{0}{name!r:>9}").say(lang) == value + "{0}{name!r:>9}"
        inner = Message("Did you mean {name}?", name=value + "{")
        assert Message("{problem} {hint}", problem="}", hint=inner).say(lang).startswith("} ")


def test_lists_and_messages_within_a_message_are_said_in_its_language() -> None:
    roles = [Message("supervisor"), Message("office head"), Text({"id": "wali {x}", "en": "guardian"})]
    asked = Message("Known are: {names}.", names=roles)
    assert asked.say("id") == "Yang dikenal: supervisor, kepala dinas, wali {x}."
    assert say(Problem("a.b", asked).message, "en") == "Known are: supervisor, office head, guardian."
