"""Setting up and removing the authenticator app, recovery codes, and checking a proof of any second factor.

Only `SecondFactors.check` checks a proof; guesses are counted by session or account, whatever address they come from.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalid, NotFound, Problem, now
from colonnade.kernel.core.fields import FieldCipher, Undecryptable
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Executor, Transaction
from colonnade.kernel.identity.factors import queries as factors
from colonnade.kernel.identity.factors.actions import check_last_factor, issue_codes, issue_first_codes
from colonnade.kernel.identity.factors.recovery import hash_code
from colonnade.kernel.identity.factors.required import FactorRule
from colonnade.kernel.identity.mfa import queries, totp
from colonnade.kernel.identity.mfa.schemas import (
    FactorProof,
    Factors,
    SecondFactorInvalid,
    TotpActive,
    TotpNotPending,
    TotpOffer,
)
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.passkeys.passkeys import Passkeys, Purpose
from colonnade.kernel.identity.passkeys.schemas import PasskeyRefused
from colonnade.kernel.identity.queries import lock_account_row, lock_own_account
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.limits import Budget, Limiter

__all__ = ["GUESSES", "SecondFactors"]

GUESSES = Budget("second-factor", "5/15 minutes", fail="closed")


@provided("second_factors")
class SecondFactors:
    """Sets up and checks second factors; authenticator apps list the account under `title`."""

    def __init__(
        self,
        title: str,
        cipher: FieldCipher,
        limiter: Limiter,
        passkeys: Passkeys,
        rule: FactorRule,
        notices: Notices,
    ) -> None:
        self._title = title
        self._cipher = cipher
        self._limiter = limiter
        self._passkeys = passkeys
        self._rule = rule
        self._notices = notices

    async def show(self, db: Executor, account_id: int, role: str) -> Factors:
        """Return the second factors of the account."""
        found = await factors.fetch_factors(db, account_id)
        return Factors(
            totp=found["totp"],
            passkeys=found["passkeys"],
            recovery_codes_left=found["recovery_codes"],
            required=self._rule.binds(role),
        )

    async def offer_totp(self, db: Executor, account: Account) -> TotpOffer:
        """Store and return a new secret that waits for its first code. Raise TotpActive if one is confirmed."""
        secret = totp.new_secret()
        sealed = self._cipher.encrypt(secret, place=_place(account.id))
        if not await queries.offer_totp(db, account.id, sealed):
            raise TotpActive
        uri = totp.provisioning_uri(secret, account=account.email, issuer=self._title)
        picture = base64.b64encode(totp.qr_png(uri)).decode()
        return TotpOffer(
            secret=secret,
            uri=uri,
            qr_png=f"data:image/png;base64,{picture}",
            expires_in=queries.PENDING_MINUTES * 60,
        )

    async def confirm_totp(
        self, tx: Transaction, account_id: int, code: str, origin: ClientOrigin
    ) -> list[str] | None:
        """Confirm the offered secret; return recovery codes if the account has none. Its row must be locked.

        Raise TotpNotPending if there is no secret to confirm, SecondFactorInvalid if the code is wrong.
        """
        sealed = await queries.find_totp(tx, account_id, confirmed=False)
        if sealed is None:
            raise TotpNotPending
        step = self._matching_step(account_id, sealed, code)
        if step is None:
            raise SecondFactorInvalid
        if not await queries.confirm_totp(tx, account_id, sealed, step):
            raise TotpNotPending
        await self._notices.note_change(tx, account_id, "totp-added", origin)
        return await issue_first_codes(tx, account_id)

    async def remove_totp(self, tx: Transaction, caller: Principal, origin: ClientOrigin) -> None:
        """Remove the caller's authenticator app, and with the last factor the recovery codes.

        Raise NotFound if there is no app, LastSecondFactor if it is the last factor and the role requires one,
        Unauthorized if the caller's session ended.
        """
        await lock_own_account(tx, caller)
        if not await queries.delete_totp(tx, caller.id):
            raise NotFound("There is no authenticator app.")
        await check_last_factor(tx, self._rule, caller.id, caller.role)
        await self._notices.note_change(tx, caller.id, "totp-removed", origin)

    async def renew_recovery_codes(
        self, tx: Transaction, caller: Principal, origin: ClientOrigin
    ) -> list[str]:
        """Replace all codes of the caller by ten new ones.

        Raise NotFound if the account has no second factor, Unauthorized if the caller's session ended.
        """
        await lock_own_account(tx, caller)
        account_id = caller.id
        found = await factors.fetch_factors(tx, account_id)
        if not found["totp"] and not found["passkeys"]:
            raise NotFound("There is no second factor to recover.")
        await factors.delete_recovery_codes(tx, account_id)
        await self._notices.note_change(tx, account_id, "recovery-codes-renewed", origin)
        return await issue_codes(tx, account_id)

    @asynccontextmanager
    async def guess(self, account: int | Principal) -> AsyncIterator[None]:
        """Count a guess at an account's second factor before it is checked; refund it if the block succeeds.

        Raise TooManyRequests after five wrong ones in 15 minutes: of a caller's session, or of the second step of all
        logins to the account, from whatever addresses. Who knows the password cannot spend what a session has left.
        """
        key = f"session:{account.session_id}" if isinstance(account, Principal) else str(account)
        decision = await self._limiter.require(GUESSES, key)
        try:
            yield
        except Exception as error:
            if not isinstance(error, Problem):
                await self._limiter.refund(decision)  # an error of the server is no wrong guess
            raise
        await self._limiter.refund(decision)

    async def check(
        self, tx: Transaction, account_id: int, proof: FactorProof, purpose: Purpose, origin: ClientOrigin
    ) -> str:
        """Use up the proof and return its method (`totp`, `recovery`, `passkey`). Call it inside `guess`.

        Raise Invalid unless there is exactly one proof, SecondFactorInvalid if it is wrong or was used.
        """
        given = [proof.code is not UNSET, proof.recovery_code is not UNSET, proof.passkey is not UNSET]
        if sum(given) != 1:
            raise Invalid(fields={"code": "Exactly one of code, recoveryCode and passkey is required"})
        await lock_account_row(tx, account_id)
        if proof.code is not UNSET:
            sealed = await queries.find_totp(tx, account_id, confirmed=True)
            step = self._matching_step(account_id, sealed, proof.code) if sealed is not None else None
            if step is None or not await queries.take_step(tx, account_id, step):
                raise SecondFactorInvalid
            return "totp"
        if proof.recovery_code is not UNSET:
            code_hash = hash_code(account_id, proof.recovery_code)
            if not await factors.take_recovery_code(tx, account_id, code_hash):
                raise SecondFactorInvalid
            await self._notices.note_change(tx, account_id, "recovery-code-used", origin)
            return "recovery"
        assert proof.passkey is not UNSET
        try:
            await self._passkeys.use(tx, purpose, proof.passkey, account_id)
        except PasskeyRefused:
            raise SecondFactorInvalid from None
        return "passkey"

    def _matching_step(self, account_id: int, sealed: str, code: str) -> int | None:
        try:
            secret = self._cipher.decrypt(sealed, place=_place(account_id))
        except Undecryptable:
            return None  # its field key was removed: recovery codes still work
        return totp.matching_step(secret, code.replace(" ", ""), now())


def _place(account_id: int) -> str:
    return f"account_totp.secret:{account_id}"
