"""Shared by the commands: output, products by name, settings, and errors as one line.

Results go to standard output, everything else to standard error: as text for people or, with LOG_FORMAT=json
or in production, as log lines. Exit codes: 0 done, 1 a refusal that says what to do, 2 wrong usage, 3 the
server could not start (the log says why), 128 + n ended by signal n before there was anything to stop.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, NoReturn

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from colonnade.app.catalog import (
    UnusableProduct,
    database_settings_of,
    find_broken,
    find_misspelt_settings,
    find_unusable,
    load_facts,
    load_product,
    product_names,
    settings_of,
    usable_names,
)
from colonnade.app.logs import log_to_stderr, only_json
from colonnade.app.readiness import PreparationError
from colonnade.app.signals import Interrupted
from colonnade.kernel.core.settings import Settings, SettingsError, find_development_risks, load_settings

if TYPE_CHECKING:  # it takes a second to load, which `up` spares when it refuses to start
    from colonnade.app.facts import Facts
    from colonnade.kernel.product import Product

__all__ = [
    "ProductNames",
    "check_names",
    "database_plan_for",
    "fail",
    "find_products",
    "log",
    "one_line_errors",
    "out",
    "plan_for",
    "read_settings",
    "refuse_unusable",
    "say",
    "show_table",
    "warn",
    "warn_of_unusable",
]

ProductNames = Annotated[
    list[str] | None,
    typer.Argument(help="Which products; those that are set up here when none is named."),
]

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)
log = structlog.get_logger("colonnade.cli")


class _Voice:
    """How this process writes. `json`: a machine reads standard error, known once the settings have been read.

    `looks_around`: products that the command does not name are loaded as well, to warn of what is wrong with them.
    """

    json = False
    looks_around = False
    spelling_checked = False
    warned: ClassVar[set[str]] = set()


def say(line: str) -> None:
    """Report progress on standard error."""
    if _Voice.json:
        log.info(line)
    else:
        err.print(f"[dim]… {escape(line)}[/]")


def warn(line: str) -> None:
    """Report, once, what should be changed but does not stop the command."""
    if line in _Voice.warned:
        return
    _Voice.warned.add(line)
    if _Voice.json:
        log.warning(line)
    else:
        err.print(f"[bold yellow]warning:[/] {escape(line)}")


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with `code` and one line on standard error."""
    if _Voice.json:
        log.error(message)
    else:
        err.print(f"[bold red]error:[/] {escape(' '.join(message.split()))}")
    raise typer.Exit(code)


def check_names(names: Sequence[str]) -> list[str]:
    """Return `names`, each once, or those of all products that can be loaded if there are none.

    End the command at an unknown name.
    """
    try:
        return _check_known(names) or list(usable_names())
    except SettingsError as error:
        fail(f"settings: {error}")


def _check_known(names: Sequence[str]) -> list[str]:
    there = product_names()
    unknown = [name for name in names if name not in there]
    if unknown:
        find_unusable()
        warn_of_unusable()
        fail(f"There is no product {unknown[0]!r}. There are: {', '.join(there)}.", code=2)
    return list(dict.fromkeys(names))


def find_products(names: Sequence[str]) -> list[Product]:
    """Return the products of these names, each once, or all that can be loaded if there are none.

    Settings that are read after that warn of all products that cannot be loaded.
    """
    _Voice.looks_around = True
    try:
        return [load_product(name) for name in check_names(names)]
    except UnusableProduct as error:
        fail(str(error))


def warn_of_unusable() -> None:
    """Warn of every product that has proved not to be loadable: the command goes on without it."""
    for reason in find_broken().values():
        warn(reason)


def refuse_unusable() -> None:
    """End the command if a product cannot be loaded: in production nobody reads the warning."""
    for reason in find_unusable().values():
        fail(f"{reason} In production all products start or none; name those that are meant.")


def read_settings(product: str | None = None) -> Settings:
    """Return the settings, with warnings of doubtful ones; end the command with the reason if they are not valid."""
    return _read(lambda: settings_of(product) if product else load_settings(), [product] if product else None)


def _read(read: Callable[[], Settings], loaded: Sequence[str] | None) -> Settings:
    try:
        settings = read()
        if _Voice.looks_around:
            find_unusable()
            loaded = None
        misspelt = [] if _Voice.spelling_checked else find_misspelt_settings(loaded=loaded)
    except UnusableProduct as error:
        fail(str(error))
    except SettingsError as error:
        fail(f"settings: {error}")
    if not _Voice.json:
        log_to_stderr(settings)
        _Voice.json = only_json(settings)
    if not _Voice.spelling_checked:
        warn_of_unusable()
    _Voice.spelling_checked = True
    for place, name, nearest in misspelt:
        warn(f"settings: {name} ({place}) is unknown and ignored; the nearest is {nearest}")
    for risk in find_development_risks(settings):
        warn(f"settings: {risk}; production refuses it")
    return settings


def plan_for(products: Sequence[Product]) -> list[tuple[Product, Settings]]:
    """Pair each product with its own settings."""
    return [(product, read_settings(product.name)) for product in products]


def database_plan_for(names: Sequence[str]) -> list[tuple[Facts, Settings]]:
    """Pair the products of these names, or all, with their settings, without loading any slice if that is possible."""
    try:
        found = [load_facts(name) for name in _check_known(names) or product_names()]
    except SettingsError as error:
        fail(str(error))
    return [(facts, _read(partial(database_settings_of, facts), [])) for facts in found]


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for people; in a pipe, lines of tab-separated values under a line of column names."""
    if not out.is_terminal:
        for row in (columns, *rows):
            sys.stdout.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
        return
    table = Table(*columns, title=escape(title))
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    out.print(table)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn errors that a user can correct into one line and exit code 1, and a signal into its exit code."""
    try:
        yield
    except (PreparationError, SettingsError) as error:
        fail(str(error))
    except Interrupted as interrupted:
        say("interrupted")
        raise typer.Exit(interrupted.exit_code) from None
