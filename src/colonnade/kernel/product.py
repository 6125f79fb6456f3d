"""The declaration of a product (Product, a list of Slices) and its services in a running process (Services).

`app/` imports one module of a product, its `product.py`, and from that one name, `PRODUCT`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade.kernel.audit import AuditLinker, link_waiting
from colonnade.kernel.cache import CountCache
from colonnade.kernel.core import Dispatcher, EncryptedColumn, LoggedEvent, SentEvent
from colonnade.kernel.core.product_names import check_product_name
from colonnade.kernel.core.settings import Settings, SliceSettings, load_settings
from colonnade.kernel.exports import REQUESTS, PersonalData, make_export
from colonnade.kernel.http.application import check_product_routes
from colonnade.kernel.http.docs import DOCS
from colonnade.kernel.http.files import FILES
from colonnade.kernel.http.services import Api, DemoLogin, GuestTokens
from colonnade.kernel.identity import (
    IDENTITY_BUDGETS,
    prune_ended,
    send_code,
    send_visitor_code,
    sweep_deleted,
)
from colonnade.kernel.identity.services import IdentityServices
from colonnade.kernel.jobs import CronJob, Job, JobName
from colonnade.kernel.limits import (
    LOGIN_ACCOUNT,
    LOGIN_ADDRESS,
    LOGIN_KNOWN,
    LOGIN_PAIR,
    LOGIN_STRANGER,
    Budget,
)
from colonnade.kernel.mail import send_mail
from colonnade.kernel.privacy import AllLeft, LeftData
from colonnade.kernel.realtime import EVENT_HIDDEN, Hub, SocketSetup, merge_setups
from colonnade.kernel.storage import add_thumbnails, remove_files, sweep_storage
from colonnade.kernel.trash import TrashKind, TrashKinds, purge_trash

__all__ = [
    "KERNEL_BUDGETS",
    "KERNEL_JOBS",
    "DemoLogin",
    "Product",
    "Services",
    "Slice",
    "load_product_settings",
]

KERNEL_JOBS: tuple[Job[Any] | CronJob, ...] = (
    send_mail,
    send_code,
    send_visitor_code,
    make_export,
    remove_files,
    add_thumbnails,
    sweep_storage,
    prune_ended,
    sweep_deleted,
    link_waiting,
    purge_trash,
)
"""The kernel's own background work, which every product has."""

KERNEL_BUDGETS: tuple[Budget, ...] = (*IDENTITY_BUDGETS, REQUESTS, DOCS, FILES)
"""Limits that the kernel's routes spend by themselves; RATE_LIMIT_<NAME> changes them, too."""

_RESERVED = {"global", "login", "max", "window", LOGIN_ADDRESS.name, LOGIN_PAIR.name, LOGIN_ACCOUNT.name} | {
    *(LOGIN_STRANGER.name, LOGIN_KNOWN.name),
    *(budget.name for budget in KERNEL_BUDGETS),
}
"""Names that no budget of a product may have."""


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One capability of a product: everything that it contributes to the product, in one object.

    `routes` are routers, `sockets` its part of the product's Socket.IO server, `sends` the events that it sends to
    clients, `jobs` jobs and cron jobs. `enqueues` are the jobs that it enqueues by name, and that this slice or another
    must have. `budgets` are the limits that its routes and events spend; RATE_LIMIT_<NAME> changes the quota of each.
    `guests` are the tokens of people without an account, by which requests are counted in place of their address; one
    slice of a product has some. `settings` is the class of its settings. `trash` are the kinds of things that can be
    restored after they were deleted. `encrypted` names every column that holds
    values of the FieldCipher, `personal_data` declares what it holds about an account, for exports and deletions,
    `left_data` what people without an account leave.

    `seed(tx, accounts, …)` writes demonstration data in the transaction of all seeds; `accounts` has the id of
    each demonstration account by its role. `demo_logins` are the accounts themselves. `on_start(…)` runs when the
    product starts in a process.
    """

    name: str
    routes: Sequence[Any] = ()
    sockets: SocketSetup | None = None
    sends: Sequence[SentEvent[Any]] = ()
    jobs: Sequence[Job[Any] | CronJob] = ()
    enqueues: Sequence[JobName[Any]] = ()
    budgets: Sequence[Budget] = ()
    guests: GuestTokens | None = None
    settings: type[SliceSettings] | None = None
    trash: Sequence[TrashKind] = ()
    encrypted: Sequence[EncryptedColumn] = ()
    personal_data: Sequence[PersonalData] = ()
    left_data: Sequence[LeftData] = ()
    demo_logins: Sequence[DemoLogin] = ()
    seed: Callable[..., Awaitable[None]] | None = None
    on_start: Callable[..., Awaitable[None]] | None = None


@dataclass(frozen=True, kw_only=True)
class Product(Api):
    """One backend: a title, a policy and a list of slices, whose contributions it merges.

    `prefix` is where its clients expect it (`/api/v1`): health is answered there as well. `defaults` are kernel
    settings that this product has another default for. Raises ValueError where two slices contradict each other,
    and for a name that no product can have.
    """

    migrations: Path
    slices: Sequence[Slice]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    routes: Sequence[Any] = field(init=False)
    budgets: Mapping[str, Budget] = field(init=False)
    guests: GuestTokens | None = field(init=False)
    sockets: SocketSetup | None = field(init=False)
    sends: Sequence[SentEvent[Any]] = field(init=False)
    jobs: Sequence[Job[Any] | CronJob] = field(init=False)
    trash: TrashKinds = field(init=False)
    encrypted: Sequence[EncryptedColumn] = field(init=False)
    personal_data: Sequence[PersonalData] = field(init=False)
    left_data: Sequence[LeftData] = field(init=False)
    demo_logins: Sequence[DemoLogin] = field(init=False)

    def __post_init__(self) -> None:
        check_product_name(self.name)
        unknown = sorted(set(self.defaults) - set(Settings.model_fields))
        if unknown:
            raise ValueError(f"{self.name}: no kernel setting is called {', '.join(unknown)}")
        slices = self.slices
        _refuse_repeats(self.name, slices)
        values: dict[str, Any] = {
            "routes": [route for each in slices for route in each.routes],
            "budgets": _named(self.name, [budget for each in slices for budget in each.budgets]),
            "guests": _guests_of(self.name, slices),
            "sockets": merge_setups([each.sockets for each in slices if each.sockets is not None]),
            "sends": _sent_by(slices),
            "jobs": [*(job for each in slices for job in each.jobs), *KERNEL_JOBS],
            "trash": TrashKinds({kind.name: kind for each in slices for kind in each.trash}),
            "encrypted": [column for each in slices for column in each.encrypted],
            "personal_data": [part for each in slices for part in each.personal_data],
            "left_data": [part for each in slices for part in each.left_data],
            "demo_logins": [login for each in slices for login in each.demo_logins],
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        _refuse_unhandled(self.name, slices, {job.name for job in self.jobs})
        _refuse_unlimited(self.name, self.sockets, self.budgets)
        if self.sends and self.sockets is None:
            raise ValueError(f"{self.name}: it sends {self.sends[0].name}, but has no sockets")
        try:
            check_product_routes(self)
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None


def _guests_of(product: str, slices: Sequence[Slice]) -> GuestTokens | None:
    """Return the guests' tokens of the one slice that has some. Raise ValueError for two."""
    found = [each for each in slices if each.guests is not None]
    if len(found) > 1:
        raise ValueError(f"{product}: both {found[0].name} and {found[1].name} have guests")
    return found[0].guests if found else None


