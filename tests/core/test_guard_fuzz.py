"""Ten thousand expressions from strangers: none takes long, none reaches anything but what the records publish."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

from casework_flow.rules import Facts, RuleError, compile_rule

COUNT = 10_000
MOST_SECONDS = 0.05
HIDDEN = "hidden"
NAMES = ("client", "plan", "sessions", "missing", "case", "__builtins__", "open", "eval", "type", "self", "Ω")
FIELDS = (
    "name",
    "age",
    "items",
    "count",
    "held",
    "given",
    "boom",
    "__class__",
    "__globals__",
    "_private",
    "mro",
    "get",
)
LITERALS = (
    "1",
    "-1",
    "0.5",
    "'a'",
    '""',
    "None",
    "True",
    "[]",
    "['a', 1]",
    "10**9",
    "9**9**9**9",
    "1e400",
    "b'x'",
    "...",
)
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not")
HOSTILE = (
    "(lambda: 1)()", "[x for x in client]", "{**client}", "f'{client}'", "(x := 1)", "client[0]",
    "client['name']", "*client",
    "client if client else 1", "await client", "yield 1", "print(1)", "__import__('os').system('true')",
    "client.name * 10**9",
    "'a' * 10**9", "client.name % 1", "client.name.format(client)", "client.held(client.held(client.held(1)))",
    "((((((", "'\\ud800'",
    "client\nplan", "# nothing", "client.held(x=1)", "client.held(*[1])", "not not not client", "~client",
    "1 < 2 < 3 < client.age",
)  # fmt: skip


class Watched(dict[str, Any]):
    """A record that tells when somebody asks for more than it publishes."""

    reached: tuple[str, ...] = ()

    def __getattribute__(self, name: str) -> Any:
        if name not in ("get", "reached", "__class__"):
            Watched.reached = (*Watched.reached, name)
        return super().__getattribute__(name)


def facts() -> Facts:
    called: list[tuple[Any, ...]] = []

    def held(*arguments: Any) -> bool:
        called.append(arguments)
        return len(arguments) == 1

    record = {"name": "Sarma", "age": 32, "items": [1, 2, 3], "held": held, "given": None, "_private": HIDDEN}
    return {"client": Watched(record), "plan": Watched(), "sessions": Watched(count=3), "case": Watched(name="x")}


def expressions(chance: random.Random) -> Iterator[str]:
    for _ in range(COUNT):
        yield expression(chance, chance.randint(0, 5))


def expression(chance: random.Random, depth: int) -> str:
    if depth == 0:
        kind = chance.random()
        if kind < 0.15:
            return chance.choice(HOSTILE)
        if kind < 0.35:
            return chance.choice(LITERALS)
        name = chance.choice(NAMES)
        return ".".join([name, *chance.choices(FIELDS, k=chance.randint(0, 3))])
    inner = [expression(chance, chance.randint(0, depth - 1)) for _ in range(chance.randint(2, 4))]
    return chance.choice(
        (
            f" {chance.choice(('and', 'or'))} ".join(f"({one})" for one in inner),
            f"not ({inner[0]})",
            f"{inner[0]} {chance.choice(COMPARISONS)} {inner[1]}",
            f"client.held({', '.join(inner)})",
            f"[{', '.join(inner)}]",
            f"{inner[0]} {chance.choice(('+', '*', '**', '%', '//', '|', '@', ','))} {inner[1]}",
        )
    )


def took(source: str, given: Facts) -> tuple[float, Any]:
    """The processor's seconds for compiling and asking, and the answer; None where it is refused."""
    began = time.thread_time()
    try:
        rule = compile_rule(source)
    except RuleError:
        return time.thread_time() - began, None
    answer = rule(given)
    assert isinstance(answer, bool)
    value = rule.value(given)
    rule.values(given)
    return time.thread_time() - began, value


def test_no_expression_takes_long_or_reaches_more_than_the_records() -> None:
    chance = random.Random(20250303)  # noqa: S311  # for variety
    given = facts()
    Watched.reached = ()
    refused = asked = 0
    for source in expressions(chance):
        seconds, value = took(source, given)
        if seconds > MOST_SECONDS:  # a slow machine is no slow guard: it must be slow each time
            seconds = min(took(source, given)[0] for _ in range(3))
        assert seconds <= MOST_SECONDS, source
        assert value != HIDDEN, source
        refused += value is None
        asked += value is not None
    assert min(refused, asked) > COUNT // 20, (refused, asked)  # both kinds were tried
    assert set(Watched.reached) <= {"isoformat"}, set(Watched.reached)  # whether it is a date, asked by us by name
