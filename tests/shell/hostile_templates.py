"""Templates of somebody who means harm, and what renders one where it cannot hurt: a process with bounds.

``python hostile_templates.py`` reads template bodies as JSON from its input and tells what became of each.
"""

# ruff: noqa: E501  # an attack is read best in one line

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SECONDS = 20
"""Processor time that one template may take: some ten times of what the slowest takes on an old machine."""
MEMORY = 1_500_000_000
SECRET = "rahasia-dari-berkas"  # noqa: S105  # what no template may print

ESCAPES = {
    "class": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "class by item": "{{ ''['__class__']['__mro__'] }}",
    "class by concat": "{{ ''['__cla' ~ 'ss__']['__base__'] }}",
    "class by attr": "{{ ''|attr('__class__') }}",
    "class by map": "{{ ['']|map(attribute='__class__')|first }}",
    "class by dotted map": "{{ ['']|map(attribute='__class__.__mro__')|list|first|first }}",
    "class by map attr": "{{ ['']|map('attr', '__class__')|list|first }}",
    "class by sort": "{{ ['a', 'b']|sort(attribute='__class__.__name__')|map('attr', '__doc__')|join }}",
    "class by groupby": "{% for g in ['a']|groupby('__class__') %}{{ g.grouper.__name__ }}{% endfor %}",
    "class by sum": "{{ ['a']|sum(attribute='__class__') }}",
    "class by selectattr": "{{ ['a']|selectattr('__class__.__name__', 'eq', 'str')|list|first.__class__ }}",
    "class by min": "{{ ['a']|min(attribute='__class__').__class__ }}",
    "format": "{{ '{0.__class__}'.format(client) }}",
    "format index": "{{ '{0[__class__]}'.format(client) }}",
    "format map": "{{ '{a.__class__}'.format_map({'a': client}) }}",
    "format by item": "{{ '{0.__class__}'['format'](client) }}",
    "format by set": "{% set f = '{0.__class__.__mro__}'.format %}{{ f(client) }}",
    "format by map": "{{ ['{0.__class__}']|map(attribute='format')|list|first()('') }}",
    "format of markup": "{{ ('{0.__class__}'|e).format(client) }}",
    "format in caller": "{% macro m() %}{{ caller('{0.__class__}'.format) }}{% endmacro %}"
    "{% call(f) m() %}{{ f('') }}{% endcall %}",
    "format filter": "{{ '%(a)s'|format(a=client.__class__) }}",
    "globals of range": "{{ range.__init__.__globals__ }}",
    "globals of a macro": "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "globals of cycler": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "globals of joiner": "{{ joiner.__init__.__globals__ }}",
    "globals of namespace": "{{ namespace.__init__.__globals__ }}",
    "globals of lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "globals of a function": "{{ finance.of.__globals__ }}",
    "closure of a function": "{{ finance.of.__closure__[0].cell_contents }}",
    "code of a function": "{{ finance.of.__code__.co_consts }}",
    "self": "{{ self._TemplateReference__context.environment }}",
    "self by item": "{{ self['_TemplateReference__context'] }}",
    "self globals": "{{ self.__init__.__globals__.__builtins__.open('secret.txt').read() }}",
    "loop": "{% for a in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "loop internals": "{% for a in [1] %}{{ loop._iterable }}{% endfor %}",
    "loop function": "{% for a in [1] recursive %}{{ loop._recurse.__globals__ }}{% endfor %}",
    "loop cycle": "{% for a in [1] %}{{ loop.cycle.__func__.__globals__ }}{% endfor %}",
    "caller": "{% macro m() %}{{ caller.__init__.__globals__ }}{% endmacro %}{% call m() %}x{% endcall %}",
    "caller environment": "{% macro m() %}{{ caller._environment }}{% endmacro %}{% call m() %}x{% endcall %}",
    "generator frame": "{{ ([1]|map('string')).gi_frame.f_builtins }}",
    "generator code": "{{ ([1]|select).gi_code }}",
    "generator by item": "{{ ([1]|map('string'))['gi_frame'] }}",
    "generator by map": "{{ [[1]|map('string')]|map(attribute='gi_frame.f_globals')|list|first }}",
    "record internals": "{{ client._value }}",
    "record by item": "{{ client['_value'] }}{{ client['__class__'] }}",
    "record class": "{{ client.__class__.__init__.__globals__ }}",
    "record of a draft": "{{ client.nothing.__class__ }}",
    "undefined": "{{ (nothing|default(self)).__class__ }}",
    "undefined internals": "{{ none_such._undefined_exception }}",
    "module": "{% import 'other.xml.j2' as o %}{{ o.__loader__ }}{{ o._body_stream }}",
    "context export": "{% set _x = self %}{% import 'other.xml.j2' as o with context %}{{ o._x }}",
    "environment of a module": "{% import 'other.xml.j2' as o %}{{ o.m._environment }}",
    "block": "{% block b %}{{ super.__init__ }}{{ self.b._context.environment }}{% endblock %}",
    "namespace internals": "{% set n = namespace(a=1) %}{{ n._Namespace__attrs }}{{ n.__class__ }}",
    "namespace of a class": "{% set n = namespace(a=''.__class__) %}{{ n.a }}",
    "dict class": "{{ dict.__base__.__subclasses__() }}{{ dict.mro() }}",
    "bytes": "{{ 'a'.encode().__class__ }}{{ 'a'.encode('idna') }}",
    "translate": "{{ 'a'.translate({97: client}) }}",
    "change a list": "{% set l = [1] %}{{ l.append(2) }}",
    "change a dict": "{% set d = {} %}{{ d.update(a=1) }}",
    "change a list by map": "{{ [[1]]|map(attribute='append')|list|first()(2) }}",
    "callable test": "{{ 'x' is callable }}",
    "filter test": "{{ 'attr' is filter }}",
    "private filter": "{{ ['a']|map('__class__')|list }}",
    "no escape": "{{ client.name|safe }}",
    "no escape by block": "{% autoescape false %}{{ client.name }}{% endautoescape %}",
    "no escape by map": "{{ [client.name]|map('safe')|join }}",
    "no escape by json": "{{ client.name|tojson }}",
    "no escape by attributes": "<p{{ {'onclick': client.name}|xmlattr }}>x</p>",
    "links": "{{ 'http://example.com'|urlize }}",
    "insides": "{{ client|pprint }}{{ self|string }}",
    "include a file": "{% include '/etc/passwd' %}",
    "include above": "{% include '../secret.txt' %}",
    "include a path": "{% include 'secret.txt' ignore missing %}{{ missing }}",
    "include by name": "{% set f = '/etc/passwd' %}{% include f %}",
    "include one of": "{% include ['/etc/passwd', 'secret.txt'] %}",
    "import a file": "{% import '/etc/passwd' as p %}{{ p }}",
    "extend a file": "{% extends '/etc/passwd' %}",
    "extend an object": "{% extends self %}",
    "an entity": "<!DOCTYPE document [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><document title='x'>&x;</document>",
    "an instruction": "<?xml-stylesheet href='http://example.com/x.xsl'?>",
    "an inclusion": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="secret.txt"/>',
    "a picture": '<img src="http://example.com/x.png"/>',
    "a script": "<script>alert(1)</script>",
    "a drawing": '<figure drawing="../../secret.txt"/>',
    "a template's source": "{{ self|attr('_TemplateReference__context')|attr('environment') }}",
    "a line statement": "# for x in [1]\n{{ x.__class__ }}",
    "an extension": "{% do client.clear() %}",
    "a debugger": "{% debug %}",
    "a translation": "{% trans x=client.__class__ %}{{ x }}{% endtrans %}",
}
"""What would reach Python, a file or the network, or print what is not escaped: each is refused."""

