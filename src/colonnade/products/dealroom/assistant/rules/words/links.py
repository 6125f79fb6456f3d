"""Small words that say how numbers, days and things belong together, in all languages.

A list is a text of folded words with spaces between them.

Out of scope: reading with them (`numbers`, `readings`, `topics`), words between the days of a range (`hours`).
"""

from __future__ import annotations

__all__ = ["AND", "BETWEEN", "FOR", "FOR_GLUED", "IN", "OR", "ORDINALS", "TIMES", "TO", "WHY"]

AND = "dan and y e et و , x o ou or atau او /"
"""Between the numbers of a list."""

TO = f"- to as las la a al ao ate hasta sampai sampe hingga au until till through الي s d ke {AND}"
"""Between two numbers that belong together: those of a range or of a list."""

BETWEEN = "antara between entre بين"
"""Before two numbers that AND makes a range of: "between 450 and 525"."""

OR = "or nor atau maupun ou ni o u nem او ولا"
"""Between two things of which one, or none, holds."""

FOR = "for por pelo pour al x bayar paga pague بسعر"
"""Between a quantity and what is paid for it: "two for one"."""

FOR_GLUED = "ب بـ"
"""The same, written onto the number behind it."""

TIMES = "x fois vezes veces kali times"
"""Behind a number that multiplies."""

ORDINALS = "st nd rd th er e eme"
"""Behind a number of a row: "1st"."""

IN = "in dalam di en em na no nas nos au aux باللون باللونين ومتوفره بالوان بالالوان"
"""Between "available" and a colour or a size."""

WHY = "why|porque|por que|pourquoi|kenapa|ليش"
"""Before a negation that is a yes then: "why not"."""
