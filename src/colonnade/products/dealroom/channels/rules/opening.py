"""When a channel is open: its periods of a week, in the local time of its zone.

A period that closes before it opens ends on the next day; `24:00` is the end of the day itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from colonnade.kernel.core import Invalid
from colonnade.products.dealroom.channels.schemas import ChannelRules, OpenPeriod

__all__ = ["check_rules", "closed_since", "is_open", "next_opening", "opens_earlier"]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES


def check_rules(rules: ChannelRules) -> None:
    """Raise Invalid for opening hours without a zone, of no length, or that overlap."""
    if rules.opening_hours is None:
        return
    if rules.time_zone is None:
        raise Invalid(fields={"timeZone": "Time zone is required with opening hours"})
    spans = sorted(_span(period) for period in rules.opening_hours)
    for start, end in spans:
        if start == end:
            raise Invalid(fields={"openingHours": "A period must not close when it opens"})
    following = [*spans[1:], (spans[0][0] + _WEEK_MINUTES, 0)]
    if any(end > start for (_, end), (start, _) in zip(spans, following, strict=True)):
        raise Invalid(fields={"openingHours": "Periods must not overlap"})


def is_open(rules: ChannelRules, moment: datetime) -> bool:
    """Return whether the channel is open at a moment."""
    return not rules.opening_hours or any(
        opens <= moment < closes for opens, closes in _near(rules, rules.opening_hours, moment)
    )


def next_opening(rules: ChannelRules, moment: datetime) -> datetime:
    """Return when the channel, which is closed, opens again (UTC)."""
    assert rules.opening_hours
    return min(opens for opens, _ in _near(rules, rules.opening_hours, moment) if opens > moment)


def opens_earlier(before: ChannelRules, after: ChannelRules, moment: datetime) -> bool:
    """Return whether those who wait at a moment for the opening, as the rules were before, are answered earlier now."""

    def waits(rules: ChannelRules) -> bool:
        return rules.while_closed == "wait" and not is_open(rules, moment)

    if not waits(before):
        return False
    return not waits(after) or next_opening(after, moment) < next_opening(before, moment)


def closed_since(rules: ChannelRules, moment: datetime) -> datetime:
    """Return when the channel, which is closed, has closed (UTC)."""
    assert rules.opening_hours
    return max(closes for _, closes in _near(rules, rules.opening_hours, moment) if closes <= moment)


def _near(
    rules: ChannelRules, periods: Sequence[OpenPeriod], moment: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the periods of nine days before and after a moment: when each opens and closes (UTC)."""
    zone = ZoneInfo(rules.time_zone or "UTC")
    today = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for offset in range(-9, 10):
        day = today + timedelta(days=offset)
        for period in periods:
            if period.day == _DAYS[day.weekday()]:
                opens, closes = _minutes(period)
                yield _instant(day, opens, zone), _instant(day, closes, zone)


def _instant(day: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    # Local time first, so that a day on which the clocks are changed opens by the clock.
    return (day + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)


def _span(period: OpenPeriod) -> tuple[int, int]:
    """Return when a period opens and closes, in minutes of the week; the end may be in the next one."""
    opens, closes = _minutes(period)
    start = _DAYS.index(period.day) * _DAY_MINUTES
    return start + opens, start + closes


def _minutes(period: OpenPeriod) -> tuple[int, int]:
    """Return when a period opens and closes, in minutes of its day; the end may be in the next one."""
    opens, closes = (int(time[:2]) * 60 + int(time[3:]) for time in (period.opens, period.closes))
    return opens, closes if closes >= opens else closes + _DAY_MINUTES
