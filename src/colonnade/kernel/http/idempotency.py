"""`Idempotency-Key` (IETF draft httpapi-idempotency-key-header): makes repeating a POST safe.

The answer is stored (`idempotency_keys`) in the same transaction as the effect, so that either both exist or
neither. Use:

    async with once(exchange, db, caller, key) as attempt:  # key: IdempotencyKey = None
        thing = await create_thing(attempt.tx, …)
        return await attempt.answer(Created(thing), about=[("things", thing.id)])

A budget of such a route is declared with `spends(name, unless_repeated=True)`: repeats take nothing from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Conflict, Problem, Token
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.http.answers import JSON, Ok, Response, with_warnings
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.guards import spend_budget
from colonnade.kernel.http.parameters import HeaderParameter

__all__ = [
    "Attempt",
    "IdempotencyKey",
    "KeyErased",
    "KeyInFlight",
    "KeyReused",
    "Replayed",
    "once",
    "prune_keys",
    "replay_answer",
]

A = TypeVar("A", bound=Ok[Any])


class _Key(
    Token, pattern=r"[!-~]+", rule="must be printable characters of ASCII, without spaces", max_length=255
):
    """A key that a client makes."""


IdempotencyKey = Annotated[
    _Key | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A text of your own, 1 to 255 printable characters: a repeat with it gets the first answer again.",
    ),
]


class KeyInFlight(Conflict):
    """The first request with this key has not finished yet."""

    code = "IDEMPOTENCY_KEY_IN_FLIGHT"
    message = "A request with this Idempotency-Key is still being processed."


class KeyReused(Problem):
    """The key was used with another body."""

    status = 422
    code = "IDEMPOTENCY_KEY_REUSED"
    message = "This Idempotency-Key was already used with a different request."


class KeyErased(Conflict):
    """What the first request with this key made has been deleted, and its answer with it."""

    code = "IDEMPOTENCY_KEY_ERASED"
    message = "What was made with this Idempotency-Key has been deleted."


class Replayed(Exception):
    """Carries the stored answer past the handler."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body
        super().__init__("replayed")


def replay_answer(replayed: Replayed, exchange: Exchange) -> Response[bytes]:
    """Return the stored answer as a response."""
    exchange.headers.append((b"idempotent-replayed", b"true"))
    return Response.of(replayed.status, replayed.body, JSON)


class Attempt:
    """The one execution that a key allows; `tx` is the transaction to work in."""

    def __init__(self, tx: Transaction, exchange: Exchange, owner: str, key: str | None, fingerprint: bytes):
        self.tx = tx
        self._exchange = exchange
        self._owner = owner
        self._key = key
        self._fingerprint = fingerprint

    async def answer(self, answer: A, *, status: int = 201, about: Sequence[tuple[str, object]] = ()) -> A:
        """Store `answer` under the key, in the transaction, and return it.

        `about` are the rows that it shows, by table and id: when one is deleted, `erase_kept_about` erases the answer,
        and the digest of the request, which could be guessed from.
        """
        if self._key is not None:
            body = self._exchange.services.product.envelope.success(
                with_warnings(answer, self._exchange.warnings)
            )
            self._exchange.encoded = (answer, body)
            await self.tx.kernel.execute(
                "INSERT INTO idempotency_keys (owner, key, fingerprint, status, body, about) "
                "VALUES ($1, $2, $3, $4, $5, $6)",
                self._owner,
                self._key,
                self._fingerprint,
                status,
                body,
                [f"{table}:{id_}" for table, id_ in about] or None,
            )
        return answer


@asynccontextmanager
async def once(
    exchange: Exchange, db: Database, caller: Principal | None, key: str | None, *, of: bytes | None = None
) -> AsyncIterator[Attempt]:
    """Open a transaction that runs at most once per `key` of this caller and path, an `IdempotencyKey`.

    `of` is a digest of what is asked for, where the body alone does not say that: forms have another boundary each
    time. Without the header it is a plain transaction. Raise KeyInFlight (409), KeyErased (409), KeyReused (422), and
    TooManyRequests if a request that is no repeat finds the route's budget spent.
    """
    owner = f"{exchange.path} {f'account:{caller.id}' if caller else f'address:{exchange.address}'}"
    fingerprint = of or hashlib.sha256(exchange.body or b"").digest()
    async with db.transaction(caller) as tx:
        if key is not None:
            await _claim(tx, owner, key, fingerprint)
            if exchange.owes is not None:
                await spend_budget(exchange, exchange.owes)
        yield Attempt(tx, exchange, owner, key, fingerprint)


async def _claim(tx: Transaction, owner: str, key: str, fingerprint: bytes) -> None:
    digest = hashlib.blake2b(f"{owner}\x00{key}".encode(), digest_size=8).digest()
    if not await tx.kernel.fetch_value(
        "SELECT pg_try_advisory_xact_lock($1)", int.from_bytes(digest, "big", signed=True)
    ):
        raise KeyInFlight
    row = await tx.kernel.fetch_row(
        "SELECT fingerprint, status, body FROM idempotency_keys WHERE owner = $1 AND key = $2", owner, key
    )
    if row is None:
        return
    if not row["body"]:
        raise KeyErased
    if row["fingerprint"] != fingerprint:
        raise KeyReused
    raise Replayed(row["status"], row["body"])


async def prune_keys(db: Database) -> None:
    """Delete answers older than a day."""
    await db.execute("DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'")
