"""The provider's HTTP API, in the shape of the WhatsApp Cloud API: sending, media, the state of a number."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

import structlog
from msgspec import Struct

from colonnade.kernel.core import FieldCipher, Settings, Undecryptable
from colonnade.kernel.outbound import (
    AddressRefused,
    Answer,
    AnswerTooLarge,
    Outbound,
    OutboundFailed,
    OutgoingFile,
    is_loopback_url,
)
from colonnade.products.dealroom.channels.queries.channels import Sealed
from colonnade.products.dealroom.channels.rules.faults import classify
from colonnade.products.dealroom.channels.rules.reasons import clean_reason
from colonnade.products.dealroom.channels.schemas import ACCESS_TOKEN, ChannelSettings, PauseKind

__all__ = [
    "FILE_TIMEOUT_SECONDS",
    "ChannelFault",
    "FileTooLarge",
    "Provider",
    "ProviderFactory",
    "ProviderFailed",
    "Refused",
    "Sent",
    "TryAgain",
    "Unsure",
]

log = structlog.get_logger(__name__)

SEND_TIMEOUT_SECONDS = 20.0
"""The longest time of one sending, whatever the network does."""

FILE_TIMEOUT_SECONDS = 180.0
"""For the largest file, at half a megabyte a second."""

LONGEST_WAIT_SECONDS = 3600
"""The longest pause that the provider may ask for; it is asked again then."""

MAX_TEMPLATES = 2_000
MAX_PAGES = 100
PAGE_SECONDS = 20.0
LIST_SECONDS = 45.0
_GATEWAY_STATUSES = (502, 504)
"""A proxy's words: the provider behind it may have taken the message."""


class Sent(Struct, frozen=True):
    """The provider accepted a message, with the provider's id of it."""

    provider_message_id: str


