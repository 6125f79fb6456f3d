"""What exports add to the services of HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.kernel.core.fields import FieldCipher
from colonnade.kernel.exports.personal import PersonalData
from colonnade.kernel.http.services import HttpServices
from colonnade.kernel.tokens import Tokens

__all__ = ["ExportServices"]


@dataclass(kw_only=True)
class ExportServices(HttpServices):
    """What exports are made and handed out with."""

    tokens: Tokens
    fields: FieldCipher
    personal_data: Sequence[PersonalData] = ()
