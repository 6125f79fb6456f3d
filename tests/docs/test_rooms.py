"""docs/ARCHITECTURE.md names every room of the kernel, once, in the layer that the contract of imports has."""

from __future__ import annotations

import re
import tomllib

from tests.docs.pages import ROOT, text_of

KERNEL = ROOT / "src" / "colonnade" / "kernel"
_ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| \S.+ \|$", re.MULTILINE)


def test_every_room_stands_in_the_table_in_its_layer() -> None:
    rows = [(int(layer), room) for layer, room in _ROW.findall(text_of(ROOT / "docs" / "ARCHITECTURE.md"))]
    folders = {path.name for path in KERNEL.iterdir() if (path / "__init__.py").is_file()}
    modules = {path.stem for path in KERNEL.glob("*.py")} - {"__init__"}
    assert sorted(room for _, room in rows) == sorted(folders | modules)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (one["layers"] for one in contracts if one.get("containers") == ["colonnade.kernel"])
    assert [{room for number, room in rows if number == layer} for layer in range(len(layers), 0, -1)] == [
        set(layer.split(" | ")) for layer in layers
    ]
    assert [number for number, _ in rows] == sorted((number for number, _ in rows), reverse=True)
