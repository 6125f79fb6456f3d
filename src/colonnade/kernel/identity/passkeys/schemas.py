"""Shapes of passkeys (WebAuthn), and the errors about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from colonnade.kernel.core import BadRequest, Conflict, Line, Unauthorized

__all__ = [
    "Ceremony",
    "Passkey",
    "PasskeyAdd",
    "PasskeyAdded",
    "PasskeyLimit",
    "PasskeyNotAccepted",
    "PasskeyProof",
    "PasskeyRefused",
    "PasskeyTaken",
    "StoredPasskey",
]

Token = Annotated[str, Meta(min_length=20, max_length=4096)]


class PasskeyName(Line, max_length=100):
    """What its owner calls a passkey."""


class Ceremony(Struct, frozen=True, rename="camel"):
    """Options for the browser, and a token that comes back with their result.

    Pass `options` to `navigator.credentials` (as `publicKey`, JSON form of WebAuthn 3). Send `token` with the result,
    once, within `expires_in` seconds.
    """

    token: str
    options: dict[str, Any]
    expires_in: int


class PasskeyProof(Struct, frozen=True):
    """The result of `navigator.credentials.get()` in its JSON form, and the token of its ceremony."""

    token: Token
    credential: dict[str, Any]


class PasskeyAdd(Struct, frozen=True):
    """The result of `navigator.credentials.create()` in its JSON form; `name` is for one's own list."""

    token: Token
    credential: dict[str, Any]
    name: PasskeyName = PasskeyName("Passkey")


class Passkey(Struct, frozen=True, rename="camel"):
    """A passkey of one's own; `backed_up` tells that it is synchronised between devices."""

    id: int
    name: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


class PasskeyAdded(Struct, frozen=True, rename="camel"):
    """A new passkey; the account's first second factor comes with `recovery_codes`, which are shown once."""

    passkey: Passkey
    recovery_codes: list[str] | None


class StoredPasskey(Struct, frozen=True):
    """A passkey as the verification of a signature reads it."""

    id: int
    account_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int


class PasskeyRefused(Unauthorized):
    """Unknown passkey, wrong signature, challenge, origin or counter: one answer for all of them."""

    code = "PASSKEY_INVALID"
    message = "The passkey was not accepted."


class PasskeyNotAccepted(BadRequest):
    """The authenticator's answer to a registration is not valid."""

    code = "PASSKEY_NOT_ACCEPTED"
    message = "The passkey could not be added. Please try again."


class PasskeyTaken(Conflict):
    """The authenticator's credential is registered already."""

    code = "PASSKEY_TAKEN"
    message = "This passkey is registered already."


class PasskeyLimit(Conflict):
    """The account has the maximum number of passkeys."""

    code = "PASSKEY_LIMIT"
    message = "An account can have 20 passkeys. Remove one first."