BOMBS = {
    "text": "{{ 'a' * 10**9 }}",
    "text, a plain number": "{{ 'a' * 1000000000 }}",
    "number times text": "{{ 1000000000 * 'a' }}",
    "list": "{{ ([1] * 1000000000)|length }}",
    "tuple": "{{ ((1, 2) * 1000000000)|length }}",
    "power": "{{ 9**9**9 }}",
    "power of a power": "{{ (2**62)**99999999 }}",
    "many factors": "{% set n = namespace(x=3) %}{% for a in range(9999) %}{% set n.x = n.x * n.x %}{% endfor %}{{ n.x }}",
    "huge literal": "{{ " + "9" * 5000 + " }}",
    "huge hexadecimal": "{{ 0x" + "f" * 100000 + " }}",
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "loops that print": "{% for a in range(99999) %}{% for b in range(99999) %}<p>x</p>{% endfor %}{% endfor %}",
    "loops in a text": "{% set x %}{% for a in range(99999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}{% endset %}",
    "loops over text": "{% for a in 'a' * 99999 %}{% for b in 'a' * 99999 %}{% endfor %}{% endfor %}",
    "loops over slices": "{% for a in range(99999) %}{% for b in range(99999)|batch(1) %}{% endfor %}{% endfor %}",
    "loops with a condition": "{% for a in range(99999) if false %}{% endfor %}" * 3000,
    "range": "{{ range(10**12)|list }}",
    "range, a plain number": "{{ range(1000000000000)|list }}",
    "recursive loop": "{% for a in range(9) recursive %}{{ loop(range(9)) }}{% endfor %}",
    "recursive loop of generators": "{% for a in range(9) recursive %}{{ loop(range(9)|map('string')) }}{% endfor %}",
    "recursive macro": "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "two macros": "{% macro a() %}{{ b() }}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}",
    "macros that double": "{% macro m0() %}xxxxxxxx{% endmacro %}"
    + "".join(f"{{% macro m{n}() %}}{{{{ m{n - 1}() }}}}{{{{ m{n - 1}() }}}}{{% endmacro %}}" for n in range(1, 40))
    + "{{ m39() }}",
    "callers": "{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}"
    + "{% call m() %}" * 30
    + "x"
    + "{% endcall %}" * 30,
    "blocks": "{% block b %}{{ self.b() }}{{ self.b() }}{% endblock %}",
    "includes itself": "{% include 'x.xml.j2' %}{% include 'x.xml.j2' %}",
    "imports itself": "{% import 'x.xml.j2' as a %}{{ a }}{% import 'x.xml.j2' as b %}{{ b }}",
    "extends itself": "{% extends 'x.xml.j2' %}",
    "doubled text": "{% set n = namespace(x='a') %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x }}",
    "doubled by tilde": "{% set n = namespace(x='a') %}{% for a in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
    "doubled by format": "{% set n = namespace(x='a') %}{% for a in range(99) %}{% set n.x = '%s%s' % (n.x, n.x) %}{% endfor %}",
    "doubled by the filter format": "{% set n = namespace(x='a') %}{% for a in range(99) %}{% set n.x = '%s%s'|format(n.x, n.x) %}{% endfor %}",
    "doubled by join": "{% set n = namespace(x='a') %}{% for a in range(99) %}{% set n.x = [n.x, n.x]|join %}{% endfor %}",
    "doubled by the method join": "{% set n = namespace(x='a') %}{% for a in range(99) %}{% set n.x = ''.join([n.x, n.x]) %}{% endfor %}",
    "doubled by replace": "{% set n = namespace(x='a') %}{% for a in range(99) %}{% set n.x = n.x|replace('a', 'aa') %}{% endfor %}",
    "doubled by the method replace": "{% set n = namespace(x='a') %}{% for a in range(99) %}{% set n.x = n.x.replace('a', 'aa') %}{% endfor %}",
    "doubled in a block": "{% set n = namespace(x='a') %}{% for a in range(99) %}{% set y %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = y %}{% endfor %}",
    "doubled by escaping": "{% set n = namespace(x='&') %}{% for a in range(99) %}{% set n.x = n.x|string|forceescape %}{% endfor %}",
    "doubled by quoting": "{% set n = namespace(x='é') %}{% for a in range(99) %}{% set n.x = n.x|urlencode %}{% endfor %}",
    "doubled list": "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "nested list": "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
    "nested tuple": "{% set n = namespace(x=(1,)) %}{% for a in range(99) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ {n.x: 1} }}",
    "nested dict": "{% set n = namespace(x={}) %}{% for a in range(99) %}{% set n.x = {'a': n.x, 'b': n.x} %}{% endfor %}{{ n.x|string }}",
    "nested by dict": "{% set n = namespace(x={}) %}{% for a in range(99) %}{% set n.x = dict(a=n.x, b=n.x) %}{% endfor %}{{ n.x }}",
    "nested by a macro": "{% set n = namespace(x=1) %}{% macro m() %}{% set n.x = varargs %}{% endmacro %}{% for a in range(99) %}{{ m(n.x, n.x) }}{% endfor %}{{ n.x }}",
    "compared lists": "{% set n = namespace(x=[1], y=[1]) %}{% for a in range(40) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
    "compared texts": "{% set a = 'a' * 199999 %}{% set b = 'a' * 199998 ~ 'a' %}{% for i in range(99999) %}{% if a == b %}{% endif %}{% endfor %}",
    "searched texts": "{% set a = 'a' * 199999 %}{% set b = 'a' * 99999 ~ 'b' %}{% for i in range(99999) %}{% if b in a %}{% endif %}{% endfor %}",
    "searched ranges": "{% for i in range(99999) %}{% if 0.5 in range(99999) %}{% endif %}{% endfor %}",
    "counted texts": "{% set a = 'a' * 199999 %}{% for i in range(99999) %}{{ a.count('ab') }}{% endfor %}",
    "tested lists": "{% set l = range(99999)|list %}{% for i in range(99999) %}{{ l is eq(l + []) }}{% endfor %}",
    "selected lists": "{% set l = [range(300)|list] * 300 %}{% for i in range(99999) %}{{ l|select('in', l)|list|length }}{% endfor %}",
    "sliced texts": "{% set a = 'a' * 199999 %}{% for i in range(99999) %}{% set x = a[1:] %}{% endfor %}",
    "printed texts": "{% set a = 'a' * 199999 %}{% for i in range(99999) %}<p>{{ a }}</p>{% endfor %}",
    "printed in a macro": "{% set a = 'a' * 199999 %}{% macro m() %}{% for i in range(99999) %}{{ a }}{% endfor %}{% endmacro %}{{ m() }}",
    "upper": "{% set a = 'a' * 199999 %}{% for i in range(99999) %}{% set x = a|upper|title|wordwrap(1) %}{% endfor %}",
    "center": "{{ 'a'|center(1000000000) }}",
    "ljust": "{{ 'a'.ljust(1000000000) }}",
    "zfill": "{{ 'a'.zfill(1000000000) }}",
    "expandtabs": "{{ '\t'.expandtabs(1000000000) }}",
    "indent": "{{ ('\n' * 100000)|indent(1000000000) }}",
    "indent by text": "{{ ('\n' * 100000)|indent('a' * 100000) }}",
    "indent by name": "{{ ('\n' * 100000)|indent(width='a' * 100000, blank=true) }}",
    "wordwrap": "{{ ('a ' * 90000)|wordwrap(1, wrapstring='b' * 100000) }}",
    "replace": "{{ ('a' * 100000)|replace('a', 'b' * 100000) }}",
    "replace nothing": "{{ ('a' * 100000)|replace('', 'b' * 100000) }}",
    "replace by name": "{{ ('a' * 100000)|replace(new='b' * 100000, old='a') }}",
    "replace by map": "{{ ['a' * 100000]|map('replace', 'a', 'b' * 100000)|list|length }}",
    "join": "{{ range(99999)|join('a' * 100000) }}",
    "join of attributes": "{{ ([{'a': 'a' * 100000}] * 10000)|join(attribute='a') }}",
    "format width": "{{ '%1000000000d' % 1 }}",
    "format star": "{{ '%*d' % (1000000000, 1) }}",
    "format precision": "{{ '%.1000000000f' % 1 }}",
    "format filter width": "{{ '%1000000000d'|format(1) }}",
    "format of many": "{{ ('%(a)s' * 10000) % {'a': 'a' * 100000} }}",
    "batch": "{{ [1]|batch(1000000000, 'x')|list }}",
    "slice": "{{ [1]|slice(1000000000)|list }}",
    "round": "{{ 1.5|round(1000000000, 'ceil') }}",
    "truncate": "{{ ('a' * 1000)|truncate(5, end='b' * 1000000) }}",
    "sum of lists": "{{ ([range(300)|list] * 300)|sum(start=[])|length }}",
    "percent": "{{ 1|percent(1000000000) }}",
    "shift": "{{ '2025-03-06'|shift(1000000000) }}",
    "words": "{% for i in range(99999) %}{{ (i * 7919)|words }}{% endfor %}",
    "dates": "{% for i in range(99999) %}{{ '2025-03-06'|date_in_words }}{% endfor %}",
    "functions": "{% for i in range(99999) %}{{ finance.of('want') }}{% endfor %}",
    "lipsum": "{{ lipsum(n=100000) }}",
    "striptags": "{{ ('<!--' * 50000)|striptags }}",
    "urlize": "{{ ('www.' * 50000)|urlize }}",
    "tojson": "{{ ([[1]] * 1000)|tojson(indent=1000000) }}",
    "deep brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "deep lists": "{{ " + "[" * 5000 + "]" * 5000 + " }}",
    "deep negation": "{{ " + "not " * 5000 + "1 }}",
    "deep signs": "{{ " + "-" * 20000 + "1 }}",
    "long sum": "{{ " + "1+" * 20000 + "1 }}",
    "long filter": "{{ 1" + "|string" * 20000 + " }}",
    "long path": "{{ client" + ".a" * 20000 + " }}",
    "deep conditions": "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
    "deep loops": "{% for a in [1] %}" * 60 + "{% endfor %}" * 60,
    "deep macros": "{% macro m() %}" * 500 + "{% endmacro %}" * 500,
    "many names": "".join(f"{{% set a{n} = {n} %}}" for n in range(20000)),
    "long source": "x" * 600_000,
    "deep elements": "<ul><li>" * 5000 + "</li></ul>" * 5000,
    "many elements": "{% for a in range(99999) %}<p>x</p><p>x</p><p>x</p>{% endfor %}",
    "long attribute": "<section title=\"{{ 'a' * 199999 }}\"><p>x</p></section>",
}
"""What would run for ever, or fill the memory: each is stopped within its budget, or harmless."""

