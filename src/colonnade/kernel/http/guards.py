"""Guards that a route's signature shows: who may call it and which budget it spends.

Every route has exactly one of `anyone()`, `signed_in()` and `allows(permission)`; the permission matrix is
read off them. Guards run before the body is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from colonnade.kernel.access import Principal, check_allowed
from colonnade.kernel.core import Forbidden, NotFound, TooManyRequests, Unauthorized
from colonnade.kernel.http.exchange import SCOPE_KEY, Exchange
from colonnade.kernel.limits import address_bucket

if TYPE_CHECKING:
    from colonnade.kernel.http.services import Authenticates

__all__ = [
    "Allows",
    "Anyone",
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

MAX_INTEGER_ID = 2**31 - 1

LATELY_SECONDS = 600
"""How long a login or a step-up counts, where nothing else is said."""

Connection = ASGIConnection[Any, Any, Any, Any]


async def _identify(connection: Connection) -> Principal | None:
    """The caller named by the Authorization header; raises Unauthorized for a bad token."""
    exchange: Exchange = connection.scope[SCOPE_KEY]  # type: ignore[literal-required]
    path_values: dict[str, Any] = connection.scope["path_params"]
    for value in path_values.values():
        # One address per id: `1_0`, `+1`, `007` and digits of other scripts are numbers to Python only.
        if type(value) is int and (
            not -MAX_INTEGER_ID <= value <= MAX_INTEGER_ID or f"/{value}/" not in exchange.path + "/"
        ):
            raise NotFound
    header = exchange.request_headers.get(b"authorization")
    if header is None:
        return None
    scheme, _, token = header.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("The Authorization header must be `Bearer <token>`.")
    exchange.caller = await exchange.services.authenticator.authenticate(token.strip())
    return exchange.caller


class Anyone:
    """Open to everybody; a caller who is signed in is known all the same, unless not `identified`."""

    permission: str | None = None
    label = "anyone"

    def __init__(self, *, identified: bool = True) -> None:
        self.identified = identified

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Identify the caller, if there is one."""
        if self.identified:
            await _identify(connection)


class SessionRequired(Forbidden):
    """An API key may do what it was given permissions for, and nothing about the account itself."""

    code = "SESSION_REQUIRED"
    message = "This is for signed-in people: an API key cannot do it."


class SignedIn:
    """Open to every active account; to API keys only where `api_keys` says so."""

    permission: str | None = None
    label = "signed in"

    def __init__(self, *, api_keys: bool = False) -> None:
        self.api_keys = api_keys

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Refuse anonymous callers."""
        caller = await _identify(connection)
        if caller is None:
            raise Unauthorized
        if caller.via_key and not self.api_keys:
            raise SessionRequired


class Allows:
    """Open to callers whose role has the permission."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        self.label = permission

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Refuse anonymous callers and those without the permission."""
        check_allowed(await _identify(connection), self.permission)


class VerificationNeeded(Forbidden):
    """What is asked for is dangerous, and it is too long ago that this session proved who is there."""

    code = "STEP_UP_REQUIRED"
    message = "Please confirm that it is you: enter your password or second factor again."


async def check_recently_verified(
    authenticator: Authenticates, caller: Principal, seconds: int = LATELY_SECONDS
) -> None:
    """Raise VerificationNeeded unless the caller's session proved who is there within `seconds`."""
    if not await authenticator.verified_within(caller, seconds):
        raise VerificationNeeded(details={"max_age_seconds": seconds})


class RecentlyVerified:
    """Open to sessions that proved who is there (login or step-up) lately; comes after the access guard."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Ask for a step-up (403 STEP_UP_REQUIRED) when the proof is too old. API keys cannot give one."""
        exchange: Exchange = connection.scope[SCOPE_KEY]  # type: ignore[literal-required]
        # A router's guards come before the route's own, which has not looked at the caller then.
        caller = exchange.caller or await _identify(connection)
        if caller is None:
            raise Unauthorized
        await check_recently_verified(exchange.services.authenticator, caller, self.seconds)


class Spends:
    """Each request costs one of the named budget, counted per client address."""

    def __init__(self, budget: str) -> None:
        self.budget = budget

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Refuse when the budget is spent."""
        exchange: Exchange = connection.scope[SCOPE_KEY]  # type: ignore[literal-required]
        await spend_budget(exchange, self.budget)


async def spend_budget(exchange: Exchange, budget: str) -> None:
    """Take one of the named budget for the address of this request; raises TooManyRequests.

    For handlers that know only after a look at the body that the budget is theirs to spend; else `spends`.
    """
    if any(decision.budget.name == budget for decision in exchange.decisions):
        return  # paid for by an earlier attempt of this request
    services = exchange.services
    decision = await services.limiter.spend(services.budgets[budget], address_bucket(exchange.address))
    exchange.decisions.append(decision)
    if not decision.allowed:
        raise TooManyRequests(retry_after_seconds=decision.reset_seconds)


_ANYONE, _ANYONE_AT_ALL = Anyone(), Anyone(identified=False)
_SIGNED_IN, _SIGNED_IN_OR_KEY = SignedIn(), SignedIn(api_keys=True)


def anyone(*, identified: bool = True) -> Anyone:
    """Everybody may call this route; a bad bearer is refused (401) all the same.

    Not `identified`: the bearer is not looked at, for routes that are called because it has expired.
    """
    return _ANYONE if identified else _ANYONE_AT_ALL


def signed_in(*, api_keys: bool = False) -> SignedIn:
    """Every signed-in account may call this route; with `api_keys` so may every API key, whatever its scopes."""
    return _SIGNED_IN_OR_KEY if api_keys else _SIGNED_IN


def allows(permission: str) -> Allows:
    """Accounts whose role has `permission` may call this route."""
    return Allows(permission)


def recently_verified(seconds: int = LATELY_SECONDS) -> RecentlyVerified:
    """Sessions that proved who is there within `seconds` may call this route; name it after the access guard."""
    return RecentlyVerified(seconds)


def spends(budget: str) -> Spends:
    """A request to this route costs one of `budget`."""
    return Spends(budget)
