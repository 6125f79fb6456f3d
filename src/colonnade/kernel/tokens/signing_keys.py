"""The keys that sign tokens: each has an id and one algorithm; the first signs, all verify.

JWT_KEYS is `id:algorithm:base64,…` with HS256 (a secret of 32 bytes or more), EdDSA (an Ed25519 private key) or
RS256 (an RSA private key of 2,048 bits or more; both as PKCS#8 DER). JWT_SECRET is another HS256 key, whose id is
derived from it; it signs if JWT_KEYS is empty. A key's algorithm is fixed here: a token's header only selects one of
these keys by its id, whatever algorithm, key or address of a key it names.

PyJWT makes the signatures. A token's compact form (RFC 7515, 7.1) is put together here: `jwt.encode` examines the key
anew for every token, which costs several times its signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from colonnade.kernel.core import base64url
from colonnade.kernel.core.settings import Settings, SettingsError

__all__ = ["ALGORITHMS", "Algorithm", "SigningKey", "SigningKeys", "make_key"]

Algorithm = Literal["HS256", "EdDSA", "RS256"]
ALGORITHMS: tuple[Algorithm, ...] = ("HS256", "EdDSA", "RS256")

MIN_SECRET_BYTES = 32
MIN_RSA_BITS = 2048
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")


class SigningKey(msgspec.Struct, frozen=True):
    """One key; `private` signs and `public` verifies (for HS256 both are the secret)."""

    id: str
    algorithm: Algorithm
    private: Any
    public: Any

    def jwk(self) -> dict[str, str] | None:
        """Return the public key as a JSON Web Key (RFC 7517, RFC 8037); None for a secret."""
        common = {"kid": self.id, "use": "sig", "alg": self.algorithm}
        if isinstance(self.public, Ed25519PublicKey):
            raw = self.public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            return {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw), **common}
        if isinstance(self.public, RSAPublicKey):
            numbers = self.public.public_numbers()
            return {"kty": "RSA", "n": _base64url_int(numbers.n), "e": _base64url_int(numbers.e), **common}
        return None


class SigningKeys:
    """The keys of one product. Raises ValueError if there is none, or two have the same id."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        if not keys:
            raise ValueError("at least one signing key is needed")
        self.current = keys[0]
        self._keys = {key.id: key for key in keys}
        if len(self._keys) < len(keys):
            raise ValueError("two signing keys have the same id")
        self._algorithm = jwt.get_algorithm_by_name(self.current.algorithm)
        self._prepared = self._algorithm.prepare_key(self.current.private)
        self._heads: dict[str, str] = {}

    @classmethod
    def of(cls, settings: Settings) -> SigningKeys:
        """Return the keys of JWT_KEYS and JWT_SECRET. Raise SettingsError, which never shows a key."""
        keys: list[SigningKey] = []
        if settings.jwt_keys is not None:
            parts = settings.jwt_keys.get_secret_value().split(",")
            keys += [_parse(part.strip()) for part in parts if part.strip()]
        if settings.jwt_secret is not None:
            keys.append(_of_secret(settings.jwt_secret.get_secret_value()))
        try:
            return cls(keys)
        except ValueError as error:
            missing = "JWT_SECRET (or JWT_KEYS) is missing"
            raise SettingsError(f"JWT_KEYS: {error}" if keys else missing) from None

    def __iter__(self) -> Iterator[SigningKey]:
        return iter(self._keys.values())

    def find(self, key_id: object) -> SigningKey | None:
        """Return the key with that id, or None."""
        return self._keys.get(key_id) if isinstance(key_id, str) else None

    def sign(self, type: str, claims: Mapping[str, Any]) -> str:
        """Return a JWT with these claims and this `typ`, signed with the current key."""
        head = self._heads.get(type)
        if head is None:  # once for each type that the code names
            header = {"alg": self.current.algorithm, "kid": self.current.id, "typ": type}
            head = self._heads[type] = base64url(msgspec.json.encode(header))
        signed = f"{head}.{base64url(msgspec.json.encode(claims))}"
        return f"{signed}.{base64url(self._algorithm.sign(signed.encode(), self._prepared))}"

    def jwks(self) -> list[dict[str, str]]:
        """Return the public keys as JSON Web Keys, without secrets."""
        return [jwk for key in self if (jwk := key.jwk()) is not None]


def make_key(algorithm: Algorithm, secret_bytes: bytes) -> bytes:
    """Return a new key as in JWT_KEYS, before base64; for HS256 it is `secret_bytes` (32 random ones)."""
    if algorithm == "HS256":
        return secret_bytes
    private: Ed25519PrivateKey | RSAPrivateKey
    if algorithm == "EdDSA":
        private = Ed25519PrivateKey.generate()
    else:
        private = generate_private_key(65537, 3072)
    return private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _of_secret(secret: str) -> SigningKey:
    raw = secret.encode()
    key_id = hashlib.sha256(b"colonnade key id" + raw).hexdigest()[:12]
    return SigningKey(key_id, "HS256", raw, raw)


def _parse(part: str) -> SigningKey:
    key_id, _, rest = part.partition(":")
    algorithm, _, encoded = rest.partition(":")
    if not _ID.match(key_id) or algorithm not in ALGORITHMS:
        raise SettingsError(
            "JWT_KEYS: each key is written id:algorithm:base64; the algorithm is HS256, EdDSA or RS256, an id "
            "1 to 32 of a-z, 0-9, - and _ (`colonnade keys create` makes one)"
        )
    try:
        standard = encoded.replace("-", "+").replace("_", "/").rstrip("=")
        raw = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SettingsError(f"JWT_KEYS: the key {key_id!r} is not base64") from None
    if algorithm == "HS256":
        if len(raw) < MIN_SECRET_BYTES:
            raise SettingsError(f"JWT_KEYS: the secret {key_id!r} is shorter than {MIN_SECRET_BYTES} bytes")
        return SigningKey(key_id, "HS256", raw, raw)
    return _parse_private(key_id, algorithm, raw)


def _parse_private(key_id: str, algorithm: str, raw: bytes) -> SigningKey:
    try:
        private = serialization.load_der_private_key(raw, password=None)
    except (ValueError, TypeError):
        raise SettingsError(f"JWT_KEYS: the key {key_id!r} is not a private key in PKCS#8 DER") from None
    if algorithm == "EdDSA" and isinstance(private, Ed25519PrivateKey):
        return SigningKey(key_id, "EdDSA", private, private.public_key())
    if algorithm == "RS256" and isinstance(private, RSAPrivateKey):
        if private.key_size < MIN_RSA_BITS:
            raise SettingsError(f"JWT_KEYS: the key {key_id!r} has fewer than {MIN_RSA_BITS} bits")
        return SigningKey(key_id, "RS256", private, private.public_key())
    raise SettingsError(f"JWT_KEYS: the key {key_id!r} is not one for {algorithm}")


def _base64url_int(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
