"""`colonnade seed`, `admin create` and `admin reset-factors`."""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer
from rich.markup import escape

from colonnade.app.cli.choice import chosen_plan
from colonnade.app.cli.common import (
    ProductNames,
    fail,
    find_products,
    one_line_errors,
    out,
    read_settings,
    say,
)
from colonnade.app.compose import open_services
from colonnade.app.migration import migrate_database
from colonnade.app.preparation import infrastructure, seed_database
from colonnade.app.signals import run
from colonnade.kernel.core import NotFound, Problem
from colonnade.kernel.core.settings import Settings
from colonnade.kernel.identity import (
    EmailTaken,
    WeakPassword,
    find_login,
)
from colonnade.kernel.mail import check_address
from colonnade.kernel.product import Product, Services

__all__ = ["accounts", "seed"]

accounts = typer.Typer(help="Accounts of a product.", no_args_is_help=True)


def seed(
    products: ProductNames = None,
) -> None:
    """Write the demonstration data into empty databases."""
    with one_line_errors(), chosen_plan(products, or_all=True) as plan:
        if any(settings.production for _, settings in plan):
            fail("Demonstration data has known passwords: APP_ENV=production refuses it.")
        with infrastructure(plan, say=say) as found:
            for product, settings in plan:
                dsn = found.dsns[product.name]
                run(migrate_database(product, dsn, say))
                written = run(seed_database(product, settings, dsn))
                state = "demonstration data written" if written else "has accounts already, nothing written"
                out.print(f"{escape(product.title)}: {state}")


@accounts.command("create")
def create_account(
    product: Annotated[str, typer.Argument(help="The product.")],
    email: Annotated[str, typer.Option(help="E-mail address to sign in with.")],
    name: Annotated[str, typer.Option(help="Name of the person.")],
    role: Annotated[str, typer.Option(help="A role of the product's policy.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Create an account; without --password-stdin a password is generated and shown once."""
    (chosen,) = find_products([product])
    settings = read_settings(product)
    address = _check(chosen, email, name, role)
    password = _read_password() if password_stdin else secrets.token_urlsafe(15)
    with one_line_errors(), infrastructure([(chosen, settings)], say=say) as found:
        dsn = found.dsns[product]
        try:
            account_id = run(_create(chosen, settings, dsn, address, name.strip(), role, password))
        except WeakPassword as error:
            reasons = " ".join((error.details or {}).values())
            fail(f"This password is not accepted. {reasons}", code=2)
        except EmailTaken as error:
            fail(f"{error.message} ({address})")
        except Problem as error:
            fail(error.message)
    out.print(f"Account {account_id} created: {escape(address)} ({role})")
    if not password_stdin:
        out.print(f"Password: {password}")


@accounts.command("reset-factors")
def reset_second_factors(
    product: Annotated[str, typer.Argument(help="The product.")],
    email: Annotated[str, typer.Option(help="E-mail address of the account.")],
) -> None:
    """Remove a lost second factor (app, passkeys, recovery codes) and sign the account out everywhere."""
    (chosen,) = find_products([product])
    settings = read_settings(product)
    with one_line_errors(), infrastructure([(chosen, settings)], say=say) as found:
        try:
            account_id = run(_reset(chosen, settings, found.dsns[product], email))
        except Problem as error:
            fail(f"{error.message} ({email})")
    out.print(f"Account {account_id}: second factors removed, signed out everywhere, a mail is queued")


def _check(product: Product, email: str, name: str, role: str) -> str:
    """Return the e-mail address as it is stored; end the command if an argument is not valid."""
    if role not in product.policy.roles:
        roles = ", ".join(sorted(product.policy.roles))
        fail(f"{product.name} has no role {role!r}. Roles: {roles}.", code=2)
    if not 1 <= len(name.strip()) <= 255 or not name.isprintable():
        fail("The name must have 1 to 255 printable characters.", code=2)
    try:
        return check_address(email)
    except Problem:
        fail(f"{email!r} is not a valid e-mail address.", code=2)


def _read_password() -> str:
    """Return the first line of standard input without its line break; never echo, log or store it."""
    return sys.stdin.readline().rstrip("\r\n")


@asynccontextmanager
async def _services(product: Product, settings: Settings, dsn: str) -> AsyncIterator[Services]:
    services = open_services(product, settings, dsn)
    try:
        yield services
    finally:
        if services.audit is not None:
            await services.audit.settle()
        if services.breaches is not None:
            await services.breaches.close()
        await services.db.close()
        services.hasher.close()


async def _reset(product: Product, settings: Settings, dsn: str, email: str) -> int:
    await migrate_database(product, dsn, say)
    async with _services(product, settings, dsn) as services, services.db.transaction("cli") as tx:
        account = await find_login(tx, email)
        if account is None:
            raise NotFound("There is no such account.")
        await services.accounts.reset_factors(tx, None, account.id)
        return account.id


async def _create(
    product: Product, settings: Settings, dsn: str, email: str, name: str, role: str, password: str
) -> int:
    async with _services(product, settings, dsn) as services:
        await services.passwords.check(password, about=(email, name))
        await migrate_database(product, dsn, say)
        hashed = await services.passwords.hash(password)
        async with services.db.transaction("cli") as tx:
            account = await services.accounts.create(
                tx, None, email=email, name=name, role=role, password_hash=hashed
            )
        return account.id
