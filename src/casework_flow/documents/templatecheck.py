"""Whether a template can be issued in a workflow: each name in it exists, and nothing in it is refused.

The template is read, never run. What stands behind each name is followed through loops, macros, filters, ``set``,
imports and includes, so that a slip is told with the line on which it stands, wherever the value came from.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from jinja2 import nodes
from jinja2.tests import TESTS

from ..errors import CaseworkError, Problem, did_you_mean
from ..messages import Message
from ..records.kinds import Function, Kind, ListOf, Object, Scalar
from .budget import LARGEST_LIST
from .render import SUFFIX, Templates
from .templateparts import Parts
from .templatevalues import (
    ANYTHING,
    BUILT_IN,
    CHANGERS,
    FORBIDDEN,
    LOOP,
    TAKES_LIST,
    TEXT,
    Known,
    Macro,
    Module,
    Scope,
    Value,
    choice_fault,
    constant,
    filtered,
    joined,
    rootless,
    source,
)

_TOO_DEEP: Final = Message("The template is nested or repeated beyond what can be checked.")
MOST_STEPS: Final = 200_000
"""Most parts of a template that are looked at, macros as often as they are called."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a template; and each record that it prints whatever else is recorded, with the place."""

    problems: tuple[Problem, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)


def check(
    name: str,
    templates: Templates,
    names: Mapping[str, Kind],
    records: Collection[str] = (),
    lang: str = "",
    filters: Collection[str] = (),
) -> Checked:
    """Check the template of the document ``name``.

    Args:
        name: the document's name.
        templates: where templates are.
        names: everything that the template may name, and what it stands for.
        records: those of ``names`` that are missing as long as nothing is recorded.
        lang: the language into which it is translated before; without it, it is checked as it is written.
        filters: those that the host has added.
    """
    try:
        sources = json.loads(templates.bundle(name, lang))["parts"]
    except (CaseworkError, RecursionError) as fault:  # Jinja2's parser goes down with what is nested
        return Checked((Problem(name + SUFFIX, getattr(fault, "message", _TOO_DEEP)),))
    return check_file(name + SUFFIX, Parts(sources, filters), names, records)


def check_file(file: str, parts: Parts, names: Mapping[str, Kind], records: Collection[str]) -> Checked:
    """Check the template ``file`` among its ``parts``, which can be parsed."""
    reader = _Reader(parts, names, records)
    try:
        reader.read(file)
    except RecursionError:
        return Checked((Problem(file, _TOO_DEEP),))
    return Checked(tuple(dict.fromkeys([*parts.problems, *reader.problems])), reader.needs)


