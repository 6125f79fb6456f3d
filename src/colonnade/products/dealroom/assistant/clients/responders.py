"""The interface of responders, which turn a prompt into a reply; the setting ASSISTANT selects one.

`off` is none, `local` writes short answers from the catalogue itself (`local`), `openai` asks a server (`openai`).
"""

from __future__ import annotations

from typing import Protocol

from colonnade.kernel.outbound import Outbound
from colonnade.products.dealroom.assistant.clients.local import LocalResponder
from colonnade.products.dealroom.assistant.clients.openai import OpenAIResponder
from colonnade.products.dealroom.assistant.rules.prompt import Prompt
from colonnade.products.dealroom.assistant.schemas import AssistantSettings, Reply

__all__ = ["Responder", "open_responder"]


class Responder(Protocol):
    """Writes replies; `model` is stored with each."""

    model: str

    async def respond(self, prompt: Prompt) -> Reply:
        """Write a reply to the prompt's last messages. Raise ResponderRefused, ResponderFailed."""


def open_responder(settings: AssistantSettings, outbound: Outbound) -> Responder | None:
    """Return the responder of these settings; None if the assistant is off."""
    if settings.assistant == "local":
        return LocalResponder()
    if settings.assistant == "openai":
        assert settings.assistant_base_url is not None  # checked by the settings
        assert settings.assistant_model is not None
        key = settings.assistant_api_key
        return OpenAIResponder(
            outbound,
            settings.assistant_base_url,
            settings.assistant_model,
            key.get_secret_value() if key else None,
            timeout_seconds=settings.assistant_timeout_seconds,
            private=settings.assistant_private_address,
        )
    return None
