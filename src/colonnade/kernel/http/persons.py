"""Whom a request counts as, for limits: an account, else a guest with a signed token, else an address.

Many people share an address (a school, a church's Wi-Fi, a carrier); who says who they are is not refused for what the
others do. Tokens of guests are given to everybody who asks, by address: all guests behind one address have ten times
the quota of one together, so that nobody gains by asking for many.

Out of scope: whether the account may do anything. A valid signature is enough to be counted by, not to be let in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.limits import Budget, address_bucket

if TYPE_CHECKING:
    from colonnade.kernel.http.services import Authenticates, GuestTokens

__all__ = ["bearer_of", "counted_by", "person_of"]

GUEST = "guest:"


def bearer_of(exchange: Exchange) -> str | None:
    """Return the token of the Authorization header; None without one, or if it is not `Bearer <token>`."""
    header = exchange.request_headers.get(b"authorization", b"")
    scheme, _, token = header.decode("latin-1").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def person_of(exchange: Exchange) -> str:
    """Return the key of whom the request counts as: `account:7`, `guest:…`, or its address."""
    if exchange.person is None:
        exchange.person = _recognise(exchange, address_bucket(exchange.address))
    return exchange.person


def counted_by(exchange: Exchange, budget: Budget) -> Sequence[tuple[Budget, str]]:
    """Return the budgets and keys that a request spends of `budget`: the person's, and for a guest the crowd's."""
    person = person_of(exchange)
    if person.startswith(GUEST):
        return (budget, person), (budget.crowd, address_bucket(exchange.address))
    return ((budget, person),)


def _recognise(exchange: Exchange, address: str) -> str:
    headers, services = exchange.request_headers, exchange.services
    authenticator: Authenticates = services.authenticator
    if b"authorization" in headers:
        bearer = bearer_of(exchange)
        return authenticator.recognise(bearer, address) if bearer else address
    guests: GuestTokens | None = services.product.guests
    token = headers.get(guests.header) if guests is not None else None
    if guests is None or token is None:
        return address
    return authenticator.recognise_guest(guests.kind, token.decode("latin-1")) or address