class ProviderFailed(Exception):
    """A call did not do what it should; `code` is the provider's, if it named one."""

    def __init__(self, reason: str, code: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Refused(ProviderFailed):
    """The provider refuses permanently, as far as this message, file or question goes."""


class TryAgain(ProviderFailed):
    """The provider cannot be reached or is busy; a retry may succeed, after `wait_seconds` if it says so."""

    def __init__(self, reason: str, code: str | None = None, *, wait_seconds: int | None = None) -> None:
        super().__init__(reason, code)
        self.wait_seconds = wait_seconds


class ChannelFault(TryAgain):
    """The provider accepts nothing from this channel: until a new token, a payment, less traffic (`pause`)."""

    def __init__(
        self, reason: str, code: str | None = None, *, pause: PauseKind, wait_seconds: int | None = None
    ) -> None:
        super().__init__(reason, code, wait_seconds=wait_seconds)
        self.pause: PauseKind = pause


class Unsure(ProviderFailed):
    """The provider was given a message and has not said whether it took it: it may have been sent."""


class AnswerRefused(Refused):
    """The provider's answer exceeds the limit."""

    def __init__(self) -> None:
        super().__init__("The provider's answer is too large")


class FileTooLarge(Refused):
    """A file exceeds what customers can send."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The file is larger than {limit_bytes / 2**20:g} MiB")


class Provider:
    """Calls the API for one channel. Every call raises Refused or TryAgain (of which ChannelFault is one)."""

    def __init__(self, outbound: Outbound, base_url: str, access_token: str, *, loopback: bool) -> None:
        self._outbound = outbound
        self._base = base_url
        self._loopback = loopback
        self._headers = {"authorization": f"Bearer {access_token}"}

    async def send(self, phone_number_id: str, document: Mapping[str, Any]) -> Sent:
        """Send a message once. Raise Unsure as well."""
        answer = await self._post(phone_number_id, document, seconds=SEND_TIMEOUT_SECONDS)
        id_ = _message_id(_object(answer))
        if id_ is None:
            raise Unsure("The provider's answer cannot be read")
        return Sent(id_)

    async def mark_read(self, phone_number_id: str, message_id: str, *, typing: bool, seconds: float) -> None:
        """Show a customer that their messages up to this one are read and, if `typing`, that an answer is written.

        The provider ends the latter with the answer, or after 25 seconds.
        """
        document: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message_id,
        }
        if typing:
            document["typing_indicator"] = {"type": "text"}
        try:
            await self._post(phone_number_id, document, seconds=seconds)
        except Unsure as error:
            raise TryAgain(error.reason) from None

    async def list_templates(self, business_account_id: str) -> list[dict[str, Any]]:
        """List the account's message templates, as the provider describes them, at most two thousand.

        A list that does not end, or begins anew, is read for MAX_PAGES at most, and for LIST_SECONDS.
        """
        fields = "name,language,status,category,components"
        base = f"{self._base}/{business_account_id}/message_templates?limit=100&fields={fields}"
        found: list[dict[str, Any]] = []
        after, seen = "", {""}
        until = time.monotonic() + LIST_SECONDS
        for _ in range(MAX_PAGES):
            seconds = min(PAGE_SECONDS, until - time.monotonic())
            if seconds <= 0:
                raise TryAgain("The provider takes too long to list its templates")
            page = await self._read(base + (f"&after={quote(after, safe='')}" if after else ""), seconds)
            items = page.get("data")
            if not isinstance(items, list):
                raise Refused("The provider's list of templates cannot be read")
            found += [item for item in items if isinstance(item, dict)]
            after = _next_cursor(page) or ""
            if after in seen or len(found) >= MAX_TEMPLATES:
                break
            seen.add(after)
        return found[:MAX_TEMPLATES]

    async def _post(self, phone_number_id: str, document: Mapping[str, Any], *, seconds: float) -> Answer:
        """Post to the number's messages, once. Raise Unsure if nobody knows what became of it."""
        url = f"{self._base}/{phone_number_id}/messages"
        call = self._outbound.post_json(
            url, document, headers=self._headers, loopback=self._loopback, timeout_seconds=seconds
        )
        try:
            answer = await call
        except AddressRefused as error:
            raise Refused(f"The provider's address cannot be called: {error}") from None
        except OutboundFailed as error:
            reason = f"The provider does not answer ({error})"
            raise (Unsure(reason) if error.reached else TryAgain(reason)) from None
        if answer.status in _GATEWAY_STATUSES and not _error_of(answer):
            raise Unsure(f"A server before the provider answered {answer.status}")
        _check_status(answer)
        return answer

    async def check_number(self, phone_number_id: str, *, seconds: float) -> None:
        """Check that the provider knows the number and accepts the token."""
        await self._read(f"{self._base}/{phone_number_id}?fields=id", seconds)

    async def show_number(self, phone_number_id: str, *, seconds: float) -> str | None:
        """Return the telephone number with this id, as the provider displays it to the token; None if it shows none."""
        fields = "id,display_phone_number,verified_name"
        about = await self._read(f"{self._base}/{phone_number_id}?fields={fields}", seconds)
        displayed = about.get("display_phone_number")
        if str(about.get("id")) != phone_number_id or not isinstance(displayed, str):
            return None
        return clean_reason(displayed)

    async def fetch_media(
        self, media_id: str, phone_number_id: str, target: BinaryIO, *, limit_bytes: int
    ) -> None:
        """Write a file that a customer sent into `target`, as it comes."""
        url = f"{self._base}/{quote(media_id, safe='')}?phone_number_id={phone_number_id}"
        about = await self._read(url, SEND_TIMEOUT_SECONDS)
        address, size = about.get("url"), about.get("file_size")
        if not isinstance(address, str):
            raise Refused("The provider names no address for the file")
        if _is_above(size, limit_bytes):
            raise FileTooLarge(limit_bytes)
        call = self._outbound.download(
            address,
            target,
            headers={**self._headers, "accept": "*/*"},
            loopback=self._loopback,
            limit_bytes=limit_bytes,
        )
        try:
            _check_status(await _within(FILE_TIMEOUT_SECONDS, call))
        except AnswerRefused:
            raise FileTooLarge(limit_bytes) from None

    async def upload(self, phone_number_id: str, file: OutgoingFile) -> str:
        """Give the provider a file, once, and return its id of it."""
        fields = {"messaging_product": "whatsapp", "type": file.content_type}
        call = self._outbound.post_file(
            f"{self._base}/{phone_number_id}/media",
            file,
            fields,
            headers=self._headers,
            loopback=self._loopback,
        )
        given = _checked(await _within(FILE_TIMEOUT_SECONDS, call)).get("id")
        if not isinstance(given, str) or not 1 <= len(given) <= 200 or not given.isprintable():
            raise TryAgain("The provider's answer cannot be read")
        return given

    async def _read(self, url: str, seconds: float) -> dict[str, Any]:
        call = self._outbound.get(url, headers=self._headers, loopback=self._loopback)
        return _checked(await _within(seconds, call))


class ProviderFactory:
    """Opens the provider's API for a channel.

    `base_url` is the API's address with its version. `loopback` lets it be this machine.
    """

    def __init__(self, outbound: Outbound, cipher: FieldCipher, base_url: str, *, loopback: bool) -> None:
        self._outbound = outbound
        self._cipher = cipher
        self._base_url = base_url
        self._loopback = loopback

    @classmethod
    def __provided__(cls, services: Any) -> ProviderFactory:
        settings: Settings = services.settings
        base_url = settings.of(ChannelSettings).whatsapp_base_url
        loopback = is_loopback_url(base_url) and not settings.production
        return cls(services.outbound, services.fields, base_url, loopback=loopback)

    def open(self, channel: Sealed) -> Provider:
        """Return the API for a channel. Raise ChannelFault if its token cannot be decrypted."""
        try:
            token = self._cipher.decrypt(channel.access_token, place=ACCESS_TOKEN.place(channel.id))
        except Undecryptable:
            log.error("access token not decrypted", channel=channel.id)
            reason = "The channel's access token cannot be read: enter it again"
            raise ChannelFault(reason, pause="token") from None
        return self.open_with(token)

    def open_with(self, token: str) -> Provider:
        """Return the API for whoever has this access token."""
        return Provider(self._outbound, self._base_url, token, loopback=self._loopback)


async def _within(seconds: float, call: Any) -> Answer:
    try:
        async with asyncio.timeout(seconds):
            answer: Answer = await call
    except AddressRefused as error:
        raise Refused(f"The provider's address cannot be called: {error}") from None
    except AnswerTooLarge:
        raise AnswerRefused from None
    except (OutboundFailed, TimeoutError) as error:
        late = " in time" if isinstance(error, TimeoutError) else ""
        raise TryAgain(f"The provider does not answer{late}") from None
    return answer


def _is_above(size: object, limit: int) -> bool:
    """Return whether a number, or one in digits, exceeds a limit; of thousands of digits `int` makes none."""
    if isinstance(size, str):
        digits = size.lstrip("0") if size.isascii() and size.isdecimal() else ""
        return len(digits) > len(str(limit)) or int(digits or "0") > limit
    return isinstance(size, int) and size > limit


def _checked(answer: Answer) -> dict[str, Any]:
    _check_status(answer)
    return _object(answer)


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except OutboundFailed:
        try:
            found = json.loads(answer.body)  # takes halves of characters, which the other does not
        except (ValueError, RecursionError):
            return {}
    return found if isinstance(found, dict) else {}


def _error_of(answer: Answer) -> dict[str, Any]:
    found = _object(answer).get("error")
    return found if isinstance(found, dict) else {}


def _check_status(answer: Answer) -> None:
    if 200 <= answer.status < 300:
        return
    error = _error_of(answer)
    fault = classify(error.get("code"), answer.status, _reason(error, answer.status))
    wait_seconds = _bounded(answer.retry_after_seconds)
    if fault.pause is not None:
        raise ChannelFault(fault.reason, fault.code, pause=fault.pause, wait_seconds=wait_seconds)
    if fault.passing:
        raise TryAgain(fault.reason, fault.code, wait_seconds=wait_seconds)
    raise Refused(fault.reason, fault.code)


def _bounded(seconds: int | None) -> int | None:
    """Return how long the provider wants to be left alone, at most an hour; None if it does not say."""
    return min(seconds, LONGEST_WAIT_SECONDS) if seconds else None


def _reason(error: Mapping[str, Any], status: int) -> str:
    """Return the provider's text, at most 300 characters, with its error code."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    text = details or error.get("message") or error.get("title") or f"it answered {status}"
    code = error.get("code")
    return clean_reason(f"{code}: {text}" if code is not None else str(text))


def _next_cursor(page: Mapping[str, Any]) -> str | None:
    """Return where the next page begins, if there is one."""
    paging = page.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) and "next" in paging else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and 0 < len(after) <= 2000 else None


def _message_id(answer: Mapping[str, Any]) -> str | None:
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    given = first.get("id") if isinstance(first, dict) else None
    return given if isinstance(given, str) and 1 <= len(given) <= 200 and given.isprintable() else None
