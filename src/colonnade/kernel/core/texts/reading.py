"""Reads values of field types, for msgspec: bodies, parameters and socket messages alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, get_args

import msgspec

from colonnade.kernel.core.errors import Invalid
from colonnade.kernel.core.texts.cleaning import is_blank
from colonnade.kernel.core.texts.kinds import FieldType
from colonnade.kernel.core.texts.locale import Locale
from colonnade.kernel.core.texts.phones import Phone
from colonnade.kernel.core.texts.sentences import label_of, place_of, sentence

__all__ = ["Reading", "fields_of", "is_struct", "schema_of"]

MAX_LOOKED_AT = 5_000
"""Characters of an optional text that are looked at one by one."""
MAX_UNKNOWN_NAMED = 20
"""Fields that an answer names as unknown."""


@dataclass(frozen=True)
class Reading(Locale):
    """Reads what a product is sent."""

    def hook(self, kind: Any, value: object) -> Any:
        """Make a value of a field type, for msgspec's `dec_hook`. Raise ValueError with what it must be."""
        return kind.read(value, self) if _is_field_type(kind) else value

    def convert(self, value: Any, type_: Any, *, strict: bool = True, whole: str = "body") -> Any:
        """Convert builtins to a `type_`; with strict=False, numbers and the like may be text.

        What is blank counts as absent for optional fields of a Struct. Raise Invalid with a sentence for each wrong
        field, and one for the `whole` if that is wrong.
        """
        if isinstance(value, dict) and is_struct(type_):
            value = _absent_when_empty(value, type_)
        try:
            return msgspec.convert(value, type_, strict=strict, dec_hook=self.hook)
        except msgspec.ValidationError as error:
            # Nothing sent at all is no null: a socket event without data has none.
            technical = str(error).replace(", got `null`", "") if value is None else str(error)
            place = place_of("", technical).removeprefix(".") or whole
            raise Invalid(
                fields=self._errors_by_field(value, type_, strict)
                or {place: sentence(place, technical, type_)}
            ) from None
        except (OverflowError, RecursionError):
            raise Invalid from None

    def fault_of(self, value: Any, type_: Any, *, strict: bool = True) -> str | None:
        """Return msgspec's error for a single value, or None."""
        try:
            msgspec.convert(value, type_, strict=strict, dec_hook=self.hook)
        except msgspec.ValidationError as error:
            return str(error)
        return None

    def _errors_by_field(self, value: Any, type_: Any, strict: bool, within: str = "") -> dict[str, str]:
        """Return a sentence for every wrong field, not only for the first that msgspec finds; `within` ends in a dot.

        Fields of an object in a field are named by their path.
        """
        if not is_struct(type_) or not isinstance(value, dict):
            return {}
        errors: dict[str, str] = {}
        for field in fields_of(type_):
            name = within + field.encode_name
            if field.encode_name not in value:
                if field.required:
                    errors[name] = f"{label_of(name)} is required"
                continue
            given = value[field.encode_name]
            technical = self.fault_of(given, field.type, strict=strict)
            if technical is not None:
                inner = next(filter(is_struct, (field.type, *get_args(field.type))), None)
                errors |= self._errors_by_field(given, inner, strict, f"{name}.") or {
                    (place := place_of(name, technical)): _of_blank(place, given, technical)
                    or sentence(place, technical, field.type)
                }
        if type_.__struct_config__.forbid_unknown_fields:
            known = {field.encode_name for field in fields_of(type_)}
            unknown = islice((name for name in value if name not in known), MAX_UNKNOWN_NAMED)
            errors |= dict.fromkeys((within + name for name in unknown), "There is no such field")
        return errors


def _of_blank(name: str, given: Any, technical: str) -> str | None:
    """Return the sentence about a text that is too short because there is nothing in it."""
    if isinstance(given, str) and technical.startswith("Expected `str` of length >=") and _is_empty(given):
        return f"{label_of(name)} must not be blank"
    return None


def schema_of(kind: type) -> dict[str, Any]:
    """Return the JSON schema of a field type, for msgspec's `schema_hook`. Raise NotImplementedError for others."""
    if not _is_field_type(kind):
        raise NotImplementedError
    described: dict[str, Any] = kind.schema()  # type: ignore[attr-defined]
    return described


def _is_field_type(kind: type) -> bool:
    return isinstance(kind, FieldType) or kind is Phone


@lru_cache(maxsize=1024)
def fields_of(type_: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return the fields of a Struct. Raise TypeError for another type."""
    return msgspec.structs.fields(type_)


@lru_cache(maxsize=1024)
def is_struct(type_: Any) -> bool:
    """Return whether `type_` is a Struct, perhaps with parameters."""
    try:
        fields_of(type_)
    except TypeError:
        return False
    return True


@lru_cache(maxsize=1024)
def _optional(type_: Any) -> frozenset[str]:
    return frozenset(field.encode_name for field in fields_of(type_) if not field.required)


def _is_empty(text: str) -> bool:
    """Return whether nothing can be seen in `text`; a long one of invisible characters is left to its field's type."""
    return not text or text.isspace() or (len(text) <= MAX_LOOKED_AT and is_blank(text))


def _absent_when_empty(value: dict[str, Any], type_: Any) -> dict[str, Any]:
    """Return `value` without the optional fields in which nothing can be seen."""
    optional = _optional(type_)
    empty = [
        key for key, item in value.items() if isinstance(item, str) and key in optional and _is_empty(item)
    ]
    return {key: item for key, item in value.items() if key not in empty} if empty else value
