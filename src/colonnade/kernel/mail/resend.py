"""Sends mails through Resend's HTTP API (https://resend.com/docs/api-reference/emails/send-email)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from colonnade.kernel.jobs import RetryLater
from colonnade.kernel.mail.letters import Letter, MailDeferred, MailRefused

if TYPE_CHECKING:
    import httpx

__all__ = ["RESEND_URL", "ResendTransport"]

RESEND_URL = "https://api.resend.com"
TIMEOUT_SECONDS = 20.0
_MAX_RETRY_AFTER_SECONDS = 3600.0


class ResendTransport:
    """A Resend account, and one client for all letters: opening one (TLS certificates) blocks the loop for 20 ms.

    Resend drops a repeated letter by its key, which is sent as `Idempotency-Key`.
    """

    def __init__(
        self, api_key: str, *, base_url: str = RESEND_URL, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._api_key = api_key
        self._url = base_url.rstrip("/") + "/emails"
        self._timeout_seconds = timeout_seconds
        self._client: httpx.AsyncClient | None = None

    async def deliver(self, letter: Letter) -> None:
        """Send the letter. Raise MailDeferred or RetryLater (retry) or MailRefused (do not retry)."""
        import httpx

        headers = {"Authorization": f"Bearer {self._api_key}", "Idempotency-Key": letter.key[:256]}
        failure = ""
        try:
            answer = await self._open_client().post(self._url, json=_body(letter), headers=headers)
        except httpx.TransportError as error:
            failure = type(error).__name__
        if failure:
            raise MailDeferred(f"Resend cannot be reached: {failure}")
        if answer.is_success:
            return
        name = _error_name(answer)
        reason = f"Resend answered {answer.status_code} {name}".rstrip()
        wait = _retry_after_seconds(answer.headers.get("retry-after"))
        if answer.status_code == 429 and wait is not None:
            raise RetryLater(wait, reason)
        in_flight = answer.status_code == 409 and name == "concurrent_idempotent_requests"
        if answer.status_code in (408, 429) or answer.status_code >= 500 or in_flight:
            raise MailDeferred(reason)
        raise MailRefused(reason)

    async def check(self) -> None:
        """Do nothing: Resend cannot be checked without sending a mail."""

    async def close(self) -> None:
        """Close the connections to Resend."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _open_client(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._timeout_seconds)
        return self._client


def _body(letter: Letter) -> dict[str, Any]:
    """Return the request body: the same for every attempt, as the idempotency key requires."""
    body: dict[str, Any] = {
        "from": str(letter.sender),
        "to": [str(letter.recipient)],
        "subject": letter.content.subject,
        "text": letter.content.text,
        "headers": {"Auto-Submitted": "auto-generated", "Content-Language": letter.language},
    }
    if letter.content.html is not None:
        body["html"] = letter.content.html
    if letter.reply_to is not None:
        body["reply_to"] = [str(letter.reply_to)]
    return body


def _error_name(answer: Any) -> str:
    """Return the error's name (a word), without its message, which may repeat addresses."""
    with contextlib.suppress(ValueError, AttributeError):
        name = answer.json().get("name")
        if isinstance(name, str) and name.replace("_", "").isalnum():
            return name[:60]
    return ""


def _retry_after_seconds(header: str | None) -> float | None:
    if header is None or not header.isascii() or not header.isdigit():
        return None
    return min(max(1.0, float(header)), _MAX_RETRY_AFTER_SECONDS)
