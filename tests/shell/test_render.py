"""Templates in their sandbox: what a missing value does, what a template may reach, and which file is used."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework_flow.documents.markup import clean, parse
from casework_flow.documents.render import (
    IncompleteDocument,
    TemplateFault,
    Templates,
    digest_of,
    identity_of,
    render,
)
from casework_flow.errors import CaseworkError, NotFound


class Finance:
    """A view as the records have it: it publishes what ``get`` gives, and nothing else."""

    unpublished = "rahasia"

    def get(self, name: str) -> Any:
        return {"total": 225000, "of": lambda kind: {"want": 9.7}.get(kind), "weeks": [2, 4]}.get(name)


FACTS = {
    "client": {"name": "Sarma <b>Contoh</b> & anak", "nik": "", "phone": None, "sex": "female"},
    "finance": Finance(),
    "items": [{"title": "Satu"}, {"title": None}],
    "start": date(2025, 3, 6),
    "empty": {},
}


def bundle(body: str, **parts: str) -> str:
    main = f'<document title="Judul">{body}</document>'
    return json.dumps({"main": "x.xml.j2", "parts": {"x.xml.j2": main, **parts}})


def rendered(body: str, facts: Any = FACTS, lang: str = "id") -> str:
    return parse(render(bundle(body), facts, lang, "contract")).text


def refused(kind: type[CaseworkError], body: str) -> str:
    with pytest.raises(kind) as fault:
        render(bundle(body), FACTS, "id", "contract")
    return fault.value.message.say("en")


# ---- values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<p>{{ client.name }}</p>", "Sarma <b>Contoh</b> & anak"),
        ("<p>{{ finance.total | money }}</p>", "Rp225.000"),
        ("<p>{{ finance.of('want') | percent }}</p>", "9,7\u00a0%"),
        ("<p>{{ start | date }}</p>", "6 Maret 2025"),
        ("<p>{% for week in finance.weeks %}{{ week }};{% endfor %}</p>", "2;4;"),
        ("<p>{{ 'ada' if client.phone else 'tidak ada' }}</p>", "tidak ada"),
        ("<p>{{ 'ada' if client.no.such.thing else 'tidak ada' }}</p>", "tidak ada"),
        ("<p>{% for x in empty.list %}{{ x }}{% else %}kosong{% endfor %}</p>", "kosong"),
        ("<p>{{ items | length }}{{ empty.list | length }}</p>", "20"),
        ("<p>{{ client.phone == empty.x }}</p>", "True"),
    ],
)
def test_a_template_prints_what_is_recorded_and_asks_what_is_not(body: str, said: str) -> None:
    assert rendered(body).replace("9,7 %", "9,7\u00a0%") == said


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("<p>{{ client.nik }}</p>", "client.nik"),
        ("<p>{{ client.phone }}</p>", "client.phone"),
        ("<p>{{ client.guardian.name }}</p>", "client.guardian.name"),
        ("<p>{{ items[1].title }}</p>", "items.1.title"),
        ("<p>{{ finance.none }}</p>", "finance.none"),
        ("<p>{{ finance.of('need') }}</p>", "finance.of(need)"),
        ("<p>{{ finance }}</p>", "finance"),
        ("<p>{{ client.phone | money }}</p>", "client.phone"),
        ("<p>{{ client.phone | date }}</p>", "client.phone"),
        ("<p>{{ client.phone ~ '' }}</p>", "client.phone"),
        ("<p>{{ client.phone | upper }}</p>", "client.phone"),
        ("<p>{{ [client.phone] | join(', ') }}</p>", "client.phone"),
        ("<p>{{ client.phone | e }}</p>", "client.phone"),
        ("<p>{{ '%s' | format(client.phone) }}</p>", "client.phone"),
        ("<signatures><party role='a' name='{{ client.phone }}'/></signatures>", "client.phone"),
    ],
)
def test_a_missing_value_refuses_the_document_and_is_named(body: str, field: str) -> None:
    assert refused(IncompleteDocument, body) == f"The document contract needs {field}, which is not recorded."


def test_an_empty_section_refuses_the_document_and_is_named() -> None:
    for body in (
        "<section title='Tujuan'>{% for x in empty.list %}<p>{{ x }}</p>{% endfor %}</section>",
        "<section title='A'><p>a</p><subsection title='Tujuan'><ul>{{ '' }}</ul></subsection></section>",
    ):
        assert "nothing to say under Tujuan" in refused(IncompleteDocument, body)


@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_whatever_a_person_typed_stays_text(written: str) -> None:
    facts = {"client": {"name": written}}
    ways = ("client.name", "client.name ~ ''", "[client.name] | join", "client.name | e", "client.name | trim")
    for way in ways:
        if not clean(written).strip():
            with pytest.raises(IncompleteDocument):
                render(bundle(f"<p>{{{{ {way} }}}}</p>"), facts, "id", "contract")
            continue
        tree = parse(render(bundle(f"<p><lines>{{{{ {way} }}}}</lines></p><p>a</p>"), facts, "id", "contract"))
        assert [node.tag for node in tree.nodes] == ["p", "p"]
        assert tree.nodes[0].text.split() == clean(written).split()


# ---- faults and the sandbox -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<p>{{ client.name</p>", "The template contract"),
        ("\n\n<p>{% if %}</p>", "contract:3"),
        ("<p>{{ unknown }}</p>", "'unknown' is undefined"),
        ("<p>{{ clint.name }}</p>", "'clint' is undefined"),
        ("<p>{{ client.name | nofilter }}</p>", "No filter named 'nofilter'"),
        ("<p>{{ client.name | date }}</p>", "The template of contract (x.xml.j2:1) failed"),
        ("<p>{{ 1 / 0 }}</p>", "division by zero"),
        ("<p>{% include 'missing.xml.j2' %}</p>", "missing.xml.j2"),
        ("<p>{{ items[7].title }}</p>", "contract"),
        ("{% macro f() %}{{ f() }}{% endmacro %}<p>{{ f() }}</p>", "contract"),
    ],
)
def test_a_wrong_template_is_named_as_the_fault(body: str, said: str) -> None:
    assert said in refused(TemplateFault, body)


@pytest.mark.parametrize(
    "body",
    [
        "{{ client.__class__ }}",
        "{{ client.__class__.__mro__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ finance.unpublished }}",
        "{{ finance._value }}",
        "{{ finance['unpublished'] }}",
        "{{ finance.get('total') }}",
        "{{ finance.of.__globals__ }}",
        "{{ finance.of.__closure__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ (client | attr('__class__')) }}",
        "{{ '{0.__class__}'.format(client) }}",
        "{{ items.append(1) }}",
        "{{ finance.weeks.clear() }}",
        "{% set x = client.update({}) %}{{ x }}",
        "{{ range(100000000) | list | length }}",
        "{% import 'os' as os %}",
    ],
)
def test_a_template_reaches_nothing_but_the_records(body: str) -> None:
    with pytest.raises((TemplateFault, IncompleteDocument)):
        render(bundle(f"<p>{body}</p>"), FACTS, "id", "contract")


# ---- files ------------------------------------------------------------------------------------------------------


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.xml.j2").write_text(text, encoding="utf-8")
    return folder


def test_an_offices_own_template_comes_before_the_shipped_one(tmp_path: Path) -> None:
    shipped = write(tmp_path / "shipped", plan="shipped", intake="shipped", _parts="shipped")
    own = write(tmp_path / "own", plan="own", house="own")
    templates = Templates([own, shipped, tmp_path / "missing"])
    assert templates.names() == ("house", "intake", "plan")
    assert json.loads(templates.bundle("plan"))["parts"] == {"plan.xml.j2": "own"}
    assert json.loads(templates.bundle("intake"))["parts"] == {"intake.xml.j2": "shipped"}


def test_a_bundle_holds_every_part_and_its_digest_changes_with_each(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        plan="{% from '_a.xml.j2' import x %}<document title='t'>{{ x() }}</document>",
        _a="{% import '_b.xml.j2' as b %}{% macro x() %}<p>{{ b.y }}</p>{% endmacro %}",
        _b="{% set y = 'satu' %}",
    )
    first = Templates([folder]).bundle("plan")
    assert json.loads(first)["parts"].keys() == {"plan.xml.j2", "_a.xml.j2", "_b.xml.j2"}
    assert parse(render(first, {}, "id", "plan")).text == "satu"
    write(folder, _b="{% set y = 'dua' %}")
    assert digest_of(Templates([folder]).bundle("plan")) != digest_of(first)
    assert parse(render(first, {}, "id", "plan")).text == "satu"  # a stored bundle prints what it printed


def test_a_template_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    templates = Templates([write(tmp_path, plan="x", wrong="{% if %}", loose="{% import name as x %}")])
    with pytest.raises(NotFound, match=r"Did you mean plan\?"):
        templates.bundle("plann")
    for name in ("../plan", "/etc/passwd", "", "plan/../plan"):
        with pytest.raises(NotFound):
            templates.bundle(name)
    with pytest.raises(TemplateFault, match=r"wrong.xml.j2:1"):
        templates.bundle("wrong")
    with pytest.raises(TemplateFault, match="whose name is not fixed"):
        templates.bundle("loose")


def test_a_template_that_is_not_utf8_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "plan.xml.j2").write_bytes(b"<p>\xff</p>")
    with pytest.raises(TemplateFault, match="UTF-8"):
        Templates([tmp_path]).bundle("plan")


def test_a_template_says_how_the_client_is_named() -> None:
    assert identity_of(bundle("{% set identity = 'full' %}<p>a</p>")) == "full"
    assert identity_of(bundle("<p>a</p>")) == "initials"
    assert identity_of(bundle("{% set identity = 'nobody' %}<p>a</p>")) == "initials"


def test_an_attribute_takes_any_text() -> None:
    odd = "\" ' < > & \u202e"
    xml = render(bundle('<signatures><party name="{{ n }}"/></signatures>'), {"n": odd}, "id", "x")
    assert parse(xml).nodes[0].nodes[0].get("name") == clean(odd).strip()
