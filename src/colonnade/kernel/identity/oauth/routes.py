"""HTTP entry of signing in with other providers, for a product to mount.

Browsers go to `GET oauth/{provider}/start`, the provider, and `GET oauth/{provider}/callback`. With `returnTo` the
callback redirects to that page with a `login_code` in the fragment, which the page exchanges; without, it answers with
the session. Apps ask for a nonce, then post the provider's ID token.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Problem
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    Ok,
    QueryParameter,
    Router,
    anyone,
    delete,
    get,
    post,
    recently_verified,
    signed_in,
)
from colonnade.kernel.identity.oauth import queries
from colonnade.kernel.identity.oauth.flow import Providers, redirect
from colonnade.kernel.identity.oauth.identities import Identities
from colonnade.kernel.identity.oauth.schemas import (
    CodeChallenge,
    Identity,
    IdTokenLogin,
    Link,
    LinkOffer,
    LoginCodeExchange,
    Nonce,
    OAuthState,
    Profile,
    ProviderInfo,
)
from colonnade.kernel.identity.sessions.answers import SessionAnswer, session_itself
from colonnade.kernel.identity.sessions.transport import Transport, check_same_site
from colonnade.kernel.identity.shapes import annotate_handler
from colonnade.kernel.identity.signin.routes import login_answer
from colonnade.kernel.identity.signin.schemas import MfaRequired, SignedIn
from colonnade.kernel.identity.spending import TokenSpent, spend_token
from colonnade.kernel.identity.tags import OTHER_PROVIDERS
from colonnade.kernel.limits import Budget, Limiter, address_bucket

__all__ = ["CALLS", "oauth_routes"]

CALLS = Budget("oauth", "30/minute")
"""By client address, of requests that may each cost a call to the provider."""

ReturnTo = Annotated[
    str | None,
    QueryParameter(
        name="returnTo",
        max_length=1000,
        description="Page of this site to come back to, with `#login_code=…`.",
    ),
]
Challenge = Annotated[
    CodeChallenge | None,
    QueryParameter(
        name="codeChallenge",
        description="BASE64URL(SHA256(verifier)) of the page that returns.",
    ),
]
GivenState = Annotated[
    str | None, QueryParameter(name="state", description="As it was given to the provider.")
]


async def _spend(limiter: Limiter, exchange: Exchange) -> None:
    await limiter.require(CALLS, address_bucket(exchange.address))


@get("/oauth/providers", guards=[anyone()])
async def list_providers(providers: Providers) -> Ok[list[ProviderInfo]]:
    """The providers that people can sign in with."""
    known = [client.provider for client in providers.clients.values()]
    return Ok([ProviderInfo(one.name, one.title, one.takes_id_tokens) for one in known])


@get("/oauth/{provider:str}/start", guards=[anyone(identified=False)], answers=(502,), sends_on=True)
async def start(
    provider: str,
    providers: Providers,
    limiter: Limiter,
    exchange: Exchange,
    return_to: ReturnTo = None,
    code_challenge: Challenge = None,
    intent: Literal["login", "link"] = "login",
) -> None:
    """Send the browser to the provider; `intent=link` brings back an offer to link instead of a session."""
    await _spend(limiter, exchange)
    began = await providers.begin(
        exchange, provider, return_to=return_to, challenge=code_challenge, intent=intent
    )
    exchange.headers.append((b"set-cookie", began.cookie.encode("ascii")))
    raise exchange.sent_on(began.url)


@post("/oauth/{provider:str}/nonce", guards=[anyone(identified=False)])
async def make_nonce(provider: str, providers: Providers) -> Ok[Nonce]:
    """A nonce for the provider's SDK in a mobile app."""
    return Ok(providers.new_nonce(provider))


@get("/identities", guards=[signed_in()])
async def list_own(db: Database, caller: Principal) -> Ok[list[Identity]]:
    """The external accounts that open one's account."""
    return Ok(await queries.list_identities(db, caller.id))


@post("/oauth/link", guards=[signed_in(), recently_verified()])
async def link(
    data: Link,
    db: Database,
    identities: Identities,
    caller: Principal,
    exchange: Exchange,
) -> Created[Identity]:
    """Link an external account, which can open one's account from now on."""
    async with db.transaction(caller) as tx:
        identity = await identities.link(tx, caller, data.link_token, exchange)
    return Created(identity)


@delete("/identities/{identity_id:int}", guards=[signed_in(), recently_verified()])
async def unlink(
    identity_id: int, db: Database, identities: Identities, caller: Principal, exchange: Exchange
) -> None:
    """Unlink an external account; refused if nothing else opens one's account."""
    async with db.transaction(caller) as tx:
        await identities.unlink(tx, caller, identity_id, exchange)


