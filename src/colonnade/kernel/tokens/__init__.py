"""Signed tokens, each of one kind, and the keys that sign them."""

from colonnade.kernel.tokens.signing_keys import Algorithm, SigningKey, SigningKeys, make_key
from colonnade.kernel.tokens.tokens import Tokens

__all__ = ["Algorithm", "SigningKey", "SigningKeys", "Tokens", "make_key"]
