"""Sending through Resend's HTTP API (https://resend.com/docs/api-reference/emails/send-email)."""

from __future__ import annotations

import contextlib
from typing import Any

from colonnade.kernel.jobs import RetryLater
from colonnade.kernel.mail.letters import Letter, MailDeferred, MailRefused

__all__ = ["RESEND_URL", "ResendTransport"]

RESEND_URL = "https://api.resend.com"
TIMEOUT_SECONDS = 20.0
_LONGEST_WAIT_SECONDS = 3600.0


class ResendTransport:
    """A Resend account. Resend itself drops a repeated letter: its key is sent as `Idempotency-Key`."""

    def __init__(
        self, api_key: str, *, base_url: str = RESEND_URL, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._api_key = api_key
        self._url = base_url.rstrip("/") + "/emails"
        self._timeout_seconds = timeout_seconds

    async def deliver(self, letter: Letter) -> None:
        """Hand the letter over. Raises MailDeferred or RetryLater (try again) or MailRefused (do not)."""
        import httpx

        headers = {"Authorization": f"Bearer {self._api_key}", "Idempotency-Key": letter.key[:256]}
        failure = ""
        try:
            async with httpx.AsyncClient(timeout=self._timeout_seconds) as client:
                answer = await client.post(self._url, json=_body(letter), headers=headers)
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
        """Nothing to try without sending."""


def _body(letter: Letter) -> dict[str, Any]:
    """The request body: the same for every attempt, as the idempotency key demands."""
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
    """The error's name (a word); its message is left out, it may repeat addresses."""
    with contextlib.suppress(ValueError, AttributeError):
        name = answer.json().get("name")
        if isinstance(name, str) and name.replace("_", "").isalnum():
            return name[:60]
    return ""


def _retry_after_seconds(header: str | None) -> float | None:
    if header is None or not header.isascii() or not header.isdigit():
        return None
    return min(max(1.0, float(header)), _LONGEST_WAIT_SECONDS)
