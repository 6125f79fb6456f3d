"""Taking the second factors off an account whose owner has lost them: by an administrator, never by oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colonnade.kernel.access import Principal
from colonnade.kernel.core import NotFound
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.factors.queries import delete_factors
from colonnade.kernel.identity.notices import note_change
from colonnade.kernel.identity.privacy.suspending import lock_other
from colonnade.kernel.identity.sessions.actions import end_account_sessions

if TYPE_CHECKING:
    from colonnade.kernel.http import Exchange
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["reset_factors"]


async def reset_factors(
    tx: Transaction,
    services: IdentityServices,
    caller: Principal | None,
    account_id: int,
    exchange: Exchange | None = None,
) -> None:
    """Remove authenticator app, passkeys and recovery codes, end every session and tell the owner by mail.

    The password stays; a role that asks for a second factor has a new one set up at the next login. `caller` None
    is the command line. Raises NotFound (also for an account without a second factor), OwnAccount and Forbidden.
    """
    await lock_other(tx, services, caller, account_id)
    removed = await delete_factors(tx, account_id)
    if not removed["totp"] and not removed["passkeys"]:
        raise NotFound("This account has no second factor.")
    await end_account_sessions(tx, account_id, "factors-reset", origin=exchange)
    details = {"app": removed["totp"], "passkeys": removed["passkeys"]}
    await note_change(tx, services, account_id, "factors-reset", exchange, details)
