"""The verb that teaches a shell to complete."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from ..messages import Message
from .app import App, Result, Usage
from .grammar import Argument, verb

SHELLS: Final = ("bash", "zsh", "fish")


@verb(
    Argument("shell", metavar="SHELL", type=click.Choice(SHELLS), says=Message("the shell: bash, zsh or fish")),
    more=Message(
        'Prints the lines that teach the shell. For bash, add to ~/.bashrc: eval "$(casework completion bash)". '
        "Case numbers, names of staff, programmes, records, moves and documents are offered."
    ),
    example="casework completion bash > casework-completion.sh",
)
def completion(app: App, shell: str) -> Result:  # noqa: ARG001  # every verb takes the options
    """Completion with Tab."""
    from . import ROOT  # the table of verbs, which names this one

    kind = get_completion_class(shell)
    if kind is None:
        raise Usage(Message("{name} is one of these: {names}.", name="SHELL", names=SHELLS))
    source = kind(ROOT, {}, "casework", "_CASEWORK_COMPLETE").source_vars()
    script = kind.source_template % source
    return Result({"shell": shell, "script": script}, lambda _: click.echo(script))
