"""Controls a Node script, such as a real npm client, by JSON lines."""

from __future__ import annotations

import asyncio
import json
from typing import Any

__all__ = ["NodeScript"]

TIMEOUT_SECONDS = 30.0


class NodeScript:
    """A script that prints one JSON value per line and takes lines on stdin."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, node: str, script: str, *arguments: str) -> NodeScript:
        """Start `script` with the executable `node`."""
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(
                node, script, *arguments, stdin=pipe, stdout=pipe, stderr=pipe
            )
        )

    async def read(self) -> Any:
        """Return the next value. Raise AssertionError if the script ends, TimeoutError if it prints nothing."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), TIMEOUT_SECONDS)
        if not line:
            assert self.process.stderr is not None
            raise AssertionError((await self.process.stderr.read()).decode() or "the script has ended")
        return json.loads(line)

    async def write(self, value: Any) -> None:
        """Send a value."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(value).encode() + b"\n")
        await self.process.stdin.drain()

    async def ask(self, **command: Any) -> Any:
        """Send a command and return its answer."""
        await self.write(command)
        return await self.read()

    async def end(self) -> None:
        """Kill it, if it still runs."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()
