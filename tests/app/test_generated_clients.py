"""The API descriptions, tested by their users: clients are generated without a warning, compile and call."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from colonnade.kernel.testing import NO_TLS, run_command
from colonnade.kernel.testing.command import Installation

CLIENTS = Path(__file__).parents[1] / "clients"
MODULES = CLIENTS / "node_modules" / ".bin"
PYTHON = CLIENTS / ".venv" / "bin" / "python"
STRICT = (
    "--strict",
    "--noEmit",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--moduleResolution",
    "nodenext",
)
PRODUCTS = ("radio", "dealroom")


@pytest.fixture(scope="module")
def gateway(shared: Installation) -> str:
    """Start a server with every product and its demonstration data; return its address."""
    return shared.up().url


def describe(gateway: str, product: str, folder: Path) -> tuple[Path, str, dict[str, Any]]:
    """Save the server's description; return the file, the address that it names and a login that it shows."""
    answer = httpx.get(f"{gateway}/{product}/openapi.json", timeout=30, verify=NO_TLS)
    document = answer.json()
    file = folder / "openapi.json"
    file.write_bytes(answer.content)
    logins = [
        operation["requestBody"]["content"]["application/json"]["examples"]
        for path, item in document["paths"].items()
        for operation in item.values()
        if path.endswith("/auth/login")
    ]
    assert len(logins) == 1
    return file, gateway + document["servers"][0]["url"], logins[0]


FEEDS = ("application/rss+xml", "application/atom+xml", "application/xml")


async def generate_python(description: Path, package: str) -> None:
    """Generate the client `package` beside its description; fail on a warning."""
    config = description.with_name("config.json")
    config.write_text(
        json.dumps(
            {
                "package_name_override": package,
                "post_hooks": [],
                # The generator knows no feeds; they are texts.
                "content_type_overrides": dict.fromkeys(FEEDS, "text/plain"),
            }
        )
    )
    code, out, err = await run_command(
        str(PYTHON), "-m", "openapi_python_client", "generate", "--path", str(description), "--meta", "none",
        "--config", str(config), "--output-path", str(description.with_name(package)), "--fail-on-warning",
        folder=description.parent,
    )  # fmt: skip
    assert (code, err) == (0, ""), out
    assert "arning" not in out


@pytest.mark.node
@pytest.mark.parametrize("product", PRODUCTS)
async def test_typescript_types_are_strict(gateway, tmp_path, product):
    description, _, _ = describe(gateway, product, tmp_path)
    code, out, err = await run_command(
        str(MODULES / "openapi-typescript"), str(description), "-o", "api.ts", folder=tmp_path
    )
    assert code == 0, err
    assert "arn" not in out + err
    shutil.copy(CLIENTS / "generated" / f"{product}.ts", tmp_path)
    code, out, err = await run_command(
        str(MODULES / "tsc"), *STRICT, f"{product}.ts", "api.ts", folder=tmp_path
    )
    assert (code, out, err) == (0, "", "")


async def run_client(gateway: str, product: str, folder: Path, role: str) -> Any:
    """Run the program that uses the generated client, signed in with a login of the description; return its output."""
    if not PYTHON.exists():
        pytest.skip("make test makes the environment tests/clients/.venv")
    description, url, logins = describe(gateway, product, folder)
    await generate_python(description, f"{product}_client")
    shutil.copy(CLIENTS / "generated" / f"{product}.py", folder)
    login = logins[role]["value"]
    code, out, err = await run_command(
        str(PYTHON), f"{product}.py", url, login["email"], login["password"], folder=folder
    )
    assert code == 0, err
    return json.loads(out)


@pytest.mark.generator
async def test_a_python_client_signs_in_to_radio_and_lists_articles(gateway, tmp_path):
    said = await run_client(gateway, "radio", tmp_path, "editor")
    assert (said["role"], said["made"]) == ("editor", "ditulis-oleh-klien")
    assert "ditulis-oleh-klien" in said["drafts"]
    assert said["published"] == ["published"]


@pytest.mark.generator
async def test_a_python_client_signs_in_to_dealroom_and_lists_sessions(gateway, tmp_path):
    said = await run_client(gateway, "dealroom", tmp_path, "user")
    assert said["listed"][said["begun"]] == ["Begun by a client", "active"]
