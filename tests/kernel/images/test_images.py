"""Uploads by attackers and phones: what is kept, and what is refused with which answer."""

from __future__ import annotations

import asyncio
import io
import re
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips

from colonnade.kernel.core import PayloadTooLarge, Problem, Unavailable
from colonnade.kernel.images import (
    ImageCorrupt,
    ImageDisguised,
    Images,
    ImageTooLarge,
    ImageUnsupported,
    PreparedImage,
)
from colonnade.kernel.images.vips import load_vips

IMAGES = Images()


@pytest.fixture(scope="module", autouse=True)
async def processes() -> AsyncIterator[None]:
    """End the processes of these tests, which share them."""
    yield
    await IMAGES.close()


async def prepare_image(data: bytes, *, owner: int | str = 1, **options: Any) -> PreparedImage:
    return await IMAGES.prepare(data, owner=owner, **options)


RED, BLUE = [200, 30, 30], [20, 40, 220]


def halves(width: int = 40, height: int = 20) -> Any:
    """Draw a picture whose left half is red and whose right half is blue."""
    half = pyvips.Image.black(width // 2, height)
    red, blue = ((half + colour).cast("uchar").copy(interpretation="srgb") for colour in (RED, BLUE))
    return red.join(blue, "horizontal")


def with_exif(jpeg: bytes, orientation: int) -> bytes:
    """Return the JPEG as a phone writes it: orientation, a GPS position and the maker's name."""
    gps_at, data_at = 8 + 2 + 3 * 12 + 4, 8 + 2 + 3 * 12 + 4 + 2 + 2 * 12 + 4
    maker = b"SpyPhone 12\0"
    ifd = struct.pack(">H", 3)
    ifd += struct.pack(">HHII", 0x010F, 2, len(maker), data_at)
    ifd += struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    ifd += struct.pack(">HHII", 0x8825, 4, 1, gps_at) + struct.pack(">I", 0)
    gps = struct.pack(">H", 2)
    gps += struct.pack(">HHI4s", 1, 2, 2, b"S\0\0\0")
    gps += struct.pack(">HHII", 2, 5, 3, data_at + len(maker)) + struct.pack(">I", 0)
    latitude = struct.pack(">6I", 6, 1, 12, 1, 3456, 100)
    tiff = b"MM\0*" + struct.pack(">I", 8) + ifd + gps + maker + latitude
    return with_segment(jpeg, 0xE1, b"Exif\0\0" + tiff)


def with_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + jpeg[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few kilobytes that claims (and begins to contain) enormous dimensions."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 4_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def animation(frames: int, width: int = 20, height: int = 10) -> Any:
    pages = [
        pyvips.Image.black(width, height, bands=3).linear(1, [i * 20 % 250, 90, 200]).cast("uchar")
        for i in range(frames)
    ]
    image = pyvips.Image.arrayjoin([p.copy(interpretation="srgb") for p in pages], across=1).copy()
    image.set_type(pyvips.GValue.gint_type, "page-height", height)
    image.set_type(pyvips.GValue.array_int_type, "delay", [70] * frames)
    image.set_type(pyvips.GValue.gint_type, "loop", 3)
    return image


def tiny_gif(width: int, height: int, frames: int = 1, tail: bytes = b"") -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\0"
    return head + frame * frames + b";" + tail


def colour_at(data: bytes, x: int, y: int) -> list[int]:
    loader = pyvips.Image.jpegload_buffer if data[:2] == b"\xff\xd8" else pyvips.Image.pngload_buffer
    return [round(value) for value in loader(data)(x, y)]


def close_to(found: list[int], wanted: list[int]) -> bool:
    return all(abs(a - b) <= 12 for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    ("save", "mimetype", "extension"),
    [
        ("jpegsave_buffer", "image/jpeg", "jpg"),
        ("pngsave_buffer", "image/png", "png"),
        ("gifsave_buffer", "image/gif", "gif"),
        ("webpsave_buffer", "image/webp", "webp"),
    ],
)
async def test_each_format_stays_what_it_is(save: str, mimetype: str, extension: str) -> None:
    image = await prepare_image(getattr(halves(), save)())
    assert (image.mimetype, image.extension, image.width, image.height) == (mimetype, extension, 40, 20)
    again = await prepare_image(image.data)
    assert (again.mimetype, again.width, again.height) == (mimetype, 40, 20)


async def test_a_phone_picture_is_turned_and_forgets_where_it_was_taken() -> None:
    sent = with_exif(halves().jpegsave_buffer(Q=95), orientation=6)
    fields = pyvips.Image.jpegload_buffer(sent).get_fields()
    assert {"exif-data", "orientation", "exif-ifd3-GPSLatitude"} <= set(fields)
    assert b"SpyPhone" in sent

    image = await prepare_image(sent)

    assert (image.width, image.height) == (20, 40)
    assert close_to(colour_at(image.data, 10, 5), RED)
    assert close_to(colour_at(image.data, 10, 35), BLUE)
    assert b"SpyPhone" not in image.data
    assert b"Exif" not in image.data
    left = set(pyvips.Image.jpegload_buffer(image.data).get_fields())
    assert not [f for f in left if f.startswith(("exif", "xmp", "iptc", "icc", "orientation"))]


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_every_orientation_puts_the_left_half_where_it_belongs(orientation: int) -> None:
    image = await prepare_image(with_exif(halves().jpegsave_buffer(Q=95), orientation))
    wide = orientation < 5
    assert (image.width, image.height) == ((40, 20) if wide else (20, 40))
    first = RED if orientation in (1, 4, 5, 6) else BLUE
    assert close_to(colour_at(image.data, 5, 5), first)
    assert close_to(colour_at(image.data, image.width - 5, image.height - 5), BLUE if first is RED else RED)


async def test_comments_and_text_chunks_are_gone() -> None:
    jpeg = with_segment(halves().jpegsave_buffer(), 0xFE, b"a comment with my address")
    assert b"my address" not in (await prepare_image(jpeg)).data
    jpeg = with_segment(
        halves().jpegsave_buffer(), 0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>me</x:xmpmeta>"
    )
    assert b"xmpmeta" not in (await prepare_image(jpeg)).data
    png = halves().pngsave_buffer()
    png = png[:33] + chunk(b"tEXt", b"Author\0Somebody Known") + png[33:]
    image = await prepare_image(png)
    assert b"Somebody" not in image.data
    assert colour_at(image.data, 5, 5) == RED


async def test_colours_become_srgb_with_eight_bits() -> None:
    wide = halves().cast("ushort").linear(257, 0).cast("ushort").copy(interpretation="rgb16")
    image = await prepare_image(wide.pngsave_buffer())
    loaded = pyvips.Image.pngload_buffer(image.data)
    assert (loaded.format, loaded.interpretation, loaded.bands) == ("uchar", "srgb", 3)
    assert close_to(colour_at(image.data, 5, 5), RED)

    image = await prepare_image(halves().colourspace("cmyk").jpegsave_buffer(Q=95))
    loaded = pyvips.Image.jpegload_buffer(image.data)
    assert (loaded.interpretation, loaded.bands) == ("srgb", 3)
    red = colour_at(image.data, 5, 5)
    assert red[0] > 150
    assert red[2] < 90

    with_profile = halves().icc_transform("p3", input_profile="srgb").jpegsave_buffer(Q=95)
    assert pyvips.Image.jpegload_buffer(with_profile).get_typeof("icc-profile-data")
    assert not close_to(colour_at(with_profile, 5, 5), RED)
    assert close_to(colour_at((await prepare_image(with_profile)).data, 5, 5), RED)


async def test_transparency_stays() -> None:
    clear = halves().bandjoin(128).copy(interpretation="srgb")
    image = await prepare_image(clear.pngsave_buffer())
    assert colour_at(image.data, 5, 5) == [*RED, 128]


@pytest.mark.parametrize(("save", "load"), [("gifsave_buffer",) * 2, ("webpsave_buffer",) * 2])
async def test_an_animation_still_moves(save: str, load: str) -> None:
    sent = getattr(animation(5), save)()
    image = await prepare_image(sent)
    assert (image.width, image.height) == (20, 10)
    loaded = getattr(pyvips.Image, load.replace("save", "load"))(image.data, n=-1)
    assert (loaded.get("n-pages"), loaded.get("page-height")) == (5, 10)
    assert loaded.get("delay") == [70] * 5
    assert loaded.get("loop") == 3


async def test_a_picture_becomes_what_is_wanted() -> None:
    """A first frame in place of an animation, no transparency in a JPEG, and never more bytes than may be."""
    wanted = ("jpg", "png")
    for sent, extension in (
        (halves().webpsave_buffer(), "jpg"),
        (halves().bandjoin(128).copy(interpretation="srgb").webpsave_buffer(), "png"),
        (animation(5).webpsave_buffer(), "jpg"),
        (halves().jpegsave_buffer(), "jpg"),
    ):
        image = await prepare_image(sent, formats=wanted)
        assert image.extension == extension
        assert (image.width, image.height) in ((40, 20), (20, 10))
    noise = pyvips.Image.gaussnoise(900, 700, mean=128, sigma=60).bandjoin([128]).cast("uchar")
    large = noise[0].bandjoin([noise[0], noise[0], noise[1]]).copy(interpretation="srgb").pngsave_buffer()
    image = await prepare_image(large, formats=wanted, max_bytes=len(large))
    assert image.extension == "png"
    image = await prepare_image(halves().webpsave_buffer(lossless=True), formats=("jpg",))
    assert image.extension == "jpg"


async def test_a_picture_that_is_too_large_in_its_new_format_is_made_smaller() -> None:
    noise = pyvips.Image.gaussnoise(1500, 1000, mean=128, sigma=60).cast("uchar")
    sent = noise.bandjoin([noise, noise]).copy(interpretation="srgb").webpsave_buffer(Q=10)
    whole = await prepare_image(sent, formats=("jpg",))
    assert (whole.width, whole.height) == (1500, 1000)
    limit = max(len(sent), len(whole.data) // 2)
    image = await prepare_image(sent, formats=("jpg",), max_bytes=limit)
    assert image.width < 1500
    assert len(image.data) <= limit


async def refused(data: bytes, kind: type[Problem], status: int, code: str) -> Problem:
    with pytest.raises(kind) as caught:
        await prepare_image(data, field="image")
    assert (caught.value.status, caught.value.code, caught.value.field) == (status, code, "image")
    return caught.value


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        SVG,
        b"\xef\xbb\xbf<?xml version='1.0'?>" + SVG,
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"BM" + b"\0" * 60,
        b"II*\0" + b"\0" * 60,
        b"\0\0\0\x20ftypisom" + b"\0" * 60,
        b"\0\0\0\x20ftypcrx " + b"\0" * 60,
        b"\x89PNG\n" + b"\0" * 60,
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/x'",
        b"id=ImageMagick version=1.0",
    ],
)
async def test_what_is_no_picture_is_415(data: bytes) -> None:
    await refused(data, ImageUnsupported, 415, "IMAGE_TYPE_NOT_SUPPORTED")


async def test_too_many_bytes_is_413_before_anything_is_read() -> None:
    small = halves().jpegsave_buffer()
    largest = small + b"\0" * (5 * 1024 * 1024 - len(small))
    assert (await prepare_image(largest)).width == 40
    await refused(largest + b"\0", PayloadTooLarge, 413, "PAYLOAD_TOO_LARGE")


async def test_a_pixel_bomb_is_413_by_its_header() -> None:
    bomb = png_bomb(30_000, 30_000)
    assert len(bomb) < 10_000
    await refused(bomb, ImageTooLarge, 413, "IMAGE_TOO_LARGE")
    await refused(png_bomb(8_000, 5_001), ImageTooLarge, 413, "IMAGE_TOO_LARGE")
    await refused(tiny_gif(65_000, 65_000), ImageTooLarge, 413, "IMAGE_TOO_LARGE")


@pytest.mark.parametrize("sides", [(1, 39_999_999), (39_999_999, 1), (1, 16_385), (16_385, 2)])
async def test_a_side_is_bounded_as_well_as_the_area(sides: tuple[int, int]) -> None:
    await refused(png_bomb(*sides), ImageTooLarge, 413, "IMAGE_TOO_LARGE")


async def test_a_panorama_is_accepted() -> None:
    wide = (pyvips.Image.black(16_384, 2) + RED).cast("uchar").copy(interpretation="srgb")
    assert (await prepare_image(wide.pngsave_buffer())).width == 16_384


async def test_forty_megapixels_are_still_accepted() -> None:
    flat = (pyvips.Image.black(8_000, 5_000) + RED).cast("uchar").copy(interpretation="srgb")
    image = await prepare_image(flat.jpegsave_buffer())
    assert (image.width, image.height) == (8_000, 5_000)


async def test_frames_count_as_pixels_and_are_limited() -> None:
    await refused(tiny_gif(300, 300, frames=445), ImageTooLarge, 413, "IMAGE_TOO_LARGE")
    error = await refused(tiny_gif(1, 1, frames=1_001), ImageTooLarge, 413, "IMAGE_TOO_LARGE")
    assert error.message == "The animation has more than 1000 frames."
    await refused(
        animation(1_001, 2, 2).webpsave_buffer(lossless=True), ImageTooLarge, 413, "IMAGE_TOO_LARGE"
    )


@pytest.mark.parametrize("save", ["jpegsave_buffer", "pngsave_buffer", "gifsave_buffer", "webpsave_buffer"])
async def test_a_truncated_file_is_422(save: str) -> None:
    noise = pyvips.Image.gaussnoise(200, 200, mean=128, sigma=60, seed=1).cast("uchar")
    whole = getattr(noise, save)()
    for part in (12, len(whole) // 2, len(whole) * 9 // 10):
        await refused(whole[:part], ImageCorrupt, 422, "IMAGE_CORRUPT")


def noise(**options: Any) -> bytes:
    """Return a JPEG of colourful noise, whose every byte matters."""
    bands = [pyvips.Image.gaussnoise(161, 121, mean=128, sigma=60, seed=seed) for seed in (1, 2, 3)]
    picture = bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")
    return bytes(picture.jpegsave_buffer(Q=80, **options))


ENCODINGS: list[dict[str, Any]] = [
    {},
    {"interlace": True},
    {"restart_interval": 5},
    {"optimize_coding": True, "subsample_mode": "off"},
    {"interlace": True, "subsample_mode": "off", "optimize_scans": True, "trellis_quant": True},
]


def pixels_of(jpeg: bytes) -> bytes:
    return bytes(pyvips.Image.jpegload_buffer(jpeg).write_to_memory())


@pytest.mark.parametrize("options", ENCODINGS)
async def test_a_jpeg_that_only_lacks_its_end_marker_is_repaired(options: dict[str, Any]) -> None:
    whole = noise(**options)
    assert whole.endswith(b"\xff\xd9")
    wanted = await prepare_image(whole)
    for cut in (whole[:-2], whole[:-1], with_exif(whole, 3)[:-2]):
        repaired = await prepare_image(cut)
        assert repaired.data.endswith(b"\xff\xd9")
        if cut.startswith(whole[:20]):
            assert repaired == wanted
        assert pixels_of(repaired.data)  # complete, for every reader


@pytest.mark.parametrize("options", ENCODINGS)
async def test_a_jpeg_that_lacks_more_is_refused(options: dict[str, Any]) -> None:
    whole = noise(**options)
    data = whole[:-2]
    begins = [found.start() for found in re.finditer(rb"\xff[\xc0\xc2\xc4\xda\xdb]", data)]
    cuts = {1, 2, 3, 5, 8, 16, 64, 256, 1_024, len(data) // 2}
    lengths = {*(len(data) - cut for cut in cuts), *begins, *(begin + 1 for begin in begins)}
    lengths |= {begin + 6 for begin in begins if begin + 6 < len(data)}
    kept = [length for length in lengths if length > 3 and await is_taken(data[:length])]
    # What may be missing bears nothing: the padding of the last byte, or a restart marker.
    assert all(len(data) - length <= 1 for length in kept)
    for length in kept:
        assert await prepare_image(data[:length]) == await prepare_image(whole)


async def is_taken(data: bytes) -> bool:
    try:
        await prepare_image(data)
    except ImageCorrupt:
        return False
    return True


async def test_a_progressive_jpeg_without_its_last_scan_is_refused() -> None:
    whole = noise(interlace=True)
    scans = [found.start() for found in re.finditer(rb"\xff\xda", whole)]
    tables = whole.rindex(b"\xff\xc4", 0, scans[-1])  # what follows the last scan but one
    assert len(scans) > 3
    for end in (tables, scans[-1], whole.rindex(b"\xff\xc4", 0, scans[2])):
        await refused(whole[:end], ImageCorrupt, 422, "IMAGE_CORRUPT")


async def test_avif_becomes_jpeg_or_webp() -> None:
    image = await prepare_image(halves().heifsave_buffer(compression="av1", Q=90))
    assert (image.mimetype, image.extension, image.sent_as) == ("image/jpeg", "jpg", "avif")
    assert (image.width, image.height) == (40, 20)
    assert close_to(colour_at(image.data, 5, 10), RED)
    assert close_to(colour_at(image.data, 35, 10), BLUE)
    clear = halves().bandjoin(pyvips.Image.black(40, 20) + 128).cast("uchar").copy(interpretation="srgb")
    image = await prepare_image(clear.heifsave_buffer(compression="av1"))
    assert (image.mimetype, image.extension, image.sent_as) == ("image/webp", "webp", "avif")
    alpha = pyvips.Image.webpload_buffer(image.data).extract_band(3).avg()
    assert 120 < alpha < 136


async def test_a_deep_avif_is_turned_into_eight_bits() -> None:
    deep = (halves().cast("ushort") * 257).copy(interpretation="rgb16")
    image = await prepare_image(deep.heifsave_buffer(compression="av1", bitdepth=10, Q=90))
    assert (image.mimetype, image.width) == ("image/jpeg", 40)
    assert close_to(colour_at(image.data, 5, 10), RED)


async def test_avif_is_bounded_like_the_others() -> None:
    whole = halves(200, 200).heifsave_buffer(compression="av1")
    await refused(whole[: len(whole) // 2], ImageCorrupt, 422, "IMAGE_CORRUPT")
    await refused(whole[:60], ImageCorrupt, 422, "IMAGE_CORRUPT")
    with pytest.raises(ImageTooLarge):
        await prepare_image(whole, max_pixels=39_999)


def reads_hevc(data: bytes) -> bool:
    """Return whether this libvips has a decoder for HEVC, which packages may leave out."""
    try:
        pyvips.Image.heifload_buffer(data).avg()
    except pyvips.Error:
        return False
    return True


async def test_heic_is_converted_or_refused_with_what_to_do() -> None:
    data = Path(__file__).with_name("gradient.heic").read_bytes()
    if not reads_hevc(data):
        refusal = await refused(data, ImageUnsupported, 415, "IMAGE_TYPE_NOT_SUPPORTED")
        assert refusal.message == (
            "HEIC pictures cannot be read here. Please export the picture as JPEG and send that; an iPhone takes "
            "JPEG with Settings > Camera > Formats > Most Compatible."
        )
        return
    image = await prepare_image(data)
    assert (image.mimetype, image.sent_as, image.width, image.height) == ("image/jpeg", "heic", 64, 48)


async def test_damaged_pixels_are_422() -> None:
    whole = bytearray(halves(200, 200).pngsave_buffer())
    at = whole.index(b"IDAT") + 30
    whole[at : at + 20] = b"\xff" * 20
    await refused(bytes(whole), ImageCorrupt, 422, "IMAGE_CORRUPT")
    await refused(b"\x89PNG\r\n\x1a\n" + SVG, ImageCorrupt, 422, "IMAGE_CORRUPT")
    await refused(b"\xff\xd8\xff" + SVG, ImageCorrupt, 422, "IMAGE_CORRUPT")
    await refused(b"GIF89a/*<script>*/=1;", ImageCorrupt, 422, "IMAGE_CORRUPT")


def zip_of(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "print('hello')")
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        tiny_gif(1, 1, tail=b"<html><script>alert(1)</script></html>"),
        tiny_gif(1, 1, tail=b"<SCRIPT src=//evil>"),
        tiny_gif(1, 1, tail=b"<?php system($_GET[0]); ?>"),
        with_segment(halves().jpegsave_buffer(), 0xFE, b"<!doctype  html><iframe src=x>"),
        halves().jpegsave_buffer() + zip_of("__main__.py"),
        halves().pngsave_buffer() + zip_of("META-INF/MANIFEST.MF"),
        with_segment(halves().jpegsave_buffer(), 0xFE, b"%PDF-1.4\n1 0 obj"),
    ],
)
async def test_a_file_with_two_faces_is_422(data: bytes) -> None:
    await refused(data, ImageDisguised, 422, "IMAGE_DISGUISED")


async def test_what_phones_append_is_dropped_silently() -> None:
    sent = halves().jpegsave_buffer() + b"SEFH" + b"trailer of a phone" * 10 + halves(8, 8).jpegsave_buffer()
    image = await prepare_image(sent)
    assert (image.width, image.height) == (40, 20)
    assert b"trailer" not in image.data


def test_libvips_runs_no_other_loader(tmp_path: Path) -> None:
    vips = load_vips()
    (tmp_path / "x.csv").write_text("1,2,3")
    (tmp_path / "x.svg").write_bytes(SVG)
    picture = halves()
    loads: list[Callable[[], Any]] = [
        lambda: vips.Image.csvload(str(tmp_path / "x.csv")),
        lambda: vips.Image.svgload_buffer(SVG),
        lambda: vips.Image.tiffload_buffer(picture.tiffsave_buffer()),
        lambda: vips.Image.uhdrload_buffer(picture.jpegsave_buffer()),
        lambda: vips.Image.rawload(str(tmp_path / "x.svg"), 2, 2, 1),
        lambda: vips.Image.vipsload(str(tmp_path / "x.svg")),
    ]
    for load in loads:
        with pytest.raises(vips.Error, match="blocked"):
            load()
    with pytest.raises(vips.Error):
        vips.Image.new_from_file(str(tmp_path / "x.svg"))


async def test_a_crowd_is_told_to_come_back() -> None:
    """Of one sender as many as may wait are done, the rest is refused at once, then it is free again."""
    picture = halves(400, 400).pngsave_buffer()
    results = await asyncio.gather(*(prepare_image(picture) for _ in range(20)), return_exceptions=True)
    assert [type(one) for one in results] == [PreparedImage] * 7 + [Unavailable] * 13
    assert (await prepare_image(picture)).width == 400
