"""Words between two numbers, days or things: which range or list they make of them, in all languages.

A list is a text of folded words with spaces between them.

Out of scope: reading with them (`numbers`, `readings`, `topics`), words between the days of a range (`hours`).
"""

from __future__ import annotations

__all__ = ["AND", "BETWEEN", "OR", "TO"]

AND = "dan and y e et و , x o ou or atau او /"
"""Between the numbers of a list."""

TO = f"- to as las la a al ao ate hasta sampai hingga au until till through الي s d ke {AND}"
"""Between two numbers that belong together: those of a range or of a list."""

BETWEEN = "antara between entre بين"
"""Before two numbers that AND makes a range of: "between 450 and 525"."""

OR = "or nor atau maupun ou ni o u nem او ولا"
"""Between two things of which one, or none, holds."""
