"""How the command line is written down: verbs, their parameters, and help in the reader's language.

A verb is a function that takes the ``App`` and its parameters, and returns a ``Result``. Its module is imported
when the verb is asked for, so that ``--help`` stays quick.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import click
from click.core import ParameterSource

from ..messages import Message, languages
from .app import App, Usage

WIDTH: Final = 80
"""Columns of the help texts."""
COLUMN: Final = 26
"""Columns of what stands at the left in their tables."""


def app_of(ctx: click.Context) -> App:
    """The options of this run."""
    app = ctx.find_root().obj
    assert isinstance(app, App)  # noqa: S101  # for the type checker: `run` puts it there
    return app


def _completed(param: click.Parameter, ctx: click.Context, incomplete: str, known: list[Any]) -> list[Any]:
    if known:  # a choice, a file: click's own
        return known
    from .offers import offered  # only where somebody presses Tab

    case = ctx.params.get("number") or next(iter(ctx.args), None)  # an option without its value leaves it unparsed
    return offered(app_of(ctx), param, case, incomplete)


class Labelled(click.Choice[str]):
    """A choice that may be typed as its identifier, or as its label in any language of the software.

    Args:
        labels: the identifiers with their labels.
    """

    def __init__(self, labels: Mapping[str, Message]) -> None:
        super().__init__(tuple(labels))
        self.labels = labels

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The identifier; a usage error where it is none."""
        said = {label.say(lang).casefold(): name for name, label in self.labels.items() for lang in languages()}
        return super().convert(value if value in self.labels else said.get(str(value).casefold(), value), param, ctx)

    def listed(self, lang: str) -> list[str]:
        """The identifiers, each with its label where that is another word."""
        said = {name: label.say(lang) for name, label in self.labels.items()}
        return [name if label.casefold() == name else f"{name} ({label})" for name, label in said.items()]


class Option(click.Option):
    """An option that explains itself in the reader's language."""

    def __init__(self, *names: str, says: Message, **attributes: Any) -> None:
        super().__init__(names, **attributes)
        self.says = says

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option's row in the help."""
        return None if self.hidden else (self.get_help_spec(ctx), app_of(ctx).say(self.says))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """What Tab offers."""
        return _completed(self, ctx, incomplete, super().shell_complete(ctx, incomplete))


class Argument(click.Argument):
    """An argument that explains itself in the reader's language."""

    def __init__(self, *names: str, says: Message, **attributes: Any) -> None:
        super().__init__(names, **attributes)
        self.says = says

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """The argument's row in the help."""
        return self.make_metavar(ctx), app_of(ctx).say(self.says)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """What Tab offers."""
        return _completed(self, ctx, incomplete, super().shell_complete(ctx, incomplete))


