"""`colonnade new`: names, places, edits of a product's own modules, and that a refusal changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from colonnade.app.compose import load_product
from colonnade.app.scaffold.editing import add_permissions, add_slice, full_roles
from colonnade.app.scaffold.errors import Refused
from colonnade.app.scaffold.names import POSTGRES_WORDS, SliceNames, name_slice, singular_of
from colonnade.app.scaffold.taken import check_not_taken, kernel_addresses, kernel_tags
from colonnade.kernel.http import list_routes
from colonnade.kernel.testing.command import Installation, new_installation

ROOT = Path(__file__).parents[2]
RUFF = str(Path(sys.executable).parent / "ruff")


@pytest.fixture(scope="module")
def desk(room: Path) -> Iterator[Installation]:
    """Provide a folder with one product, `desk`; tests leave it unchanged."""
    with new_installation(room) as installation:
        assert installation.run("new", "product", "desk").returncode == 0
        installation.folder = installation.folder / "desk"
        yield installation


def snapshot(folder: Path) -> dict[str, str]:
    return {
        str(path): path.read_text() for path in folder.rglob("*") if path.suffix != ".pyc" and path.is_file()
    }


def refusal(installation: Installation, *arguments: str) -> str:
    """Run a command that must change nothing; return its one line of error."""
    before = snapshot(installation.folder)
    done = installation.run("new", *arguments)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert snapshot(installation.folder) == before
    (line,) = done.stderr.splitlines()
    return line.removeprefix("error: ")


NO_PRODUCT = (
    "{!r} cannot name a product: use 2 to 30 of a-z, 0-9 and single _ between them, starting with a letter."
)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *((name, NO_PRODUCT.format(name)) for name in ("Desk", "1desk", "a", "my-desk", "a__b", "desk_", "x" * 31)),
        ("class", "No product can be called class: it is a word of Python's."),
        ("kernel", "No product can be called kernel: that is the kernel's own migrations."),
        ("smtp", "No product can be called smtp: SMTP_HOST is a setting of its own."),
        ("email", "Python has a module called email already: choose another name."),
        ("httpx", "Python has a module called httpx already: choose another name."),
        ("colonnade", "Python has a module called colonnade already: choose another name."),
        ("radio", "There is a product called radio already."),
    ],
)  # fmt: skip
def test_no_product_is_called_so(installation: Installation, name: str, reason: str) -> None:
    assert refusal(installation, "product", name) == reason


def test_a_folder_that_exists_is_left_alone(installation: Installation) -> None:
    (installation.folder / "desk").mkdir()
    assert refusal(installation, "product", "desk") == "desk exists already; nothing is overwritten."


NO_SLICE = (
    "{!r} cannot name a slice: use 2 to 20 of a-z, 0-9 and single _ between them, starting with a letter."
)
TWICE = (
    "A slice cannot be called {0}: its code would use {1} for two things. "
    "Choose another name, such as site_{0}, or another --singular."
)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        *(((name,), NO_SLICE.format(name)) for name in ("Notes", "2nd", "my-notes", "x" * 21)),
        (("notes", "--singular", "Note"), NO_SLICE.format("Note")),
        (("as",), "A slice cannot be called as: it is a word of Python's."),
        (("queries",), "A slice cannot be called queries: a product or a slice has a module of that name."),
        (
            ("order",),
            "A slice cannot be called order: PostgreSQL takes no table of that name. Use the plural.",
        ),
        (("pages",), TWICE.format("pages", "page")),
        (("databases",), TWICE.format("databases", "Database")),
        (("filters",), TWICE.format("filters", "filter")),
        (("accounts",), "There is a table accounts already, made by 0001_identity.sql: choose another name."),
        (("items",), "desk has a folder items already; nothing is overwritten."),
    ],
)
def test_no_slice_is_called_so(desk: Installation, arguments: tuple[str, ...], reason: str) -> None:
    assert refusal(desk, "slice", "desk", *arguments) == reason


KERNEL_ANSWERS = (
    "A slice cannot be called {0}: the kernel answers at /{0}. Choose another name, such as site_{0}."
)
KERNEL_DESCRIBES = (
    "A slice cannot be called {0}: the kernel describes its own routes as {1}. "
    "Choose another name, such as site_{0}."
)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("health", KERNEL_ANSWERS.format("health")),
        ("roles", KERNEL_ANSWERS.format("roles")),
        ("sessions", KERNEL_DESCRIBES.format("sessions", "Sessions")),
        ("second_factors", KERNEL_DESCRIBES.format("second_factors", "Second factors")),
    ],
)
def test_no_slice_stands_where_the_kernel_does(desk: Installation, name: str, reason: str) -> None:
    assert refusal(desk, "slice", "desk", name) == reason
    assert refusal(desk, "product", "shelf", "--slice", name) == reason


@pytest.mark.parametrize("name", ["radio", "dealroom"])
def test_the_addresses_of_the_kernel_are_known(name: str) -> None:
    product = load_product(name)
    own = [
        route.path.removeprefix(product.prefix).split("/")[1]
        for route in list_routes(product)
        if route.name.startswith("colonnade.kernel.")
    ]
    # Which no slice can be called, or where the product says itself that it mounts them.
    elsewhere = {".well-known", name, "staff", "users"}
    assert len(set(own)) > 8
    assert set(own) - elsewhere <= kernel_addresses()


def test_every_address_and_tag_of_the_kernel_is_refused() -> None:
    assert kernel_addresses() >= {
        "account",
        "accounts",
        "audit",
        "auth",
        "health",
        "metrics",
        "roles",
        "uploads",
    }
    for address in kernel_addresses() - {"_dev"}:  # which no slice can be called
        with pytest.raises(Refused, match=f"the kernel answers at /{address}"):
            check_not_taken(SliceNames(address.replace("-", "_"), "one"))
    assert kernel_tags() >= {"API keys", "Audit log", "Passkeys", "Second factors", "Sessions", "Step-up"}
    for tag in kernel_tags():
        with pytest.raises(Refused, match="the kernel"):
            check_not_taken(SliceNames(tag.lower().replace(" ", "_").replace("-", "_"), "one"))
    check_not_taken(SliceNames("devices", "device"))


def test_no_slice_stands_where_the_product_does(desk: Installation) -> None:
    reviewed = desk.folder / "tests" / "permissions.txt"
    before = reviewed.read_text()
    reviewed.write_text(f"{before}\nGET    /lamps/{{lamp_id:int}} admin\n")
    try:
        assert refusal(desk, "slice", "desk", "lamps") == (
            "desk has routes at /lamps already: choose another name."
        )
    finally:
        reviewed.write_text(before)
    routes = desk.folder / "src" / "desk" / "items" / "routes.py"
    before = routes.read_text()
    routes.write_text(before.replace('Tag("Items"', 'Tag("Old lamps"'))
    try:
        assert refusal(desk, "slice", "desk", "old_lamps") == (
            "desk describes other routes as Old lamps already: choose another name."
        )
    finally:
        routes.write_text(before)


def test_a_project_has_the_contracts_of_the_checkout(desk: Installation) -> None:
    """Word for word, for the slices of its product."""
    ours, theirs = (
        tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
        for folder in (ROOT, desk.folder)
    )
    about_slices = [
        contract
        for contract in ours
        for modules in [[*contract.get("source_modules", ()), *contract.get("containers", ())]]
        if any(name.startswith("colonnade.products.*.*") for name in modules)
        or "colonnade.products.*" in contract.get("ancestors", ())
    ]
    assert len(about_slices) >= 10
    assert theirs[1:] == json.loads(json.dumps(about_slices).replace("colonnade.products.*", "desk"))


def test_a_product_that_is_not_here(installation: Installation) -> None:
    assert refusal(installation, "slice", "desk", "lamps") == (
        "There is no src/desk/product.py here. Run this in the folder of the project that holds the product, or "
        "write one: colonnade new product desk"
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (
            "product.py",
            "slices=[",
            "slices=tuple([",
            "product.py is no valid Python: '(' was never closed, line 16.",
        ),
        (
            "product.py",
            "    slices=[\n        AUTH,\n        ITEMS,\n    ],\n",
            "    slices=(AUTH, ITEMS),\n",
            "The slices of product.py are not written as a list. Add `from desk.lamps.slice import SLICE as LAMPS` "
            "and LAMPS to the slices of product.py by hand.",
        ),
        (
            "product.py",
            "PRODUCT = Product(",
            "PRODUCT = make(",
            "product.py has no `PRODUCT = Product(…)`.",
        ),
        (
            "policy.py",
            '{"admin": PERMISSIONS, "member": _MEMBER}',
            "ROLES",
            "The roles of policy.py are written in a way that is not understood. Write them as "
            'Policy(PERMISSIONS, {"admin": PERMISSIONS, …}).',
        ),
        (
            "policy.py",
            "PERMISSIONS = {",
            "PERMISSIONS = {} | {",
            'The permissions of policy.py are not written as a dictionary. Add "lamps:read": "see lamps", '
            '"lamps:manage": "create, change and delete lamps" to the permissions of policy.py by hand.',
        ),
    ],
)
def test_what_is_written_in_another_way_is_left_alone(
    desk: Installation, file: str, old: str, new: str, reason: str
) -> None:
    path = desk.folder / "src" / "desk" / file
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new, 1))
    try:
        assert refusal(desk, "slice", "desk", "lamps") == reason
    finally:
        path.write_text(before)


def test_a_disk_that_says_no_leaves_everything_as_it_was(desk: Installation) -> None:
    # A file where the folder of the tests should be.
    (desk.folder / "tests" / "test_lamps.py").mkdir()
    try:
        assert refusal(desk, "slice", "desk", "lamps") == (
            "tests/test_lamps.py exists already; nothing is overwritten."
        )
    finally:
        (desk.folder / "tests" / "test_lamps.py").rmdir()


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("articles", "article"), ("stories", "story"), ("boxes", "box"), ("addresses", "address"),
     ("branches", "branch"), ("dishes", "dish"), ("houses", "house"), ("line_items", "line_item"),
     ("media", "media"), ("status", "status"), ("press", "press"), ("analysis", "analysis"), ("ties", "tie")],
)  # fmt: skip
def test_one_of_many(plural: str, singular: str) -> None:
    assert singular_of(plural) == singular
    assert name_slice("children", "child", used=()).struct == "Child"


async def test_the_words_of_postgresql(postgres_dsn: str) -> None:
    connection = await asyncpg.connect(postgres_dsn)
    rows = await connection.fetch("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')")
    await connection.close()
    assert {row["word"] for row in rows} == POSTGRES_WORDS


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("slices=[AUTH]", "slices=[\n    AUTH,\n    LAMPS,\n]"),
        ("slices=[]", "slices=[\n    LAMPS,\n]"),
        (
            "slices=[\n    AUTH,  # é\n    # the last\n]",
            "slices=[\n    AUTH,  # é\n    # the last\n    LAMPS,\n]",
        ),
        ("slices=[\n    AUTH\n]", "slices=[\n    AUTH,\n    LAMPS,\n]"),
        (
            "slices=[\n    AUTH,\n    Slice(\n        name='é',\n    )\n]",
            "slices=[\n    AUTH,\n    Slice(\n        name='é',\n    ),\n    LAMPS,\n]",
        ),
    ],
)
def test_a_line_is_added_to_the_slices(before: str, after: str) -> None:
    source = (
        "from desk.auth.slice import SLICE as AUTH\nfrom desk.policy import POLICY\n\nPRODUCT = Product({})\n"
    )
    imports = (
        "from desk.auth.slice import SLICE as AUTH\nfrom desk.lamps.slice import SLICE as LAMPS\n"
        "from desk.policy import POLICY\n\n"
    )
    expected = f"{imports}PRODUCT = Product({after})\n"
    assert add_slice(source.format(before), "desk", "lamps", "LAMPS") == expected


def test_an_import_goes_where_the_formatter_wants_it() -> None:
    source = "from desk.auth.slice import SLICE as AUTH\nfrom desk.room9.slice import SLICE as ROOM9\n"
    body = "PRODUCT = Product(slices=[AUTH, ROOM9])\n"
    lines = add_slice(source + body, "desk", "room10", "ROOM10").splitlines()
    assert lines[2] == "from desk.room10.slice import SLICE as ROOM10"
    with pytest.raises(Refused, match="has something called AUTH already"):
        add_slice(source + body, "desk", "auth", "AUTH")


def test_permissions_are_added_and_no_role_is_guessed() -> None:
    source = 'A = {"a:b": "c", **MORE}\nPOLICY = Policy(A, {"chief": A, "clerk": {"a:b"}, "guest": set()})\n'
    changed = add_permissions(source, {"x:y": "z", "x:z": "y"})
    head = 'A = {\n    "a:b": "c",\n    **MORE,\n    "x:y": "z",\n    "x:z": "y",\n}\n'
    assert changed == head + source.splitlines()[1] + "\n"
    assert full_roles(changed) == ["chief"]
    with pytest.raises(Refused, match="has all permissions"):
        full_roles('A = {"a:b": "c"}\nPOLICY = Policy(A, {"clerk": {"a:b"}})\n')
    with pytest.raises(Refused, match="has the permission a:b already"):
        add_permissions(source, {"a:b": "z"})


@pytest.mark.parametrize(
    ("product", "first", "second"),
    [("tv", "cds", "dvds"), ("p" * 30, "s" * 20, "a" * 19 + "s"), ("zebra", "analyses", "line_items")],
)
def test_the_text_is_as_the_formatter_writes_it(
    installation: Installation, product: str, first: str, second: str
) -> None:
    done = installation.run("new", "product", product, "--slice", first)
    assert done.returncode == 0, done.stderr
    installation.folder = installation.folder / product
    done = installation.run("new", "slice", product, second)
    assert done.returncode == 0, done.stderr
    for command in (("check",), ("format", "--check")):
        checked = subprocess.run(
            [RUFF, *command, "--no-cache", "."], cwd=installation.folder, capture_output=True, text=True
        )
        assert checked.returncode == 0, checked.stdout
