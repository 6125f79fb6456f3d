"""A real uvicorn on a free port of 127.0.0.1, in the event loop of the test."""

from __future__ import annotations

import asyncio
import socket
from types import TracebackType
from typing import Any

import uvicorn

from colonnade.kernel.realtime import UVICORN_OPTIONS
from colonnade.kernel.server import ConnectionLimits, listening, serving

__all__ = ["LiveServer"]


class LiveServer:
    """Serves an ASGI application as production does, within `limits`; `url` is its address."""

    def __init__(self, app: Any, limits: ConnectionLimits | None = None) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        options: dict[str, Any] = {
            "http": serving(limits or ConnectionLimits()),
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "proxy_headers": False,
            "timeout_keep_alive": 65,
            **UVICORN_OPTIONS,
        }
        self._server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", timeout_graceful_shutdown=2, **options)
        )
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LiveServer:
        self._socket.listen(2048)
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        self._sockets = listening(self._socket)
        await self._server.startup(sockets=self._sockets)
        self._task = asyncio.create_task(self._server.main_loop())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        await self._server.shutdown(sockets=self._sockets)