class Signed(Argument):
    """An argument of words that may begin with a minus before a number, and are no options then."""

    MINUS: Final = "\u2212"
    """Stands for the minus while click looks at the words."""


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep an option of every command; what stands after the verb counts more than what stands before it."""
    if value not in (None, False):
        setattr(app_of(ctx), str(param.name), value)
        if param.name == "lang" and ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE:
            app_of(ctx).documents_lang = value


def case_argument() -> Argument:
    """The number of the case that a verb is about."""

    def remember(ctx: click.Context, _: click.Parameter, value: str) -> str:
        app_of(ctx).number = value
        return value

    return Argument("number", metavar="CASE", callback=remember, says=Message("the case's number"))


def shared_options(*, environment: bool) -> list[click.Parameter]:
    """The options of every command; they may stand before the verb and after it."""

    def shared(*names: str, envvar: str | None = None, **attributes: Any) -> Option:
        found = envvar if environment else None
        return Option(*names, envvar=found, expose_value=False, callback=_remember, **attributes)

    return [
        shared(
            "--db",
            metavar="URL",
            envvar="CASEWORK_DB",
            says=Message("the database, such as sqlite:///casework.db (CASEWORK_DB)"),
        ),
        shared(
            "--as",
            "actor",
            metavar="NAME",
            envvar="CASEWORK_AS",
            says=Message("who acts: the short name of a member of staff (CASEWORK_AS)"),
        ),
        shared(
            "--at",
            metavar="DATE",
            says=Message("the working date, for work entered late: 2025-03-06 or 2025-03-06T14:30"),
        ),
        shared(
            "--lang",
            type=click.Choice(languages()),
            envvar="CASEWORK_LANG",
            says=Message("the language of answers (CASEWORK_LANG), and of documents if it is named here"),
        ),
        shared("--json", is_flag=True, says=Message("answers and errors as JSON")),
        shared("--key", metavar="KEY", says=Message("a key that makes repeating this request harmless")),
        shared("--debug", is_flag=True, says=Message("show where an unexpected error comes from")),
    ]


def _is_shared(param: click.Parameter) -> bool:
    return getattr(param, "callback", None) is _remember


class _Helpful:
    """Help in the reader's language, with the options of every command apart from the verb's own."""

    def get_help(self, ctx: click.Context) -> str:
        """The whole help text."""
        formatter = click.HelpFormatter(width=WIDTH, max_width=WIDTH)
        self.format_help(ctx, formatter)
        return formatter.getvalue().rstrip("\n")

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write usage, what it does, parameters and an example."""
        assert isinstance(self, click.Command)  # noqa: S101  # for the type checker: mixed into commands only
        app = app_of(ctx)
        pieces = [app.say(Message("[OPTIONS]"))]
        pieces += [piece for param in self.get_params(ctx) for piece in param.get_usage_pieces(ctx)]
        pieces += [app.say(Message("VERB …"))] if isinstance(self, Verbs) else []
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=app.say(Message("Usage:")) + " ")
        for paragraph in self.paragraphs(ctx):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(paragraph)
        for heading, rows in self.sections(ctx):
            if rows:
                with formatter.section(app.say(heading)):
                    formatter.write_dl(rows, col_max=COLUMN)
        example = getattr(self, "example", "")
        if example:
            with formatter.section(app.say(Message("Example"))):
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")

    def paragraphs(self, ctx: click.Context) -> Iterator[str]:
        """What the verb does, in a line, and more about it."""
        app = app_of(ctx)
        if ctx.parent and isinstance(ctx.parent.command, Verbs):
            line = app.say(ctx.parent.command.table[ctx.info_name or ""].says)
            yield f"{line[:1].upper()}{line[1:]}."
        more = getattr(self, "more", None)
        if more:
            yield app.say(more)

    def sections(self, ctx: click.Context) -> Iterator[tuple[Message, list[tuple[str, str]]]]:
        """The tables below the text, each with its heading."""
        assert isinstance(self, click.Command)  # noqa: S101  # see format_help
        app = app_of(ctx)
        arguments = [p for p in self.params if isinstance(p, Argument)]
        options = [p for p in self.params if isinstance(p, Option)]
        yield Message("Arguments"), [p.get_help_record(ctx) for p in arguments]
        yield Message("Options"), _rows(ctx, [p for p in options if not _is_shared(p)])
        everywhere = _rows(ctx, [p for p in options if _is_shared(p)])
        yield Message("Options of every command"), [*everywhere, ("-h, --help", app.say(Message("this help")))]


def _rows(ctx: click.Context, options: Sequence[Option]) -> list[tuple[str, str]]:
    return [row for option in options if (row := option.get_help_record(ctx))]


_SETTINGS: Final[dict[str, Any]] = {"help_option_names": ["-h", "--help"], "allow_extra_args": True}


