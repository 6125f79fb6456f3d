"""Reads heads: feeds the parser, keeps what it reports of a head, and bounds its bytes and lines.

Out of scope: what becomes of a request whose head is complete (`protocol`).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import httptools

from colonnade.kernel.server.slices import SlicingProtocol
from colonnade.kernel.server.writing import TOO_LARGE

__all__ = ["MAX_HEADER_LINES", "MAX_HEAD_BYTES", "HeadProtocol"]

MAX_HEAD_BYTES = 64 * 1024
MAX_HEADER_LINES = 200
"""Of a head; browsers send some thirty, proxies add a few. 64 KiB hold 16,000, which each layer goes through again."""
_ASGI = {"version": "3.0", "spec_version": "2.3"}


class HeadProtocol(SlicingProtocol):
    """What is read of heads; `on_headers_complete` is for the class below, which starts the request."""

    _fault = ""  # what is wrong with a head that the parser itself accepts
    _refusal = b""  # the answer to it, if that is not 400
    _in_head = False
    _replaying = False  # the parser is fed a head of our own
    _unread_body = b""  # the lines that announce a body behind a head at which the parser has ended
    _head_bytes = _hosts = 0
    _reported = _reported_before = _heads_begun = 0  # bytes of this read that the parser has reported
    _host = b""

    def _parse(self, data: bytes) -> bool:
        """Feed the parser; return False if the connection is HTTP no more."""
        while data:
            try:
                read = self._feed(data)
            except httptools.HttpParserError:
                if not self._hung_up:
                    self.logger.warning("Invalid HTTP request received.")
                    self.send_400_response("Invalid HTTP request received.")
                return False
            if read is None:
                self.handle_websocket_upgrade()
                return False
            data = data[read:]
        return True

    def _feed(self, data: bytes) -> int | None:
        """Feed the parser and return how much it has read; None if a WebSocket is to be opened."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as pause:
            if self._should_upgrade():
                return None
            self._parse_on()
            read: int = pause.args[0]
            return read
        return len(data)

    def _parse_on(self) -> None:
        """Go on behind a head that offers another protocol (h2c): we ignore it (RFC 9110, 7.8), the parser does not.

        It ends there even if a body follows; a new one is told of the body by a head that nobody sees.
        """
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        if self._unread_body:
            self._replaying = True
            self.parser.feed_data(b"POST / HTTP/1.1\r\nhost: x\r\n%b\r\n" % self._unread_body)
            self._replaying = False
            self._unread_body = b""

    def on_message_begin(self) -> None:
        """Begin to count the bytes of a request's head."""
        if self._replaying:
            return
        self._in_head, self._head_bytes = True, 0
        self._parts += 1
        self._heads_begun += 1
        self._reported_before = self._reported
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._hosts = 0

    def on_url(self, url: bytes) -> None:
        """Keep a part of the address."""
        if self._replaying:
            return
        self.url += url
        self._reported += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; pass over trailers, which nobody reads (`protocol` counts their bytes)."""
        if self._replaying:
            return
        self._reported += len(name) + len(value)
        if not self._in_head:
            return
        if len(self.headers) >= MAX_HEADER_LINES:
            self._refuse(TOO_LARGE)
        name = name.lower()
        if name == b"host":
            self._hosts += 1
            self._host = value.strip()
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def _refuse(self, answer: bytes) -> None:
        """Raise ValueError, which the parser passes on as a broken request, for a head that is answered otherwise."""
        self._refusal = answer
        raise ValueError(answer)

    def _scope(self, version: str) -> dict[str, Any]:
        """Return the ASGI scope of the head that has been read."""
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": self.parser.get_method().decode("ascii"),
            "root_path": self.root_path,
            "path": self.root_path + (unquote(path) if "%" in path else path),
            "raw_path": url.path if not self.root_path else self.root_path.encode("ascii") + url.path,
            "query_string": url.query or b"",
            "headers": self.headers,
        }
