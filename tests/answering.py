"""What a page of the documentation does besides running bash: run by ``pages.do`` as a program of its own.

``answering.py "terminal" TEXT`` gives the command of a console block on a pseudo-terminal and answers it;
``answering.py "settings" FILE TEXT`` puts settings into a file.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pexpect
from pages import settings

LIMIT = 20
"""Seconds after which a terminal that does not answer has failed."""
STYLE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def terminal(text: str) -> int:
    """Do what a console block shows; its exit code, 1 where it asks something else or says it otherwise."""
    command, *lines = text.splitlines()
    child = pexpect.spawn(
        "bash", ["-c", command.removeprefix("$ ")], encoding="utf-8", timeout=LIMIT, dimensions=(60, 80)
    )
    child.delaybeforesend = None
    for line in lines:
        question, colon, answer = line.partition(": ") if ": " in line else line.partition(":")
        if not colon or line.startswith((" ", "✓", "✗", "$")):
            continue
        child.expect(r": (?:\x1b\[[0-9;?]*[a-zA-Z])*$")
        said = STYLE.sub("", child.before)
        sys.stdout.write(f"{said}: {answer}\n")
        if said.splitlines()[-1].strip() != question.strip():
            sys.stdout.write(f"Asked is not “{question}”.\n")
            return 1
        child.sendline(answer)
    child.expect(pexpect.EOF)
    rest = STYLE.sub("", child.before)
    sys.stdout.write(rest)
    child.close()
    return int(child.exitstatus or 0)


if __name__ == "__main__":
    what, *words = [json.loads(word) for word in sys.argv[1:]]
    if what == "terminal":
        sys.exit(terminal(*words))
    settings(Path(words[0]), words[1])
