"""The rooms of one process: which clients are in them, and sending to all of them.

Out of scope: other processes, and the order of logged events (`delivery`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from colonnade.kernel.realtime.packets import Outgoing

__all__ = ["Member", "Rooms"]


class Member(Protocol):
    """A client, as a room knows it."""

    @property
    def id(self) -> str:
        """Its id, by which it may be left out."""

    @property
    def namespace(self) -> str:
        """Its namespace: one packet serves all members of a room in it."""

    def send(self, packets: Iterable[Outgoing]) -> None:
        """Send without waiting."""


class Rooms:
    """Rooms by name, shared by all namespaces. A room exists as long as somebody is in it."""

    def __init__(self) -> None:
        self._members: dict[str, dict[str, set[Member]]] = {}

    def enter(self, room: str, member: Member) -> None:
        """Add a member."""
        self._members.setdefault(room, {}).setdefault(member.namespace, set()).add(member)

    def leave(self, room: str, member: Member) -> None:
        """Remove a member, if it is one."""
        spaces = self._members.get(room, {})
        members = spaces.get(member.namespace, set())
        members.discard(member)
        if not members:
            spaces.pop(member.namespace, None)
        if not spaces:
            self._members.pop(room, None)

    def __contains__(self, room: object) -> bool:
        return room in self._members

    def count(self, room: str) -> int:
        """Return the number of members."""
        return sum(map(len, self._members.get(room, {}).values()))

    def namespaces_of(self, room: str) -> list[str]:
        """Return the namespaces in which somebody is in the room."""
        return list(self._members.get(room, ()))

    def broadcast(self, room: str, namespace: str, packets: list[Outgoing], skip: str = "") -> None:
        """Send to the members of one namespace, except for the one whose id is `skip`."""
        # Sending may end a session, whose client then leaves the room.
        for member in tuple(self._members.get(room, {}).get(namespace, ())):
            if member.id != skip:
                member.send(packets)
