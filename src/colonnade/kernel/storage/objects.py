"""Objects by key, in a local folder or an S3 bucket, behind one small interface.

Out of scope: records of objects in the database (see `files`), and any web framework.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import stat
import time
from collections.abc import AsyncIterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from colonnade.kernel.core import Invalid, NotFound, Unavailable
from colonnade.kernel.core.probes import Probe
from colonnade.kernel.core.providing import provided
from colonnade.kernel.storage.keys import PRIVATE_AREA, check_area, check_key, content_type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ObjectInfo", "Served", "Storage", "open_storage"]

log = structlog.get_logger(__name__)

CHUNK_BYTES = 256 * 1024
STORAGE_TIMEOUT_SECONDS = 15.0
CHECK_TIMEOUT_SECONDS = 2.0
PART_BYTES = 8 * 1024 * 1024
"""A file is put in such parts, one after the other; S3 takes none below 5 MB."""
_STAGED = re.compile(r".+#[0-9]+")


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """The metadata of an object; `etag` is quoted as HTTP requires."""

    key: str
    size_bytes: int
    etag: str
    last_modified: datetime


@dataclass(frozen=True, slots=True)
class Served:
    """An HTTP answer for a key: `body` is None for 304 (and yields `Content-Length` bytes otherwise)."""

    status: int
    headers: Mapping[str, str]
    body: AsyncIterator[bytes] | None


@contextmanager
def _answering(key: str) -> Iterator[None]:
    """Turn the store's errors into NotFound and Unavailable; their details are only logged."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("The requested file was not found.") from error
    except (BaseError, OSError) as error:
        log.warning("storage failed", key=key, error=str(error).partition("\n")[0][:300])
        raise Unavailable("The file storage does not answer. Please try again in a moment.") from error


@provided("storage")
class Storage:
    """A folder of objects. Safe to use from many tasks; one per product and process."""

    def __init__(self, store: Any, *, root: Path | None, public_path: str) -> None:
        self._store = store
        self._root = root
        self._public_path = "/" + public_path.strip("/")
        self.check = Probe(self._write_and_remove)
        """Write and remove a small object. Raise Unavailable if that fails or takes longer than 2 s."""

    async def put(self, key: str, data: bytes | Path, content_type: str | None = None) -> None:
        """Store `data` under `key` atomically; in a local folder it is synced to disk on return.

        A file is read a few megabytes at a time.
        Private objects of a local folder can be read by this account alone; the others obey the umask.
        Only S3 keeps `content_type` (for buckets that are served directly); `serve` goes by the key.
        Raise Invalid (key), Unavailable.
        """
        import obstore

        attributes = None
        if self._root is None:
            attributes = {"Content-Type": content_type or content_type_of(key)}
        with _answering(check_key(key)):
            if self._root is not None and _is_private(key):
                await asyncio.to_thread(_close_folders, self._root, key)
            await obstore.put_async(
                self._store,
                key,
                data,
                attributes=attributes,
                use_multipart=False if isinstance(data, bytes) else None,
                chunk_size=PART_BYTES,
                max_concurrency=1,
            )
            if self._root is not None:
                await asyncio.to_thread(_reach_disk, self._root, key)

    async def get(self, key: str) -> bytes:
        """Return all bytes of the object. Raise Invalid (key), NotFound, Unavailable."""
        import obstore

        with _answering(check_key(key)):
            result = await obstore.get_async(self._store, key)
            return bytes(await result.bytes_async())

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """Yield the bytes of the object in chunks of about 256 KiB. Raise as `get` does, on the first step."""
        import obstore

        with _answering(check_key(key)):
            result = await obstore.get_async(self._store, key)
            async for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    async def find(self, key: str) -> ObjectInfo | None:
        """Return size, ETag and time of the object, or None. Raise Invalid (key), Unavailable."""
        import obstore

        try:
            with _answering(check_key(key)):
                return _info(await obstore.head_async(self._store, key))
        except NotFound:
            return None

    async def exists(self, key: str) -> bool:
        """Return whether there is an object under `key`."""
        return await self.find(key) is not None

    async def delete(self, key: str) -> None:
        """Remove the object if it exists. Raise Invalid (key), Unavailable."""
        import obstore

        try:
            with _answering(check_key(key)):
                await obstore.delete_async(self._store, key)
        except NotFound:
            pass

    async def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """Yield every object below the folder `prefix` (all objects without one), in no particular order.

        Objects whose names are not keys (other programs' files in the same folder) are left out.
        """
        import obstore

        if prefix:
            check_area(prefix.rstrip("/"))
        with _answering(prefix):
            async for batch in obstore.list(self._store, prefix=prefix or None, chunk_size=1000):
                for entry in batch:
                    try:
                        check_key(entry["path"])
                    except Invalid:
                        continue
                    yield _info(entry)

    def url(self, key: str) -> str:
        """Return the public path of a key, such as `/uploads/pictures/….jpg`. Raise Invalid for private keys."""
        if _is_private(check_key(key)):
            raise Invalid("This file has no public address.", field="key")
        return f"{self._public_path}/{key}"

    async def serve(self, key: str, if_none_match: str | None = None) -> Served:
        """Return the answer to `GET {public path}/{key}`: status 200 or 304, headers, body.

        `key` may be any text from a client. Raise NotFound (also for invalid and private keys), Unavailable.
        """
        try:
            info = None if _is_private(key) else await self.find(key)
        except Invalid:
            info = None
        if info is None:
            raise NotFound("The requested file was not found.")
        headers = {
            "ETag": info.etag,
            "Cache-Control": "public, max-age=31536000, immutable",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        if if_none_match is not None and _matches(info.etag, if_none_match):
            return Served(304, headers, None)
        content_type = content_type_of(key)
        headers["Content-Type"] = content_type
        headers["Content-Length"] = str(info.size_bytes)
        headers["Last-Modified"] = format_datetime(info.last_modified, usegmt=True)
        if not content_type.startswith("image/"):
            headers["Content-Disposition"] = "attachment"
        return Served(200, headers, self.stream(key))

    async def _write_and_remove(self) -> None:
        host = re.sub("[^a-z0-9]", "-", socket.gethostname().lower())[:40]
        key = f"{PRIVATE_AREA}/check-{host}-{os.getpid()}"
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
                await self.put(key, b"ok", "text/plain")
                await self.delete(key)
        except TimeoutError as error:
            raise Unavailable("The file storage does not answer.") from error

    async def clean_staging(self, older_than: timedelta = timedelta(hours=24)) -> int:
        """Remove the staging files of writers that were killed, in a local folder; return their number."""
        if self._root is None:
            return 0
        return await asyncio.to_thread(_clean_staging, self._root, older_than)


def open_storage(
    url: str,
    *,
    public_path: str = "/uploads",
    endpoint: str | None = None,
    region: str | None = None,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    session_token: str | None = None,
) -> Storage:
    """Open the storage at `url`: a folder (path or `file://…`; created if missing) or `s3://bucket/prefix`.

    Each product (each database) needs a folder or prefix of its own: the sweep removes objects that its database does
    not know. Without `access_key_id` the usual AWS sources (variables, instance role) are used. `endpoint` names
    another S3 server; plain http is allowed only if it is an http address. Raise ValueError.
    """
    from obstore.store import LocalStore, S3Store

    parts = urlsplit(url)
    if parts.scheme == "s3":
        if not parts.netloc:
            raise ValueError("the storage URL names no bucket: s3://bucket/prefix")
        config: dict[str, Any] = {"region": region or "us-east-1"}
        if endpoint:
            config["endpoint"] = endpoint
        if access_key_id:
            config["access_key_id"] = access_key_id
            config["secret_access_key"] = secret_access_key or ""
            if session_token:
                config["session_token"] = session_token
        store: Any = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options={
                "connect_timeout": timedelta(seconds=3),
                "timeout": timedelta(seconds=STORAGE_TIMEOUT_SECONDS),
                "allow_http": bool(endpoint and endpoint.startswith("http://")),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=STORAGE_TIMEOUT_SECONDS)},
            **config,
        )
        return Storage(store, root=None, public_path=public_path)
    if parts.scheme not in ("", "file") or parts.netloc:
        raise ValueError("the storage URL must be a folder or s3://bucket/prefix")
    root = Path(parts.path if parts.scheme else url).expanduser().absolute()
    root.mkdir(parents=True, exist_ok=True)
    if (root / PRIVATE_AREA).exists():
        # An earlier version, or a restore, may have left it open to every account of the machine.
        _close_folders(root, f"{PRIVATE_AREA}/")
    return Storage(LocalStore(root), root=root, public_path=public_path)


