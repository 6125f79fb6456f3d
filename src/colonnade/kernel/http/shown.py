"""Updates that send back what they were shown: compared with the answer of GET at the same address.

Clients load an object, change a field and send the whole of it, with its id, its dates, its version and what it refers
to. An update that is exactly what GET shows asks for nothing: it is answered like GET, and its handler does not run. Of
another whole object, the handler gets what differs: texts stay as they were written, whatever cleans and judges them
today. (Moments are kept: without its time, a status may ask for something else.) Of a part, a field that the route
would refuse passes if it equals what is shown; one that differs is treated as it always was. What is shown is read only
for such a body, as the caller, who must be allowed to read it.
"""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalid, PreconditionFailed, Problem
from colonnade.kernel.core.texts import Moment, Reading, fields_of, is_struct
from colonnade.kernel.http.answers import Ok
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.guards import Allows, Anyone, Guard, SignedIn
from colonnade.kernel.http.handlers import Handler
from colonnade.kernel.http.parameters import Parameters
from colonnade.kernel.http.preconditions import expected_version

__all__ = ["AsShown", "Shown"]

UPDATES = ("PUT", "PATCH")


class AsShown(Exception):
    """The update is what GET shows: `answer` is its answer, and nothing is to be done."""

    def __init__(self, answer: Ok[Any]) -> None:
        self.answer = answer


class Shown:
    """What GET shows at the address of one update."""

    def __init__(self, read: Handler, update: Handler, reading: Reading) -> None:
        self._read = read
        self._path = Parameters(tuple(one for one in read.parameters if one.place == "path"), reading)
        self._answers = get_args(update.returns)[0]
        self._takes_version = update.takes_version
        fields = fields_of(get_args(read.returns)[0])
        self._always = frozenset(field.encode_name for field in fields if field.required)
        self._optional = {
            field.encode_name
            for field in fields_of(update.data)
            if not field.required and Moment not in (field.type, *get_args(field.type))
        }
        self._reading = reading

    @classmethod
    def beside(cls, update: Handler, read: Handler | None, reading: Reading) -> Shown | None:
        """Return what `read` shows for `update`; None where the two have not one object in common."""
        if read is None or update.method not in UPDATES or not is_struct(update.data):
            return None
        if not (_shows_object(read) and _shows_object(update)):
            return None
        if any(one.required and one.place != "path" for one in read.parameters):
            return None
        return cls(read, update, reading) if all(isinstance(one, _Access) for one in read.guards) else None

    async def take(self, exchange: Exchange, value: dict[str, Any], type_: Any) -> Any:
        """Return the body `value` as a `type_`, without what equals what is shown.

        Raise AsShown if all of it does, PreconditionFailed if `If-Match` names another version of that, and Invalid
        with a sentence for each wrong field.
        """
        found: Ok[Any] | None = None
        if self._always <= value.keys():
            found = await self._find(exchange)
            shown = _builtins(found)
            if found is not None and _same(shown, value):
                raise AsShown(self._answer(exchange, found))
            value = {
                name: given
                for name, given in value.items()
                if name not in self._optional or not _holds(shown, name, given)
            }
        try:
            return self._reading.convert(value, type_)
        except Invalid:
            shown = _builtins(found or await self._find(exchange))
            kept = {
                name: given
                for name, given in value.items()
                if not _holds(shown, name, given) or self._fits(name, given, type_)
            }
            if len(kept) == len(value):
                raise
        return self._reading.convert(kept, type_)

    def _fits(self, name: str, value: Any, type_: Any) -> bool:
        """Return whether a field may have this value; one that the Struct has not: whether it passes over that."""
        for field in fields_of(type_):
            if field.encode_name == name:
                return self._reading.fault_of(value, field.type) is None
        return not type_.__struct_config__.forbid_unknown_fields

    async def _find(self, exchange: Exchange) -> Ok[Any] | None:
        """Return what the caller would be shown, or None if that is nothing, or not theirs to see."""
        if not all(_admits(guard, exchange.caller) for guard in self._read.guards):
            return None
        values = self._path.read(exchange)
        for name, source in self._read.sources:
            values[name] = source(exchange)
        try:
            found: Ok[Any] = await self._read.function(**values)
        except Problem:
            return None
        return found

    def _answer(self, exchange: Exchange, found: Ok[Any]) -> Ok[Any]:
        if self._takes_version and found.version is not None:
            expected = expected_version(exchange)
            if expected is not None and expected != found.version:
                raise PreconditionFailed
        data = found.data
        if not isinstance(data, self._answers):
            data = msgspec.convert(data, self._answers, from_attributes=True)
        return Ok(data, version=found.version)


_Access = Allows | Anyone | SignedIn


def _shows_object(handler: Handler) -> bool:
    return getattr(handler.returns, "__origin__", None) is Ok and is_struct(get_args(handler.returns)[0])


def _builtins(found: Ok[Any] | None) -> dict[str, Any]:
    made: dict[str, Any] = {} if found is None else msgspec.to_builtins(found.data)
    return made


def _holds(shown: dict[str, Any], name: str, given: Any) -> bool:
    return name in shown and _same(shown[name], given)


def _same(shown: Any, given: Any) -> bool:
    """Compare as JSON: in Python 1 equals True."""
    return msgspec.json.encode(shown, order="sorted") == msgspec.json.encode(given, order="sorted")


def _admits(guard: Guard, caller: Principal | None) -> bool:
    """Return whether a guard of the read would let the caller of the update in, who is identified by now."""
    if isinstance(guard, Allows):
        return caller is not None and caller.may(guard.permission or "")
    if isinstance(guard, SignedIn):
        return caller is not None and (guard.api_keys or not caller.via_key)
    return True
