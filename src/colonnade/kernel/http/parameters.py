"""Parameters of requests: what a handler takes from the path, the query and the headers, with their limits.

    limit: Annotated[int, QueryParameter(ge=1, le=100, description="Messages, at most 100.")] = 50

A parameter whose template names it comes from the path, one with a `HeaderParameter` from a header, all others from
the query. All that is wrong with a request's parameters is reported at once.
"""

from __future__ import annotations

import functools
import inspect
import operator
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import unquote_plus

import msgspec

from colonnade.kernel.core import Invalid
from colonnade.kernel.core.texts import Moment, Reading, label_of, sentence
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.paths import parameters_in

__all__ = [
    "HeaderParameter",
    "Parameter",
    "Parameters",
    "QueryParameter",
    "kinds_of",
    "parameter_of",
    "refuse_nul",
]


@dataclass(frozen=True, kw_only=True)
class QueryParameter:
    """Describes and limits a parameter of the query; `name` is the one that clients use, if it differs."""

    name: str | None = None
    description: str | None = None
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None

    def limits(self) -> dict[str, Any]:
        """Return the limits that are set, as keywords of `msgspec.Meta`."""
        found = {each.name: getattr(self, each.name) for each in fields(self)[2:]}
        return {name: value for name, value in found.items() if value is not None}


class HeaderParameter(QueryParameter):
    """Describes and limits a request header; `name` is the header's."""


@dataclass(frozen=True)
class Parameter:
    """One parameter: `field` is its name in the handler, `name` the one that clients use.

    `default` is `inspect.Parameter.empty` for one that is required; `hint` has its limits as `msgspec.Meta`.
    """

    place: Literal["path", "query", "header"]
    field: str
    name: str
    hint: Any
    default: Any
    description: str | None = None
    path_type: str | None = None
    """The type that the path's template names."""

    @property
    def required(self) -> bool:
        """Whether a request must have it."""
        return self.default is inspect.Parameter.empty

    def fault(self) -> str | None:
        """Return what is wrong with its declaration, or None."""
        if any(_marker(kind) for kind in kinds_of(self.hint)):
            # Limits inside a union would be described only.
            if self.place == "path":
                return f"takes {self.field} from the path: it can have no QueryParameter"
            return f"write {self.field} as Annotated[… | None, …], not as Annotated[…] | None"
        wanted = None if self.path_type is None else _PATH_KINDS[self.path_type]
        kind = self.kinds[0]
        if wanted is not None and kind is not wanted and (wanted is not str or kind in (int, uuid.UUID)):
            return f"{self.field} is {self.path_type} in the path, and {kind.__name__} in the handler"
        if datetime in self.kinds or date in self.kinds:
            return f"write {self.field} as Moment or Day, which read what people write"
        try:
            msgspec.json.Decoder(self.hint, dec_hook=Reading().hook)
        except (TypeError, ValueError) as error:
            return f"{self.field} cannot be read: {error}"
        return None

    @property
    def kinds(self) -> tuple[Any, ...]:
        """The types that it may have, without their limits."""
        return tuple(_plain(kind) for kind in kinds_of(_plain(self.hint)))


def parameter_of(field: str, hint: Any, *, default: Any, path: str) -> Parameter:
    """Read a parameter from a handler's signature."""
    marker = _marker(hint)
    if (kind := parameters_in(path).get(field)) is not None:
        return Parameter("path", field, field, hint, inspect.Parameter.empty, path_type=kind)
    if marker is None:
        return Parameter("query", field, field, hint, default)
    place: Literal["query", "header"] = "header" if isinstance(marker, HeaderParameter) else "query"
    limits = marker.limits()
    limited: Any = hint.__origin__
    for extra in [each for each in hint.__metadata__ if each is not marker]:
        limited = Annotated[limited, extra]
    if limits:
        limited = _limited(limited, msgspec.Meta(**limits))
    return Parameter(place, field, marker.name or field, limited, default, marker.description)


_PATH_KINDS: dict[str, Any] = {"int": int, "str": str, "uuid": uuid.UUID, "path": str}


def _marker(hint: Any) -> QueryParameter | None:
    extras = getattr(hint, "__metadata__", ())
    return next((extra for extra in extras if isinstance(extra, QueryParameter)), None)


def _limited(hint: Any, limits: msgspec.Meta) -> Any:
    """Return `hint` with limits on every type but None: those around a union would bind None as well."""
    if get_origin(hint) not in (Union, UnionType):
        return Annotated[hint, limits]
    kinds = [kind if kind is type(None) else Annotated[kind, limits] for kind in get_args(hint)]
    return functools.reduce(operator.or_, kinds)


def _plain(hint: Any) -> Any:
    return hint.__origin__ if hasattr(hint, "__metadata__") else hint


