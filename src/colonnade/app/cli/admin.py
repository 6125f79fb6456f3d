"""`migrate`, `seed` and `admin create`."""

from __future__ import annotations

import asyncio
import secrets
import sys
from typing import Annotated

import typer

from colonnade.app.cli.common import err, fail, find_products, one_line_errors, out, read_settings
from colonnade.app.compose import open_services
from colonnade.app.preparation import infrastructure, migrate_database, seed_database
from colonnade.kernel.identity import EmailTaken, insert_account
from colonnade.kernel.mail import check_address

__all__ = ["accounts", "migrate", "seed"]

accounts = typer.Typer(help="Accounts of a product.", no_args_is_help=True)
MIN_PASSWORD = 8


def migrate(
    products: Annotated[
        list[str] | None, typer.Argument(help="Which products; all when none is named.")
    ] = None,
) -> None:
    """Bring the databases up to date."""
    chosen = find_products(products or [])
    settings = read_settings(chosen[0].name if len(chosen) == 1 else None)
    with one_line_errors(), infrastructure(chosen, settings, say=err.print) as found:
        for product in chosen:
            applied = asyncio.run(migrate_database(product, found.dsns[product.name], err.print))
            out.print(f"{product.title}: {len(applied)} revisions applied")


def seed(
    products: Annotated[
        list[str] | None, typer.Argument(help="Which products; all when none is named.")
    ] = None,
) -> None:
    """Write the demonstration data into empty databases."""
    chosen = find_products(products or [])
    settings = read_settings(chosen[0].name if len(chosen) == 1 else None)
    if settings.production:
        fail("Demonstration data has known passwords: APP_ENV=production refuses it.")
    with one_line_errors(), infrastructure(chosen, settings, say=err.print) as found:
        for product in chosen:
            dsn = found.dsns[product.name]
            asyncio.run(migrate_database(product, dsn, err.print))
            asyncio.run(seed_database(product, read_settings(product.name), dsn))
            out.print(f"{product.title}: demonstration data is there")


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
    """Create an account; without --password-stdin a password is made and shown once."""
    (chosen,) = find_products([product])
    if role not in chosen.policy.roles:
        fail(f"{product} has no role {role!r}. Roles: {', '.join(sorted(chosen.policy.roles))}.", code=2)
    if not 1 <= len(name.strip()) <= 255:
        fail("The name must have 1 to 255 characters.", code=2)
    try:
        address = check_address(email)
    except Exception as error:
        fail(f"The e-mail address is not valid: {error}", code=2)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else secrets.token_urlsafe(15)
    if len(password) < MIN_PASSWORD:
        fail(f"The password must have at least {MIN_PASSWORD} characters.", code=2)
    settings = read_settings(product)

    async def create(dsn: str) -> int:
        await migrate_database(chosen, dsn, err.print)
        services = open_services(chosen, settings, dsn)
        try:
            hashed = await services.hasher.hash(password)
            account = await insert_account(
                services.db, email=address, name=name.strip(), role=role, password_hash=hashed
            )
            return account.id
        finally:
            await services.db.close()
            services.hasher.close()

    with one_line_errors(), infrastructure([chosen], settings, say=err.print) as found:
        try:
            account_id = asyncio.run(create(found.dsns[product]))
        except EmailTaken as error:
            fail(error.message)
    out.print(f"Account {account_id} created: {address} ({role})", highlight=False)
    if not password_stdin:
        out.print(f"Password: {password}", highlight=False)