class _Reader:
    """Goes through a template once, and through a macro for each kind of values that it is called with."""

    def __init__(self, parts: Parts, names: Mapping[str, Kind], records: Collection[str]) -> None:
        self.parts = parts
        self.names = names
        self.records = records
        self.problems: list[Problem] = []
        self.needs: dict[str, str] = {}
        self.file = ""
        self.maybe = 0
        self.steps = 0
        self.blocks: dict[str, tuple[str, nodes.Block]] = {}
        self.extending: set[str] = set()
        self.called: dict[object, object] = {}
        self.modules: dict[str, Module] = {}

    def read(self, file: str) -> None:
        """The main template; macros of its own that nothing calls are read too."""
        scope = self._fresh()
        self._file(file, scope)
        for value in list(scope.values()):
            if isinstance(value, Macro) and not any(key[0] == id(value.node) for key in self.called):  # type: ignore[index]
                self._call_macro(value, [ANYTHING] * len(value.node.args))

    def _fresh(self) -> Scope:
        return {name: Value(kind, name if name in self.records else "") for name, kind in self.names.items()}

    def _file(self, file: str, scope: Scope) -> None:
        before, self.file = self.file, file
        tree = self.parts.tree(file)
        if tree.find(nodes.Extends):
            self.extending.add(file)
            for block in tree.find_all(nodes.Block):
                self.blocks.setdefault(block.name, (file, block))
        self._body(tree.body, scope)
        self.file = before

    def _other(self, node: nodes.Node) -> str | None:
        """The file that an import or include names; that it has a fixed name was seen when the parts were found."""
        template = getattr(node, "template", None)
        return (
            str(template.value)
            if isinstance(template, nodes.Const) and template.value in self.parts.sources
            else None
        )

    def _module(self, file: str) -> Module:
        if file not in self.modules:
            fresh = self._fresh()
            scope = dict(fresh)
            self.modules[file] = Module(scope, ())  # for a file that imports itself
            self.maybe += 1  # an import prints nothing
            self._file(file, scope)
            self.maybe -= 1
            own = [name for name, value in scope.items() if fresh.get(name) is not value]
            self.modules[file] = Module(scope, own)
        return self.modules[file]

    def _say(self, node: nodes.Node, problem: Message, hint: Message | None = None) -> None:
        message = Message("{problem} {hint}", problem=problem, hint=hint) if hint else problem
        self.problems.append(Problem(f"{self.file}:{node.lineno}", message))

    def _unknown(self, node: nodes.Node, name: str, known: Sequence[str]) -> None:
        hint = did_you_mean(name.rpartition(".")[2], known)
        self._say(node, Message("There is no {name} here.", name=name), hint)

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise RecursionError  # macros that call each other again and again

    def _body(self, body: Sequence[nodes.Node], scope: Scope) -> None:
        for node in body:
            self._statement(node, scope)

    def _statement(self, node: nodes.Node, scope: Scope) -> None:
        self._step()
        match node:
            case nodes.Output():
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        self._printed(part, self._value(part, scope))
            case nodes.Assign():
                self._bind(node.target, self._value(node.node, scope), scope)
            case nodes.AssignBlock():
                self._branch(node.body, dict(scope))
                self._bind(node.target, Value(TEXT), scope)
            case nodes.If():
                self._if(node, scope)
            case nodes.For():
                self._for(node, scope)
            case nodes.Macro():
                scope[node.name] = Macro(node, self.file, scope)
            case nodes.CallBlock():
                self._value(node.call, scope)
                inner = {**scope, **{arg.name: ANYTHING for arg in node.args}}
                self._branch(node.body, inner)
            case nodes.FilterBlock():
                self._branch(node.body, dict(scope))
                self._known_filter(node.filter)
            case nodes.With():
                inner = dict(scope)
                for target, value in zip(node.targets, node.values, strict=True):
                    self._bind(target, self._value(value, scope), inner)
                self._body(node.body, inner)
            case nodes.Import():
                other = self._other(node)
                scope[node.target] = self._module(other) if other else ANYTHING
            case nodes.FromImport():
                self._from_import(node, scope)
            case nodes.Include():
                other = self._other(node)
                if other:
                    self._file(other, dict(scope))
            case nodes.Extends():
                other = self._other(node)
                if other:
                    self._file(other, scope)
            case nodes.Block() if self.file not in self.extending:  # else it stands where the parent has it
                before = self.file
                self.file, block = self.blocks.get(node.name, (before, node))
                self._body(block.body, dict(scope))
                self.file = before
            case nodes.EvalContextModifier():
                self._say(node, Message("`autoescape` is not allowed: what people typed must stay text."))
                self._body(getattr(node, "body", ()), scope)
            case nodes.ExprStmt():
                self._value(node.node, scope)
            case nodes.Scope():
                self._body(node.body, dict(scope))

    def _branch(self, body: Sequence[nodes.Node], scope: Scope) -> Scope:
        self.maybe += 1
        self._body(body, scope)
        self.maybe -= 1
        return scope

    def _if(self, node: nodes.If, scope: Scope) -> None:
        self._value(node.test, scope)
        ends = [self._branch(node.body, dict(scope))]
        for other in node.elif_:
            self._value(other.test, scope)
            ends.append(self._branch(other.body, dict(scope)))
        ends.append(self._branch(node.else_, dict(scope)))
        for name in dict.fromkeys(name for end in ends for name in end):
            scope[name] = joined([end[name] for end in ends if name in end])

    def _for(self, node: nodes.For, scope: Scope) -> None:
        given = self._value(node.iter, scope)
        inner = dict(scope)
        item = ANYTHING
        if isinstance(given, Value) and given.kind is not None:
            if isinstance(given.kind, ListOf):
                item = Value(given.kind.item, given.root)
            else:
                self._say(node, Message("{name} is no list: a loop cannot go through it.", name=source(node.iter)))
        inner["loop"] = Value(LOOP)
        self._bind(node.target, item, inner)
        if node.test:
            self._value(node.test, inner)
        self._branch(node.body, inner)
        self._branch(node.else_, dict(scope))

    def _from_import(self, node: nodes.FromImport, scope: Scope) -> None:
        other = self._other(node)
        for one in node.names:
            name, alias = one if isinstance(one, tuple) else (one, one)
            scope[alias] = self._part(node, self._module(other), name) if other else ANYTHING

    def _part(self, node: nodes.Node, module: Module, name: str) -> Known:
        if name in module.own:
            return module.scope[name]
        self._unknown(node, name, sorted(module.own))
        return ANYTHING

    def _bind(self, target: nodes.Node, value: Known, scope: Scope) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = value
        elif isinstance(target, nodes.Tuple):
            for part in target.items:
                self._bind(part, ANYTHING, scope)

    def _printed(self, node: nodes.Node, value: Known) -> None:
        if not isinstance(value, Value):
            self._say(node, Message("{name} is no single value and cannot be printed.", name=source(node)))
            return
        if isinstance(value.kind, Object | ListOf):
            self._say(node, Message("{name} is no single value and cannot be printed.", name=source(node)))
        elif isinstance(value.kind, Function):
            self._say(node, Message("{name} is a function: write {name}(…).", name=source(node)))
        elif value.root and not self.maybe:
            self.needs.setdefault(value.root, f"{self.file}:{node.lineno}")

    def _value(self, node: nodes.Node, scope: Scope) -> Known:
        self._step()
        match node:
            case nodes.Const():
                return Value(constant(node.value))
            case nodes.Name():
                return self._named(node, scope)
            case nodes.Getattr():
                return self._attribute(node, self._value(node.node, scope), node.attr)
            case nodes.Getitem():
                return self._item(node, scope)
            case nodes.Call():
                return self._called(node, scope)
            case nodes.Filter():
                return self._filtered(node, scope)
            case nodes.Test():
                return self._tested(node, scope)
            case nodes.CondExpr():
                self._value(node.test, scope)
                self.maybe += 1
                both = [self._value(node.expr1, scope), *([self._value(node.expr2, scope)] if node.expr2 else [])]
                self.maybe -= 1
                return rootless(joined(both))
            case nodes.And() | nodes.Or():
                return rootless(joined([self._value(node.left, scope), self._value(node.right, scope)]))
            case nodes.Compare():
                self._compared(node, scope)
                return Value(Scalar("boolean"))
            case nodes.Pow():
                self._say(node, Message("`**` is not allowed: it can take for ever."))
        found = [self._value(part, scope) for part in node.iter_child_nodes()]
        if isinstance(node, nodes.Not):
            return Value(Scalar("boolean"))
        if isinstance(node, nodes.Concat):
            for part, value in zip(node.nodes, found, strict=True):
                self._printed(part, value)
            return Value(TEXT)
        return ANYTHING

    def _named(self, node: nodes.Name, scope: Scope) -> Known:
        if node.name in scope:
            return scope[node.name]
        if node.name not in BUILT_IN and node.name not in self.parts.perhaps:
            self._unknown(node, node.name, list(scope))
        return ANYTHING

    def _attribute(self, node: nodes.Node, value: Known, name: str) -> Known:
        path = source(node)
        if name.startswith("_"):
            self._say(node, Message("{name} is private: names begin with a letter.", name=path))
            return ANYTHING
        if isinstance(value, Module):
            return self._part(node, value, name)
        kind = value.kind if isinstance(value, Value) else None
        root = value.root if isinstance(value, Value) else ""
        if isinstance(kind, Object):
            if name in kind.fields:
                return Value(kind.fields[name], root)
            self._unknown(node, path, list(kind.fields))
        elif isinstance(kind, ListOf):
            self._say(
                node,
                Message("{name} is a list and has no {part}: write {name}|length, or go through it.",
                        name=path.rpartition(".")[0], part=name),
            )  # fmt: skip
        elif isinstance(kind, Function):
            self._say(node, Message("{name} is a function: write {name}(…).", name=path.rpartition(".")[0]))
        elif isinstance(kind, Scalar):
            if kind.type in ("text", "choice", "date") and hasattr(str, name):
                return Value(None, root)
            self._unknown(node, path, ())
        elif name in CHANGERS:
            self._say(node, Message("{name} would change a value, which a template may not.", name=path))
        return Value(None, root)

    def _item(self, node: nodes.Getitem, scope: Scope) -> Known:
        value = self._value(node.node, scope)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._attribute(node, value, node.arg.value)
        self._value(node.arg, scope)
        if isinstance(value, Value) and isinstance(value.kind, ListOf):
            return value if isinstance(node.arg, nodes.Slice) else Value(value.kind.item, value.root)
        return Value(None, value.root if isinstance(value, Value) else "")

    def _called(self, node: nodes.Call, scope: Scope) -> Known:
        target = self._value(node.node, scope)
        given = [self._value(argument, scope) for argument in node.args]
        named = {pair.key: self._value(pair.value, scope) for pair in node.kwargs}
        for more in (node.dyn_args, node.dyn_kwargs):
            if more is not None:
                self._value(more, scope)
        name = source(node.node)
        if isinstance(target, Macro):
            self._check_call(node, target.node, named)
            return self._call_macro(target, given, named)
        if isinstance(target, Module):
            return ANYTHING
        if isinstance(target.kind, Function):
            self._check_arguments(node, name, target.kind, given)
            return Value(target.kind.returns, target.root)
        if target.kind is not None:
            self._say(node, Message("{name} is no function.", name=name))
        bounds = [one.value for one in node.args if isinstance(one, nodes.Const) and isinstance(one.value, int)]
        if name == "range" and max(bounds, default=0) > LARGEST_LIST:
            self._say(node, Message("A loop goes at most {most} times.", most=LARGEST_LIST))
        return Value(None, target.root)

    def _check_call(self, node: nodes.Call, macro: nodes.Macro, named: Collection[str]) -> None:
        """Values that a macro does not take, or that it lacks."""
        name, takes = source(node.node), [argument.name for argument in macro.args]
        inside = {one.name for one in macro.find_all(nodes.Name)}
        for key in named:
            if key not in takes and "kwargs" not in inside:
                self._unknown(node, f"{name}({key}=…)", takes)
        if len(node.args) > len(takes) and "varargs" not in inside:
            self._say(node, Message("{name} takes at most {count} value(s).", name=name, count=len(takes)))
        if not node.dyn_args and not node.dyn_kwargs:
            for missing in takes[len(node.args) : len(takes) - len(macro.defaults)]:
                if missing not in named:
                    self._say(node, Message("{name} needs a value for {part}.", name=name, part=missing))

    def _check_arguments(self, node: nodes.Call, name: str, function: Function, given: Sequence[Known]) -> None:
        if not function.least <= len(given) <= len(function.parameters):
            most = len(function.parameters)
            self._say(node, Message("{name} takes at least one value, at most {count}.", name=name, count=most))
        for parameter, argument in zip(function.parameters, node.args, strict=False):
            self._check_choice(node, parameter, argument)

    def _check_choice(self, node: nodes.Node, kind: Kind | None, constant: nodes.Node) -> None:
        if found := choice_fault(kind, constant):
            self._say(node, *found)

    def _call_macro(self, macro: Macro, given: Sequence[Known], named: Mapping[str, Known] | None = None) -> Value:
        names = [argument.name for argument in macro.node.args]
        values: Scope = {**dict(zip(names, given, strict=False)), **(named or {})}
        key = (
            id(macro.node),
            bool(self.maybe),
            tuple(
                (name, id(value.kind), value.root) if isinstance(value, Value) else (name, id(value), "")
                for name, value in sorted(values.items())
            ),
        )
        if key in self.called:
            return ANYTHING
        self.called[key] = values  # kept, so that no other value takes the same identity
        scope = dict(macro.scope)
        first = len(names) - len(macro.node.defaults)
        for name, default in zip(names[first:], macro.node.defaults, strict=True):
            scope[name] = self._value(default, scope)
        scope.update(dict.fromkeys(names[:first], ANYTHING))
        scope.update(values)
        before, self.file = self.file, macro.file
        self._body(macro.node.body, scope)
        self.file = before
        return ANYTHING

    def _known_filter(self, node: nodes.Filter) -> bool:
        if node.name in FORBIDDEN:
            self._say(
                node, Message("The filter {name} is not allowed: what people typed must stay text.", name=node.name)
            )
        elif node.name not in self.parts.filters:
            self._unknown(node, node.name, sorted(self.parts.filters))
        else:
            return True
        return False

    def _filtered(self, node: nodes.Filter, scope: Scope) -> Known:
        value = self._value(node.node, scope) if node.node is not None else ANYTHING
        others = [self._value(argument, scope) for argument in node.args]
        for pair in node.kwargs:
            self._value(pair.value, scope)
        if not self._known_filter(node):
            return ANYTHING
        kind = value.kind if isinstance(value, Value) else None
        if node.node is not None and node.name not in TAKES_LIST and not isinstance(kind, Scalar | None):
            self._printed(node.node, value)
        part = self._attribute_of_items(node, kind.item if isinstance(kind, ListOf) else None)
        return filtered(node.name, value, part, others)

    def _attribute_of_items(self, node: nodes.Filter, item: Kind | None) -> Kind | None:
        """What the attribute that a filter names is, in the items of the list."""
        wanted: nodes.Node | None = next((pair.value for pair in node.kwargs if pair.key == "attribute"), None)
        if node.name in ("selectattr", "rejectattr", "groupby") and node.args:
            wanted = node.args[0]
        if not (isinstance(wanted, nodes.Const) and isinstance(wanted.value, str)) or item is None:
            return None
        for name in wanted.value.split("."):
            if not isinstance(item, Object) or name not in item.fields:
                known = list(item.fields) if isinstance(item, Object) else []
                self._unknown(node, f"{source(node.node)}.{name}" if node.node is not None else name, known)
                return None
            item = item.fields[name]
        return item

    def _tested(self, node: nodes.Test, scope: Scope) -> Value:
        if node.name not in TESTS:
            self._unknown(node, node.name, sorted(TESTS))
        for part in node.iter_child_nodes():
            self._value(part, scope)
        return Value(Scalar("boolean"))

    def _compared(self, node: nodes.Compare, scope: Scope) -> None:
        left = self._value(node.expr, scope)
        for operand in node.ops:
            right = self._value(operand.expr, scope)
            if isinstance(left, Value) and operand.op in ("eq", "ne"):
                self._check_choice(node, left.kind, operand.expr)
            if isinstance(right, Value) and operand.op in ("eq", "ne"):
                self._check_choice(node, right.kind, node.expr)
            if isinstance(left, Value) and operand.op in ("in", "notin"):
                for one in operand.expr.items if isinstance(operand.expr, nodes.Tuple | nodes.List) else ():
                    self._check_choice(node, left.kind, one)
            left = right