FACTS: dict[str, Any] = {
    "client": {"name": "Sarma <b>Contoh</b>", "nik": "", "sex": "female"},
    "finance": {"total": 225000, "weeks": [2, 4], "rows": [{"kind": "want", "amount": n} for n in range(50)]},
    "items": [{"title": "Satu"}, {"title": None}],
}
OTHER = "{% macro m(x) %}{{ x }}{% endmacro %}"


def of(kind: str) -> float | None:
    """A published function of a view."""
    return {"want": 9.7}.get(kind)


def run(body: str, blank: str = "") -> dict[str, str]:
    """What becomes of a template: its text, or the words of its refusal."""
    from casework_flow.documents import render
    from casework_flow.errors import CaseworkError

    main = body if "{% extends" in body or "<!DOCTYPE" in body else f'<document title="J"><p>x</p>{body}</document>'
    if "<" not in body and main is not body:
        main = f'<document title="J"><p>{body}</p></document>'
    bundle = json.dumps({"main": "x.xml.j2", "parts": {"x.xml.j2": main, "other.xml.j2": OTHER}})
    facts = {**FACTS, "finance": {**FACTS["finance"], "of": of}}
    try:
        return {"text": render.render(bundle, facts, "id", "x", blank)}
    except CaseworkError as refused:
        return {"refused": refused.message.say("en"), "refused_id": refused.message.say("id")}


