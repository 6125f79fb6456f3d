"""Products of other packages: how they are found, and that one that cannot be loaded does not affect the others."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest

import colonnade.products
from colonnade.kernel.testing.command import Installation

PRODUCT = """
from pathlib import Path

from colonnade.kernel.access import Policy
from colonnade.kernel.http import Ok, Router, anyone, get, SuccessEnvelope
from colonnade.kernel.product import Product, Slice


@get("/pairs", guards=[anyone()])
async def count_pairs() -> Ok[int]:
    "Count the pairs."
    return Ok(2)


PRODUCT = Product(
    name="{name}",
    title="Shoes",
    description="Shoes.",
    envelope=SuccessEnvelope(),
    policy=Policy({{}}, {{"admin": set()}}),
    migrations=Path(__file__).parent / "migrations",
    slices=[Slice(name="pairs", routes=[Router("/", route_handlers=[count_pairs])])],
)
"""
OWN = Path(colonnade.products.__path__[0])
WARNING = "warning: "


def write_package(folder: Path, name: str = "shoes", text: str | None = None) -> Path:
    """Write a package `name` into `folder`, whose `product.py` is `text`; return its folder."""
    package = folder / name
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "product.py").write_text(PRODUCT.format(name=name) if text is None else text)
    return package


def declare(installation: Installation, *declarations: str, package: str = "shoes") -> Path:
    """Make an installed package declare products, `name = module:PRODUCT`; return where it is installed."""
    site = installation.base / "site"
    info = site / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(["[colonnade.products]", *declarations]))
    installation.environment["PYTHONPATH"] = str(site)
    return site


def named(done: subprocess.CompletedProcess[str]) -> set[str]:
    """Return the paths in the output of `routes` that distinguish the products."""
    assert done.returncode == 0, done.stderr
    paths = {line.split("\t")[1] for line in done.stdout.splitlines()}
    return paths & {"/articles", "/api/v1/sessions", "/pairs"}


ALL = {"/articles", "/api/v1/sessions", "/pairs"}
OURS = {"/articles", "/api/v1/sessions"}


def test_a_package_declares_its_product(installation: Installation) -> None:
    write_package(declare(installation, "shoes = shoes.product:PRODUCT"))
    done = installation.run("routes")
    assert (named(done), done.stderr) == (ALL, "")
    assert named(installation.run("routes", "shoes")) == {"/pairs"}
    unknown = installation.run("routes", "boots")
    assert unknown.returncode == 2
    there = ", ".join([*sorted(path.parent.name for path in OWN.glob("*/product.py")), "shoes"])
    assert unknown.stderr == f"error: There is no product 'boots'. There are: {there}.\n"


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_the_variable_names_a_product(installation: Installation, place: str) -> None:
    write_package(installation.folder)
    write_package(installation.folder, "boots")
    value = "shoes.product:PRODUCT, boots.product:PRODUCT"
    if place == "environment":
        installation.environment["COLONNADE_PRODUCTS"] = value
    else:
        (installation.folder / ".env").write_text(f"COLONNADE_PRODUCTS={value}\n")
    assert named(installation.run("routes")) == ALL
    done = installation.run("routes", "shoes", "boots", SHOES_PROT="3000")
    assert named(done) == {"/pairs"}
    assert done.stderr == (
        "warning: settings: SHOES_PROT (environment) is unknown and ignored; the nearest is SHOES_PORT\n"
    )


def test_the_same_product_may_be_named_twice(installation: Installation) -> None:
    write_package(declare(installation, "shoes = shoes.product:PRODUCT"))
    done = installation.run("routes", COLONNADE_PRODUCTS="shoes.product:PRODUCT")
    assert (named(done), done.stderr) == (ALL, "")


BROKEN = {
    "no module": (None, "ModuleNotFoundError: No module named 'shoes'"),
    "no such name": ("", "shoes.product has no PRODUCT"),
    "no syntax": ("PRODUCT = (", "SyntaxError: '(' was never closed (product.py, line 1)"),
    "an error": ("\nPRODUCT = 1 / 0", "ZeroDivisionError: division by zero ({folder}/shoes/product.py, line 2)"),
    "no AttributeError": (
        "def __getattr__(name):\n    raise RuntimeError('not now')",
        "RuntimeError: not now ({folder}/shoes/product.py, line 2)",
    ),
    "an AttributeError of its own": ("None.shoes", "AttributeError: 'NoneType' object has no attribute 'shoes' "
                                     "({folder}/shoes/product.py, line 1)"),
    "not even an Exception": (
        "class Stop(BaseException): ...\nraise Stop('here')",
        "Stop: here ({folder}/shoes/product.py, line 2)",
    ),
    "one that cannot be shown": (
        "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd",
        "Odd ({folder}/shoes/product.py, line 3)",
    ),
    "one for a terminal": (
        "raise RuntimeError('a\\x1b[31mb\\r\\nc\\x9b2Jd\\u202ee')",
        "RuntimeError: a [31mb c 2Jd e ({folder}/shoes/product.py, line 1)",
    ),
    "an exit": ("raise SystemExit('no')", "SystemExit: no ({folder}/shoes/product.py, line 1)"),
    "a bad name": (
        PRODUCT.format(name="my-shoes"),
        "ValueError: 'my-shoes' cannot name a product: use 2 to 30 of a-z, 0-9 and single _ between them, "
        "starting with a letter ({folder}/shoes/product.py, line 15)",
    ),
    "a taken name": (
        PRODUCT.format(name="postgres"),
        "ValueError: no product can be called postgres: that is PostgreSQL's own database "
        "({folder}/shoes/product.py, line 15)",
    ),
    "an address of the kernel's": (
        PRODUCT.format(name="shoes").replace('"/pairs"', '"/health"'),
        "ValueError: shoes: GET /health is there twice: shoes.product.count_pairs and "
        "colonnade.kernel.http.health.show_health ({folder}/shoes/product.py, line 15)",
    ),
    "a tag with two texts": (
        PRODUCT.format(name="shoes").replace("SuccessEnvelope\n", "SuccessEnvelope, Tag\n").replace(
            "routes=[Router(\"/\", route_handlers=[count_pairs])]",
            "routes=[Router(path, route_handlers=[count_pairs], tags=[Tag('Shoes', path)]) for path in ('/a', '/b')]",
        ),
        "ValueError: shoes: the tag Shoes has two texts: '/a' and '/b' ({folder}/shoes/product.py, line 15)",
    ),
    "a prefix of settings": (
        PRODUCT.format(name="smtp"),
        "ValueError: no product can be called smtp: SMTP_HOST is a setting of its own "
        "({folder}/shoes/product.py, line 15)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN)
def test_one_that_cannot_be_loaded_leaves_the_others_alone(
    installation: Installation, text: str | None, reason: str
) -> None:
    site = declare(installation, "shoes = shoes.product:PRODUCT")
    if text is not None:
        write_package(site, text=text)
    line = (
        f"The product shoes (shoes.product:PRODUCT) cannot be loaded: {reason.format(folder=site)}. "
        "Mend it, or uninstall the package shoes.\n"
    )
    all_of_them = installation.run("routes")
    assert (named(all_of_them), all_of_them.stderr) == (OURS, WARNING + line)
    other = installation.run("routes", "radio")
    assert (named(other), other.stderr) == ({"/articles"}, WARNING + line)
    itself = installation.run("up", "shoes")
    assert (itself.returncode, itself.stdout, itself.stderr) == (1, "", "error: " + line)
    looked_at = installation.run("doctor")
    assert looked_at.returncode == 1
    assert looked_at.stdout.splitlines()[0] == "fail  shoes  " + line.rstrip("\n")


@pytest.mark.parametrize("text", [BROKEN["no AttributeError"][0], BROKEN["not even an Exception"][0]])
def test_whatever_one_of_the_variable_raises_is_one_line(installation: Installation, text: str) -> None:
    write_package(installation.folder, text=text)
    done = installation.run("routes", COLONNADE_PRODUCTS="shoes.product:PRODUCT")
    assert named(done) == OURS
    (line,) = done.stderr.splitlines()
    assert line.startswith("warning: COLONNADE_PRODUCTS: shoes.product:PRODUCT cannot be loaded: ")


def test_one_of_the_variable_that_cannot_be_loaded(installation: Installation) -> None:
    write_package(installation.folder, text="import nothing_called_so")
    done = installation.run("routes", COLONNADE_PRODUCTS="shoes.product:PRODUCT,shoes")
    assert named(done) == OURS
    assert done.stderr.splitlines() == [
        "warning: COLONNADE_PRODUCTS: shoes.product:PRODUCT cannot be loaded: ModuleNotFoundError: No module named "
        "'nothing_called_so' (shoes/product.py, line 1). Mend it, or take it out of COLONNADE_PRODUCTS.",
        "warning: COLONNADE_PRODUCTS: shoes is not written package.module:PRODUCT.",
    ]


def test_what_is_named_and_is_no_product(installation: Installation) -> None:
    site = declare(installation, "shoes = shoes.product:PRODUCT", "boots = shoes.product:PRODUCT")
    package = write_package(site)
    done = installation.run("routes")
    assert named(done) == ALL
    assert done.stderr == (
        "warning: shoes.product:PRODUCT is named as the product boots and calls itself shoes: give it one name.\n"
    )
    (package / "product.py").write_text("PRODUCT = 'shoes'")
    done = installation.run("routes", "shoes")
    assert done.returncode == 1
    assert done.stderr == (
        "error: shoes.product:PRODUCT, named as the product shoes, is no Product. "
        "Mend it, or uninstall the package shoes.\n"
    )


def test_an_object_that_does_not_say_what_it_is(installation: Installation) -> None:
    text = "class Odd:\n    @property\n    def __class__(self): raise RuntimeError\nPRODUCT = Odd()"
    write_package(declare(installation, "shoes = shoes.product:PRODUCT"), text=text)
    done = installation.run("routes", COLONNADE_PRODUCTS="shoes.product:PRODUCT")
    assert named(done) == OURS
    assert done.stderr.splitlines() == [
        "warning: COLONNADE_PRODUCTS: shoes.product:PRODUCT is no Product.",
        "warning: shoes.product:PRODUCT, named as the product shoes, is no Product. "
        "Mend it, or uninstall the package shoes.",
    ]


def test_two_of_one_name(installation: Installation) -> None:
    write_package(declare(installation, "radio = shoes.product:PRODUCT"), text=PRODUCT.format(name="radio"))
    done = installation.run("routes")
    assert named(done) == OURS
    assert done.stderr == (
        "warning: shoes.product:PRODUCT is left out: colonnade.products.radio.product:PRODUCT is called radio as "
        "well. Rename it, or uninstall the package shoes.\n"
    )


def test_production_starts_all_or_none(installation: Installation) -> None:
    declare(installation, "shoes = shoes.product:PRODUCT")
    fit = {
        "APP_ENV": "production",
        "EMBEDDED_DATABASE": "allowed",
        "JWT_SECRET": "Zk3v0QmX8sLr2TnB7yHd5cWf9aGj1eUp",
        "FIELD_KEY": base64.b64encode(os.urandom(32)).decode(),
        "FRONTEND_URL": "https://shoes.example",
        "LOG_FORMAT": "console",
    }
    done = installation.run("up", "--port", "0", **fit)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "In production all products start or none; name those that are meant."
    )
