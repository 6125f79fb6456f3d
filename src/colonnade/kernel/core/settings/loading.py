"""Loads settings from the environment and `.env`, product by product. Messages never show a value."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream
from pydantic import BaseModel, SecretStr, ValidationError

from colonnade.kernel.core.secrets import DevelopmentSecretError, development_secret
from colonnade.kernel.core.settings.model import Settings
from colonnade.kernel.core.settings.slices import SliceSettings
from colonnade.kernel.core.settings.types import SettingsError, check_limit

__all__ = [
    "ALIASES",
    "find_setting",
    "load_settings",
    "quota_variable",
    "read_env_file",
    "setting_names",
    "setting_prefix",
]

ALIASES: Mapping[str, tuple[str, ...]] = {
    "app_env": ("NODE_ENV",),
    "access_token_ttl_seconds": ("JWT_EXPIRES_IN",),
}
"""Other names under which a setting is accepted; its own name takes precedence."""

_Source = Mapping[str, str | None]


def load_settings(
    product: str | None = None,
    env_file: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
    slices: Sequence[type[SliceSettings]] = (),
    budgets: Iterable[str] = (),
    **overrides: Any,
) -> Settings:
    """Load the settings of `product` from the environment and `env_file` (default `./.env`, may be missing).

    The first non-empty value of a setting is used: `SHOP_PORT` in the environment, in the file, `PORT` in the
    environment, in the file; then `defaults`, the product's own. Outside production missing secrets are made once
    under COLONNADE_HOME. The settings of `slices` are read as well, and RATE_LIMIT_<NAME> changes the quota of each
    of `budgets`. `overrides` (attribute names) take precedence over everything; None leaves a setting unchanged.
    Raise SettingsError.
    """
    process = os.environ if environ is None else environ
    file = read_env_file(env_file)
    sources = (process, file)
    given = {name: value for name, value in overrides.items() if value is not None}
    problems: list[str] = []
    parts = [_read(kind, product, sources, defaults or {}, given, problems) for kind in slices]
    quotas = _read_quotas(product, sources, budgets, given, problems)
    settings = _read(Settings, product, sources, {**(defaults or {}), "product": product}, given, problems)
    if given:
        raise TypeError(f"no setting is called {', '.join(sorted(given))}")
    if problems:
        raise SettingsError("; ".join(problems))
    assert isinstance(settings, Settings)
    listed = [part for part in parts if isinstance(part, SliceSettings)]
    settings = settings.including(*listed, quotas=quotas, loaded=product is not None)
    return settings if settings.production else _with_development_secrets(settings)


def _read(
    kind: type[BaseModel],
    product: str | None,
    sources: Sequence[_Source],
    defaults: Mapping[str, Any],
    overrides: dict[str, Any],
    problems: list[str],
) -> BaseModel | None:
    """Return one model of settings, with its values taken out of `overrides`; add its faults to `problems`."""
    values: dict[str, Any] = {name: defaults[name] for name in kind.model_fields if name in defaults}
    written: dict[str, str] = {}
    for name in kind.model_fields:
        found = None if name == "product" else _find(name, product, sources)
        if found is not None:
            written[name], values[name] = found
        if name in overrides:
            values[name] = overrides.pop(name)
    try:
        return kind(**values)
    except ValidationError as error:
        problems += _describe(error, written)
        return None


def quota_variable(budget: str) -> str:
    """Return the name of the setting that changes the quota of a budget."""
    return "RATE_LIMIT_" + budget.upper().replace("-", "_").replace(".", "_")


def _read_quotas(
    product: str | None,
    sources: Sequence[_Source],
    budgets: Iterable[str],
    overrides: dict[str, Any],
    problems: list[str],
) -> dict[str, str]:
    quotas: dict[str, str] = {}
    for budget in budgets:
        variable = quota_variable(budget)
        override = overrides.pop(variable.lower(), None)
        found = (variable, override) if override else _find(variable.lower(), product, sources)
        if found is None:
            continue
        written, value = found
        try:
            quotas[budget] = check_limit(value)
        except ValueError as error:
            problems.append(f"{written}: {error}")
    return quotas


def read_env_file(path: Path | None = None) -> dict[str, str | None]:
    """Read the settings file (`./.env` by default): name to value; empty when it is missing. Raise SettingsError."""
    path = path if path is not None else Path(".env")
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {type(error).__name__}") from None
    bindings = list(parse_stream(io.StringIO(text)))
    if broken := next((each for each in bindings if each.error), None):
        raise SettingsError(
            f"{path}, line {broken.original.line} cannot be read: write NAME=value; a value that has quotes in it goes "
            "into the other quotes as a whole, such as MAIL_FROM='\"The Name\" <a@example.org>'"
        )
    return {each.key: each.value for each in bindings if each.key is not None}


def find_setting(field: str) -> str | None:
    """Return one setting as it is written in the environment or `./.env`, before any product is known.

    Raise SettingsError.
    """
    found = _find(field, None, (os.environ, read_env_file()))
    return found[1] if found else None


def setting_names(
    product: str | None = None,
    *,
    slices: Sequence[type[SliceSettings]] = (),
    budgets: Iterable[str] = (),
) -> set[str]:
    """Return every name under which a setting is accepted, those with the prefix of `product` included."""
    kinds: list[type[BaseModel]] = [Settings, *slices]
    fields = [field for kind in kinds for field in kind.model_fields if field != "product"]
    fields += [quota_variable(budget).lower() for budget in budgets]
    return {name for field in fields for name in _names_of(field, product)}


def _names_of(field: str, product: str | None) -> tuple[str, ...]:
    names = (field.upper(), *ALIASES.get(field, ()))
    prefixed = tuple(f"{setting_prefix(product)}{name}" for name in names) if product else ()
    return (*prefixed, *names)


def setting_prefix(product: str) -> str:
    """Return the prefix of a setting's name that restricts the value to `product`."""
    return f"{product.upper().replace('-', '_')}_"


def _find(field: str, product: str | None, sources: Iterable[_Source]) -> tuple[str, str] | None:
    """Return the name under which a setting is written, and its value."""
    for name in _names_of(field, product):
        for source in sources:
            value = (source.get(name) or "").strip()
            if value:
                return name, value
    return None


def _describe(error: ValidationError, written: Mapping[str, str]) -> Iterable[str]:
    """Yield a line for each fault, which names the setting as it was written."""
    # pydantic's own text shows values; only parts known to contain none are passed on.
    for item in error.errors(include_url=False, include_input=False, include_context=True):
        field = ".".join(str(part) for part in item["loc"][:1])
        name = written.get(field, field.upper())
        message = item["msg"].removeprefix("Value error, ")
        yield f"{name}: {message}" if name else message


def _with_development_secrets(settings: Settings) -> Settings:
    made: dict[str, SecretStr] = {}
    prefix = f"{settings.product}." if settings.product else ""
    try:
        if settings.jwt_secret is None:
            made["jwt_secret"] = SecretStr(development_secret(settings.home, f"{prefix}jwt_secret"))
        if settings.field_key is None and settings.field_keys is None:
            made["field_key"] = SecretStr(f"dev:{development_secret(settings.home, f'{prefix}field_key')}")
    except DevelopmentSecretError as error:
        raise SettingsError(str(error)) from None
    settings = settings.model_copy(update=made)
    settings.field_key_ring()
    return settings
