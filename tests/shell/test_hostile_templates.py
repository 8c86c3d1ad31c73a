"""A stranger's template reads no file, runs no code, prints nothing unescaped and cannot eat the machine.

Each template is rendered in a process with bounds: were one to get through, the test fails and nothing else does.
"""

# ruff: noqa: E501  # the pieces of an attack are read best in one line

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hostile_templates import BOMBS, ESCAPES, SECRET, Child, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HARMLESS = {
    "doubled by escaping": "",
    "doubled by quoting": "",
    "loops with a condition": "",
    "dates": "dua ribu dua puluh lima",
    "functions": "9.79.79.7",
    "long attribute": "aaaa",
}
"""What looks like an attack and is none: it takes little, and prints what it says."""
TRACES = (SECRET, "root:x:", "<class ", "<function", "<module", "built-in", "object at 0x", "__builtins__", "uid=")
MOST_SECONDS = 15
MOST_MEMORY = 400_000_000


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    made = Child(folder)
    yield made
    made.close()


def told(child: Child, body: str) -> dict[str, str]:
    found = child.run(body)
    assert "died" not in found, found["died"]
    assert found["memory"] < MOST_MEMORY
    assert not [trace for trace in TRACES if trace in found.get("text", "") + found["draft"]], f"{body}: {found}"
    return found


@pytest.mark.parametrize("name", ESCAPES)
def test_a_template_reaches_nothing_beyond_its_records(child: Child, name: str) -> None:
    assert "refused" in told(child, ESCAPES[name])


@pytest.mark.parametrize("name", BOMBS)
def test_a_template_cannot_eat_the_machine(child: Child, name: str) -> None:
    found = told(child, BOMBS[name])
    if name in HARMLESS and "text" in found:
        assert HARMLESS[name] in found["text"]
        return
    assert "refused" in found


def test_a_breach_is_told_with_its_file_and_line_in_the_readers_language() -> None:
    body = "<p>Satu</p>\n<p>{% for a in range(9) %}\n{{ 'a' * 10000000 }}{% endfor %}</p>"
    assert run(body) == {
        "refused": "The template x (x.xml.j2:3) cannot be used: it makes a text of more than 200000 characters.",
        "refused_id": "Templat x (x.xml.j2:3) tidak dapat dipakai: "
        "templat membuat teks yang lebih panjang dari 200000 karakter.",
    }


def test_the_budget_is_the_same_however_often_a_template_was_rendered() -> None:
    loop = "{{% for a in range({n}) %}}{{% set x = a + 1 %}}{{% endfor %}}"
    fits, breaks = (run("{% import 'other.xml.j2' as o %}" + loop.format(n=n) * 10) for n in (40_000, 99_999))
    assert "text" in fits
    assert "steps" in breaks["refused"]
    for _ in range(2):
        assert run("{% import 'other.xml.j2' as o %}" + loop.format(n=40_000) * 10) == fits


def test_what_offices_write_still_works() -> None:
    body = (
        "{% set n = namespace(sum=0) %}{% for row in finance.rows %}{% set n.sum = n.sum + row.amount %}{% endfor %}"
        "<p>{{ n.sum }}; {{ '%s dan %s' % (client.name, 'x') }}; {{ client.name|replace('Contoh', 'C') }}; "
        "{{ ['a', 'b']|join(', ') }}; {{ client.name.upper() }}; {{ finance.rows|map(attribute='amount')|sum }}; "
        "{{ finance.rows|selectattr('amount', 'gt', 40)|list|length }}; {{ 2500 * 4 }}; {{ 'ya' if 'a' in 'abc' }}; "
        "{% for g in finance.rows|groupby('kind') %}{{ g.grouper }} {{ g.list|length }}{% endfor %}; "
        "{{ 'x'|center(5) }}; {{ client.name ~ '!' }}; {{ client.nik|default(2500, true) }}</p>"
    )
    assert "1225; Sarma &lt;b&gt;Contoh&lt;/b&gt; dan x; Sarma &lt;b&gt;C&lt;/b&gt;; a, b; " in run(body)["text"]
    assert "; 1225; 9; 10000; ya; want 50;" in run(body)["text"]


# ---- attacks put together at random -------------------------------------------------------------------------------

