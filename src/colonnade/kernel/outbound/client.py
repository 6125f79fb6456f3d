"""An HTTP client for external servers.

A GET is retried if the network or the server fails (stamina: backoff with jitter, three attempts); a POST is sent once.
Redirects are not followed, proxies of the environment are not used (they would resolve names in our place), and an
answer larger than a megabyte (or the caller's limit) is not read.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import AsyncIterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

import httpcore
import httpx
import msgspec
import stamina

from colonnade.kernel.core.clock import now
from colonnade.kernel.core.providing import provided
from colonnade.kernel.outbound.addresses import AddressRefused, GuardedNetwork, check_url
from colonnade.kernel.outbound.multipart import FileChanged, OutgoingFile, form_with_file

__all__ = ["Answer", "AnswerTooLarge", "Outbound", "OutboundFailed"]

MAX_ANSWER_BYTES = 2**20
CHUNK_BYTES = 64 * 1024
ATTEMPTS = 3
TIMEOUT = httpx.Timeout(10.0, connect=3.0)


_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""What fails before a connection is there to write the request to."""


class OutboundFailed(Exception):
    """The server cannot be reached or its answer is unusable; the message is for our logs.

    `reached` is false if no byte of the request can have reached the server.
    """

    def __init__(self, message: str, *, reached: bool = True) -> None:
        super().__init__(message)
        self.reached = reached


class AnswerTooLarge(OutboundFailed):
    """The answer is larger than the limit."""


class _Retryable(OutboundFailed):
    """Another attempt may succeed."""


