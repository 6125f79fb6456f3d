"""Parts the items of a body by the people whom they are about: what is of one person keeps its order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from colonnade.products.dealroom.webhooks.rules.payloads import Item
from colonnade.products.dealroom.webhooks.rules.reading import Read, StatusChange

__all__ = ["Line", "form_lines"]


class Line(NamedTuple):
    """Items in their order, and the people whom they are about; none for statuses, which stand alone."""

    items: list[tuple[Item, Read]]
    people: set[str]


def form_lines(
    reads: Iterable[tuple[Item, Read]], people_of: Callable[[Read], set[str]]
) -> tuple[list[Line], list[tuple[Item, Read]]]:
    """Return a line for each person, in the order of their first items, and what is of nobody, in its order.

    Who is named together in an item (a number and an id, an old number and a new one) is one person. The statuses of
    the messages to a person are a line of their own.
    """
    firsts: dict[str, str] = {}
    parted: list[tuple[str | None, set[str], tuple[Item, Read]]] = []
    for one in reads:
        said = one[1][1]
        if isinstance(said, StatusChange):
            parted.append((f"status {said.person.wa_id or said.person.user_id}", set(), one))
            continue
        people = people_of(one[1])
        names = sorted(people)
        for each in names:
            firsts[_first(firsts, each)] = _first(firsts, names[0])
        parted.append((names[0] if names else None, people, one))
    lines: dict[str, Line] = {}
    others: list[tuple[Item, Read]] = []
    for name, people, one in parted:
        if name is None:
            others.append(one)
            continue
        line = lines.setdefault(_first(firsts, name), Line([], set()))
        line.items.append(one)
        line.people.update(people)
    return list(lines.values()), others


def _first(firsts: dict[str, str], name: str) -> str:
    while (above := firsts.get(name, name)) != name:
        name = above
    return name
