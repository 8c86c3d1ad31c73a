"""Where a stranger's template runs: it reads what it is given, and no more work than a document needs is done for it.

Jinja2's sandbox keeps a template from files, the network and Python's insides, but lets it run for ever. Here every
loop, call, filter and large text is charged to one budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import InvalidOperation
from functools import wraps
from itertools import islice
from typing import Any, Final, NoReturn, cast

from jinja2 import StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import Template, TemplateModule
from jinja2.runtime import BlockReference, LoopContext, markup_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace
from jinja2.visitor import NodeTransformer

from ..messages import Message
from . import budget
from .budget import Breach

_GLOBALS: Final = ("dict", "cycler", "joiner")
_COMPARING: Final = frozenset(
    {
        "==", "!=", "<", "<=", ">", ">=", "eq", "equalto", "ne", "lt", "lessthan", "le", "gt", "greaterthan",
        "ge", "in",
    }
)  # fmt: skip
_SCOPES: Final = ("_loop_vars", "_block_vars")  # what the compiler hands on by itself
LONGEST_REASON: Final = 300
"""Most characters of a template's own that a message repeats."""
_HIDDEN_TESTS: Final = ("filter", "test", "callable")  # they tell what this environment is made of

_TEXT_METHODS: Final = frozenset(
    {
        "capitalize", "casefold", "center", "count", "endswith", "find", "isalnum", "isalpha", "isdecimal",
        "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip",
        "partition", "removeprefix", "removesuffix", "replace", "rfind", "rjust", "rpartition", "rsplit",
        "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill",
    }
)  # fmt: skip
_OF_LOOP: Final = frozenset(
    {
        "changed", "cycle", "depth", "depth0", "first", "index", "index0", "last", "length", "nextitem",
        "previtem", "revindex", "revindex0",
    }
)  # fmt: skip
_ATTRIBUTES: Final[Mapping[type, frozenset[str]]] = {
    str: _TEXT_METHODS,
    tuple: frozenset({"count", "index", "grouper", "list"}),
    list: frozenset({"count", "index"}),
    dict: frozenset({"get", "items", "keys", "values"}),
    LoopContext: _OF_LOOP,
    Cycler: frozenset({"current", "next", "reset"}),
    BlockReference: frozenset({"super"}),
}
"""What a template may ask of each kind of thing; a record it may ask for everything that it publishes."""


class _Namespace(Namespace):
    def __repr__(self) -> str:  # it may hold itself, or more than anybody can read
        raise Breach(Message("something that is no single value is printed, or used as a text"))


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > budget.LARGEST_LIST:
        raise Breach(Message("a loop goes at most {most} times", most=budget.LARGEST_LIST))
    return found


class _Metered(NodeTransformer):
    """Puts the charge into a template: before loops, in macros and blocks, around what is printed or made."""

    def __init__(self) -> None:
        self.seen = 0

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        self.seen += 4 if isinstance(node, nodes.Compare | nodes.Test | nodes.Filter) else 1
        return super().visit(node, *args, **kwargs)

    def _inside(self, node: nodes.Node) -> int:
        before = self.seen
        self.generic_visit(node)
        return self.seen - before

    def visit_For(self, node: nodes.For) -> nodes.For:
        steps = self._inside(node)
        node.iter = _hook("loop_over", node.iter, steps)
        if node.recursive:
            node.body.insert(0, _charge(steps, node))
        return node

    def _body(self, node: Any) -> Any:
        node.body.insert(0, _charge(self._inside(node) + budget.CALL, node))
        return node

    visit_Macro = visit_CallBlock = visit_Block = _body

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        self.generic_visit(node)
        node.nodes = [
            one if isinstance(one, nodes.TemplateData | nodes.Const) else _hook("printed", one) for one in node.nodes
        ]
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:
        self.generic_visit(node)
        return _hook("concatenated", *node.nodes, at=node)

    def _made(self, node: Any) -> Any:
        self.generic_visit(node)
        if getattr(node, "ctx", "load") != "load" or all(
            isinstance(one, nodes.Const)
            for one in node.find_all(nodes.Expr)
            if not isinstance(one, nodes.List | nodes.Tuple | nodes.Dict)
        ):
            return node
        return _hook("made", node)

    visit_List = visit_Tuple = visit_Dict = _made

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:
        self.generic_visit(node)
        return _hook("made", node) if isinstance(node.arg, nodes.Slice) else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:
        self.generic_visit(node)
        sides = [node.expr, *(operand.expr for operand in node.ops)]
        if (
            len(sides) > 2
            or not any(isinstance(side, nodes.Const) for side in sides)
            or any(operand.op in ("in", "notin") for operand in node.ops)
        ):
            for operand in node.ops:
                if not _fixed(operand.expr):
                    operand.expr = _hook("searched", operand.expr)
        return node

    def visit_EvalContextModifier(self, node: nodes.Node) -> NoReturn:
        raise TemplateSyntaxError(cast(str, Message("autoescape cannot be switched off or on here")), node.lineno)

    visit_ScopedEvalContextModifier = visit_EvalContextModifier


