"""Guards in a route's decorator: who may call the route and which budget it spends.

Every route has exactly one of `anyone()`, `signed_in()` and `allows(permission)`; the permission matrix is
generated from them. Guards run before the body is read, and again after a body that took long to arrive.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from colonnade.kernel.access import RECENT_SECONDS, Principal, VerificationNeeded, check_allowed
from colonnade.kernel.core import Forbidden, Unauthorized
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.persons import bearer_of, counted_by, give_device, person_of
from colonnade.kernel.limits import Budget, address_bucket, budget_spent

if TYPE_CHECKING:
    from colonnade.kernel.http.services import Authenticates

__all__ = [
    "Allows",
    "Anyone",
    "Guard",
    "RecentlyVerified",
    "SessionRequired",
    "SignedIn",
    "Spends",
    "VerificationNeeded",
    "allows",
    "anyone",
    "check_recently_verified",
    "recently_verified",
    "signed_in",
    "spend_budget",
    "spends",
]

Guard = Callable[[Exchange], Awaitable[object] | None]
"""Raises what the caller of a request is told if the route refuses them; returns None if nothing has to be awaited."""


async def _identify(exchange: Exchange) -> Principal | None:
    """Return the caller of the Authorization header, or None without one. Raise Unauthorized for a bad token."""
    if b"authorization" not in exchange.request_headers:
        return None
    token = bearer_of(exchange)
    if token is None:
        raise Unauthorized("The Authorization header must be `Bearer <token>`.")
    try:
        exchange.caller = await exchange.services.authenticator.authenticate(token)
    except Unauthorized:
        if person_of(exchange).kind in ("guest", "device"):
            raise NoAccessToken from None
        raise
    return exchange.caller


class NoAccessToken(Unauthorized):
    """The bearer is the token of a guest or device, which lets nobody in."""

    message = "This is the token of a guest or device, not of an account: send it in its own header."


class Anyone:
    """Let everybody call the route; a bad bearer token is refused (401) all the same.

    With `identified=False` the token is not read, for routes that are called because it has expired.
    """

    permission: str | None = None
    label = "anyone"

    def __init__(self, *, identified: bool = True) -> None:
        self.identified = identified

    def __call__(self, exchange: Exchange) -> Awaitable[object] | None:
        """Identify the caller, if there is one."""
        if self.identified and b"authorization" in exchange.request_headers:
            return _identify(exchange)
        return None


class SessionRequired(Forbidden):
    """The route needs a session: API keys have the permissions of their scopes, and no access to the account itself."""

    code = "SESSION_REQUIRED"
    message = "This is for signed-in people: an API key cannot do it."


class SignedIn:
    """Let every signed-in account call the route; with `api_keys` every API key too, whatever its scopes."""

    permission: str | None = None
    label = "signed in"

    def __init__(self, *, api_keys: bool = False) -> None:
        self.api_keys = api_keys

    async def __call__(self, exchange: Exchange) -> None:
        """Refuse anonymous callers."""
        caller = await _identify(exchange)
        if caller is None:
            raise Unauthorized
        if caller.via_key and not self.api_keys:
            raise SessionRequired


class Allows:
    """Let accounts whose role has `permission` call the route."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        self.label = permission

    async def __call__(self, exchange: Exchange) -> None:
        """Refuse anonymous callers and those without the permission."""
        check_allowed(await _identify(exchange), self.permission)


async def check_recently_verified(
    authenticator: Authenticates,
    caller: Principal,
    seconds: int = RECENT_SECONDS,
    *,
    api_keys: bool = False,
) -> None:
    """Raise VerificationNeeded unless the caller's session had a login or step-up within the last `seconds`.

    API keys cannot give a proof; with `api_keys` they need none, because making one did.
    """
    if api_keys and caller.via_key:
        return
    if not await authenticator.verified_within(caller, seconds):
        raise VerificationNeeded(details={"max_age_seconds": seconds})


class RecentlyVerified:
    """Let sessions with a login or step-up within `seconds` call the route; name it after the access guard.

    With `api_keys` API keys as well, whose scopes the owner chose after such a proof.
    """

    def __init__(self, seconds: int = RECENT_SECONDS, *, api_keys: bool = False) -> None:
        self.seconds = seconds
        self.api_keys = api_keys

    async def __call__(self, exchange: Exchange) -> None:
        """Demand a step-up (403 STEP_UP_REQUIRED) if the last proof is too old."""
        # A router's guards run before the route's own, which then has not identified the caller yet.
        caller = exchange.caller or await _identify(exchange)
        if caller is None:
            raise Unauthorized
        await check_recently_verified(
            exchange.services.authenticator, caller, self.seconds, api_keys=self.api_keys
        )


class Spends:
    """Take one unit of `budget` for each request to the route, counted by person (see `persons`).

    `by_address` counts the client's address, whoever asks: for routes that give out what people are counted by, an
    account or a guest's token. `gives_device` is for what visitors send: who counts as their address gets the token of
    a device, by which they count from then on. `unless_repeated` is for routes that work in `once`, and only for
    those: a repeat with the same Idempotency-Key, which gets the stored answer or is told that the first is still in
    hand, takes nothing.
    """

    def __init__(
        self,
        budget: str,
        *,
        unless_repeated: bool = False,
        by_address: bool = False,
        gives_device: bool = False,
    ) -> None:
        self.budget = budget
        self.gives_device = gives_device
        self.by_address = by_address
        self.unless_repeated = unless_repeated

    async def __call__(self, exchange: Exchange) -> None:
        """Refuse the request if the budget is spent; leave one with an Idempotency-Key to `once` if it will come."""
        if self.gives_device:
            give_device(exchange)
        if self.unless_repeated and exchange.header("idempotency-key") is not None:
            exchange.owes = self.budget
        else:
            await spend_budget(exchange, self.budget, by_address=self.by_address)


async def spend_budget(exchange: Exchange, budget: str, *, by_address: bool = False) -> None:
    """Take one unit of the named budget for the person of this request. Raise TooManyRequests if it is spent.

    For handlers that learn only from the body that they spend the budget; all others declare `spends`.
    """
    if any(decision.budget.name == budget for decision in exchange.decisions):
        return  # an earlier attempt of this request has spent it
    services = exchange.services
    declared = services.budgets[budget]
    if by_address:
        wanted: Sequence[tuple[Budget, str]] = ((declared, address_bucket(exchange.address)),)
    else:
        wanted = counted_by(exchange, declared)
    for each, key in wanted:
        decision = await services.limiter.spend(each, key)
        if each is declared and decision.key == wanted[0][1]:
            exchange.decisions.append(decision)
        if not decision.allowed:
            raise budget_spent(decision)


anyone, signed_in, allows = Anyone, SignedIn, Allows
recently_verified, spends = RecentlyVerified, Spends
