"""The settings of a process as one object: the kernel's sections, the slices' settings and the budgets' quotas."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from colonnade.kernel.core.providing import provided
from colonnade.kernel.core.settings.edge import Browsers, Files, Limits, Logs, MailSection, Texts
from colonnade.kernel.core.settings.sections import (
    DatabaseSection,
    Factors,
    Passwords,
    RedisSection,
    Running,
    Secrets,
)
from colonnade.kernel.core.settings.slices import SliceSettings
from colonnade.kernel.core.settings.types import SettingsError, split
from colonnade.kernel.core.texts.reading import Reading

__all__ = ["KEY_BYTES", "Settings"]

S = TypeVar("S", bound=SliceSettings)

KEY_BYTES = 32
_DEVELOPMENT_ORIGINS = ("http://localhost:3000", "http://localhost:3001", "http://localhost:5173")


@provided("settings")
class Settings(
    Logs,
    MailSection,
    Texts,
    Limits,
    Browsers,
    Files,
    Factors,
    Passwords,
    Secrets,
    RedisSection,
    DatabaseSection,
    Running,
    BaseSettings,
):
    """All settings of one product's process, durations in seconds and sizes in bytes, as the names say.

    `Settings(…)` itself reads no environment, so that tests state every value they depend on.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    product: str | None = Field(None, description="Set by load_settings, not by the environment.")

    _slices: dict[type[SliceSettings], SliceSettings] = PrivateAttr(default_factory=dict)
    _quotas: dict[str, str] = PrivateAttr(default_factory=dict)
    _loaded: bool = PrivateAttr(False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # load_settings decides which source wins (SHOP_PORT before PORT, the environment before .env).
        return (init_settings,)

    def of(self, kind: type[S]) -> S:
        """Return the settings of the slice that declares `kind`; its defaults if none were loaded."""
        found = self._slices.get(kind)
        if found is None:
            found = self._slices[kind] = kind()
        assert isinstance(found, kind)
        return found

    def listed(self, kind: type[S]) -> S:
        """Return the settings of `kind` for a handler that names it.

        Raise SettingsError where settings were loaded and no slice lists the class: what an operator has set for
        it would be ignored.
        """
        if self._loaded and kind not in self._slices:
            raise SettingsError(f"{kind.__name__} is listed by no slice of {self.product}")
        return self.of(kind)

    @property
    def reading(self) -> Reading:
        """How what people write is read: PHONE_REGION, LOCAL_TIMEZONE."""
        zone = None if self.local_timezone is None else ZoneInfo(self.local_timezone)
        return Reading(self.phone_region, zone)

    @property
    def quotas(self) -> Mapping[str, str]:
        """The quotas that settings have changed, by the budget's name."""
        return self._quotas

    def including(
        self, *slices: SliceSettings, quotas: Mapping[str, str] | None = None, loaded: bool = False
    ) -> Settings:
        """Return a copy in which the settings of `slices` and the `quotas` of budgets replace the present ones."""
        changed = self.model_copy()
        changed._loaded = self._loaded or loaded
        changed._slices = self._slices | {type(one): one for one in slices}
        changed._quotas = self._quotas | dict(quotas or {})
        return changed

    @property
    def production(self) -> bool:
        return self.app_env == "production"

    @property
    def demands_https(self) -> bool:
        """HTTPS_ONLY, or whether this is production."""
        return self.production if self.https_only is None else self.https_only

    @property
    def bcrypt_cost(self) -> int | None:
        """BCRYPT_ROUNDS if passwords are hashed with bcrypt, else None."""
        return None if self.password_hash == "argon2id" else self.bcrypt_rounds  # noqa: S105

    @property
    def global_quota(self) -> str:
        """The limit per person: RATE_LIMIT_MAX per RATE_LIMIT_WINDOW if either is set, else RATE_LIMIT_GLOBAL."""
        if self.rate_limit_max is None and self.rate_limit_window is None:
            return self.rate_limit_global
        return f"{self.rate_limit_max or 100}/{(self.rate_limit_window or 900_000) // 1000} seconds"

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins that browsers may call from: FRONTEND_URL and CORS_ORIGIN together, each once.

        If both are empty in development: the usual ports of front ends on this machine, and the server's own.
        """
        named = self.frontend_url + self.cors_origin
        if not named and not self.production:
            named = (*_DEVELOPMENT_ORIGINS, f"http://localhost:{self.port}")
        return tuple(dict.fromkeys(named))

    @property
    def upload_location(self) -> str:
        """UPLOAD_PATH, an absolute folder or an `s3://bucket/prefix`."""
        if self.upload_path is not None and "://" in self.upload_path:
            return self.upload_path
        if self.upload_path is not None:
            return os.path.abspath(self.upload_path)
        return str(self.home / (self.product or "shared") / "uploads")

    @property
    def home(self) -> Path:
        """COLONNADE_HOME as an absolute path."""
        return Path(os.path.abspath(self.colonnade_home.expanduser()))

    def field_key_ring(self) -> dict[str, bytes]:
        """Return key ids and 32-byte keys for field encryption, the current one first; empty if none is set.

        FIELD_KEYS is `id:base64,id:base64`, FIELD_KEY one key, with or without an id.
        Raise SettingsError on anything else.
        """
        ring: dict[str, bytes] = {}
        for name, value in (("FIELD_KEYS", self.field_keys), ("FIELD_KEY", self.field_key)):
            for part in split(value.get_secret_value()) if value else ():
                key_id, colon, encoded = part.rpartition(":")
                if colon == "" and name == "FIELD_KEY":
                    key_id = "k1"
                ring.setdefault(_check_key_id(name, key_id), _decode_key(name, encoded))
        return ring


def _check_key_id(name: str, key_id: str) -> str:
    if not key_id.replace("-", "").replace("_", "").isalnum() or not key_id.isascii() or len(key_id) > 32:
        raise SettingsError(f"{name}: each key is written id:base64; an id is 1 to 32 of a-z, 0-9, - and _")
    return key_id


def _decode_key(name: str, encoded: str) -> bytes:
    try:
        standard = encoded.replace("-", "+").replace("_", "/") + "=" * (-len(encoded) % 4)
        key = base64.b64decode(standard, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError(
            f"{name}: each key is base64 of exactly {KEY_BYTES} bytes (openssl rand -base64 32)"
        )
    return key
