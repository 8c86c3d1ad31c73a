"""Templates against the vocabulary of a workflow: every slip with its line, and no accusation of a sound one."""

from __future__ import annotations

from pathlib import Path

import pytest

from casework_flow.checking import template_names
from casework_flow.documents import render
from casework_flow.documents.render import TemplateFault, Templates
from casework_flow.documents.templatecheck import Checked, check
from casework_flow.loader import load_file, vocabulary
from casework_flow.records.base import World
from casework_flow.records.forms import form_type
from casework_flow.records.kinds import ListOf, Object
from casework_flow.records.views import ClientView

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "templates"
FLOW = load_file(ROOT / "workflows" / "pkh-economic.yaml")
VISIT = {
    "title": {"id": "Kunjungan", "en": "Visit"},
    "many": True,
    "fields": {"place": {"type": "text", "label": {"id": "Tempat", "en": "Place"}}},
}
NAMES = vocabulary({"home_visit": form_type("home_visit", VISIT)}, FLOW.settings)
SESSIONS = NAMES["sessions"]
assert isinstance(SESSIONS, Object)
ITEMS = SESSIONS.fields["items"]
assert isinstance(ITEMS, ListOf)
USABLE = template_names(FLOW, NAMES, ITEMS.item)


def read(folder: Path, source: str, **parts: str) -> Checked:
    for name, text in {"letter": source, **parts}.items():
        (folder / f"{name}.xml.j2").write_text(text, encoding="utf-8")
    return check("letter", Templates([folder, SHIPPED]), USABLE, ["contract", "plan", "termination"])


def said(folder: Path, source: str, **parts: str) -> list[str]:
    return [problem.say("en") for problem in read(folder, source, **parts).problems]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{{ client.nmae }}", "There is no client.nmae here. Did you mean name?"),
        ("{{ clint.name }}", "There is no clint here. Did you mean client?"),
        ('{{ client["nmae"] }}', "There is no client.nmae here. Did you mean name?"),
        ("{{ client.address.detial }}", "There is no client.address.detial here. Did you mean detail?"),
        ("{% for c in plan.components %}{{ c.gaol }}{% endfor %}", "There is no c.gaol here. Did you mean goal?"),
        (
            "{% for c in plan.components %}{% for i in c.indicators %}{{ i.cod }}{% endfor %}{% endfor %}",
            "There is no i.cod here. Did you mean code?",
        ),
        ("{% set who = client.guardian %}{{ who.nam }}", "There is no who.nam here. Did you mean name?"),
        ("{% set last = addenda.items[-1] %}{{ last.week }}", "There is no last.week here. Did you mean weeks?"),
        ("{% for a in addenda.items[-1:] %}{{ a.week }}{% endfor %}", "There is no a.week here. Did you mean weeks?"),
        ("{% with x = contract %}{{ x.gols }}{% endwith %}", "There is no x.gols here. Did you mean goals?"),
        ("{{ (assessment.needs|first).statment }}",
         "There is no assessment.needs|first.statment here. Did you mean statement?"),
        ('{{ assessment.items|map(attribute="statment")|join }}',
         "There is no assessment.items.statment here. Did you mean statement?"),
        ('{% for r in evaluation.rows|rejectattr("ratng") %}{% endfor %}',
         "There is no evaluation.rows.ratng here. Did you mean rating?"),
        ("{{ office.hed.name }}", "There is no office.hed here. Did you mean head?"),
        ("{{ move.resaon }}", "There is no move.resaon here. Did you mean reason?"),
        ("{{ approvals.plann.on }}", "There is no approvals.plann here. Did you mean plan?"),
        ("{{ document.versoin }}", "There is no document.versoin here. Did you mean version?"),
        ("{{ settings.consistent_day }}", "There is no settings.consistent_day here. Did you mean consistent_days?"),
        ("{% for v in home_visit.items %}{{ v.plase }}{% endfor %}", "There is no v.plase here. Did you mean place?"),
        ("{{ item.purpos }}", "There is no item.purpos here. Did you mean purpose?"),
        ("{{ client.name|sentense }}", "There is no sentense here. Did you mean sentence?"),
        ("{% if client.name is nubmer %}x{% endif %}", "There is no nubmer here. Did you mean number?"),
        ('{{ consents.latest("servis").given_on }}',
         "servis is none of: service, data, sharing, photo. Did you mean service?"),
        ('{% if client.sex == "femal" %}x{% endif %}',
         "femal is none of: female, male, unknown. Did you mean female?"),
        ('{% if client.sex in ("femal", "male") %}x{% endif %}',
         "femal is none of: female, male, unknown. Did you mean female?"),
        ("{{ consents.latest.given_on }}", "consents.latest is a function: write consents.latest(…)."),
        ("{{ consents.active }}", "consents.active is a function: write consents.active(…)."),
        ("{{ consents.active() }}", "consents.active takes at least one value, at most 1."),
        ("{{ client.name() }}", "client.name is no function."),
        ("{{ client }}", "client is no single value and cannot be printed."),
        ("{{ contract.focus }}", "contract.focus is no single value and cannot be printed."),
        ("{{ client.address|sentence }}", "client.address is no single value and cannot be printed."),
        ('{{ "a" ~ client.address }}', "client.address is no single value and cannot be printed."),
        ("{% for c in client %}x{% endfor %}", "client is no list: a loop cannot go through it."),
        ("{% for c in client.name %}x{% endfor %}", "client.name is no list: a loop cannot go through it."),
        ("{{ plan.components.count }}",
         "plan.components is a list and has no count: write plan.components|length, or go through it."),
        ("{{ client.name|safe }}", "The filter safe is not allowed: what people typed must stay text."),
        ('{{ client|attr("name") }}', "The filter attr is not allowed: what people typed must stay text."),
        ("{% autoescape false %}x{% endautoescape %}",
         "`autoescape` is not allowed: what people typed must stay text."),
        ("{{ client.__class__ }}", "client.__class__ is private: names begin with a letter."),
        ('{{ client.name.__class__.__mro__ }}', "client.name.__class__ is private: names begin with a letter."),
        ("{% set x = [] %}{{ x.append(1) }}", "x.append would change a value, which a template may not."),
        ("{{ 9**9**9 }}", "`**` is not allowed: it can take for ever."),
        ("{% for i in range(10000000) %}x{% endfor %}", "A loop goes at most 100000 times."),
        ("{% macro a(x) %}{{ x.nmae }}{% endmacro %}{{ a(client) }}",
         "There is no x.nmae here. Did you mean name?"),
        ("{% macro a(x) %}{{ x }}{% endmacro %}{{ a() }}", "a needs a value for x."),
        ("{% macro a(x) %}{{ x }}{% endmacro %}{{ a(1, 2) }}", "a takes at most 1 value(s)."),
        ("{% macro a(x=1) %}{{ x }}{% endmacro %}{{ a(y=2) }}", "There is no a(y=…) here."),
        ("{% macro never() %}{{ client.nmae }}{% endmacro %}", "There is no client.nmae here. Did you mean name?"),
        ("{% if a %}x{% endif %}", "There is no a here."),
        ("{% if client.sex %}{{ clint.name }}{% endif %}", "There is no clint here. Did you mean client?"),
        ("{% call client.nmae() %}x{% endcall %}", "There is no client.nmae here. Did you mean name?"),
        ("{% block b %}{{ client.nmae }}{% endblock %}", "There is no client.nmae here. Did you mean name?"),
        ("{% filter upcase %}x{% endfilter %}", "There is no upcase here."),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_line_and_what_was_meant(tmp_path: Path, source: str, fault: str) -> None:
    assert fault in [line.removeprefix("letter.xml.j2:3: ") for line in said(tmp_path, f"\n\n{source}\n")]