def _sent_by(slices: Sequence[Slice]) -> list[SentEvent[Any]]:
    """Return the events that slices send, and the one in place of logged events that are not shown any more."""
    sent = [event for each in slices for event in each.sends]
    return [*sent, EVENT_HIDDEN] if any(isinstance(event, LoggedEvent) for event in sent) else sent


def _refuse_repeats(product: str, slices: Sequence[Slice]) -> None:
    """Raise ValueError for names that stand twice: of slices, settings, jobs, and parts of personal data."""
    settings = [each.settings for each in slices if each.settings is not None]
    kinds = {
        "slices": [each.name for each in slices],
        "settings": [*Settings.model_fields, *(name for kind in settings for name in kind.model_fields)],
        "jobs": [job.name for each in slices for job in each.jobs] + [job.name for job in KERNEL_JOBS],
        "kinds of things in the trash": [kind.name for each in slices for kind in each.trash],
        "parts of personal data": [part.name for each in slices for part in each.personal_data],
        "parts of what people leave": [part.name for each in slices for part in each.left_data],
        "events to one recipient": [f"{event.name} to {event.to}" for each in slices for event in each.sends],
    }
    for kind, names in kinds.items():
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"{product}: several {kind} are called {', '.join(repeated)}")


def _refuse_unhandled(product: str, slices: Sequence[Slice], jobs: Set[str]) -> None:
    """Raise ValueError for jobs that a slice enqueues by name and none of `jobs` handles: they would wait for ever."""
    for each in slices:
        unhandled = sorted({name.name for name in each.enqueues} - jobs)
        if unhandled:
            raise ValueError(
                f"{product}: {each.name} enqueues {', '.join(unhandled)}, which no slice handles"
            )


def _refuse_unlimited(product: str, sockets: SocketSetup | None, budgets: Mapping[str, Budget]) -> None:
    """Raise ValueError for a socket event that spends a budget which no slice declares."""
    for routes in sockets.routes if sockets is not None else ():
        for route in routes.events.values():
            if route.spends is not None and route.spends not in budgets:
                raise ValueError(
                    f"{product}: the event {route.event} spends {route.spends}, which is no budget"
                )


def _named(product: str, budgets: Sequence[Budget]) -> dict[str, Budget]:
    """Return the budgets by name; a budget that two slices share is one object. Raise ValueError for two of a name."""
    named: dict[str, Budget] = {}
    for budget in budgets:
        if budget.name in _RESERVED or named.setdefault(budget.name, budget) is not budget:
            raise ValueError(f"{product}: there are two budgets called {budget.name}")
    return named


def load_product_settings(
    product: Product,
    env_file: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    **overrides: Any,
) -> Settings:
    """Load the settings of `product` and its slices; see `load_settings`. Raise SettingsError."""
    return load_settings(
        product.name,
        env_file,
        environ=environ,
        defaults=product.defaults,
        slices=[each.settings for each in product.slices if each.settings is not None],
        budgets=[*product.budgets, *(budget.name for budget in KERNEL_BUDGETS)],
        **overrides,
    )


@dataclass(kw_only=True)
class Services(IdentityServices):
    """The services of one product in this process; handlers, sockets and jobs name its parts by type."""

    product: Product
    dispatcher: Dispatcher
    counts: CountCache
    trash: TrashKinds
    left_data: AllLeft = field(default_factory=AllLeft)
    audit: AuditLinker | None = None
    hub: Hub | None = None
