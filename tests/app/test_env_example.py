"""`.env.example`: written from the settings' classes, and true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from colonnade.app.catalog import load_product, product_names
from colonnade.app.env_example import write_env_example
from colonnade.app.services import budgets_of
from colonnade.kernel.core.settings import SECTIONS, Settings, load_settings, quota_variable
from colonnade.kernel.http import list_routes
from colonnade.kernel.identity import SignInSettings
from colonnade.kernel.product import KERNEL_BUDGETS, load_product_settings

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
PRODUCTS = [load_product(name) for name in product_names()]


def test_it_is_what_the_command_writes() -> None:
    assert EXAMPLE.read_text() == write_env_example(PRODUCTS)


def test_it_names_every_setting_once() -> None:
    names = re.findall(r"^([A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE)
    assert len(names) == len(set(names))
    kernel = {field.upper() for section in SECTIONS for field in section.model_fields}
    assert kernel == {field.upper() for field in Settings.model_fields} - {"PRODUCT"}
    slices = {
        field.upper()
        for product in PRODUCTS
        for each in product.slices
        if each.settings is not None
        for field in each.settings.model_fields
    }
    budgets = {
        f"{product.name.upper()}_RATE_LIMIT_{name.upper().replace('-', '_')}"
        for product in PRODUCTS
        for name in product.budgets
    }
    shared = {quota_variable(budget.name) for budget in KERNEL_BUDGETS}
    assert set(names) == kernel | slices | budgets | shared


def test_whoever_copies_it_gets_the_defaults(tmp_path: Path) -> None:
    home = {"COLONNADE_HOME": str(tmp_path / "home")}
    assert load_settings(None, EXAMPLE, environ=home) == load_settings(None, tmp_path, environ=home)
    for product in PRODUCTS:
        copied = load_product_settings(product, EXAMPLE, environ=home)
        plain = load_product_settings(product, tmp_path, environ=home)
        assert copied.model_dump() == plain.model_dump()
        assert budgets_of(product, copied) == budgets_of(product, plain)
        for each in product.slices:
            if each.settings is not None:
                assert copied.of(each.settings) == plain.of(each.settings)


def test_every_number_has_a_smallest_and_a_largest_value() -> None:
    """What is absurd is refused at the start, not found out in operation."""
    slices = [each.settings for product in PRODUCTS for each in product.slices if each.settings is not None]
    found, unbounded = 0, []
    for kind in (Settings, *slices):
        for name, field in kind.model_fields.items():
            if {int, float} & {field.annotation, *get_args(field.annotation)}:
                found += 1
                bounds = {bound for each in field.metadata for bound in ("ge", "le") if hasattr(each, bound)}
                unbounded += [] if bounds == {"ge", "le"} else [name]
    assert found > 20
    assert unbounded == []


def test_every_setting_is_explained() -> None:
    for block in EXAMPLE.read_text().split("\n\n")[1:]:
        assert re.search(r"^# [A-Za-z].{15,}", block, re.MULTILINE), block


OF_THE_PROCESS = re.compile(
    r"APP_|COLONNADE_|DEMO$|HOST$|PORT$|WORKERS$|SHUTDOWN_|HELD_JOB_DAYS$|(EMBEDDED_)?DATABASE(_|$)|REDIS_|"
    r"JWT_ISSUER$|FIELD_KEY|FRONTEND_|CORS_|HTTPS_ONLY$|TRUSTED_|BODY_LIMIT_|UNFINISHED_|SLOW_REQUEST_|CACHE_|RATE_LIMIT_(GLOBAL|MAX|WINDOW)$|SMTP_|RESEND_|MAIL_FROM$|LOG_|OTEL_|"
    r"PHONE_REGION$|LOCAL_TIMEZONE$|EMBED_HOSTS$"
)
"""What serves, stores and writes down, whatever is served."""

BELOW = {
    r"JWT_(SECRET|KEYS)$|ACCESS_TOKEN_|SESSION_TTL_|RATE_LIMIT_LOGIN(_ADDRESS)?$": "/auth/login",
    r"REFRESH_": "/auth/refresh",
    r"PASSWORD_|BCRYPT_": "/auth/password",
    r"MFA_": "/auth/mfa",
    r"PASSKEY_": "/auth/passkeys",
    r"PUBLIC_URL$|GOOGLE_|FACEBOOK_|TIKTOK_|OIDC_": "/auth/oauth",
    r"UPLOAD_|IMAGE_|S3_|AWS_": "/uploads",
    r"METRICS_": "/metrics",
    r"TRASH_": "/trash",
}
"""The kernel's settings of one capability, and where a product that has it answers."""


def test_no_kernel_setting_is_without_a_route() -> None:
    """A capability that no product mounts has nothing to set."""
    paths = {route.path for product in PRODUCTS for route in list_routes(product)}
    for name in (field.upper() for section in SECTIONS for field in section.model_fields):
        below = [path for pattern, path in BELOW.items() if re.match(pattern, name)]
        assert len(below) + bool(OF_THE_PROCESS.match(name)) == 1, f"{name}: say in this test what it is for"
        assert not below or any(below[0] in path for path in paths), f"{name}: no product has {below[0]}"


def test_no_setting_of_a_product_is_without_a_use() -> None:
    for product in PRODUCTS:
        spent = {name for route in list_routes(product) for name in route.budgets}
        for each in product.slices:
            served = [*each.routes, *each.jobs, *(each.sockets.routes if each.sockets else ())]
            for budget in each.budgets:
                assert budget.name in spent or each.sockets is not None, f"{product.name}: {budget.name}"
            # What several slices share is settled in `shared`, which serves nothing itself.
            assert each.settings is None or served or each.name == "shared", f"{product.name}: {each.name}"
    (verified,) = (p for p in PRODUCTS for each in p.slices if each.settings is SignInSettings)
    assert any("/email/verification" in route.path for route in list_routes(verified))