def test_every_slip_of_a_template_is_told_at_once(tmp_path: Path) -> None:
    lines = said(tmp_path, "{{ client.nmae }}\n{{ plan.foo }}\n{{ client.name|safe }}")
    assert [line.split(" ")[0] for line in lines] == ["letter.xml.j2:1:", "letter.xml.j2:2:", "letter.xml.j2:3:"]


@pytest.mark.parametrize(
    "source",
    [
        "{{ client.name }} {{ client['name'] }} {{ today|date }} {{ lang }} {{ item.week_no|counted }}",
        "{% if client.needs_guardian %}{{ client.guardian.name }}{% else %}{{ client.name.rstrip('.') }}{% endif %}",
        "{% set x = client.guardian or none %}{% if x %}{{ x.name }}{% endif %}",
        "{% if placement is defined %}{{ placement.place }}{% endif %}",
        "{% for c in plan.components if c.goal %}{{ loop.index }}{{ c.goal }}{% else %}-{% endfor %}",
        "{% for key, label in [('a', 'b')] %}{{ key }}{{ label }}{% endfor %}",
        "{{ {'female': 'Ibu'}.get(client.sex, 'Bapak') }}{{ [1, 2]|join(', ') }}",
        "{{ approvals[move.move].on }}{{ approvals.plan.on|date }}{{ approvals.close.on|date }}",
        "{% if approvals.given('plan') %}x{% endif %}",
        "{{ (plan.indicators|sort(attribute='code')|first).title }}{{ plan.components|length }}",
        "{% for v in home_visit.items %}{{ v.item }}{{ v.place }}{% endfor %}{{ home_visit.count }}",
        "{% macro a(x, y=2) %}{{ x }}{{ y }}{{ varargs }}{% endmacro %}{{ a(1) }}{{ a(1, 2, 3) }}{{ a(x=1, y=2) }}",
        "{% macro down(n) %}{{ n }}{{ down(n) }}{% endmacro %}{{ down(1) }}",
        "{% set ns = namespace(n=0) %}{% set ns.n = 1 %}{{ ns.n }}",
        "{% import '_parts.xml.j2' as parts with context %}{{ parts.said(client.name) }}{{ parts.identity() }}",
        "{% from '_parts.xml.j2' import said %}{{ said('x') }}",
    ],
)
def test_a_sound_template_is_not_accused(tmp_path: Path, source: str) -> None:
    assert said(tmp_path, source) == []


