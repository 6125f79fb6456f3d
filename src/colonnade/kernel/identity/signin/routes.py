"""HTTP entry of signing in, for a product to mount: e-mail and password, and the second step."""

from __future__ import annotations

from typing import Any, Protocol, get_type_hints

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import Api, Exchange, Ok, Router, anyone, post
from colonnade.kernel.http.visits import is_local_exchange
from colonnade.kernel.identity.mfa.schemas import TotpOffer
from colonnade.kernel.identity.passkeys.schemas import Ceremony
from colonnade.kernel.identity.sessions.answers import SessionAnswer, session_itself
from colonnade.kernel.identity.sessions.routes import logged_in
from colonnade.kernel.identity.sessions.schemas import Login
from colonnade.kernel.identity.sessions.transport import Transport, check_same_site
from colonnade.kernel.identity.shapes import annotate_handler
from colonnade.kernel.identity.signin.demo import check_demo_login
from colonnade.kernel.identity.signin.logins import Logins
from colonnade.kernel.identity.signin.schemas import (
    Enroll,
    EnrollConfirm,
    MfaBegin,
    MfaRequired,
    MfaVerify,
    SignedIn,
    with_codes,
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


async def login_answer(
    db: Database,
    exchange: Exchange,
    signed: SignedIn | MfaRequired,
    transport: Transport,
    answer: SessionAnswer,
) -> Any:
    """Return the answer to a first factor: that of the product to a session, or the token for the second step."""
    if isinstance(signed, MfaRequired):
        return signed
    return await answer(db, logged_in(exchange, signed.account, signed.issued, transport))


@post("/mfa/passkey/options", guards=[anyone(identified=False)])
async def begin_passkey_step(data: MfaBegin, db: Database, logins: Logins) -> Ok[Ceremony]:
    """What the browser needs to use a passkey as the second step."""
    return Ok(await logins.begin_passkey_step(db, data.mfa_token))


@post("/mfa/enroll", guards=[anyone(identified=False)])
async def begin_enrollment(data: Enroll, db: Database, logins: Logins) -> Ok[TotpOffer]:
    """Set up the authenticator app that one's role requires, while signing in."""
    return Ok(await logins.begin_enrollment(db, data.mfa_token))


def _login_handler(credentials: type[Credentials], answer: SessionAnswer) -> Any:
    async def log_in(
        data: Credentials,
        db: Database,
        logins: Logins,
        product: Api,
        settings: Settings,
        exchange: Exchange,
        transport: Transport = "body",
    ) -> Ok[Any]:
        """Sign in with e-mail and password; five failures per 15 minutes of one account from one address.

        With a second factor the answer is `mfaRequired` and a token for `mfa/verify`, and no session yet.
        """
        if transport == "cookie":
            check_same_site(exchange)
        published = {login.email.casefold(): login.password for login in product.demo_logins}
        is_local = is_local_exchange(exchange)
        check_demo_login(published, settings, data.email, data.password, is_local=is_local)
        signed = await logins.by_password(db, data.email, data.password, exchange)
        given = await login_answer(db, exchange, signed, transport, answer)
        required = isinstance(given, MfaRequired)
        return Ok(given, message="A second factor is required" if required else "Login successful")

    annotate_handler(log_in, data=credentials, answer=answer, alternatives=[MfaRequired])
    return post("/login", guards=[anyone(identified=False)], answers=(403,), signs_in=True)(log_in)


def _verification_handler(answer: SessionAnswer) -> Any:
    async def verify_second_factor(
        data: MfaVerify, db: Database, logins: Logins, exchange: Exchange, transport: Transport = "body"
    ) -> Ok[Any]:
        """Second step of a login: the app's code, a recovery code or a passkey; five wrong ones per 15 minutes."""
        if transport == "cookie":
            check_same_site(exchange)
        admitted = await logins.finish(db, data, exchange)
        session = logged_in(exchange, admitted.account, admitted.issued, transport)
        return Ok(await answer(db, session), message="Login successful")

    annotate_handler(verify_second_factor, answer=answer)
    return post("/mfa/verify", guards=[anyone(identified=False)], answers=(403,))(verify_second_factor)


def _enrollment_handler(answer: SessionAnswer) -> Any:
    plain = get_type_hints(answer)["return"]
    shape = with_codes(plain)

    async def finish_enrollment(
        data: EnrollConfirm, db: Database, logins: Logins, exchange: Exchange, transport: Transport = "body"
    ) -> Ok[Any]:
        """Confirm the app with its first code; gives the session and the recovery codes."""
        if transport == "cookie":
            check_same_site(exchange)
        admitted = await logins.finish_enrollment(db, data.mfa_token, data.code, exchange)
        given = await answer(db, logged_in(exchange, admitted.account, admitted.issued, transport))
        fields = {name: getattr(given, name) for name in plain.__struct_fields__}
        return Ok(shape(**fields, recovery_codes=admitted.recovery_codes), message="Login successful")

    annotate_handler(finish_enrollment, answer=shape)
    return post("/mfa/enroll/confirm", guards=[anyone(identified=False)], answers=(403,))(finish_enrollment)


def login_routes(
    prefix: str = "/auth",
    *,
    credentials: type[Credentials] = Login,
    answer: SessionAnswer = session_itself,
) -> Router:
    """Build `POST login`, with e-mail and password, and the second step of every login: `mfa/verify`, `mfa/enroll` ….

    `credentials` is the body that `login` takes; `answer` makes the product's answer of a session.
    """
    second_step = [
        _verification_handler(answer),
        begin_passkey_step,
        begin_enrollment,
        _enrollment_handler(answer),
    ]
    return Router(
        prefix,
        route_handlers=[
            Router("/", route_handlers=[_login_handler(credentials, answer)], tags=[AUTHENTICATION]),
            Router("/", route_handlers=second_step, tags=[SECOND_FACTORS]),
        ],
    )
