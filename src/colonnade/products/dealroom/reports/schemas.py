"""Shapes of the reports."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from colonnade.kernel.core import Invalid

__all__ = ["DayFigures", "TooManyMessages"]


class DayFigures(Struct, frozen=True, rename="camel"):
    """What happened on a day of the report's zone.

    `conversations` are sessions in which a customer wrote. `turns` are customers' messages after something of ours (or
    none), `answered` those that something of ours has followed within a day, after a median and a 90th percentile of
    seconds; `answered_by_assistant` is the share of them whose first answer was the assistant's. `held` answers waited
    for a decision, `taken_over` are sessions in which a person wrote, or which they took over. `orders_mentioned` are
    customers' messages that are an order or name an order's number. Reactions and revocations are no messages here.
    """

    day: date
    conversations: int
    turns: int
    answered: int
    first_answer_median_seconds: float | None
    first_answer_p90_seconds: float | None
    answered_by_assistant: float | None
    held: int
    taken_over: int
    orders_mentioned: int


class TooManyMessages(Invalid):
    """The days of a report have more messages than a statement reads in its time."""

    code = "TOO_MANY_MESSAGES"
    message = "These days have too many messages for one report. Ask for fewer days."

    def __init__(self) -> None:
        super().__init__(field="to")