def _measured(body: str) -> dict[str, Any]:
    begun = time.process_time()
    told: dict[str, Any] = run(body)
    drafted = run(body, "[belum diisi]")
    told["draft"] = drafted.get("text", drafted.get("refused", ""))
    told["seconds"] = time.process_time() - begun
    return told


def _child() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    run("x")
    for line in sys.stdin:
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        told = _measured(json.loads(line))
        told["memory"] = _peak()
        if len(told.get("text", "")) > 10_000:
            told["text"] = told["text"][:10_000]
        told["draft"] = told["draft"][:10_000]
        print(json.dumps(told), flush=True)  # noqa: T201


def _peak() -> int:
    """The most memory that this program has had, in bytes; what getrusage tells counts the one it was forked from."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


class Child:
    """The process with bounds; a template that it does not survive is told as such."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def run(self, body: str) -> dict[str, Any]:
        """What becomes of the template ``body``; ``died`` when the process did."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=self._folder,
            )
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        stdin.write(json.dumps(body) + "\n")
        stdin.flush()
        line = stdout.readline()
        if line:
            return dict(json.loads(line))
        said = stderr.read()
        self._process = None
        return {"died": said[-2000:]}

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.stdin:
            self._process.communicate()
            self._process = None


if __name__ == "__main__":
    _child()
