"""Builds tables from the results of runs, for the terminal and as Markdown. Measures nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from harness import chart, settings
from harness.curves import TITLES as OPERATIONS
from harness.wanted import LIMITS, OURS, Verdict, verdicts

HEAD = (
    "server",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "CPU µs/request",
    "CPU ratio",
    "PostgreSQL µs/request",
    "JSON",
    "on the wire",
    "memory MB",
)


def save(kind: str, result: dict[str, Any]) -> Path:
    """Write `result` as `<kind>-<time>.json` into the results folder."""
    settings.RESULTS.mkdir(parents=True, exist_ok=True)
    path = settings.RESULTS / f"{kind}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(result, indent=1))
    return path


def latest(kind: str) -> dict[str, Any] | None:
    """Return the newest result of `kind`, or None."""
    files = sorted(settings.RESULTS.glob(f"{kind}-*.json"))
    return json.loads(files[-1].read_text()) if files else None


def _rows(scenario: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the rows of a scenario's table, with our relation to each other server."""
    ratios = {verdict.other: verdict.cpu for verdict in verdicts(scenario)}
    sizes = scenario["verified"]["body_bytes"]
    return [
        _cells(name, server, ratios.get(name, {}), sizes[name])
        for name, server in scenario["servers"].items()
    ]


def _cells(name: str, server: dict[str, Any], ratio: Mapping[str, float], body_bytes: int) -> tuple[str, ...]:
    median = server["median"]
    speeds = [taken["requests_per_second"] for taken in server["rounds"]]
    return (
        name,
        f"{_number(median['requests_per_second'])} ({_number(min(speeds))}–{_number(max(speeds))})",
        f"{median['p50_ms']:.1f}",
        f"{median['p99_ms']:.1f}",
        _number(median["server_cpu_us"]),
        f"{ratio['median']:.2f}x" if ratio else "",
        _number(median["postgres_cpu_us"]),
        f"{body_bytes / 1024:.1f} KB",
        f"{median['bytes_per_request'] / 1024:.1f} KB",
        f"{median['resident_bytes'] / 2**20:.0f}",
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _spread(ratio: Mapping[str, float]) -> str:
    return f"{ratio['median']:.1f}x ({ratio['low']:.1f}–{ratio['high']:.1f})" if ratio else "–"


def _lines(scenario: dict[str, Any]) -> list[str]:
    return [_sentence(verdict) for verdict in verdicts(scenario)] + _overhead_lines(scenario.get("overhead"))


def _sentence(verdict: Verdict) -> str:
    cpu = "the CPU per request" if verdict.other in LIMITS else "less CPU per request"
    wanted = f"; wanted {verdict.wanted} of the CPU: {_bold(verdict.outcome)}" if verdict.outcome else ""
    return (
        f"{OURS} against {verdict.other}: {_spread(verdict.cpu)} {cpu},"
        f" {_spread(verdict.speed)} the requests per second{wanted}"
    )


def _bold(outcome: str) -> str:
    return "**missed**" if outcome == "missed" else outcome


OVERVIEW = ("scenario", "server", "CPU µs/request", "requests/s", "CPU ratio", "requests ratio", "wanted", "")


def overview(scenarios: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return the rows of one table of everything: each server of each scenario, with our relation to it."""
    rows = []
    for scenario in scenarios:
        known = {verdict.other: verdict for verdict in verdicts(scenario)}
        for number, (name, server) in enumerate(scenario["servers"].items()):
            verdict = known.get(name)
            ratios = ("", "", "", "")
            if verdict is not None:
                times = f"{verdict.cpu['median']:.2f}x" if verdict.cpu else "–"
                speed = f"{verdict.speed['median']:.2f}x" if verdict.speed else "–"
                ratios = (times, speed, verdict.wanted, _bold(verdict.outcome))
            median = server["median"]
            figures = (_number(median["server_cpu_us"]), _number(median["requests_per_second"]))
            rows.append(("" if number else scenario["name"], name, *figures, *ratios))
    return rows


TARGETS = ("scenario", "against", "wanted", "CPU ratio", "requests ratio", "")


def _targets(scenarios: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return a row for each target."""
    return [
        (
            scenario["name"],
            verdict.other,
            verdict.wanted,
            _spread(verdict.cpu),
            _spread(verdict.speed),
            _bold(verdict.outcome),
        )
        for scenario in scenarios
        for verdict in verdicts(scenario)
        if verdict.target is not None
    ]


def show_overview(scenarios: list[dict[str, Any]]) -> None:
    """Print the one table, a section per scenario."""
    table = Table(*OVERVIEW, title="Ratios: theirs to ours; to a limit, ours to theirs", title_justify="left")
    for row in overview(scenarios):
        if row[0] and table.row_count:
            table.add_section()
        table.add_row(*(cell.replace("**", "") for cell in row))
    Console(width=150).print(table)


def memory_line(result: dict[str, Any]) -> str:
    """Return a sentence about the servers' memory, or an empty string."""
    sizes = result.get("resident_bytes_after", {})
    return f"Resident memory after the run: {_megabytes(sizes)}." if sizes else ""


def _megabytes(sizes: dict[str, int]) -> str:
    return ", ".join(f"{name} {size / 2**20:.0f} MB" for name, size in sizes.items())


def _overhead_lines(overhead: dict[str, Any] | None) -> list[str]:
    if overhead is None:
        return []
    wanted = overhead["target"]
    return [
        f"{OURS}, {words}: {found['login_ms']:.2f} ms a login, {found['bare_ms']:.2f} ms the bare argon2id:"
        f" {found['share']:+.1%} ({found['low']:+.1%} to {found['high']:+.1%}); wanted at most {wanted:.0%}:"
        f" {'reached' if found['share'] <= wanted else '**missed**'}"
        for words, found in (
            ("at capacity (inverse of the throughput)", overhead["capacity"]),
            ("one client alone (median latency)", overhead["alone"]),
            ("CPU of the server at capacity", overhead["cpu"]),
        )
    ]


def show(result: dict[str, Any]) -> None:
    """Print a run to the terminal."""
    console = Console(width=150)
    for scenario in result["scenarios"]:
        table = Table(*HEAD, title=scenario["title"], title_justify="left")
        for row in _rows(scenario):
            table.add_row(*row)
        console.print(table)
        for line in _lines(scenario):
            console.print(line.replace("**", ""), highlight=False)
    console.print(memory_line(result), highlight=False)


def show_startup(result: dict[str, Any]) -> None:
    """Print start-up times and memory to the terminal."""
    table = Table(
        "start", "ready after s", "stopped after s", "idle MB", "idle MB (shared divided)", "processes"
    )
    for row in _startup_rows(result):
        table.add_row(*row)
    Console(width=150).print(table)


def _startup_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            "first" if start["first"] else "later",
            f"{start['seconds']:.2f}",
            f"{start['stop_seconds']:.2f}",
            f"{start['resident_bytes'] / 2**20:.0f}",
            f"{start['proportional_bytes'] / 2**20:.0f}",
            str(start["processes"]),
        )
        for start in result["starts"]
    ]


