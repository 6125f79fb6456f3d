"""From a provider's profile to an account here: found, linked, made, or refused with an offer to link."""

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
from colonnade.kernel.identity.queries import fetch_account, insert_account
from colonnade.kernel.identity.signin.logins import Logins
from colonnade.kernel.identity.signin.schemas import MfaRequired, SignedIn
from colonnade.kernel.identity.spending import spend_token
from colonnade.kernel.mail import same_address

__all__ = ["Identities"]


@provided("identities")
class Identities:
    """Signs in whoever the provider's profile belongs to here, and links accounts elsewhere with accounts."""

    def __init__(self, providers: Providers, logins: Logins, notices: Notices) -> None:
        self._providers = providers
        self._logins = logins
        self._notices = notices

    async def sign_in(
        self, tx: Transaction, profile: Profile, origin: ClientOrigin, *, sign_up_role: str | None
    ) -> SignedIn | MfaRequired:
        """Sign in whoever the provider's profile belongs to here.

        A known account elsewhere opens the account it is linked with. An unknown one is linked to the account with
        its e-mail if the provider has verified the address and so have we (an account that somebody else made with
        it must not be what its owner signs in to); with an address that is new, an account of `sign_up_role` is
        made. Anything else is LinkRequired, whether or not an account exists. Raises CannotSignUp and, for an
        account that is not active, InvalidCredentials.
        """
        await queries.lock_subject(tx, profile.provider, profile.subject)
        account_id = await queries.find_identity(tx, profile.provider, profile.subject)
        if account_id is None:
            account_id = await self._link_or_make(tx, profile, origin, sign_up_role)
        else:
            await queries.touch_identity(tx, profile.provider, profile.subject, profile.email)
        account = await fetch_account(tx, account_id)
        return await self._logins.admit(tx, account, origin, methods=(profile.provider,))

    async def link(self, tx: Transaction, caller: Principal, token: str, origin: ClientOrigin) -> Identity:
        """Let the account elsewhere that `token` stands for open the caller's account.

        Raises LinkTokenInvalid, TokenSpent, IdentityTaken.
        """
        profile, claims = self._providers.open_link(token)
        await queries.lock_subject(tx, profile.provider, profile.subject)
        await spend_token(tx, claims)
        if await queries.find_identity(tx, profile.provider, profile.subject) is not None:
            raise IdentityTaken
        identity = await queries.insert_identity(
            tx, caller.id, profile.provider, profile.subject, profile.email
        )
        if profile.email_verified and profile.email is not None and same_address(profile.email, caller.email):
            await queries.mark_email_verified(tx, caller.id)
        await self._notices.note_change(
            tx, caller.id, "identity-linked", origin, {"provider": profile.provider}
        )
        return identity

    async def unlink(
        self, tx: Transaction, caller: Principal, identity_id: int, origin: ClientOrigin
    ) -> None:
        """Forget an account elsewhere; raises NotFound, and LastSignInMethod if nothing else opens the account."""
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
        found = await queries.find_by_email(tx, profile.email)
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
        tx, email=email, name=profile.name or email.partition("@")[0], role=role, password_hash=None
    )
    await queries.mark_email_verified(tx, account.id)
    await record(
        tx,
        action="account.created",
        target=("account", account.id),
        after={"role": role, "provider": profile.provider},
        origin=origin,
    )
    return account.id
