"""WebAuthn ceremonies: options for the browser, and verification of its answers (py_webauthn).

No attestation is requested: the model of an authenticator does not matter here.

Out of scope: storing passkeys and challenges (`passkeys`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog

from colonnade.kernel.core.settings import Settings
from colonnade.kernel.identity.passkeys.schemas import PasskeyNotAccepted, PasskeyRefused, StoredPasskey

__all__ = [
    "NewPasskey",
    "RelyingParty",
    "UsedPasskey",
    "credential_id_of",
    "new_challenge",
    "registration_options",
    "request_options",
    "verify_registration",
    "verify_use",
]

log = structlog.get_logger(__name__)

TIMEOUT_MILLISECONDS = 300_000
MAX_CREDENTIAL_BYTES = 16_384


class RelyingParty(msgspec.Struct, frozen=True):
    """The relying party: the domain that passkeys belong to, its display name, and the origins that may use them."""

    id: str
    name: str
    origins: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings, title: str) -> RelyingParty:
        """Return the party of PASSKEY_DOMAIN, else of the website (FRONTEND_URL), else of this server (PUBLIC_URL)."""
        own = _origin(settings.public_url) if settings.public_url else None
        origins = tuple(dict.fromkeys([*settings.allowed_origins, *([own] if own else [])]))
        named = settings.frontend_url[0] if settings.frontend_url else own
        domain = settings.passkey_domain or (urlsplit(named).hostname if named else None) or "localhost"
        # No browser uses our passkeys on a foreign domain; the list names only the origins that can work.
        usable = tuple(origin for origin in origins if _belongs(urlsplit(origin).hostname or "", domain))
        return cls(id=domain, name=title, origins=usable)


class NewPasskey(msgspec.Struct, frozen=True):
    """A verified registration."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backed_up: bool


class UsedPasskey(msgspec.Struct, frozen=True):
    """A verified use; `user_verified` means that a PIN or biometric was asked for."""

    sign_count: int
    backed_up: bool
    user_verified: bool


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _belongs(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def new_challenge() -> bytes:
    """Return 64 random bytes."""
    from webauthn.helpers import generate_challenge

    return generate_challenge()


def user_handle(product: str, account_id: int) -> bytes:
    """Return the stable id of the account for authenticators; it reveals nothing about the account."""
    return hashlib.blake2b(f"{product}|{account_id}".encode(), digest_size=32, person=b"user-handle").digest()


def registration_options(
    party: RelyingParty,
    *,
    challenge: bytes,
    handle: bytes,
    email: str,
    name: str,
    known: Sequence[tuple[bytes, list[str]]],
) -> dict[str, Any]:
    """Return options for `navigator.credentials.create()`: a discoverable passkey on an authenticator without one."""
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers import structs as s

    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=handle,
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        timeout=TIMEOUT_MILLISECONDS,
        authenticator_selection=s.AuthenticatorSelectionCriteria(
            resident_key=s.ResidentKeyRequirement.PREFERRED,
            user_verification=s.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return options_to_json_dict(options)


def request_options(
    party: RelyingParty,
    *,
    challenge: bytes,
    known: Sequence[tuple[bytes, list[str]]] = (),
    verify_user: bool,
) -> dict[str, Any]:
    """Return options for `navigator.credentials.get()`: any passkey of this domain, or one of those `known`."""
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers import structs as s

    verification = s.UserVerificationRequirement
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MILLISECONDS,
        allow_credentials=_descriptors(known),
        user_verification=verification.REQUIRED if verify_user else verification.PREFERRED,
    )
    return options_to_json_dict(options)


def _descriptors(known: Sequence[tuple[bytes, list[str]]]) -> list[Any]:
    from webauthn.helpers import structs as s

    return [
        s.PublicKeyCredentialDescriptor(id=one, transports=[s.AuthenticatorTransport(name) for name in names])
        for one, names in known
    ]


def credential_id_of(credential: dict[str, Any]) -> bytes:
    """Return the credential id that an answer claims. Raise PasskeyRefused if it has none."""
    from webauthn.helpers import base64url_to_bytes

    claimed = credential.get("rawId")
    if not isinstance(claimed, str) or len(claimed) > 1400:
        raise PasskeyRefused
    try:
        return base64url_to_bytes(claimed)
    except ValueError:
        raise PasskeyRefused from None


def verify_registration(party: RelyingParty, credential: dict[str, Any], challenge: bytes) -> NewPasskey:
    """Return the passkey that an authenticator created. Raise PasskeyNotAccepted if the answer is not valid."""
    from webauthn import verify_registration_response
    from webauthn.helpers import parse_registration_credential_json

    try:
        _check_size(credential)
        parsed = parse_registration_credential_json(credential)
        found = verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
        )
        if len(found.credential_id) > 1023:
            raise ValueError("credential id")
    # The CBOR, certificates and keys are a stranger's: whatever error they cause, this is not a passkey.
    except Exception as error:
        _note(error, party)
        raise PasskeyNotAccepted from error
    return NewPasskey(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        transports=[one.value for one in parsed.response.transports or ()][:10],
        backed_up=found.credential_backed_up,
    )


def verify_use(
    party: RelyingParty,
    credential: dict[str, Any],
    challenge: bytes,
    passkey: StoredPasskey,
    *,
    handle: bytes,
    verify_user: bool,
) -> UsedPasskey:
    """Verify a signature of `passkey` over this challenge. Raise PasskeyRefused if it is not valid."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import parse_authentication_credential_json

    try:
        _check_size(credential)
        parsed = parse_authentication_credential_json(credential)
        if parsed.response.user_handle not in (None, b"", handle):
            raise ValueError("user handle")
        found = verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=verify_user,
        )
    except Exception as error:
        _note(error, party)
        raise PasskeyRefused from error
    return UsedPasskey(
        sign_count=found.new_sign_count,
        backed_up=found.credential_backed_up,
        user_verified=found.user_verified,
    )


def _note(error: Exception, party: RelyingParty) -> None:
    """Log why a passkey was refused: the answer does not say, and a missing FRONTEND_URL is found in no other way."""
    log.warning("passkey refused", reason=str(error)[:300], domain=party.id, origins=party.origins)


def _check_size(credential: dict[str, Any]) -> None:
    if len(msgspec.json.encode(credential)) > MAX_CREDENTIAL_BYTES:
        raise ValueError("size")