def test_a_slip_in_a_part_is_told_with_the_parts_line(tmp_path: Path) -> None:
    parts = {"_own": "\n{% macro a(who) %}\n{{ who.nmae }}{% endmacro %}"}
    source = "{% import '_own.xml.j2' as own %}{{ own.a(client) }}{{ own.b() }}"
    assert said(tmp_path, source, **parts) == [
        "_own.xml.j2:3: There is no who.nmae here. Did you mean name?",
        "letter.xml.j2:1: There is no b here.",
    ]
    assert said(tmp_path, "{% include '_own.xml.j2' %}{% import '_own.xml.j2' as own %}x", **parts) == []
    base = {"_base": "{% block body %}{{ client.nmae }}{% endblock %}{{ clint }}"}
    extended = "{% extends '_base.xml.j2' %}{% block body %}{{ plan.foo }}{% endblock %}"
    assert said(tmp_path, extended, **base) == [
        "letter.xml.j2:1: There is no plan.foo here.",
        "_base.xml.j2:1: There is no clint here. Did you mean client?",
    ]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{{ a", "letter.xml.j2: The template letter.xml.j2:1 cannot be used"),
        ("\n{% if %}", "letter.xml.j2: The template letter.xml.j2:2 cannot be used"),
        ("{% block a %}{% endblock %}\n{% block a %}{% endblock %}", "letter.xml.j2:2: The template cannot be used"),
        ("{% import x as y %}", "letter.xml.j2: letter.xml.j2 imports a template whose name is not fixed."),
        ("{% import 'nix.xml.j2' as n %}", "letter.xml.j2: There is no template for the document nix."),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "letter.xml.j2: The template letter.xml.j2:1 cannot be used"),
        ("{% include 'letter.xml.j2' %}", "letter.xml.j2: The template is nested or repeated"),
        ("{% extends 'letter.xml.j2' %}", "letter.xml.j2: The template is nested or repeated"),
        (
            "{% macro m0(x) %}{{ x }}{% endmacro %}"
            + "".join(
                f"{{% macro m{n}(x) %}}{{{{ m{n - 1}([x]) }}}}{{{{ m{n - 1}((x, x)) }}}}{{% endmacro %}}"
                for n in range(1, 40)
            )
            + "{{ m39(1) }}",
            None,
        ),
    ],
    ids=["open", "empty if", "two blocks", "name", "missing", "nested", "self", "own parent", "macros"],
)
def test_no_template_hangs_or_breaks_the_check(tmp_path: Path, source: str, fault: str | None) -> None:
    lines = said(tmp_path, source)
    assert lines == [] if fault is None else lines[0].startswith(fault)


def test_what_a_template_prints_whatever_is_recorded_is_known(tmp_path: Path) -> None:
    source = """{{ contract.agreed_on|date }}{% if plan %}{{ plan.client_agreed_on|date }}{% endif %}
        {{ termination.manner or "-" }}{{ client.name }}{% for c in plan.components %}{{ c.title }}{% endfor %}"""
    assert read(tmp_path, source).needs == {"contract": "letter.xml.j2:1"}
    through = "{% macro a(day) %}{{ day|date }}{% endmacro %}{% set d = plan.client_agreed_on %}{{ a(d) }}"
    assert read(tmp_path, through).needs == {"plan": "letter.xml.j2:1"}


def test_a_loop_over_a_record_ends_with_a_fault_when_it_is_rendered(tmp_path: Path) -> None:
    (tmp_path / "letter.xml.j2").write_text("{% for c in client %}x{% endfor %}", encoding="utf-8")
    bundle = Templates([tmp_path]).bundle("letter")
    client = ClientView(World(None, {}, {}), ())  # type: ignore[arg-type]
    with pytest.raises(TemplateFault, match="client is no list"):
        render.render(bundle, {"client": client}, "id", "letter")


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_fault_is_told_in_each_language(tmp_path: Path, lang: str) -> None:
    problems = read(tmp_path, "{{ client.nmae }}").problems
    assert ("Apakah" in problems[0].say(lang) or "Maksud" in problems[0].say(lang)) == (lang == "id")
