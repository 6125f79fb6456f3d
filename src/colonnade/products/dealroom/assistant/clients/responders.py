"""The port: whoever can turn a prompt into a reply. Which one does is the setting ASSISTANT.

`off` is none, `local` writes short answers from the catalogue itself (local.py), `openai` asks a server (openai.py).
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
    """Writes replies; `model` is kept beside each."""

    model: str

    async def respond(self, prompt: Prompt) -> Reply:
        """Write a reply to the prompt's last messages; raises ResponderRefuses, ResponderFails."""


def open_responder(settings: AssistantSettings, outbound: Outbound) -> Responder | None:
    """Return the responder of these settings; None when the assistant is off."""
    if settings.assistant == "local":
        return LocalResponder()
    if settings.assistant == "openai":
        assert settings.assistant_base_url is not None  # the settings' own check
        assert settings.assistant_model is not None
        key = settings.assistant_api_key
        return OpenAIResponder(
            outbound,
            settings.assistant_base_url,
            settings.assistant_model,
            key.get_secret_value() if key else None,
            timeout_seconds=settings.assistant_timeout_seconds,
        )
    return None