def kinds_of(hint: Any) -> tuple[Any, ...]:
    """Return the types of a union, or the only type."""
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


# A query's `null` is text: read leniently, it would count as absent where a parameter is optional and no text.
def _no_null(value: str) -> str | None:
    return "must not be null" if value.lower() == "null" else None


_UNESCAPED_PLUS = re.compile(r" (\d\d:?(?:\d\d)?)\Z")
"""An offset behind a `+` that was meant as one, and is a space in a query."""

Check = Callable[[str], str | None]


def _checks(parameter: Parameter) -> list[Check]:
    kinds = parameter.kinds
    found: list[Check] = []
    if type(None) in kinds and not any(isinstance(kind, type) and issubclass(kind, str) for kind in kinds):
        found.append(_no_null)
    return found


class Parameters:
    """Reads the parameters of a handler. Values of the path are given as text, or as what their type made of it."""

    def __init__(self, parameters: Iterable[Parameter], reading: Reading) -> None:
        self._reading = reading
        self._all = tuple(parameters)
        self._query = {one.name: one for one in self._all if one.place == "query"}
        self._headers = [(one.name.lower().encode(), one) for one in self._all if one.place == "header"]
        self._path = [one for one in self._all if one.place == "path"]
        self._checks = {one.field: checks for one in self._all if (checks := _checks(one))}
        self._lists = {
            one.name for one in self._query.values() if any(get_origin(kind) is list for kind in one.kinds)
        }
        self._moments = {one.name for one in self._query.values() if Moment in one.kinds}
        self._limited = bool(self._query or self._headers) or any(
            one.hint not in (int, str) and one.hint.__class__ is not type for one in self._path
        )
        fields_: list[Any] = [
            (one.field, one.hint) if one.required else (one.field, one.hint, one.default) for one in self._all
        ]
        self._type = msgspec.defstruct("Parameters", fields_, kw_only=True, frozen=True, gc=False)

    def read(self, exchange: Exchange) -> dict[str, Any]:
        """Return the values by field. Raise Invalid with a sentence for each parameter that is wrong or missing."""
        found: dict[str, Any] = {}
        for one in self._path:
            found[one.field] = exchange.path_values[one.field]
        if not self._limited:
            return found
        if exchange.query and self._query:
            self._read_query(exchange.query, found)
        for name, one in self._headers:
            value = exchange.request_headers.get(name)
            if value is not None:
                found[one.field] = value.decode("latin-1")
        if not any(name in found for name in self._checks):
            try:
                return msgspec.structs.asdict(
                    msgspec.convert(found, self._type, strict=False, dec_hook=self._reading.hook)
                )
            except msgspec.ValidationError:
                pass
        errors = self._errors(found)
        if errors:
            raise Invalid(fields=errors)
        return msgspec.structs.asdict(
            msgspec.convert(found, self._type, strict=False, dec_hook=self._reading.hook)
        )

    def _read_query(self, query: bytes, found: dict[str, Any]) -> None:
        """Add the parameters of a query to `found`. An empty one (`a=`) counts as absent; of two the last counts."""
        for part in query.decode("latin-1").split("&"):
            name, equals, value = part.partition("=")
            if equals and not value:
                continue
            if "%" in part or "+" in part:
                name, value = unquote_plus(name), unquote_plus(value)
            one = self._query.get(name)
            if one is None:
                continue
            if name in self._moments:
                value = _UNESCAPED_PLUS.sub(r"+\1", value)
            if name in self._lists:
                found.setdefault(one.field, []).append(value)
            else:
                found[one.field] = value

    def _errors(self, found: Mapping[str, Any]) -> dict[str, str]:
        errors: dict[str, str] = {}
        for one in self._all:
            if one.field not in found:
                if one.required:
                    errors[one.name] = f"{label_of(one.name)} is required"
                continue
            value = found[one.field]
            technical = self._refused(one, value if isinstance(value, list) else [value])
            if technical is None:
                technical = self._reading.fault_of(value, one.hint, strict=False)
            if technical is not None:
                errors[one.name] = sentence(one.name, technical, one.hint)
        return errors

    def _refused(self, one: Parameter, values: list[Any]) -> str | None:
        """Return what is wrong with a parameter's values that msgspec would accept."""
        checks = self._checks.get(one.field, ())
        return next((said for check in checks for value in values if (said := check(value))), None)


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")


def refuse_nul(query: bytes) -> None:
    """Raise Invalid for a query with a NUL, which PostgreSQL cannot store and no parameter needs."""
    if b"%00" in query:
        part = next(part for part in query.split(b"&") if b"%00" in part)
        name = part.partition(b"=")[0].decode("latin-1")
        if not _NAME.match(name):
            raise Invalid("The query contains a NUL character.")
        raise Invalid(fields={name: "The text contains a NUL character"})
