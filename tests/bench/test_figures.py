"""What the benchmark makes of its figures: ratios, verdicts, tables and the chart. Nothing is measured here."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from harness import chart, report
from harness.compare import result_of
from harness.rounds import Round
from harness.scenarios import SCENARIOS
from harness.wanted import FASTAPI, FASTIFY, LIMIT, OURS, PEER, Target, verdicts

SVG = "{http://www.w3.org/2000/svg}"


def round_of(cpu_us: float, per_second: float) -> Round:
    return Round(
        requests=1_000,
        requests_per_second=per_second,
        p50_ms=1.0,
        p99_ms=2.0,
        server_cpu_us=cpu_us,
        postgres_cpu_us=30.0,
        bytes_per_request=700.0,
        resident_bytes=100 * 2**20,
    )


@pytest.fixture
def one_row() -> dict[str, Any]:
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == "one-row")
    taken = {
        OURS: [round_of(100.0, 5_000.0), round_of(110.0, 5_000.0), round_of(100.0, 4_000.0)],
        PEER: [round_of(500.0, 1_000.0), round_of(550.0, 2_000.0), round_of(520.0, 1_000.0)],
        FASTIFY: [round_of(110.0, 4_000.0), round_of(110.0, 5_000.0), round_of(115.0, 4_000.0)],
        LIMIT: [round_of(50.0, 10_000.0), round_of(55.0, 10_000.0), round_of(50.0, 10_000.0)],
    }
    sizes = dict.fromkeys(taken, 162)
    return result_of(scenario, {"body_bytes": sizes, "probes": 12}, taken)


def test_a_peer_is_to_take_more_and_a_limit_not_much_less() -> None:
    assert Target(PEER, 5.0).is_reached(5.0)
    assert not Target(PEER, 5.0).is_reached(4.99)
    assert Target(LIMIT, 1.8).is_reached(1.8)
    assert not Target(LIMIT, 1.8).is_reached(1.81)


def test_the_cpu_of_the_rounds_decides(one_row: dict[str, Any]) -> None:
    found = {verdict.other: verdict for verdict in verdicts(one_row)}
    assert list(found) == [PEER, FASTIFY, LIMIT]
    assert found[PEER].cpu == {"median": 5.0, "low": 5.0, "high": 5.2}
    assert found[PEER].speed == {"median": 4.0, "low": 2.5, "high": 5.0}
    assert (found[PEER].wanted, found[PEER].outcome) == ("at least 5x", "reached")
    assert (found[FASTIFY].cpu["median"], found[FASTIFY].outcome) == (1.1, "missed")
    assert (found[LIMIT].cpu["median"], found[LIMIT].wanted) == (2.0, "at most 1.8x")
    assert found[LIMIT].outcome == "missed"


def test_the_one_table_has_every_server_with_its_ratio(one_row: dict[str, Any]) -> None:
    assert report.overview([one_row]) == [
        ("one-row", OURS, "100", "5,000", "", "", "", ""),
        ("", PEER, "520", "1,000", "5.00x", "4.00x", "at least 5x", "reached"),
        ("", FASTIFY, "110", "4,000", "1.10x", "1.00x", "at least 1.2x", "**missed**"),
        ("", LIMIT, "50", "10,000", "2.00x", "0.50x", "at most 1.8x", "**missed**"),
    ]


def test_each_target_names_a_server_of_its_scenario() -> None:
    for scenario in SCENARIOS:
        assert {target.other for target in scenario.targets} <= set(scenario.others), scenario.name
    assert {target.other for target in SCENARIOS[0].targets} == {PEER, FASTIFY, FASTAPI, LIMIT}


def test_labels_keep_their_order_and_do_not_overlap() -> None:
    assert chart.spread([100.0, 50.0, 52.0, 51.0], 15.0) == [100.0, 50.0, 80.0, 65.0]
    assert chart.spread([], 15.0) == []


def test_curves_are_drawn_on_logarithmic_axes() -> None:
    points = [
        {
            "operation": "search",
            "rows": rows,
            "detail": "",
            "server_cpu_us": 100.0,
            "postgres_cpu_us": rows / 10,
        }
        for rows in (1_000, 10_000, 100_000)
    ]
    drawn = ElementTree.fromstring(report.curves_chart({"points": points}))
    flat, steep = (line.get("points", "").split() for line in drawn.iter(f"{SVG}polyline"))
    assert len({point.split(",")[1] for point in flat}) == 1
    heights = [float(point.split(",")[1]) for point in steep]
    places = [float(point.split(",")[0]) for point in steep]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)
    names = [text.text for text in drawn.iter(f"{SVG}text")]
    assert names.count("search") == 2
    assert {"CPU of the server", "CPU of PostgreSQL", "100", "10,000"} <= set(names)


def test_the_table_of_curves_has_server_and_postgresql_apart() -> None:
    points = [
        {
            "operation": "keyset",
            "rows": rows,
            "detail": "",
            "server_cpu_us": 658.0,
            "postgres_cpu_us": rows / 10,
        }
        for rows in (10_000, 1_000)
    ]
    assert (
        report.curves_table({"points": points}).splitlines()[2] == "| keyset page | 658 / 100 | 658 / 1,000 |"
    )
