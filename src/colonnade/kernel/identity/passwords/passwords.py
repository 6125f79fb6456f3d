"""Checking, changing and resetting passwords.

Hashing takes time, so it happens before the transaction; the UPDATE has the condition that the password was not
changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import Origin, record
from colonnade.kernel.core import Unauthorized
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Database, Transaction
from colonnade.kernel.identity.apikeys.queries import revoke_keys
from colonnade.kernel.identity.codes import CheckedCode, CodeInvalid, confirm_email, use_code
from colonnade.kernel.identity.factors.queries import delete_factors
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.passwords import queries
from colonnade.kernel.identity.passwords.breach import BreachCheck
from colonnade.kernel.identity.passwords.common import is_common
from colonnade.kernel.identity.passwords.hashing import PasswordHasher, normal_password
from colonnade.kernel.identity.passwords.policy import find_weakness
from colonnade.kernel.identity.passwords.schemas import (
    PasswordChanged,
    Rules,
    StoredPassword,
    WeakPassword,
    WrongPassword,
)
from colonnade.kernel.identity.queries import lock_own_account
from colonnade.kernel.identity.sessions.actions import end_account_sessions
from colonnade.kernel.limits import LoginGuard
from colonnade.kernel.mail import Language

__all__ = ["Passwords"]


_CREDENTIALS = ("api_keys", "providers", "second_factors")
"""What opens an account beside its password, in the order of the mail about a reset."""


@provided("passwords")
class Passwords:
    """Checks, hashes and replaces passwords by the rules of this product.

    `bcrypt` tells that new passwords are hashed with it. `site` are names that no password may consist of. Without
    `breaches` passwords are not looked up among leaked ones.
    """

    def __init__(
        self,
        hasher: PasswordHasher,
        guard: LoginGuard,
        notices: Notices,
        *,
        rules: Rules,
        bcrypt: bool,
        site: Sequence[str],
        breaches: BreachCheck | None = None,
    ) -> None:
        self.rules = rules
        self.breaches = breaches
        self._hasher = hasher
        self._guard = guard
        self._notices = notices
        self._bcrypt = bcrypt
        self._site = tuple(site)

    async def check(self, password: str, *, about: Iterable[str] = (), field: str = "password") -> None:
        """Raise WeakPassword, with the broken rule under `field`, if the password is easily guessed.

        `about` are the owner's e-mail and name, as far as known.
        """
        password = normal_password(password)
        weakness = find_weakness(
            password, min_length=self.rules.min_length, bcrypt=self._bcrypt, about=[*about, *self._site]
        )
        if weakness is None and await is_common(password):
            weakness = "This is one of the most common passwords."
        if weakness is None and self.breaches is not None and await self.breaches.is_breached(password):
            weakness = "This password is known from a data leak elsewhere."
        if weakness is not None:
            raise WeakPassword(fields={field: weakness})

    async def hash(self, password: str, *, address: str = "", known: bool = True) -> str:
        """Return the hash of `password`, to be stored. Raise HashingBusy (503) if the queue is full.

        Calls wait by `address`; strangers who sign up are not `known`, so that people with an account do not wait for
        them.
        """
        return await self._hasher.hash(password, address=address, known=known)

    async def check_current(
        self, db: Database, caller: Principal, password: str, *, address: str
    ) -> StoredPassword:
        """Return the caller's stored password if `password` matches it.

        Wrong ones count as failed logins of this session, so that somebody at an open one cannot try them all, and
        nobody else can spend what its owner has left. Raise WrongPassword (400) if it is wrong or the account has none,
        TooManyRequests after too many failures.
        """
        return await self.check_owner(db, caller.id, password, address=address, session=caller.session_id)

    async def check_owner(
        self, db: Database, account_id: int, password: str, *, address: str, session: UUID | None = None
    ) -> StoredPassword:
        """Return an account's stored password if `password` matches it, as `check_current` does for the caller.

        `session` is the account's own, if the client has one. Raise Unauthorized if there is no such active account.
        """
        stored = await self._find(db, account_id)
        if stored is None:
            raise Unauthorized
        async with await self._guard.check(address, stored.email, session=session) as attempt:
            matches, _ = await self._hasher.verify(
                password, stored.password_hash, address=address, known=True
            )
            if not matches:
                raise WrongPassword
            await attempt.succeeded()
        return stored

    async def prepare(
        self, stored: StoredPassword, password: str, *, field: str = "password", address: str = ""
    ) -> str:
        """Return the hash of a new password. Raise WeakPassword if a rule forbids it or it was used before."""
        await self.check(password, about=(stored.email, stored.name), field=field)
        for used in (stored.password_hash, *stored.earlier_hashes):
            if used is None:
                continue
            again, _ = await self._hasher.verify(password, used, address=address, known=True)
            if again:
                raise WeakPassword(fields={field: "This password was used before. Please choose a new one."})
        return await self._hasher.hash(password, address=address)

    async def change(
        self,
        tx: Transaction,
        caller: Principal,
        stored: StoredPassword,
        new_hash: str,
        *,
        language: Language,
        origin: Origin | None = None,
    ) -> None:
        """Replace the caller's password and end every other session.

        Raise PasswordChanged if another request has replaced it meanwhile, Unauthorized if the session has ended.
        """
        await lock_own_account(tx, caller)
        await self._replace(tx, stored, new_hash)
        await self._tell(tx, stored, language)
        await record(
            tx, action="password.changed", actor=caller, target=("account", caller.id), origin=origin
        )
        await end_account_sessions(tx, caller.id, "password-changed", keep=caller.session_id)

    async def reset(
        self,
        db: Database,
        checked: CheckedCode,
        password: str,
        *,
        language: Language,
        origin: Origin | None = None,
    ) -> None:
        """Replace a forgotten password by means of a code, and end every session of the account.

        The code proves that its user reads the address, which becomes verified. API keys are revoked: whoever knew the
        old password may have made one. If nobody had proven to read this address before, linked providers go, and if
        somebody had signed up and proven none, the second factors too: they may be a stranger's who was there first.
        Raise CodeInvalid if the code was used meanwhile, WeakPassword or PasswordChanged as `prepare` and `change` do;
        these two leave the code usable.
        """
        stored = await self._find(db, checked.account_id)
        if stored is None:
            raise CodeInvalid(field="code")
        new_hash = await self.prepare(stored, password, address=origin.address if origin else "")
        async with db.transaction() as tx:
            await use_code(tx, checked)
            await self._replace(tx, stored, new_hash)
            removed = await _remove_other_credentials(tx, checked.account_id)
            await self._tell(tx, stored, language, **removed)
            await end_account_sessions(tx, checked.account_id, "password-changed")
            await record(
                tx,
                action="password.reset",
                actor=None,
                target=("account", checked.account_id),
                after={"removed": [name for name, gone in removed.items() if gone]},
                origin=origin,
            )

    async def _find(self, db: Database, account_id: int) -> StoredPassword | None:
        return await queries.find_password(db, account_id, earlier=self._earlier)

    async def _replace(self, tx: Transaction, stored: StoredPassword, new_hash: str) -> None:
        """Replace the password; keep sessions. Raise PasswordChanged if it was replaced before."""
        if not await queries.replace_password(
            tx, stored.account_id, before=stored.password_hash, after=new_hash, earlier=self._earlier
        ):
            raise PasswordChanged

    async def _tell(
        self, tx: Transaction, stored: StoredPassword, language: Language, **removed: bool
    ) -> None:
        """Mail the owner that the password was changed, and what else no longer opens the account."""
        await self._notices.send(
            tx,
            "password_changed",
            email=stored.email,
            name=stored.name,
            account_id=stored.account_id,
            language=language,
            **(dict.fromkeys(_CREDENTIALS, False) | removed),
        )

    @property
    def _earlier(self) -> int:
        """The number of passwords besides the present one that may not be reused."""
        return self.rules.remembered - 1


async def _remove_other_credentials(tx: Transaction, account_id: int) -> dict[str, bool]:
    """Remove what else opens an account whose mailbox was proven just now; return which kinds there were."""
    proof = await confirm_email(tx, account_id)
    keys, providers, factors = await revoke_keys(tx, account_id), 0, False
    if proof.unverified:
        providers = await queries.delete_identities(tx, account_id)
    if proof.unproven:
        deleted = await delete_factors(tx, account_id)
        factors = deleted["totp"] or deleted["passkeys"] > 0
    return dict(zip(_CREDENTIALS, (keys > 0, providers > 0, factors), strict=True))
