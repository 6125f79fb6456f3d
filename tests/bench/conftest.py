"""Makes the benchmark's packages importable: they are programs beside the library, not a part of it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "bench"))