class Answer(msgspec.Struct, frozen=True):
    """An answer of an external server: status, whole body, and what its headers say.

    `max_age_seconds` is from Cache-Control, `retry_after_seconds` from Retry-After, both at most a day;
    `content_type` is without parameters, in lower case.
    """

    status: int
    body: bytes
    max_age_seconds: int | None = None
    retry_after_seconds: int | None = None
    content_type: str = ""

    def json(self) -> Any:
        """Return the body as JSON. Raise OutboundFailed."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise OutboundFailed("the answer is not JSON") from None


@provided("outbound")
class Outbound:
    """The process's client for external servers; connections are opened at the first call.

    A call with `loopback=True` reaches this machine and no other: a provider that a developer runs locally. One with
    `private="10.0.0.7"` (or a host's name) reaches that address inside a network and no other.
    """

    def __init__(self, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        self._timeout = timeout
        self._clients: dict[bool | str, httpx.AsyncClient] = {}

    async def close(self) -> None:
        """Close all connections."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        loopback: bool = False,
        limit_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """Get an answer with a status below 500. Raise AddressRefused, AnswerTooLarge, OutboundFailed."""
        check_url(url, loopback=loopback)
        answer = None
        async for attempt in stamina.retry_context(
            on=_Retryable, attempts=ATTEMPTS, timeout=15.0, wait_initial=0.1, wait_max=1.0
        ):
            with attempt:
                answer = await self._send("GET", url, headers, loopback, limit_bytes=limit_bytes)
                if answer.status >= 500 or answer.status == 429:
                    raise _Retryable(f"it answered {answer.status}")
        assert answer is not None
        return answer

    async def download(
        self,
        url: str,
        target: BinaryIO,
        *,
        headers: Mapping[str, str] | None = None,
        loopback: bool = False,
        limit_bytes: int,
    ) -> Answer:
        """Write the body of a 2xx answer into `target` as it comes; return the answer with any other body.

        Retried as `get` is, from the beginning. Raise AddressRefused, AnswerTooLarge, OutboundFailed.
        """
        check_url(url, loopback=loopback)
        answer = None
        async for attempt in stamina.retry_context(
            on=_Retryable, attempts=ATTEMPTS, timeout=15.0, wait_initial=0.1, wait_max=1.0
        ):
            with attempt:
                target.seek(0)
                target.truncate()
                answer = await self._send(
                    "GET", url, headers, loopback, limit_bytes=limit_bytes, target=target
                )
                if answer.status >= 500 or answer.status == 429:
                    raise _Retryable(f"it answered {answer.status}")
        assert answer is not None
        return answer

    async def post_form(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        loopback: bool = False,
    ) -> Answer:
        """Post a form, once, and return the answer. Raise AddressRefused, OutboundFailed."""
        return await self._send("POST", check_url(url, loopback=loopback), headers, loopback, form=form)

    async def post_file(
        self,
        url: str,
        file: OutgoingFile,
        fields: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        loopback: bool = False,
    ) -> Answer:
        """Post a form with a file, once, as the file is read. Raise AddressRefused, OutboundFailed.

        The caller bounds the time of the whole call; what reading the file raises is raised.
        """
        about, body = form_with_file(fields, file)
        given = {**(headers or {}), **about}
        # The answer may take long: the server looks at the file first.
        timeout = httpx.Timeout(60.0, connect=3.0)
        return await self._send(
            "POST", check_url(url, loopback=loopback), given, loopback, content=body, timeout=timeout
        )

    async def post_json(
        self,
        url: str,
        document: Any,
        *,
        headers: Mapping[str, str] | None = None,
        loopback: bool = False,
        private: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Answer:
        """Post JSON, once, and return the answer. Raise AddressRefused, OutboundFailed.

        `timeout_seconds` bounds the whole call, for servers that take longer than the default timeout.
        """
        given = {**(headers or {}), "content-type": "application/json"}
        sending = self._send(
            "POST",
            check_url(url, loopback=loopback, private=private),
            given,
            loopback if private is None else private,
            content=msgspec.json.encode(document),
            timeout=None if timeout_seconds is None else httpx.Timeout(timeout_seconds, connect=3.0),
        )
        try:
            async with asyncio.timeout(timeout_seconds):
                return await sending
        except TimeoutError:
            raise _Retryable("it took too long") from None

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        where: bool | str,
        *,
        form: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        limit_bytes: int = MAX_ANSWER_BYTES,
        timeout: httpx.Timeout | None = None,
        target: BinaryIO | None = None,
    ) -> Answer:
        client = self._client(where)
        given = {"accept": "application/json", "user-agent": "colonnade", **(headers or {})}
        try:
            async with client.stream(
                method, url, headers=given, data=form, content=content, timeout=timeout or self._timeout
            ) as response:
                wanted = target is not None and response.is_success
                body = bytearray()
                received = 0
                limit = limit_bytes if wanted or target is None else MAX_ANSWER_BYTES
                async for chunk in response.aiter_bytes(CHUNK_BYTES if wanted else None):
                    received += len(chunk)
                    if received > limit:
                        raise AnswerTooLarge("the answer is too large")
                    if target is not None and wanted:
                        target.write(chunk)
                    else:
                        body += chunk
                return _answer(response, bytes(body))
        except AddressRefused:
            raise
        except FileChanged:
            raise OutboundFailed("the file has changed while it was read") from None
        except (httpx.TransportError, ssl.SSLError) as error:
            raise _Retryable(type(error).__name__, reached=not isinstance(error, _UNSENT)) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OutboundFailed(type(error).__name__) from None

    def _client(self, where: bool | str) -> httpx.AsyncClient:
        """Return the client of public servers (False), of this machine (True), or of one address inside a network."""
        client = self._clients.get(where)
        if client is None:
            context = ssl.create_default_context()
            transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
            # httpx has no parameter for the network backend; the pool beneath it does.
            transport._pool = httpcore.AsyncConnectionPool(
                ssl_context=context,
                # Callers have bounds of their own (the slots of a lane, a request's budget); the lanes of jobs
                # together must not use up the connections that a sign-in with another provider needs.
                max_connections=200,
                keepalive_expiry=15.0,
                network_backend=GuardedNetwork(
                    loopback=where is True, private=where if isinstance(where, str) else None
                ),
            )
            client = self._clients[where] = httpx.AsyncClient(
                transport=transport, timeout=self._timeout, trust_env=False, follow_redirects=False
            )
        return client


def _answer(response: httpx.Response, body: bytes) -> Answer:
    headers = response.headers
    return Answer(
        response.status_code,
        body,
        _max_age(headers.get("cache-control")),
        _retry_after(headers.get("retry-after")),
        headers.get("content-type", "").partition(";")[0].strip().lower(),
    )


def _retry_after(header: str | None) -> int | None:
    """Return the seconds of a Retry-After, given as such or as a date (RFC 9110, 10.2.3)."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(int(text), 86_400)
    try:
        seconds = (parsedate_to_datetime(text) - now()).total_seconds()
    except (TypeError, ValueError):
        return None
    return max(0, min(math.ceil(seconds), 86_400))


def _max_age(header: str | None) -> int | None:
    for part in (header or "").lower().split(","):
        name, _, value = part.strip().partition("=")
        if name == "max-age" and value.isascii() and value.isdigit():
            return min(int(value), 86_400)
    return None
