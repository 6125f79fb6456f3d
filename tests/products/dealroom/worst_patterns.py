"""Searches every compiled pattern of the product in texts that make bad ones backtrack; run as a process of its own.

Prints a line for each pattern that takes longer than MAX_SECONDS for a text of MAX_CHARACTERS.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, Never

from colonnade.products import dealroom

MAX_CHARACTERS = 8_000
"""Of a product's description, the longest text that strangers write."""
MAX_SECONDS = 0.1
LENGTHS = (24, 48, 96, MAX_CHARACTERS)
"""An exponential pattern is found by a short text, before a long one stops everything."""
UNITS = (
    *("_", " ", "#", "<", "a", "a ", "1", "1.", "(", "\u0301", "\n", "\t", "*", "`", "~", "|", "-", "=", "[", "{"),
    *("a_", "_ ", "a.", "1,", "1 ", "a-", "a\n", "\n ", " \n", "* ", "- ", "| ", "|-", "**", "__", "```", "11 ", "00 "),
    *("[a](", "![", "<a ", "</", "<|", "[/", "{{", '{"a":', '"', "'", "a@", "x.x", "R$ ", "+1 ", "1-", "_*", "\u0663"),
)  # fmt: skip
ENDS = ("", "!", "aa", "\n!")
_ESCAPES = re.compile(r"\\[a-zA-Z]")
_WORDS = re.compile(r"[^\W\d_]{3,}")


def patterns() -> dict[str, re.Pattern[Any]]:
    """Return the compiled patterns of all modules by their name."""
    found: dict[re.Pattern[Any], str] = {}
    for module in pkgutil.walk_packages(dealroom.__path__, f"{dealroom.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            for number, one in enumerate(_within(value)):
                found.setdefault(one, f"{module.name}.{name}[{number}]")
    return {name: one for one, name in found.items()}


def _within(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | frozenset | set):
        yield from chain.from_iterable(map(_within, value))
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(_within, value.values()))


def texts(source: str) -> Iterator[tuple[str, str, str]]:
    """Yield how a text begins, what it repeats, and how it ends: also the pattern's words, repeated or in front."""
    yield from (("", unit, end) for unit in UNITS for end in ENDS)
    for word in dict.fromkeys(_WORDS.findall(_ESCAPES.sub(" ", source))):
        yield from (("", unit, end) for unit in (word, f"{word} ", f"{word}.a ") for end in ("", "!"))
        yield from (
            (head, unit, "!") for head in (word, f"<{word}>", f"{word} ") for unit in (" ", "a", "\n")
        )


def seconds(pattern: re.Pattern[Any], text: Any) -> float:
    """Return what it costs to find all of a text's matches."""
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, 4 * MAX_SECONDS)
    with suppress(TimeoutError):
        for _ in pattern.finditer(text):
            pass
    signal.setitimer(signal.ITIMER_PROF, 0)
    return time.process_time() - began


def slowest(pattern: re.Pattern[Any]) -> tuple[float, str]:
    """Return the longest time of a text, and which text that was."""
    worst = (0.0, "")
    binary = isinstance(pattern.pattern, bytes)
    for head, unit, end in texts(pattern.pattern.decode() if binary else pattern.pattern):
        for length in LENGTHS:
            text: Any = head + (unit * length)[:length] + end
            text = text.encode() if binary else text
            took = seconds(pattern, text)
            if took > MAX_SECONDS:
                took = min(took, seconds(pattern, text))
            worst = max(worst, (took, f"{head!r} + {unit!r} * {length} + {end!r}"))
            if took > MAX_SECONDS:
                return worst
    return worst


def _stop(*_: object) -> Never:
    raise TimeoutError


def main() -> None:
    signal.signal(signal.SIGPROF, _stop)
    known = patterns()
    for name, pattern in known.items():
        took, text = slowest(pattern)
        if took > MAX_SECONDS:
            print(f"{name}: {took * 1000:.0f} ms for {text}", flush=True)
    print(f"{len(known)} patterns", flush=True)


if __name__ == "__main__":
    main()
