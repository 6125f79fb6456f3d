"""Adding, using and removing passkeys. A challenge travels in a single-use signed token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Unauthorized
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Executor, Transaction
from colonnade.kernel.identity.factors.actions import check_last_factor, issue_first_codes
from colonnade.kernel.identity.factors.required import FactorRule
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.passkeys import ceremonies, queries
from colonnade.kernel.identity.passkeys.schemas import (
    Ceremony,
    Passkey,
    PasskeyAdd,
    PasskeyAdded,
    PasskeyNotAccepted,
    PasskeyProof,
    PasskeyRefused,
    StoredPasskey,
)
from colonnade.kernel.identity.queries import lock_account_row, lock_own_account
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.identity.spending import spend_token
from colonnade.kernel.tokens import Tokens

__all__ = ["Passkeys", "Purpose"]

CEREMONY_TTL = timedelta(minutes=5)
Purpose = Literal["login", "second-factor", "step-up"]
_ANYBODY = "anybody"


@provided("passkeys")
class Passkeys:
    """Registers and verifies passkeys of `party`; `product` is part of an account's id for authenticators."""

    def __init__(
        self,
        party: ceremonies.RelyingParty,
        product: str,
        tokens: Tokens,
        rule: FactorRule,
        notices: Notices,
    ) -> None:
        self._party = party
        self._product = product
        self._tokens = tokens
        self._rule = rule
        self._notices = notices

    async def begin_registration(self, db: Executor, account: Account) -> Ceremony:
        """Return options to create a passkey for `account` on an authenticator that has none of it."""
        challenge = ceremonies.new_challenge()
        options = ceremonies.registration_options(
            self._party,
            challenge=challenge,
            handle=ceremonies.user_handle(self._product, account.id),
            email=account.email,
            name=account.name,
            known=await queries.list_credential_ids(db, account.id),
        )
        return self._ceremony("registration", str(account.id), challenge, options)

    async def register(
        self, tx: Transaction, caller: Principal, data: PasskeyAdd, origin: ClientOrigin
    ) -> PasskeyAdded:
        """Verify the authenticator's answer and store its public key; return recovery codes with the first factor.

        Raise PasskeyNotAccepted if the answer is not valid, PasskeyTaken if the credential is registered, PasskeyLimit
        if the account has the maximum, TokenSpent if the challenge was used, Unauthorized if the caller's session has
        ended.
        """
        await lock_own_account(tx, caller)
        passkey = await self._add(tx, caller.id, data)
        await self._notices.note_change(tx, caller.id, "passkey-added", origin, {"passkey": passkey.id})
        return PasskeyAdded(passkey=passkey, recovery_codes=await issue_first_codes(tx, caller.id))

    async def remove(self, tx: Transaction, caller: Principal, passkey_id: int, origin: ClientOrigin) -> None:
        """Remove one of the caller's passkeys.

        Raise NotFound if there is no such passkey, LastSecondFactor if it is the last factor and the role requires one,
        Unauthorized if the caller's session ended.
        """
        await lock_own_account(tx, caller)
        await queries.delete_passkey(tx, caller.id, passkey_id)
        await check_last_factor(tx, self._rule, caller.id, caller.role)
        await self._notices.note_change(tx, caller.id, "passkey-removed", origin, {"passkey": passkey_id})

    async def begin_use(self, db: Executor, purpose: Purpose, account_id: int | None = None) -> Ceremony:
        """Return options to use a passkey: any at login, the account's own as a second factor or for step-up."""
        challenge = ceremonies.new_challenge()
        known = await queries.list_credential_ids(db, account_id) if account_id is not None else []
        options = ceremonies.request_options(
            self._party, challenge=challenge, known=known, verify_user=purpose == "login"
        )
        subject = _ANYBODY if account_id is None else str(account_id)
        return self._ceremony(purpose, subject, challenge, options)

    async def use(
        self, tx: Transaction, purpose: Purpose, proof: PasskeyProof, account_id: int | None = None
    ) -> StoredPasskey:
        """Verify a signature and return its passkey, which must be `account_id`'s if one is given.

        At login the authenticator must have asked for a PIN or biometric: the passkey is then both factors. Raise
        PasskeyRefused if the passkey or its signature is not valid, TokenSpent if the challenge was used.
        """
        claims = self._claims(purpose, proof.token, PasskeyRefused())
        if claims["sub"] != (_ANYBODY if account_id is None else str(account_id)):
            raise PasskeyRefused
        passkey = await queries.find_by_credential(tx, ceremonies.credential_id_of(proof.credential))
        if passkey is None or account_id not in (None, passkey.account_id):
            raise PasskeyRefused
        used = ceremonies.verify_use(
            self._party,
            proof.credential,
            bytes.fromhex(claims["challenge"]),
            passkey,
            handle=ceremonies.user_handle(self._product, passkey.account_id),
            verify_user=purpose == "login",
        )
        await spend_token(tx, claims)
        # Before the passkey's row, as everything does that takes ways in away.
        await lock_account_row(tx, passkey.account_id)
        if not await queries.advance_counter(tx, passkey.id, used.sign_count, backed_up=used.backed_up):
            raise PasskeyRefused
        return passkey

    async def _add(self, tx: Transaction, account_id: int, data: PasskeyAdd) -> Passkey:
        claims = self._claims("registration", data.token, PasskeyNotAccepted())
        if claims["sub"] != str(account_id):
            raise PasskeyNotAccepted
        found = ceremonies.verify_registration(
            self._party, data.credential, bytes.fromhex(claims["challenge"])
        )
        await spend_token(tx, claims)
        return await queries.insert_passkey(
            tx,
            account_id,
            name=data.name.strip(),
            credential_id=found.credential_id,
            public_key=found.public_key,
            sign_count=found.sign_count,
            transports=found.transports,
            backed_up=found.backed_up,
        )

    def _ceremony(self, kind: str, subject: str, challenge: bytes, options: dict[str, Any]) -> Ceremony:
        token = self._tokens.issue(f"passkey-{kind}", subject, CEREMONY_TTL, {"challenge": challenge.hex()})
        return Ceremony(token=token, options=options, expires_in=int(CEREMONY_TTL.total_seconds()))

    def _claims(self, kind: str, token: str, refusal: Exception) -> dict[str, Any]:
        try:
            return self._tokens.verify(f"passkey-{kind}", token)
        except Unauthorized:
            raise refusal from None