class Verb(_Helpful, click.Command):
    """One verb."""

    def __init__(
        self,
        function: Callable[..., Any],
        params: Sequence[click.Parameter],
        *,
        example: str,
        more: Message | None,
    ) -> None:
        super().__init__(
            function.__name__,
            params=[*params, *shared_options(environment=False)],
            context_settings=_SETTINGS,
        )
        self.function = function
        self.example = example
        self.more = more

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse what is left over in our own words."""
        rest = super().parse_args(ctx, self.prepared(args))
        if rest and not ctx.resilient_parsing:  # which is how Tab asks
            raise Usage(Message("This is too much: {words}.", words=" ".join(rest)))
        return rest

    def prepared(self, args: list[str]) -> list[str]:
        """``args``, where an option's value may be left out, with that made plain.

        Click would take the following word as the value: ``--revise plan.yaml``. Ours is a number or absent.
        """
        if any(isinstance(param, Signed) for param in self.params):
            takes = {name for p in self.params if isinstance(p, Option) and not p.is_flag for name in p.opts}
            signed = re.compile(r"-(?=(?:[Rr][Pp]\.? ?)?[0-9])")
            args = [
                word if before in takes else signed.sub(Signed.MINUS, word, count=1) if signed.match(word) else word
                for before, word in zip(["", *args], args, strict=False)
            ]
        optional = {name for p in self.params if isinstance(p, OptionalNumber) for name in p.opts}
        return [
            f"{word}={OptionalNumber.ABSENT}" if word in optional and not after.isdigit() else word
            for word, after in zip(args, [*args[1:], ""], strict=False)
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb."""
        return self.function(app_of(ctx), **ctx.params)


class OptionalNumber(Option):
    """An option that may stand alone or take a number."""

    ABSENT: Final = "0"

    def __init__(self, *names: str, says: Message, metavar: str) -> None:
        super().__init__(*names, says=says, metavar=metavar, type=click.IntRange(min=0))

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option's row in the help."""
        return f"{self.opts[0]} [{self.metavar}]", app_of(ctx).say(self.says)


def verb(*params: click.Parameter, example: str, more: Message | None = None) -> Callable[[Callable[..., Any]], Verb]:
    """Make a verb of a function.

    Args:
        params: its arguments and options, named as the function names them.
        example: a command as somebody would type it.
        more: what the line in the table of verbs does not say.
    """
    return lambda function: Verb(function, params, example=example, more=more)


@dataclass(frozen=True, slots=True)
class Entry:
    """A verb in the table of verbs: where it is (``module:function``), or the verbs below it."""

    says: Message
    at: str = ""
    below: Mapping[str, Entry] | None = None
    heading: Message | None = None
    """Stands above this verb and those that follow it."""

    def load(self, name: str) -> click.Command:
        """The command, imported now."""
        if self.below is not None:
            return Verbs(name, self.below, environment=False)
        module, _, function = self.at.partition(":")
        found = getattr(import_module(f".{module}", __package__), function)
        assert isinstance(found, Verb)  # noqa: S101  # for the type checker: the table names verbs
        return found


class Verbs(_Helpful, click.Group):
    """A table of verbs."""

    def __init__(
        self,
        name: str,
        table: Mapping[str, Entry],
        *,
        environment: bool,
        params: Sequence[click.Parameter] = (),
        more: Message | None = None,
        result_callback: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(
            name,
            params=[*params, *shared_options(environment=environment)],
            context_settings={"help_option_names": ["-h", "--help"]},
            result_callback=result_callback,
            no_args_is_help=False,
        )
        self.table = table
        self.more = more

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The verbs, in the table's order."""
        return list(self.table)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """The verbs that Tab offers, without loading one of them."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        from click.shell_completion import CompletionItem  # see _completed

        say = app_of(ctx).say
        found = [(name, entry) for name, entry in self.table.items() if name.startswith(incomplete)]
        return [CompletionItem(name, help=say(entry.says)) for name, entry in found]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb of that name."""
        entry = self.table.get(cmd_name)
        return entry.load(cmd_name) if entry else None

    def sections(self, ctx: click.Context) -> Iterator[tuple[Message, list[tuple[str, str]]]]:
        """The verbs under their headings, then the options."""
        app = app_of(ctx)
        heading = Message("Verbs")
        rows: list[tuple[str, str]] = []
        width = max(len(_shown(name, entry)) for name, entry in self.table.items())
        for name, entry in self.table.items():
            if entry.heading:
                yield heading, rows
                heading, rows = entry.heading, []
            rows.append((_shown(name, entry).ljust(width), app.say(entry.says)))
        yield heading, rows
        yield from super().sections(ctx)


def _shown(name: str, entry: Entry) -> str:
    shown = f"{name} {'|'.join(entry.below)}" if entry.below else name
    return shown if len(shown) < COLUMN else f"{name} …"
