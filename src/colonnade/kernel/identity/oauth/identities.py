"""Maps a provider's profile to an account here: finds, links or creates it, or refuses with an offer to link."""

from __future__ import annotations

import msgspec

from colonnade.kernel.access import Principal
from colonnade.kernel.audit import record
from colonnade.kernel.core import NotFound
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.oauth import queries
from colonnade.kernel.identity.oauth.flow import Providers
from colonnade.kernel.identity.oauth.schemas import (
    CannotSignUp,
    Identity,
    IdentityTaken,
    LastSignInMethod,
    LinkRequired,
    Profile,
)
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.queries import (
    fetch_account,
    insert_account,
    lock_account_row,
    lock_own_account,
)
from colonnade.kernel.identity.signin.logins import Logins
from colonnade.kernel.identity.signin.schemas import MfaRequired, SignedIn
from colonnade.kernel.identity.spending import spend_token
from colonnade.kernel.mail import same_address

__all__ = ["Identities"]


@provided("identities")
class Identities:
    """Signs people in by a provider's profile, and links external accounts to accounts."""

    def __init__(self, providers: Providers, logins: Logins, notices: Notices) -> None:
        self._providers = providers
        self._logins = logins
        self._notices = notices

    async def sign_in(
        self, tx: Transaction, profile: Profile, origin: ClientOrigin, *, sign_up_role: str | None
    ) -> SignedIn | MfaRequired:
        """Sign in the owner of the provider's profile.

        A known external account opens the account it is linked to. An unknown one is linked to the account with its
        e-mail if the provider has verified the address and this server has, too (otherwise its owner could be signed
        in to an account that somebody else registered with it). If no account has the verified address, one of
        `sign_up_role` is created.

        Raise LinkRequired in every other case, whether or not an account exists, CannotSignUp if the account would be
        created but `sign_up_role` is None, and InvalidCredentials if the account is not active.
        """
        await queries.lock_subject(tx, profile.provider, profile.subject)
        account_id = await queries.find_identity(tx, profile.provider, profile.subject)
        if account_id is not None:
            await lock_account_row(tx, account_id)
            if not await queries.touch_identity(tx, profile.provider, profile.subject, profile.email):
                # Unlinked by whoever held the lock. To go on with another account would take its lock out of order.
                raise self._link_required(profile)
        else:
            account_id = await self._link_or_make(tx, profile, origin, sign_up_role)
        account = await fetch_account(tx, account_id)
        return await self._logins.admit(tx, account, origin, methods=(profile.provider,))

    async def link(self, tx: Transaction, caller: Principal, token: str, origin: ClientOrigin) -> Identity:
        """Link the external account in `token` to the caller's account.

        Raise LinkTokenInvalid if the token is not valid, TokenSpent if it was used, IdentityTaken if the external
        account is linked already, Unauthorized if the caller's session has ended since the request began.
        """
        profile, claims = self._providers.open_link(token)
        await queries.lock_subject(tx, profile.provider, profile.subject)
        await lock_own_account(tx, caller)
        await spend_token(tx, claims)
        if await queries.find_identity(tx, profile.provider, profile.subject) is not None:
            raise IdentityTaken
        identity = await queries.insert_identity(
            tx, caller.id, profile.provider, profile.subject, profile.email
        )
        if profile.email_verified and profile.email is not None:
            await queries.mark_email_verified(tx, caller.id, profile.email)
        await self._notices.note_change(
            tx, caller.id, "identity-linked", origin, {"provider": profile.provider}
        )
        return identity

    async def unlink(
        self, tx: Transaction, caller: Principal, identity_id: int, origin: ClientOrigin
    ) -> None:
        """Unlink an external account.

        Raise NotFound if the caller has no such link, LastSignInMethod if nothing else opens the account, Unauthorized
        if the caller's session has ended since the request began.
        """
        await lock_own_account(tx, caller)
        ways = await queries.count_ways(tx, caller.id)
        if not await queries.delete_identity(tx, caller.id, identity_id):
            raise NotFound("There is no such linked account.")
        if ways == 1:
            raise LastSignInMethod
        await self._notices.note_change(tx, caller.id, "identity-unlinked", origin, {"identity": identity_id})

    async def _link_or_make(
        self, tx: Transaction, profile: Profile, origin: ClientOrigin, sign_up_role: str | None
    ) -> int:
        if profile.email is None or not profile.email_verified:
            raise self._link_required(profile)
        found = await queries.lock_by_email(tx, profile.email)
        if found is not None:
            if not found["verified"] or not same_address(found["email"], profile.email):
                raise self._link_required(profile)
            account_id: int = found["id"]
            await self._notices.note_change(
                tx, account_id, "identity-linked", origin, {"provider": profile.provider}
            )
        else:
            if sign_up_role is None:
                raise CannotSignUp
            account_id = await _sign_up(tx, profile, profile.email, origin, sign_up_role)
        await queries.insert_identity(tx, account_id, profile.provider, profile.subject, profile.email)
        return account_id

    def _link_required(self, profile: Profile) -> LinkRequired:
        return LinkRequired(details=msgspec.to_builtins(self._providers.link_offer(profile)))


async def _sign_up(tx: Transaction, profile: Profile, email: str, origin: ClientOrigin, role: str) -> int:
    account = await insert_account(
        tx,
        email=email,
        name=profile.name or email.partition("@")[0],
        role=role,
        password_hash=None,
        signed_up=True,
    )
    await queries.mark_email_verified(tx, account.id, email)
    await record(
        tx,
        action="account.created",
        target=("account", account.id),
        after={"role": role, "provider": profile.provider},
        origin=origin,
    )
    return account.id
