"""The costliest legal pictures: bounded in seconds and memory, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pyvips
from tests.kernel.images.test_images import animation, halves, tiny_gif

from colonnade.kernel.images import Images, ImageTooLarge, PreparedImage
from colonnade.kernel.images.images import IMAGE_MEMORY_BYTES

MEGABYTE = 1024**2


def _noise_webp() -> bytes:
    """Return noise of 40 megapixels in less than 5 MB: the slowest kind to decode and to encode."""
    noise = pyvips.Image.gaussnoise(8_191, 4_882, mean=128, sigma=60, seed=3).cast("uchar")
    bands: Any = noise.bandjoin([noise.rot180(), noise.fliphor()]).copy(interpretation="srgb")
    data: bytes = bands.webpsave_buffer(Q=1, effort=0)
    return data


def _flat_png() -> bytes:
    flat = pyvips.Image.black(16_384, 2_441, bands=3).copy(interpretation="srgb")
    data: bytes = flat.pngsave_buffer(compression=9, interlace=True)
    return data


def _endless_jpeg() -> bytes:
    """Return noise of 38 megapixels without an end marker: it is decoded five times."""
    noise = pyvips.Image.gaussnoise(7_000, 5_500, mean=128, sigma=9, seed=3).cast("uchar")
    bands: Any = noise.bandjoin([noise.rot180(), noise.fliphor()]).copy(interpretation="srgb")
    data: bytes = bands.jpegsave_buffer(Q=15)
    return data[:-2]


WORST = {
    "noise as a JPEG without its end": _endless_jpeg,
    "a JPEG of a million segments": lambda: (
        b"\xff\xd8" + b"\xff\xfe\0\2" * 1_200_000 + halves().jpegsave_buffer()[2:]
    ),
    "a wide GIF": lambda: tiny_gif(16_384, 2_441),
    "noise as WebP": _noise_webp,
    "a PNG bomb": _flat_png,
    "a GIF of a thousand frames": lambda: tiny_gif(200, 199, 1_000),
    "a WebP of a thousand frames": lambda: bytes(animation(1_000, 200, 199).webpsave_buffer(lossless=True)),
}


@pytest.fixture
async def images() -> AsyncIterator[Images]:
    made = Images()
    yield made
    await made.close()


def _resident_bytes(pid: str = "self") -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


async def _longest_pause(stop: asyncio.Event) -> float:
    longest = 0.0
    while not stop.is_set():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)
    return longest


@pytest.mark.parametrize("name", WORST)
async def test_it_costs_the_server_neither_its_turns_nor_memory(images: Images, name: str) -> None:
    data = WORST[name]()
    assert len(data) < 5 * MEGABYTE
    await images.prepare(halves().pngsave_buffer(), owner=1)  # started
    before, pauses = _resident_bytes(), []
    while not pauses or (min(pauses) >= 0.1 and len(pauses) < 3):  # the machine has other work as well
        stop = asyncio.Event()
        watching = asyncio.create_task(_longest_pause(stop))
        began = time.monotonic()
        (made,) = await asyncio.gather(images.prepare(data, owner=1), return_exceptions=True)
        assert time.monotonic() - began < 11
        stop.set()
        pauses.append(await watching)
    assert min(pauses) < 0.1
    assert isinstance(made, PreparedImage | ImageTooLarge)  # on a slow machine
    # What came back may be larger than what was sent; of the pixels, up to 650 MB, nothing is here.
    answer = made.size_bytes if isinstance(made, PreparedImage) else 0
    assert _resident_bytes() - before < 5 * len(data) + 3 * answer + 20 * MEGABYTE


async def test_one_senders_pictures_are_not_everybodys_wait(images: Images) -> None:
    worst, normal = tiny_gif(16_384, 2_441), halves(1_000, 1_000).jpegsave_buffer()
    await asyncio.gather(*(images.prepare(normal, owner=owner) for owner in (1, 2)))  # started
    greedy = [asyncio.create_task(images.prepare(worst, owner=1)) for _ in range(7)]
    await asyncio.sleep(0)
    for _ in range(5):
        began = time.monotonic()
        assert (await images.prepare(normal, owner=2)).width == 1_000
        assert time.monotonic() - began < 3
    assert not all(task.done() for task in greedy)
    for task in greedy:
        task.cancel()
    await asyncio.gather(*greedy, return_exceptions=True)


async def test_what_takes_too_long_is_killed_and_says_so() -> None:
    images = Images(seconds=0.2)
    worst = tiny_gif(16_384, 2_441)
    for _ in range(2):
        with pytest.raises(ImageTooLarge) as refused:
            await images.prepare(worst, owner=1, field="image")
        assert (refused.value.status, refused.value.code, refused.value.field) == (
            413,
            "IMAGE_TOO_LARGE",
            "image",
        )
        assert refused.value.message == (
            "The image takes too much work. Please send it smaller, or as another format."
        )
    assert isinstance(await images.prepare(halves().pngsave_buffer(), owner=1), PreparedImage)
    await images.close()


async def test_what_takes_too_much_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colonnade.kernel.images.images.IMAGE_MEMORY_BYTES", IMAGE_MEMORY_BYTES // 3)
    images = Images()
    with pytest.raises(ImageTooLarge):
        await images.prepare(tiny_gif(16_384, 2_441), owner=1)
    assert (await images.prepare(halves().pngsave_buffer(), owner=1)).width == 40
    await images.close()