def _markdown_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _comparison(result: dict[str, Any], data: str, heading: str) -> list[str]:
    """Return the paragraphs of one comparison over HTTP; `data` describes the content of the database."""
    where = result["machine"]
    parts = [
        f"Measured {result['measured_at'][:10]}: {where['cpu']}, {where['cores']} cores; PostgreSQL"
        f" {where['postgres']}, Python {where['python']}, Node {where['node']}. {result['rounds']}"
        f" interleaved rounds of {result['seconds']:g} s, {result['connections']} connections, one process"
        f" each; {data} in one database. Requests per second: median (lowest–highest round)."
    ]
    if result.get("command"):
        parts.append(f"**Our server was replaced by a stand-in**: `{result['command']}`.")
    if result["peer_env"]:
        parts.append(f"Settings of the peers other than their defaults: `{result['peer_env']}`.")
    idle = f"Resident memory before any load: {_megabytes(result['idle_resident_bytes'])}."
    parts.append(f"{idle} {memory_line(result)}".strip())
    for scenario in result["scenarios"]:
        parts += [f"{heading} {scenario['title'].capitalize()}", _markdown_table(HEAD, _rows(scenario))]
        lines = _lines(scenario)
        if lines:
            parts.append("\n".join(f"- {line}" for line in lines))
    return parts


COSTS = {"server_cpu_us": "server", "postgres_cpu_us": "PostgreSQL"}