async def _use_up(db: Database, claims: dict[str, Any]) -> None:
    """Spend a token in a transaction of its own, even if the sign-in fails. Raise OAuthState if it was used."""
    try:
        async with db.transaction() as tx:
            await spend_token(tx, claims)
    except TokenSpent:
        raise OAuthState from None


async def _sign_in(
    db: Database, identities: Identities, profile: Profile, exchange: Exchange, sign_up_role: str | None
) -> SignedIn | MfaRequired:
    async with db.transaction() as tx:
        return await identities.sign_in(tx, profile, exchange, sign_up_role=sign_up_role)


def _callback_handler(sign_up_role: str | None, answer: SessionAnswer) -> Any:
    async def come_back(
        provider: str,
        db: Database,
        providers: Providers,
        identities: Identities,
        limiter: Limiter,
        exchange: Exchange,
        code: str | None = None,
        given_state: GivenState = None,
        error: str | None = None,
        iss: str | None = None,
    ) -> Ok[Any]:
        """The address to which the provider returns the browser: a session, a second step, or a redirect."""
        await _spend(limiter, exchange)
        begun = await providers.open_state(db, exchange, provider, given_state)
        try:
            profile = await providers.finish(begun, code=code, error=error, issuer=iss)
        except Problem as problem:
            if begun.return_to is None:
                raise
            raise exchange.sent_on(redirect(begun.return_to, error=problem.code)) from None
        if begun.return_to is not None:
            login_code = providers.login_code(begun, profile)
            raise exchange.sent_on(redirect(begun.return_to, login_code=login_code))
        if begun.intent == "link":
            return Ok(providers.link_offer(profile))
        signed = await _sign_in(db, identities, profile, exchange, sign_up_role)
        return Ok(await login_answer(db, exchange, signed, "body", answer))

    annotate_handler(come_back, answer=answer, alternatives=[MfaRequired, LinkOffer])
    route = get(
        "/oauth/{provider:str}/callback",
        guards=[anyone(identified=False)],
        answers=(403, 409, 502),
        sends_on=True,
    )
    return route(come_back)


def _exchange_handler(sign_up_role: str | None, answer: SessionAnswer) -> Any:
    async def exchange_code(
        data: LoginCodeExchange,
        db: Database,
        providers: Providers,
        identities: Identities,
        limiter: Limiter,
        exchange: Exchange,
        transport: Transport = "body",
    ) -> Ok[Any]:
        """Exchange a login code, which came back in the address's fragment, for a session or its next step."""
        if transport == "cookie":
            check_same_site(exchange)
        await _spend(limiter, exchange)
        returned = providers.open_login_code(data.login_code, data.code_verifier)
        await _use_up(db, returned.claims)
        if returned.intent == "link":
            return Ok(providers.link_offer(returned.profile))
        signed = await _sign_in(db, identities, returned.profile, exchange, sign_up_role)
        return Ok(await login_answer(db, exchange, signed, transport, answer))

    annotate_handler(exchange_code, answer=answer, alternatives=[MfaRequired, LinkOffer])
    return post("/oauth/exchange", guards=[anyone(identified=False)], answers=(403,))(exchange_code)


def _id_token_handler(sign_up_role: str | None, answer: SessionAnswer) -> Any:
    async def log_in_with_id_token(
        provider: str,
        data: IdTokenLogin,
        db: Database,
        providers: Providers,
        identities: Identities,
        limiter: Limiter,
        exchange: Exchange,
    ) -> Ok[Any]:
        """Sign in with an ID token that a mobile app got for the nonce."""
        await _spend(limiter, exchange)
        profile, claims = await providers.take_id_token(provider, data.id_token, data.nonce_token)
        await _use_up(db, claims)
        signed = await _sign_in(db, identities, profile, exchange, sign_up_role)
        return Ok(await login_answer(db, exchange, signed, "body", answer))

    annotate_handler(log_in_with_id_token, answer=answer, alternatives=[MfaRequired])
    return post("/oauth/{provider:str}/id-token", guards=[anyone(identified=False)], answers=(403, 502))(
        log_in_with_id_token
    )


def oauth_routes(
    prefix: str = "/auth", *, sign_up_role: str | None = None, answer: SessionAnswer = session_itself
) -> Router:
    """Build `oauth/…`: signing in with external accounts, and linking them.

    Strangers with a verified e-mail get an account of `sign_up_role`; if that is None they are refused. `answer`
    makes the product's answer of a session.
    """
    return Router(
        prefix,
        route_handlers=[
            list_providers,
            start,
            make_nonce,
            list_own,
            link,
            unlink,
            _callback_handler(sign_up_role, answer),
            _exchange_handler(sign_up_role, answer),
            _id_token_handler(sign_up_role, answer),
        ],
        tags=[OTHER_PROVIDERS],
    )
