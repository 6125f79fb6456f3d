"""Draws line charts with logarithmic axes as SVG text, for pages in light and in dark.

A reader may be unable to tell the colours apart: each line has a marker of its own, and its name beside its end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

PLOT_WIDTH, PLOT_HEIGHT = 250, 270
LEFT, TOP, BOTTOM = 64, 64, 48
LABELS = 176
LABEL_STEP = 15
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #52514e; }
  .title { font-size: 14px; font-weight: 600; fill: #0b0b0b; }
  .grid { stroke: #e1e0d9; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .ground { fill: #fcfcfb; }
  .s0 { stroke: #2a78d6; } .s1 { stroke: #eb6834; } .s2 { stroke: #1baf7a; }
  .s3 { stroke: #4a3aa7; } .s4 { stroke: #e87ba4; }
  .marker { fill: #fcfcfb; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #c3c2b7; }
    .title { fill: #ffffff; }
    .grid { stroke: #383835; }
    .ground, .marker { fill: #1a1a19; }
    .s0 { stroke: #3987e5; } .s1 { stroke: #d95926; } .s2 { stroke: #199e70; }
    .s3 { stroke: #9085e9; } .s4 { stroke: #d55181; }
  }
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through points (x, y), all above zero."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A plot with its own title; panels share their axes."""

    title: str
    lines: Sequence[Line]


def draw(panels: Sequence[Panel], *, x_title: str, y_title: str) -> str:
    """Return an SVG of the panels side by side; lines of one name have one colour."""
    everything = [point for panel in panels for line in panel.lines for point in line.points]
    x_range = _decades([x for x, _ in everything])
    y_range = _decades([y for _, y in everything])
    width = len(panels) * (LEFT + PLOT_WIDTH + LABELS)
    height = TOP + PLOT_HEIGHT + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" aria-label="{escape(y_title)} by {escape(x_title)}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{width}" height="{height}" rx="6"/>',
        f'<text x="{LEFT}" y="50">{escape(y_title)}</text>',
    ]
    for number, panel in enumerate(panels):
        left = LEFT + number * (LEFT + PLOT_WIDTH + LABELS)
        parts.append(f'<text class="title" x="{left}" y="28">{escape(panel.title)}</text>')
        parts += _axes(left, x_range, y_range, x_title)
        parts += _lines(left, panel, x_range, y_range)
    return "\n".join([*parts, "</svg>"]) + "\n"


def spread(wanted: Sequence[float], step: float) -> list[float]:
    """Return positions at least `step` apart, in the order of `wanted` and near to them, for labels in a column."""
    order = sorted(range(len(wanted)), key=lambda number: wanted[number])
    placed = [0.0] * len(wanted)
    for before, number in zip([None, *order], order, strict=False):
        placed[number] = wanted[number] if before is None else max(wanted[number], placed[before] + step)
    return placed


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Return the exponents of the powers of ten around `values`, at least one decade."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _place(value: float, scale: tuple[int, int], length: float) -> float:
    return (math.log10(value) - scale[0]) / (scale[1] - scale[0]) * length


def _tick(exponent: int) -> str:
    return f"{10**exponent:,}" if exponent >= 0 else f"{10**exponent:g}"


def _axes(left: int, x_range: tuple[int, int], y_range: tuple[int, int], x_title: str) -> list[str]:
    base = TOP + PLOT_HEIGHT
    parts = []
    for exponent in range(y_range[0], y_range[1] + 1):
        y = base - _place(10.0**exponent, y_range, PLOT_HEIGHT)
        parts.append(f'<line class="grid" x1="{left}" y1="{y:.1f}" x2="{left + PLOT_WIDTH}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{_tick(exponent)}</text>')
    for exponent in range(x_range[0], x_range[1] + 1):
        x = left + _place(10.0**exponent, x_range, PLOT_WIDTH)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{base}"/>')
        parts.append(f'<text x="{x:.1f}" y="{base + 18}" text-anchor="middle">{_tick(exponent)}</text>')
    middle = left + PLOT_WIDTH / 2
    return [*parts, f'<text x="{middle:g}" y="{base + 38}" text-anchor="middle">{escape(x_title)}</text>']


def _lines(left: int, panel: Panel, x_range: tuple[int, int], y_range: tuple[int, int]) -> list[str]:
    parts, ends = [], []
    for number, line in enumerate(panel.lines):
        points = [
            (
                left + _place(x, x_range, PLOT_WIDTH),
                TOP + PLOT_HEIGHT - _place(y, y_range, PLOT_HEIGHT),
            )
            for x, y in line.points
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="line s{number}" points="{path}"/>')
        parts += [_marker(number, x, y) for x, y in points]
        ends.append(points[-1][1])
    for number, (line, y) in enumerate(zip(panel.lines, spread(ends, LABEL_STEP), strict=True)):
        x = left + PLOT_WIDTH + 18
        parts.append(_marker(number, x, y))
        parts.append(f'<text x="{x + 10}" y="{y + 4:.1f}">{escape(line.name)}</text>')
    return parts


def _marker(number: int, x: float, y: float) -> str:
    """Return the marker of a line: circle, square, diamond, triangle, or a triangle on its tip."""
    if number == 0:
        return f'<circle class="marker s{number}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    corners = (
        ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        ((0, -5), (5, 0), (0, 5), (-5, 0)),
        ((0, -5), (5, 4), (-5, 4)),
        ((0, 5), (5, -4), (-5, -4)),
    )[number - 1]
    path = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon class="marker s{number}" points="{path}"/>'
