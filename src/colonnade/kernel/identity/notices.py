"""Mails that tell owners about changes of their accounts, whoever made these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from colonnade.kernel.audit import record
from colonnade.kernel.core.providing import provided
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity.origins import ClientOrigin
from colonnade.kernel.identity.queries import fetch_account, is_confirmed
from colonnade.kernel.mail import Language, SendMail, choose_language, send_mail

__all__ = ["Change", "Notices"]

Change = Literal[
    "totp-added",
    "totp-removed",
    "recovery-codes-renewed",
    "recovery-code-used",
    "passkey-added",
    "passkey-removed",
    "identity-linked",
    "identity-unlinked",
    "email-changed",
    "role-changed",
    "deactivated",
    "reactivated",
    "factors-reset",
    "api-key-created",
]


@provided("notices")
class Notices:
    """Sends mails to owners of accounts; `title` is the product's name in every mail."""

    def __init__(self, title: str) -> None:
        self._title = title

    async def send(
        self,
        tx: Transaction,
        template: str,
        *,
        email: str,
        name: str,
        account_id: int | None,
        outlives_account: bool = False,
        language: Language = "id",
        **context: Any,
    ) -> None:
        """Enqueue a mail in the transaction; identity's template gets `title`, `name` and `context`.

        The name is left out unless the account has confirmed this address: whoever signed up with somebody else's would
        have us write to them in words of their own.

        `account_id` is the account that it is about, None if there is none any more. The mail leaves the queue with the
        account unless it `outlives_account`.
        """
        confirmed = account_id is not None and await is_confirmed(tx, account_id, email)
        greeted = name if confirmed else None
        await tx.enqueue(
            send_mail,
            SendMail(
                to=email,
                to_name=greeted,
                language=language,
                template=f"colonnade.kernel.identity:{template}",
                account_id=account_id,
                outlives_account=outlives_account,
                context={"title": self._title, "name": greeted, **context},
            ),
        )

    async def note_change(
        self,
        tx: Transaction,
        account_id: int,
        change: Change,
        origin: ClientOrigin | None,
        details: Mapping[str, Any] | None = None,
        before: Mapping[str, Any] | None = None,
    ) -> None:
        """Record a change of how the account can be opened as `account.<change>`, and mail it to the owner.

        The mail goes to the account's present address. `details` and what they were `before` are for the audit log.
        `origin` is None on the command line.
        """
        await record(
            tx,
            action=f"account.{change}",
            target=("account", account_id),
            before=before,
            after=details,
            origin=origin,
        )
        await self.tell(tx, account_id, change, origin)

    async def tell(
        self, tx: Transaction, account_id: int, change: Change, origin: ClientOrigin | None
    ) -> None:
        """Mail a change to the account's owner without recording it; `note_change` says the rest."""
        account = await fetch_account(tx, account_id)
        language = origin.language if origin else choose_language(None)
        await self.send(
            tx,
            "account_changed",
            email=account.email,
            name=account.name,
            account_id=account_id,
            # To the old address: whoever changed it could else delete the account before its owner hears of it.
            outlives_account=change == "email-changed",
            language=language,
            change=change,
        )