def _info(entry: Mapping[str, Any]) -> ObjectInfo:
    etag = str(entry["e_tag"] or f"{entry['size']:x}-{entry['last_modified'].timestamp():.6f}")
    if not etag.startswith('"'):
        etag = f'"{etag}"'
    return ObjectInfo(str(entry["path"]), int(entry["size"]), etag, entry["last_modified"])


def _matches(etag: str, if_none_match: str) -> bool:
    """Return whether `If-None-Match` names `etag` (weak comparison, RFC 9110, 13.1.2)."""
    candidates = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return "*" in candidates or etag.removeprefix("W/") in candidates


def _is_private(key: str) -> bool:
    return key.startswith(f"{PRIVATE_AREA}/")


def _close_folders(root: Path, key: str) -> None:
    """Make the folders of a private key (0700); close those that were open to other accounts, after a restore say."""
    folder = root
    for name in key.split("/")[:-1]:
        folder /= name
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            status = folder.stat()
            is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
            if is_ours and status.st_mode & 0o077:
                folder.chmod(0o700)


def _reach_disk(root: Path, key: str) -> None:
    """Sync the file and its folder to disk, as PostgreSQL does at a commit; the store only renames it into place."""
    path = root / key
    while True:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            if path == root / key and _is_private(key):
                os.fchmod(descriptor, 0o600)  # its folder keeps others out meanwhile
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path == root:
            return
        path = path.parent


def _clean_staging(root: Path, older_than: timedelta) -> int:
    limit = time.time() - older_than.total_seconds()
    removed = 0
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            base = name.rpartition("#")[0]
            try:
                key = str(Path(folder, base).relative_to(root))
                if _STAGED.fullmatch(name) and path.lstat().st_mtime < limit:
                    check_key(key)
                    path.unlink()
                    removed += 1
            except (OSError, Invalid):
                continue
    return removed
