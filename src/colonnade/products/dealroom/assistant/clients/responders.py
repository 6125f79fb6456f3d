"""The responders, which turn a prompt into a reply; the setting ASSISTANT selects one.

`off` is none, `local` writes short answers from the catalogue itself (`local`), `openai` asks a server (`openai`).
"""

from __future__ import annotations

from colonnade.kernel.outbound import Outbound
from colonnade.products.dealroom.assistant.clients.local import LocalResponder
from colonnade.products.dealroom.assistant.clients.openai import OpenAIResponder
from colonnade.products.dealroom.assistant.schemas import AssistantSettings

__all__ = ["Responder", "open_responder"]

Responder = LocalResponder | OpenAIResponder
"""`model` is stored with each answer."""


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