def _fixed(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) or (
        isinstance(node, nodes.List | nodes.Tuple) and all(isinstance(item, nodes.Const) for item in node.items)
    )


def _hook(name: str, *values: nodes.Node | int, at: nodes.Node | None = None) -> nodes.Call:
    """A call of the environment's own method ``name``, which no template can write."""
    line = (at or cast(nodes.Node, values[0])).lineno
    given: list[Any] = [nodes.Const(value, lineno=line) if isinstance(value, int) else value for value in values]
    return nodes.Call(nodes.EnvironmentAttribute(name, lineno=line), given, [], None, None, lineno=line)


def _charge(steps: int, node: nodes.Node) -> nodes.ExprStmt:
    line = node.lineno
    called = nodes.EnvironmentAttribute("charge", lineno=line)
    call = nodes.Call(called, [nodes.Const(steps, lineno=line)], [], None, None, lineno=line)
    return nodes.ExprStmt(call, lineno=line)


class _Generator(CodeGenerator):
    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if not isinstance(node.node, nodes.EnvironmentAttribute):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write(f"environment.{node.node.name}(")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's immutable sandbox with a budget, and with an allow-list of what may be asked of what.

    Args:
        own: the types through which a template sees records; every name of theirs without an underscore is open.
        longest_source: most characters of one template file.
    """

    code_generator_class = _Generator
    intercepted_binops = frozenset({"+", "*", "%", "**"})

    def __init__(
        self, own: tuple[type, ...] = (), longest_source: int = budget.LONGEST_SOURCE, **options: Any
    ) -> None:
        super().__init__(
            autoescape=True, trim_blocks=True, lstrip_blocks=True, **{"undefined": StrictUndefined, **options}
        )
        self.own = frozenset(own)
        self.longest_source = longest_source
        self.globals = {**{name: self.globals[name] for name in _GLOBALS}, "namespace": _Namespace, "range": _range}
        self.filters = budget.filters()
        self.tests = {name: test for name, test in self.tests.items() if name not in _HIDDEN_TESTS}
        self.tests.update((name, _comparing(cast(Callable[..., Any], self.tests[name]))) for name in _COMPARING)

    # ---- compiling

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > self.longest_source:
            raise TemplateSyntaxError(
                cast(str, Message("it is longer than {most} characters", most=self.longest_source)), 1, name, filename
            )
        try:
            return super()._parse(source, name, filename)
        except (RecursionError, MemoryError, ValueError, OverflowError):
            raise _unreadable(name, filename) from None

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        try:
            return super()._generate(_Metered().visit(source), name, filename, defer_init)
        except (RecursionError, MemoryError, ValueError, OverflowError):
            raise _unreadable(name, filename) from None

    def _compile(self, source: str, filename: str) -> Any:
        try:
            return super()._compile(source, filename)
        except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError):
            raise _unreadable(None, filename) from None

    # ---- rendering

    def concat(self, pieces: Iterable[str]) -> str:
        """The pieces of a template or macro as one text, charged before it is made."""
        source = iter(pieces)
        made: list[str] = []
        while chunk := list(islice(source, 64)):
            budget.spend(sum(map(len, chunk)) >> 3)
            made += chunk
        return "".join(made)

    def charge(self, steps: int) -> None:
        budget.spend(steps)

    def loop_over(self, items: Any, steps: int) -> Any:
        return budget.counted(items, steps)

    def printed(self, value: Any) -> Any:
        return value if type(value) in self.own else budget.scalar(value)

    def made(self, value: Any) -> Any:
        return budget.sized(value)

    def searched(self, value: Any) -> Any:
        return budget.searched(value)

    def concatenated(self, *pieces: Any) -> Any:
        size = 0
        for piece in pieces:
            size += budget.length(self.printed(piece))
        budget.grown(size)
        return budget.sized(markup_join(pieces))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if type(left) in self.own or type(right) in self.own:
            return super().call_binop(context, operator, left, right)
        if operator == "**":
            raise Breach(Message("`**` is not allowed: it can take for ever"))
        if operator == "*":
            budget.multiplied(left, right)
        elif operator == "%" and isinstance(left, str):
            budget.formatted(
                left, right.values() if isinstance(right, dict) else right if isinstance(right, tuple) else [right]
            )
        return budget.sized(super().call_binop(context, operator, left, right))

    def call(self, context: Any, obj: Any, /, *arguments: Any, **named: Any) -> Any:
        budget.spend(budget.CALL)
        if type(obj) in self.own:
            return super().call(context, obj, *arguments, **named)
        given = [*arguments, *(value for name, value in named.items() if name not in _SCOPES)]
        if held := [one for one in given if isinstance(one, budget.CONTAINERS)]:
            budget.sized(held)
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, str):
            arguments = _for_text(owner, obj.__name__, arguments, given)
        elif isinstance(obj, LoopContext):
            arguments = tuple(budget.counted(items) for items in arguments)
        return budget.sized(super().call(context, obj, *arguments, **named))

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) in self.own and attribute[:1] != "_":
            return obj[attribute]  # the same, and Python need not miss the attribute first
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        record = type(argument) in self.own
        if not (record or argument is None or isinstance(argument, str | int | float | Undefined)):
            raise Breach(Message("something that is no single value is looked up in a list or record"))
        found = super().getitem(obj, argument)
        if record and isinstance(found, Undefined) and not isinstance(argument, str):
            str(argument)  # refuses, with the path
        return found

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002  # as in Jinja2
        if attr[:1] == "_":
            return False
        if type(obj) in self.own or isinstance(obj, Namespace | TemplateModule):
            return True
        return any(attr in open_ for kind, open_ in _ATTRIBUTES.items() if isinstance(obj, kind))

    def is_safe_callable(self, obj: Any) -> bool:
        """No class can be called but those that are given."""
        return super().is_safe_callable(obj) and (
            not isinstance(obj, type) or obj in (dict, Cycler, Joiner, _Namespace)
        )

    def unsafe_undefined(self, obj: Any, attribute: str) -> NoReturn:  # noqa: ARG002  # as in Jinja2
        raise Breach(Message("{name} is not open to templates", name=str(attribute)[:LONGEST_REASON]))

    def wrap_str_format(self, value: Any) -> None:
        """Nothing to wrap: ``format`` and ``format_map`` are not open."""

    def select_template(self, names: Any, *others: Any, **more: Any) -> Template:
        return super().select_template(budget.pieces(budget.counted(names), ""), *others, **more)

    def _load_template(self, name: str, globals: Any) -> Template:
        budget.spend(budget.CALL)
        with (
            budget.measured()
        ):  # what it costs to compile is not charged to the document that happens to be the first
            return super()._load_template(name, globals)


def _comparing(test: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(test)
    def apply(*values: Any) -> Any:
        for value in values:
            budget.searched(value)
        return test(*values)

    return apply


def _for_text(text: str, method: str, arguments: tuple[Any, ...], given: Sequence[Any]) -> tuple[Any, ...]:
    """The ``arguments`` for a ``method`` of ``text``, if it will not make too much of all that it is ``given``."""
    budget.spend(len(text) >> 3)
    budget.forecast(method, text, given)
    if method == "join" and arguments:
        return (budget.pieces(budget.counted(arguments[0]), text), *arguments[1:])
    return arguments


def _unreadable(name: str | None, filename: str | None) -> TemplateSyntaxError:
    said = Message("something in it is nested too deep, or is too large")
    return TemplateSyntaxError(cast(str, said), 1, name, filename)


def run(template: Template, names: Mapping[str, Any]) -> str:
    """What ``template`` makes of ``names``, within one budget."""
    with budget.measured():
        return str(template.environment.concat(template.root_render_func(template.new_context(dict(names)))))


def reason(fault: Exception) -> Message | str:
    """Why a template cannot be used that raised ``fault``, without a full stop."""
    if isinstance(fault, RecursionError):
        return Message("a macro, loop or file in it calls itself without an end")
    if isinstance(fault, TemplateNotFound):
        return Message("there is no template {name} here", name=str(fault.name)[:LONGEST_REASON])
    if isinstance(fault, InvalidOperation):
        return Message("something that is no number is used as one")
    said = fault.message if isinstance(fault, TemplateError) else str(fault)
    if isinstance(said, Message):
        return said
    return str(said or type(fault).__name__)[:LONGEST_REASON].rstrip(".")


def place(fault: BaseException, document: str) -> str:
    """Where in the templates of ``document`` the ``fault`` was raised: with file and line, if that is known."""
    found, trace = document, fault.__traceback__
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            found = f"{document} ({template.name}:{template.get_corresponding_lineno(trace.tb_lineno)})"
        trace = trace.tb_next
    return found
