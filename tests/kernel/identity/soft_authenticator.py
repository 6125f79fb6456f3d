"""An authenticator in software: creates credentials and signs with them, byte by byte as in WebAuthn 3.

On request it does it wrongly: another origin, another domain, no user verification, an old counter. CBOR by cbor2,
COSE keys by hand, signatures by `cryptography`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 1, 4, 8, 16, 64
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def encode(raw: bytes) -> str:
    """Encode base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


@dataclass
class SoftAuthenticator:
    """One credential on one device."""

    origin: str = "https://www.club.example"
    algorithm: int = -7
    flags: int = USER_PRESENT | USER_VERIFIED
    counter: int | None = 0
    """None: it has no counter and always says 0."""
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: PrivateKey = field(init=False)
    domain: str = ""
    handle: bytes = b""

    def __post_init__(self) -> None:
        if self.algorithm == -7:
            self.key = ec.generate_private_key(ec.SECP256R1())
        elif self.algorithm == -8:
            self.key = ed25519.Ed25519PrivateKey.generate()
        else:
            self.key = rsa.generate_private_key(65537, 2048)

    def create(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """Return what `navigator.credentials.create()` does, in JSON; `changed`: origin, domain, kind, challenge."""
        assert any(one["alg"] == self.algorithm for one in options["pubKeyCredParams"])
        excluded = {one["id"] for one in options["excludeCredentials"]}
        assert encode(self.credential_id) not in excluded or changed.get("forced")
        self.domain = options["rp"]["id"]
        self.handle = decode(options["user"]["id"])
        client_data = self._client_data("webauthn.create", options, changed)
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + self._cose()
        data = self._authenticator_data(ATTESTED, changed) + attested
        statement = {"fmt": changed.get("fmt", "none"), "attStmt": {}, "authData": data}
        return self._credential(
            {
                "clientDataJSON": encode(client_data),
                "attestationObject": encode(cbor2.dumps(statement)),
                "transports": ["internal", "hybrid"],
            }
        )

    def get(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """Return what `navigator.credentials.get()` does, in JSON form.

        `changed`: origin, domain, kind, challenge, signature (bytes), handle.
        """
        client_data = self._client_data("webauthn.get", options, changed)
        data = self._authenticator_data(0, changed)
        signature = changed.get("signature") or self._sign(data + hashlib.sha256(client_data).digest())
        return self._credential(
            {
                "clientDataJSON": encode(client_data),
                "authenticatorData": encode(data),
                "signature": encode(signature),
                "userHandle": encode(changed.get("handle", self.handle)),
            }
        )

    def _client_data(self, kind: str, options: dict[str, Any], changed: dict[str, Any]) -> bytes:
        return json.dumps(
            {
                "type": changed.get("kind", kind),
                "challenge": changed.get("challenge", options["challenge"]),
                "origin": changed.get("origin", self.origin),
                "crossOrigin": False,
            }
        ).encode()

    def _authenticator_data(self, flags: int, changed: dict[str, Any]) -> bytes:
        if self.counter is not None:
            self.counter += 1
        domain = changed.get("domain", self.domain)
        return hashlib.sha256(domain.encode()).digest() + struct.pack(
            ">BI", self.flags | flags, self.counter or 0
        )

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = encode(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }

    def _cose(self) -> bytes:
        """Return the public key (RFC 9053)."""
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            numbers = self.key.public_key().public_numbers()
            return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: _number(numbers.x, 32), -3: _number(numbers.y, 32)})
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()})
        modulus = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 3, 3: -257, -1: _number(modulus.n, 256), -2: _number(modulus.e, 3)})

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(hashes.SHA256()))
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


async def add_passkey(
    http: httpx.AsyncClient, authenticator: SoftAuthenticator, *, prefix: str = "/auth", name: str = "Laptop"
) -> dict[str, Any]:
    """Add the authenticator's passkey to the account signed in on `http`; return the backend's answer."""
    begun = (await http.post(f"{prefix}/passkeys/options")).json()["data"]
    credential = authenticator.create(begun["options"])
    answer = await http.post(
        f"{prefix}/passkeys", json={"token": begun["token"], "credential": credential, "name": name}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def use_passkey(
    http: httpx.AsyncClient, authenticator: SoftAuthenticator, *, prefix: str = "/auth"
) -> httpx.Response:
    """Sign in with the authenticator's passkey."""
    begun = (await http.post(f"{prefix}/passkeys/login/options")).json()["data"]
    credential = authenticator.get(begun["options"])
    return await http.post(
        f"{prefix}/passkeys/login", json={"token": begun["token"], "credential": credential}
    )
