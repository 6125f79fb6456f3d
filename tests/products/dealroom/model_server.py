"""A model that writes the JSON object which the assistant's prompt demands."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from colonnade.kernel.testing import ChatModel, run_chat_model

__all__ = ["ModelServer", "run_model_server"]


class ModelServer(ChatModel):
    """A chat model, with `says` for the assistant's own form."""

    def says(self, reply: str, *product_ids: int, claims: tuple[str, ...] = ()) -> None:
        """Queue the JSON object that the prompt demands as an answer."""
        self.writes(json.dumps({"reply": reply, "productIds": product_ids, "claims": claims}))


@asynccontextmanager
async def run_model_server() -> AsyncIterator[ModelServer]:
    """Run the server on a free port of this machine until the block ends."""
    async with run_chat_model(ModelServer()) as server:
        yield server
