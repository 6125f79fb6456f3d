"""The services of HTTP with those that exports need."""

from __future__ import annotations

from dataclasses import dataclass, field

from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.exports.personal import HeldData
from colonnade.kernel.http.services import HttpServices
from colonnade.kernel.tokens import Tokens

__all__ = ["ExportServices"]


@dataclass(kw_only=True)
class ExportServices(HttpServices):
    """The services with which exports are built and delivered."""

    tokens: Tokens
    fields: FieldCipher
    personal_data: HeldData = field(default_factory=HeldData)
