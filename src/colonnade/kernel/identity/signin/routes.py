"""HTTP entry of signing in, for a product to mount: e-mail and password, and the second step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok, Router, anyone, post
from colonnade.kernel.http.visits import check_demo_login
from colonnade.kernel.identity.mfa.schemas import TotpOffer
from colonnade.kernel.identity.passkeys.schemas import Ceremony
from colonnade.kernel.identity.sessions.routes import logged_in
from colonnade.kernel.identity.sessions.schemas import LoggedIn, Login
from colonnade.kernel.identity.sessions.transport import Transport, check_same_site
from colonnade.kernel.identity.shapes import annotate_handler
from colonnade.kernel.identity.signin.logins import Logins
from colonnade.kernel.identity.signin.schemas import (
    Enroll,
    EnrollConfirm,
    LoggedInWithCodes,
    MfaBegin,
    MfaRequired,
    MfaVerify,
    SignedIn,
)
from colonnade.kernel.identity.tags import AUTHENTICATION, SECOND_FACTORS

__all__ = ["Credentials", "login_answer", "login_routes"]


class Credentials(Protocol):
    """The body of a login; each product has its own limits for it."""

    @property
    def email(self) -> str:
        """The address of the account."""

    @property
    def password(self) -> str:
        """The password as it was typed."""


def login_answer(
    exchange: Exchange, signed: SignedIn | MfaRequired, transport: Transport
) -> LoggedIn | MfaRequired:
    """Return the answer to a first factor: the session, or the token for the second step."""
    if isinstance(signed, MfaRequired):
        return signed
    return logged_in(exchange, signed.account, signed.issued, transport)


@post("/mfa/verify", guards=[anyone(identified=False)], answers=(403,))
async def verify_second_factor(
    data: MfaVerify, db: Database, logins: Logins, exchange: Exchange, transport: Transport = "body"
) -> Ok[LoggedIn]:
    """Second step of a login: the app's code, a recovery code or a passkey; five wrong ones per 15 minutes."""
    if transport == "cookie":
        check_same_site(exchange)
    admitted = await logins.finish(db, data, exchange)
    return Ok(logged_in(exchange, admitted.account, admitted.issued, transport), message="Login successful")


@post("/mfa/passkey/options", guards=[anyone(identified=False)])
async def begin_passkey_step(data: MfaBegin, db: Database, logins: Logins) -> Ok[Ceremony]:
    """What the browser needs to use a passkey as the second step."""
    return Ok(await logins.begin_passkey_step(db, data.mfa_token))


@post("/mfa/enroll", guards=[anyone(identified=False)])
async def begin_enrollment(data: Enroll, db: Database, logins: Logins) -> Ok[TotpOffer]:
    """Set up the authenticator app that one's role requires, while signing in."""
    return Ok(await logins.begin_enrollment(db, data.mfa_token))


@post("/mfa/enroll/confirm", guards=[anyone(identified=False)], answers=(403,))
async def finish_enrollment(
    data: EnrollConfirm, db: Database, logins: Logins, exchange: Exchange, transport: Transport = "body"
) -> Ok[LoggedInWithCodes]:
    """Confirm the app with its first code; gives the session and the recovery codes."""
    if transport == "cookie":
        check_same_site(exchange)
    admitted = await logins.finish_enrollment(db, data.mfa_token, data.code, exchange)
    session = logged_in(exchange, admitted.account, admitted.issued, transport)
    fields = {name: getattr(session, name) for name in LoggedIn.__struct_fields__}
    return Ok(LoggedInWithCodes(**fields, recovery_codes=admitted.recovery_codes), message="Login successful")


async def _unchanged(db: Database, session: LoggedIn) -> LoggedIn:
    return session


def login_routes(
    prefix: str = "/auth",
    *,
    credentials: type[Credentials] = Login,
    answer: Callable[[Database, LoggedIn], Awaitable[Any]] = _unchanged,
) -> Router:
    """Build `POST login`, with e-mail and password, and the second step of every login: `mfa/verify`, `mfa/enroll` ….

    `credentials` is the body that `login` takes; `answer` makes the product's answer of a session, and its annotated
    return type is shown in the API description.
    """

    async def log_in(
        data: Credentials, db: Database, logins: Logins, exchange: Exchange, transport: Transport = "body"
    ) -> Ok[Any]:
        """Sign in with e-mail and password; five failures per 15 minutes, by address and by account.

        With a second factor the answer is `mfaRequired` and a token for `mfa/verify`, and no session yet.
        """
        if transport == "cookie":
            check_same_site(exchange)
        check_demo_login(exchange, data.email)
        signed = await logins.by_password(db, data.email, data.password, exchange)
        given = login_answer(exchange, signed, transport)
        if isinstance(given, MfaRequired):
            return Ok(given, message="A second factor is required")
        return Ok(await answer(db, given), message="Login successful")

    annotate_handler(log_in, data=credentials, answer=answer, alternative=MfaRequired)
    login = post("/login", guards=[anyone(identified=False)], answers=(403,), signs_in=True)(log_in)
    second_step = [verify_second_factor, begin_passkey_step, begin_enrollment, finish_enrollment]
    return Router(
        prefix,
        route_handlers=[
            Router("/", route_handlers=[login], tags=[AUTHENTICATION]),
            Router("/", route_handlers=second_step, tags=[SECOND_FACTORS]),
        ],
    )
