"""HTTP entry of step-up, for a product to mount."""

from __future__ import annotations

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Conflict
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.db import Database
from colonnade.kernel.http import Exchange, Ok, Router, get, post, signed_in
from colonnade.kernel.identity.codes import request_code
from colonnade.kernel.identity.mfa.second_factors import SecondFactors
from colonnade.kernel.identity.passkeys.passkeys import Passkeys
from colonnade.kernel.identity.passkeys.schemas import Ceremony
from colonnade.kernel.identity.passwords.passwords import Passwords
from colonnade.kernel.identity.stepup import actions
from colonnade.kernel.identity.stepup.schemas import StepUp, StepUpMethods, Verified
from colonnade.kernel.identity.tags import STEP_UP

__all__ = ["step_up_routes"]

WINDOW_SECONDS = 600
"""How long a proof counts unless a route requires a fresher one (`recently_verified`)."""


@get("/step-up", guards=[signed_in()])
async def show_methods(db: Database, caller: Principal) -> Ok[StepUpMethods]:
    """The methods by which one can authenticate again."""
    return Ok(StepUpMethods(methods=list(await actions.list_methods(db, caller))))


@post("/step-up", guards=[signed_in()])
async def step_up(
    data: StepUp,
    db: Database,
    second_factors: SecondFactors,
    passwords: Passwords,
    settings: Settings,
    caller: Principal,
    exchange: Exchange,
) -> Ok[Verified]:
    """Authenticate again, for requests that answer 403 STEP_UP_REQUIRED; wrong proofs are 400, never 401."""
    await actions.step_up(db, second_factors, passwords, settings, caller, data, exchange)
    return Ok(Verified(expires_in=WINDOW_SECONDS))


@post("/step-up/passkey/options", guards=[signed_in()])
async def begin_passkey(db: Database, passkeys: Passkeys, caller: Principal) -> Ok[Ceremony]:
    """What the browser needs to use one of one's passkeys."""
    return Ok(await passkeys.begin_use(db, "step-up", caller.id))


@post("/step-up/code", guards=[signed_in()])
async def send_code(db: Database, settings: Settings, caller: Principal, exchange: Exchange) -> Ok[None]:
    """Mail a code, for accounts that have neither a second factor nor a password."""
    if "email" not in await actions.list_methods(db, caller):
        raise Conflict("This account proves itself by other means.")
    async with db.transaction(caller) as tx:
        await request_code(
            tx,
            settings,
            email=caller.email,
            purpose="step-up",
            language=exchange.language,
            asker=caller.id,
        )
    return Ok(None, message="A code is on its way.")


def step_up_routes(prefix: str = "/auth") -> Router:
    """Build `step-up`: its methods, a proof, and the preparation of a proof by passkey or by e-mail."""
    return Router(prefix, route_handlers=[show_methods, step_up, begin_passkey, send_code], tags=[STEP_UP])
