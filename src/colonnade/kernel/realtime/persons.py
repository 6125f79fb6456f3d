"""Who sends: the person behind a client, the sockets that they have in this process, and the budgets that they spend.

A person is an account (`account:7`), else whom the product's `SocketSetup.person` finds in the identity (a guest's or
a device's token), else an address.

Out of scope: limits of a single socket (`limits`), and sockets of one person in other processes.
"""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Problem
from colonnade.kernel.limits import Budgets, Limiter, address_bucket, budget_spent
from colonnade.kernel.realtime.client import Client
from colonnade.kernel.realtime.routes import FindPerson

__all__ = ["Persons", "TooManySockets", "spend_budget"]


class TooManySockets(Problem):
    """The person has as many open sockets as one may have."""

    status = 429
    code = "TOO_MANY_SOCKETS"
    message = "You are connected too many times. Close another window first."


class Persons:
    """Counts the clients of each person.

    The newest is refused, not the oldest closed: windows that push each other out would reconnect for ever. Sockets
    that are dead without having said so are closed after their next ping, and make room.
    """

    def __init__(self, limit: int, find: FindPerson | None) -> None:
        self._limit = limit
        self._find = find
        self._seats: dict[tuple[str, str], set[str]] = {}

    def find(self, identity: object) -> str | None:
        """Return the key of the person of an identity; None for an anonymous one."""
        if isinstance(identity, Principal):
            return f"account:{identity.id}"
        return self._find(identity) if self._find is not None and identity is not None else None

    def seat(self, client: Client) -> None:
        """Count a client. Raise TooManySockets if its person has as many in its namespace as they may."""
        if client.person is None:
            return
        seats = self._seats.setdefault((client.namespace, client.person), set())
        if len(seats) >= self._limit:
            raise TooManySockets
        seats.add(client.id)

    def unseat(self, client: Client) -> None:
        """Uncount a client; does nothing if it was not counted."""
        if client.person is None:
            return
        place = (client.namespace, client.person)
        seats = self._seats.get(place, set())
        seats.discard(client.id)
        if not seats:
            self._seats.pop(place, None)


async def spend_budget(client: Client, name: str, budgets: Budgets, limiter: Limiter) -> None:
    """Take one from the budget `name` of the client's person, else of its address. Raise TooManyRequests."""
    key = client.person or f"address:{address_bucket(client.address)}"
    decision = await limiter.spend(budgets[name], key)
    if not decision.allowed:
        raise budget_spent(decision, "Rate limit exceeded. Please slow down.")
