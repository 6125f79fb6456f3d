"""What a product declares (Product) and what it is given in a running process (Services).

`app/` imports one module of a product, its `product.py`, and from that one name, `PRODUCT`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade.kernel.audit import AuditLinker
from colonnade.kernel.cache import CountCache
from colonnade.kernel.core import Dispatcher, EncryptedColumn
from colonnade.kernel.exports import PersonalData
from colonnade.kernel.http.services import Api, DemoLogin
from colonnade.kernel.identity.services import IdentityServices
from colonnade.kernel.realtime import Hub, SocketSetup

__all__ = ["DemoLogin", "Product", "Services"]


@dataclass(frozen=True, kw_only=True)
class Product(Api):
    """One backend: its routes and everything else that the composition root needs to run it.

    `routes` are Litestar handlers or routers; `jobs` are jobs and cron jobs; `budgets` maps the names used by
    `spends(…)` to limits in the notation of the `limits` package; `seed(services)` writes demonstration data
    and is safe to call again. `encrypted` names every column that holds values of `services.fields`.
    `prefix` is where its clients expect it (`/api/v1`): health is answered there as well. `defaults` are settings
    that this product has another default for. `personal_data` says, slice by slice, what is held about an
    account: exports and deletions go by it.
    """

    migrations: Path
    defaults: Mapping[str, Any] = field(default_factory=dict)
    sockets: SocketSetup | None = None
    jobs: Sequence[Any] = ()
    encrypted: Sequence[EncryptedColumn] = ()
    personal_data: Sequence[PersonalData] = ()
    seed: Callable[[Services], Awaitable[None]] | None = None
    on_start: Callable[[Services], Awaitable[None]] | None = None


@dataclass(kw_only=True)
class Services(IdentityServices):
    """What one product's handlers, sockets and jobs work with in this process."""

    product: Product
    dispatcher: Dispatcher
    counts: CountCache
    audit: AuditLinker | None = None
    hub: Hub | None = None
