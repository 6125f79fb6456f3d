"""What a product declares (Product) and what it is given in a running process (Services).

`app/` imports one module of a product, its `product.py`, and from that one name, `PRODUCT`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from colonnade.kernel.access import Policy
    from colonnade.kernel.audit import AuditLinker
    from colonnade.kernel.cache import CountCache, ResponseCache
    from colonnade.kernel.core import Dispatcher, EncryptedColumn
    from colonnade.kernel.core.bus import Bus
    from colonnade.kernel.core.fields import FieldCipher
    from colonnade.kernel.core.settings import Settings
    from colonnade.kernel.db import Database
    from colonnade.kernel.exports import PersonalData
    from colonnade.kernel.http import Envelope
    from colonnade.kernel.identity import Authenticator, BreachCheck, PasswordHasher, ProviderClient, Tokens
    from colonnade.kernel.limits import Budget, Limiter, LoginGuard
    from colonnade.kernel.mail import Mailer
    from colonnade.kernel.outbound import Outbound
    from colonnade.kernel.realtime import Hub, SocketSetup
    from colonnade.kernel.storage import Storage

__all__ = ["DemoLogin", "Product", "Services"]


@dataclass(frozen=True)
class DemoLogin:
    """An account of the demonstration data, shown at start-up in development only."""

    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Product:
    """One backend: its routes and everything else that the composition root needs to run it.

    `routes` are Litestar handlers or routers; `jobs` are jobs and cron jobs; `budgets` maps the names used by
    `spends(…)` to limits in the notation of the `limits` package; `seed(services)` writes demonstration data
    and is safe to call again. `encrypted` names every column that holds values of `services.fields`.
    `prefix` is where its clients expect it (`/api/v1`): health is answered there as well. `defaults` are settings
    that this product has another default for. `personal_data` says, slice by slice, what is held about an
    account: exports and deletions go by it.
    """

    name: str
    title: str
    description: str
    envelope: Envelope
    policy: Policy
    migrations: Path
    routes: Sequence[Any]
    version: str = "1.0.0"
    prefix: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    sockets: SocketSetup | None = None
    jobs: Sequence[Any] = ()
    encrypted: Sequence[EncryptedColumn] = ()
    personal_data: Sequence[PersonalData] = ()
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    seed: Callable[[Services], Awaitable[None]] | None = None
    demo_logins: Sequence[DemoLogin] = ()
    on_start: Callable[[Services], Awaitable[None]] | None = None


@dataclass
class Services:
    """What one product's handlers, sockets and jobs work with in this process."""

    product: Product
    settings: Settings
    db: Database
    bus: Bus
    dispatcher: Dispatcher
    limiter: Limiter
    budgets: Mapping[str, Budget]
    login_guard: LoginGuard
    cache: ResponseCache
    counts: CountCache
    storage: Storage
    mailer: Mailer
    tokens: Tokens
    hasher: PasswordHasher
    fields: FieldCipher
    authenticator: Authenticator
    outbound: Outbound
    providers: Mapping[str, ProviderClient]
    breaches: BreachCheck | None = None
    audit: AuditLinker | None = None
    hub: Hub | None = None
    stopping: bool = False