ATOMS = st.sampled_from(
    [
        "client", "client.name", "finance", "finance.rows", "finance.of", "items", "self", "loop", "n", "n.x", "m", "range",
        "dict", "cycler", "joiner", "namespace", "caller", "varargs", "o", "none", "1", "-1", "3.5", "99999", "'a'", "'%s'",
        "'%9999d'", "'__class__'", "'{0.__class__}'", "''", "[]", "{}", "()", "[n.x, n.x]", "'a' * 9999", "range(9999)",
        "'<b>'", "10**9", "lipsum", "super",
    ]
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "__class__",
        "__mro__",
        "__globals__",
        "__init__",
        "_value",
        "format",
        "format_map",
        "name",
        "x",
        "items",
        "keys",
        "values",
        "upper",
        "join",
        "replace",
        "center",
        "ljust",
        "zfill",
        "gi_frame",
        "cycle",
        "changed",
        "previtem",
        "grouper",
        "list",
        "append",
        "encode",
        "splitlines",
        "split",
        "count",
    ]
)
FILTER_NAMES = st.sampled_from(
    [
        "attr",
        "batch",
        "center",
        "default",
        "dictsort",
        "first",
        "format",
        "groupby",
        "indent",
        "int",
        "items",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "pprint",
        "random",
        "reject",
        "replace",
        "reverse",
        "round",
        "safe",
        "select",
        "selectattr",
        "slice",
        "sort",
        "string",
        "sum",
        "title",
        "tojson",
        "trim",
        "truncate",
        "unique",
        "upper",
        "urlencode",
        "urlize",
        "wordcount",
        "wordwrap",
        "xmlattr",
        "date",
        "words",
        "money",
        "percent",
        "shift",
        "label",
        "sentence",
        "counted",
    ]
)
OPERATORS = st.sampled_from(
    [" + ", " * ", " ~ ", " % ", " ** ", " - ", " // ", " == ", " < ", " in ", " and ", " or "]
)


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(inner, max_size=3).map(", ".join)
    return st.one_of(
        st.builds("({}{}{})".format, inner, OPERATORS, inner),
        st.builds("{}.{}".format, inner, NAMES),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}[{}:]".format, inner, inner),
        st.builds("{}({})".format, inner, arguments),
        st.builds("{}|{}".format, inner, FILTER_NAMES),
        st.builds("{}|{}({})".format, inner, FILTER_NAMES, arguments),
        st.builds("{}|map('{}', {})|list".format, inner, FILTER_NAMES, inner),
        st.builds("{}|map(attribute='{}')|join".format, inner, NAMES),
        st.builds("[{}]".format, arguments),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    )


EXPRESSIONS = st.recursive(ATOMS, _grow, max_leaves=8)


def _nest(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{{% for a in {} %}}{}{{% endfor %}}".format, EXPRESSIONS, inner),
        st.builds("{{% for a in {} recursive %}}{}{{{{ loop({}) }}}}{{% endfor %}}".format, EXPRESSIONS, inner, EXPRESSIONS),
        st.builds("{{% for a in range(9999) %}}{}{{% endfor %}}".format, inner),
        st.builds("{{% macro m(z) %}}{}{{{{ m({}) }}}}{{% endmacro %}}{{{{ m(1) }}}}".format, inner, EXPRESSIONS),
        st.builds("{{% macro m() %}}{}{{{{ caller({}) }}}}{{% endmacro %}}{{% call(n) m() %}}{}{{% endcall %}}".format,
                  inner, EXPRESSIONS, inner),
        st.builds("{{% set n.x = {} %}}{}".format, EXPRESSIONS, inner),
        st.builds("{{% set y %}}{}{{% endset %}}{{{{ y }}}}".format, inner),
        st.builds("{{% filter {} %}}{}{{% endfilter %}}".format, FILTER_NAMES, inner),
        st.builds("{{% if {} %}}{}{{% endif %}}".format, EXPRESSIONS, inner),
        st.builds("{}{}".format, inner, inner),
    )  # fmt: skip


PRINTS = st.builds("{{{{ {} }}}}".format, EXPRESSIONS)
BODIES = st.recursive(PRINTS, _nest, max_leaves=5).map(
    lambda body: "{% import 'other.xml.j2' as o %}{% set n = namespace(x='a') %}" + body
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_attacks_put_together_at_random_do_nothing_either(child: Child, body: str) -> None:
    told(child, body)
