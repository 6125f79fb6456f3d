"""Invalid declarations of a product: duplicate names, and names of the kernel's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from colonnade.kernel.access import Policy
from colonnade.kernel.core import LoggedEvent, SliceSettings, UnloggedEvent
from colonnade.kernel.core.settings import SettingsError
from colonnade.kernel.exports import PersonalData
from colonnade.kernel.http import GuestTokens, SuccessEnvelope
from colonnade.kernel.jobs import JobName, cron, job
from colonnade.kernel.limits import Budget
from colonnade.kernel.product import KERNEL_BUDGETS, Product, Slice, load_product_settings
from colonnade.kernel.realtime import Client, SocketRoutes, SocketSetup


class YardSettings(SliceSettings):
    keep_days: int = 7


class BarnSettings(SliceSettings):
    keep_days: int = 9


class PortSettings(SliceSettings):
    port: int = 1


async def collect(db: Any, account_id: int) -> None: ...


@cron("0 3 * * *", name="mail.send")
async def sweep() -> None: ...


def farm(*slices: Slice, **more: Any) -> Product:
    return Product(
        name="farm",
        title="Farm",
        description="A product of the tests.",
        envelope=SuccessEnvelope(),
        policy=Policy({}, {}),
        migrations=Path("/nonexistent"),
        slices=slices,
        **more,
    )


@pytest.mark.parametrize(
    ("slices", "complaint"),
    [
        ([Slice(name="yard"), Slice(name="yard")], "several slices are called yard"),
        (
            [Slice(name="yard", settings=YardSettings), Slice(name="barn", settings=BarnSettings)],
            "several settings are called keep_days",
        ),
        ([Slice(name="yard", settings=PortSettings)], "several settings are called port"),
        ([Slice(name="yard", jobs=[sweep])], "several jobs are called mail.send"),
        (
            [
                Slice(name="yard", personal_data=[PersonalData("visits", collect)]),
                Slice(name="barn", personal_data=[PersonalData("visits", collect)]),
            ],
            "several parts of personal data are called visits",
        ),
        (
            [
                Slice(name="yard", budgets=[Budget("visits", "1/hour")]),
                Slice(name="barn", budgets=[Budget("visits", "2/hour")]),
            ],
            "two budgets called visits",
        ),
        *(
            ([Slice(name="yard", budgets=[Budget(name, "1/hour")])], f"two budgets called {name}")
            for name in ("global", "login", "login-address", *(budget.name for budget in KERNEL_BUDGETS))
        ),
    ],
)
def test_names_that_stand_twice_are_refused(slices: list[Slice], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        farm(*slices)


def test_a_job_that_is_enqueued_by_name_must_have_a_handler() -> None:
    name = JobName("yard.mow", str)

    @job(name)
    async def mow(payload: str) -> None:
        raise AssertionError

    yard = Slice(name="yard", enqueues=[name])
    assert [each.name for each in farm(yard, Slice(name="barn", jobs=[mow])).jobs][:1] == ["yard.mow"]
    with pytest.raises(ValueError, match=r"farm: yard enqueues yard\.mow, which no slice handles"):
        farm(yard)


def test_a_socket_event_spends_a_budget_that_a_slice_has() -> None:
    def yard() -> Slice:
        gate = SocketRoutes()

        @gate.on("knock", spends="knocks")
        async def knock(client: Client) -> None: ...

        return Slice(name="yard", sockets=SocketSetup(routes=[gate]))

    with pytest.raises(ValueError, match="farm: the event knock spends knocks, which is no budget"):
        farm(yard())
    declared = Slice(name="barn", budgets=[Budget("knocks", "3/minute")])
    sockets = farm(yard(), declared).sockets
    assert sockets is not None
    assert sockets.routes[0].events["knock"].spends == "knocks"


def test_what_is_sent_to_sockets_is_declared_once_and_heard() -> None:
    rung = UnloggedEvent("rung", str, to="everybody", when="Somebody rings.")
    again = LoggedEvent("rung", dict, to="everybody", when="Somebody rings.")
    with pytest.raises(ValueError, match="several events to one recipient are called rung to everybody"):
        farm(Slice(name="yard", sends=[rung]), Slice(name="barn", sends=[again], sockets=SocketSetup()))
    with pytest.raises(ValueError, match="farm: it sends rung, but has no sockets"):
        farm(Slice(name="yard", sends=[rung]))
    assert farm(Slice(name="yard", sends=[rung], sockets=SocketSetup())).sends == [rung]
    with pytest.raises(ValueError, match="must say to whom it is sent, and when"):
        UnloggedEvent("rung", str, to="everybody", when="somebody rings")


def test_sockets_have_one_way_to_find_a_person() -> None:
    slices = [Slice(name=name, sockets=SocketSetup(person=str)) for name in ("yard", "barn")]
    with pytest.raises(ValueError, match="two slices set `person` of the sockets"):
        farm(*slices)


def test_one_slice_has_guests() -> None:
    tokens = GuestTokens(b"x-token", "guest")
    assert farm(Slice(name="yard", guests=tokens), Slice(name="barn")).guests == tokens
    with pytest.raises(ValueError, match="farm: both yard and barn have guests"):
        farm(Slice(name="yard", guests=tokens), Slice(name="barn", guests=GuestTokens(b"x-other", "other")))


def test_defaults_are_of_kernel_settings() -> None:
    with pytest.raises(ValueError, match="no kernel setting is called keep_days"):
        farm(Slice(name="yard", settings=YardSettings), defaults={"keep_days": 3})


def test_a_limit_of_the_kernels_is_changed_by_a_setting(tmp_path: Path) -> None:
    environ = {"COLONNADE_HOME": str(tmp_path), "FARM_RATE_LIMIT_EXPORTS": "9/day"}
    assert load_product_settings(farm(), tmp_path, environ=environ).quotas == {"exports": "9/day"}


def test_a_handler_gets_no_settings_that_no_slice_lists(tmp_path: Path) -> None:
    settings = load_product_settings(
        farm(Slice(name="yard", settings=YardSettings)), tmp_path, environ={"COLONNADE_HOME": str(tmp_path)}
    )
    assert settings.listed(YardSettings) == YardSettings()
    with pytest.raises(SettingsError, match="BarnSettings is listed by no slice of farm"):
        settings.listed(BarnSettings)