def curves_chart(result: dict[str, Any]) -> str:
    """Return the cost curves as SVG: a panel for the server's CPU and one for PostgreSQL's."""
    return chart.draw(
        [
            chart.Panel(
                f"CPU of the {name}" if name == "server" else f"CPU of {name}",
                [
                    chart.Line(title, [(point["rows"], max(point[field], 1.0)) for point in points])
                    for title, points in _curves(result)
                ],
            )
            for field, name in COSTS.items()
        ],
        x_title="rows in the table",
        y_title="µs per request",
    )


def curves_table(result: dict[str, Any]) -> str:
    """Return the figures of the curves as a Markdown table: a row per operation, server / PostgreSQL per size."""
    curves = list(_curves(result))
    sizes = sorted({point["rows"] for point in result["points"]})
    rows = []
    for title, points in curves:
        known = {point["rows"]: point for point in points}
        cells = [" / ".join(_number(known[size][field]) for field in COSTS) for size in sizes]
        rows.append((title, *cells))
    return _markdown_table(("CPU µs: server / PostgreSQL", *(f"{size:,} rows" for size in sizes)), rows)


def _curves(result: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield title and points of each operation, smallest table first."""
    for name, title in OPERATIONS.items():
        points = [point for point in result["points"] if point["operation"] == name]
        if points:
            yield title, sorted(points, key=lambda point: point["rows"])


def _curves_part(result: dict[str, Any]) -> list[str]:
    pages = [
        f"{point['detail']} at {point['rows']:,} rows"
        for point in result["points"]
        if point["operation"] == "deep-page"
    ]
    return [
        "## Cost curves",
        f"Our server alone, {result['rounds']} rounds of {result['seconds']:g} s each; both axes are logarithmic. Lists"
        " and searches of short articles, ten a page; messages of ten sessions, fifty a page. No answer comes from a"
        " cache; totals of lists do, those of searches are counted with the page. A search term matches the same share"
        f" of the rows at each size. The deep page is {', '.join(pages)}.",
        "![CPU per request by rows in the table, of the server and of PostgreSQL](curves.svg)",
        curves_table(result),
    ]


def markdown(
    http: dict[str, Any] | None,
    dealroom: dict[str, Any] | None,
    curves: dict[str, Any] | None,
    broadcast: dict[str, Any] | None,
    startup: dict[str, Any] | None,
    notes: str,
) -> str:
    """Return the text of RESULTS.md."""
    parts = [
        "# Results",
        "Written by `bench/run.py report` from the last runs; `bench/README.md` says how it is measured."
        " Figures of one machine on one day: the ratios matter, the absolute numbers do not carry over. A CPU ratio is"
        " theirs to ours; to a limit (bare-asgi, ourselves asked anonymously) it is ours to theirs.",
    ]
    compared = [scenario for result in (http, dealroom) if result for scenario in result["scenarios"]]
    if compared:
        parts += ["## Targets", _markdown_table(TARGETS, _targets(compared))]
    if http:
        parts += _comparison(http, f"{http['articles']:,} articles", "##")
    if dealroom:
        data = f"{dealroom['sessions']:,} chat sessions with {dealroom['messages']:,} messages at the start"
        parts += ["## Dealroom", *_comparison(dealroom, data, "###")]
        if "checked_messages" in dealroom:
            parts.append(
                f"After it the record was whole: {dealroom['checked_messages']:,} messages of"
                f" {dealroom['checked_sessions']} sessions, written by all servers in turn, numbered without gaps and"
                " chained without a break."
            )
    if curves:
        parts += _curves_part(curves)
    if broadcast:
        parts += [
            "## Broadcast to sockets",
            f"Server CPU per delivery against a stock Node socket.io server, {broadcast['rounds']} interleaved"
            " rounds: our fan-out alone (`hub`) and the whole product (`radio`). Wanted: at most 1 for `hub`.",
            broadcast["markdown"],
        ]
    if startup:
        head = (
            "start",
            "ready after s",
            "stopped after s",
            "idle MB",
            "idle MB (shared divided)",
            "processes",
        )
        parts += [
            "## Start-up and idle memory",
            "`colonnade up radio` with its embedded PostgreSQL and demonstration data; memory without"
            " PostgreSQL. Wanted: first start 15 s, later ones 4 s, 150 MB.",
            _markdown_table(head, _startup_rows(startup)),
        ]
    if notes:
        parts.append(notes)
    return "\n\n".join(parts) + "\n"
