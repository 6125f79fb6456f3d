"""JSON bodies are read strictly, and errors name the client's own fields."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import time

import msgspec
import pytest

from colonnade.kernel.core import Invalid
from colonnade.kernel.core.texts import Reading
from colonnade.kernel.http.strict_json import decode_body

JSON = {"Content-Type": "application/json"}
GOOD = {"name": "Kursi", "count": 1}


async def _post(lab, content, headers=JSON, path="/parse"):
    return await (await lab.http()).post(path, content=content, headers=headers)


@pytest.mark.parametrize(
    "body",
    [b"{", b"}", b"[", b'{"name":}', b'{"name" "x"}', b"{'name': 1}", b"{name: 1}", b'{"a":1,}', b"nul", b"\xff\xfe{",
     b'{"name":"\xed\xa0\x80"}', b'{"name":"\x01"}', b'{"name":"\x00"}', b'\x00', b"{}{}", b'{"a":01}', b'{"count":+1}',
     b"\xef\xbb\xbf{}", b'{"name":"ab\n"}'],
)  # fmt: skip
async def test_malformed_is_400(lab, failure, body):
    failure(await _post(lab, body), 400, "BAD_REQUEST")


@pytest.mark.parametrize("body", [b"", b"  \n "])
async def test_an_empty_body_is_400(lab, failure, body):
    assert failure(await _post(lab, body), 400, "BAD_REQUEST")["message"] == "A JSON body is required."


@pytest.mark.parametrize(
    "body",
    [
        b'{"count":NaN}',
        b'{"count":Infinity}',
        b'{"count":-Infinity}',
        b'{"ratio":1e400}',
        b'{"count":1' + b"0" * 5000 + b"}",
    ],
)
async def test_numbers_that_are_none_are_400(lab, failure, body):
    failure(await _post(lab, body), 400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("1" * 40, 422),
        ("1" * 41, 400),
        ("0." + "1" * 38, 422),
        ("0." + "1" * 39, 400),
        ("-2.2250738585072014e-308", 422),
    ],
)
async def test_a_number_has_forty_characters_at_most(lab, number, status):
    answer = await _post(lab, f'{{"name":"ab","count":{number}}}'.encode())
    assert answer.status_code == status
    assert ("more than 40 characters" in answer.text) is (status == 400)


async def test_one_persons_large_bodies_do_not_delay_anothers(lab):
    numbers = ",".join(["2.2250738585072011e-308"] * 15_000)
    large = f'{{"name":"ab","count":1,"extra":[{numbers}]}}'.encode()
    many, one = await lab.http("member"), await lab.http()
    answered = []

    async def send(client, name):
        assert (await client.post("/parse", content=large, headers=JSON)).status_code == 200
        answered.append(name)

    tasks = [asyncio.create_task(send(many, "many")) for _ in range(12)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await send(one, "one")
    await asyncio.gather(*tasks)
    assert answered.index("one") < 8


async def test_a_repeated_key_is_400(lab, failure):
    error = failure(await _post(lab, b'{"name":"ab","count":1,"name":"cd"}'), 400, "BAD_REQUEST")
    assert error["message"] == "The JSON body repeats a key."
    failure(await _post(lab, b'{"name":"ab","count":1,"extra":{"x":1,"\\u0078":2}}'), 400, "BAD_REQUEST")


async def test_depth(lab, failure):
    def nested(levels, tail=b""):
        return b'{"name":"ab","count":1,"extra":' + b"[" * (levels - 1) + b"]" * (levels - 1) + tail + b"}"

    assert (await _post(lab, nested(64))).status_code == 200
    error = failure(await _post(lab, nested(65)), 400, "BAD_REQUEST")
    assert error["message"] == "The JSON body is nested more than 64 levels deep."
    failure(await _post(lab, b"[" * 500_000), 400, "BAD_REQUEST")
    failure(await _post(lab, b'{"a":' * 100_000), 400, "BAD_REQUEST")
    brackets = json.dumps({**GOOD, "name": "[{" * 50}).encode()
    assert (await _post(lab, brackets)).json()["data"]["name"] == "[{" * 50
    flat = json.dumps({**GOOD, "extra": [[]] * 200, "name": 'a\\"[b'}).encode()
    assert (await _post(lab, flat)).json()["data"]["name"] == 'a\\"[b'


@pytest.mark.parametrize(
    ("begin", "unit", "end"),
    [
        (b"[", b"[],", b"[]]"),
        (b"[", b"{},", b"{}]"),
        (b"[", b"1e0,", b"1]"),
        (b"[", b'"",', b'""]'),
        (b"[", b"[" * 60 + b"]" * 60 + b",", b"[]]"),
        (b"[", b'{"a":"["},', b"1]"),
    ],
)
async def test_more_values_than_decoding_is_quick_for_are_400(lab, failure, begin, unit, end):
    """Below a megabyte, and half a second's work for the decoder."""
    body = begin + unit * (900_000 // len(unit)) + end
    error = failure(await _post(lab, b'{"name":"ab","count":1,"extra":' + body + b"}"), 400, "BAD_REQUEST")
    assert error["message"] == "The JSON body has too many values."


async def test_as_many_values_as_may_be_and_one_more(lab, failure):
    def listed(entries):
        return json.dumps({**GOOD, "extra": [0] * entries}).encode()

    # The object and its list are four brackets, its texts four, its commas two.
    assert (await _post(lab, listed(19_991))).status_code == 200
    error = failure(await _post(lab, listed(19_992)), 400, "BAD_REQUEST")
    assert error["message"] == "The JSON body has too many values."
    # What stands in a text does not count.
    text = json.dumps({**GOOD, "extra": '[{,"' * 20_000}).encode()
    assert (await _post(lab, text)).status_code == 200


def test_the_first_unknown_fields_are_named():
    class Strict(msgspec.Struct, forbid_unknown_fields=True):
        name: str

    body = json.dumps({"name": "ab", **{f"unknown{number}": number for number in range(1_000)}}).encode()
    with pytest.raises(Invalid) as refused:
        decode_body(body, Strict, Reading())
    assert refused.value.details == {f"unknown{number}": "There is no such field" for number in range(20)}


@pytest.mark.parametrize("unit", [b'\\"', b'"', b"\\", b'\\\\"', b'"\\', b"[", b'["', b'{"a":'])
async def test_hostile_bodies_are_refused_quickly(lab, failure, unit):
    body = b"[" + b"[]," * 70 + b'"' + unit * (900_000 // len(unit))
    started = time.perf_counter()
    failure(await _post(lab, body), 400, "BAD_REQUEST")
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("name", ["\\ud800", "a\\udfffb", "x\\u0000y", "\\ud800\\ud800", "\\udc00\\ud800"])
async def test_text_that_cannot_be_stored_is_422(lab, failure, name):
    failure(
        await _post(lab, f'{{"name":"{name}","count":1}}'.encode(), path="/things"), 422, "VALIDATION_ERROR"
    )
    failure(await _post(lab, f'{{"name":"ok","count":1,"{name}":1}}'.encode()), 422, "VALIDATION_ERROR")
    failure(
        await _post(lab, f'{{"name":"ok","count":1,"x":[{{"y":"{name}"}}]}}'.encode()),
        422,
        "VALIDATION_ERROR",
    )
    assert await lab.names() == []


async def test_a_whole_surrogate_pair_is_text(lab):
    answer = await _post(lab, b'{"name":"\\ud83d\\ude00\\ud83d\\ude00","count":1}')
    assert answer.json()["data"]["name"] == "😀😀"


async def test_every_field_at_fault_is_named(lab, failure):
    wrong = {"name": "x", "count": 101, "kind": "blue", "note": "a", "when": "soon", "tags": ["1", "2", "3", "4"],
             "ratio": "many", "size": 0}  # fmt: skip
    error = failure(await _post(lab, json.dumps(wrong)), 422, "VALIDATION_ERROR")
    assert error["details"] == {
        "name": "Name must be at least 2 characters",
        "count": "Count must be at most 100",
        "kind": "Kind must be red or green",
        "note": "Note must be at least 2 characters",
        "when": "When must be a date and time (ISO 8601), such as 2026-12-25T06:00:00+07:00",
        "tags": "Tags must have at most 3 entries",
        "ratio": "Ratio must be a number",
        "size": "Size must be at least 1",
    }
    assert error["field"] == "name"


async def test_wrong_types_and_missing_fields(lab, failure):
    wrong = {"count": "1", "kind": 5, "note": 5, "when": 5, "tags": "x", "ratio": [], "size": 1.5}
    error = failure(await _post(lab, json.dumps(wrong)), 422, "VALIDATION_ERROR")
    assert error["details"] == {
        "name": "Name is required",
        "count": "Count must be a whole number",
        "kind": "Kind must be red or green",
        "note": "Note must be a text",
        "when": "When must be a date and time (ISO 8601), such as 2026-12-25T06:00:00+07:00",
        "tags": "Tags must be a list",
        "ratio": "Ratio must be a number",
        "size": "Size must be a whole number",
    }
    error = failure(await _post(lab, b"{}"), 422, "VALIDATION_ERROR")
    assert error["details"] == {"name": "Name is required", "count": "Count is required"}
    error = failure(await _post(lab, b'{"name":null,"count":null}'), 422, "VALIDATION_ERROR")
    assert error["details"] == {"name": "Name must not be null", "count": "Count must not be null"}
    error = failure(await _post(lab, b'{"name":"ok","count":99999999999999999999}'), 422, "VALIDATION_ERROR")
    assert error["details"] == {"count": "Count must be at most 100"}


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true", b'[{"name":"ab","count":1}]'])
async def test_something_else_than_an_object_is_422(lab, failure, body):
    assert (
        failure(await _post(lab, body), 422, "VALIDATION_ERROR")["message"]
        == "The JSON body must be an object."
    )


async def test_fields_at_the_limit_and_one_above(lab, failure):
    assert (await _post(lab, json.dumps({"name": "x" * 200, "count": 100}))).status_code == 200
    assert (await _post(lab, json.dumps({"name": "字" * 200, "count": 0}))).status_code == 200
    error = failure(await _post(lab, json.dumps({"name": "x" * 201, "count": 100})), 422, "VALIDATION_ERROR")
    assert error["details"] == {"name": "Name must be at most 200 characters"}
    error = failure(await _post(lab, json.dumps({"name": "xy", "count": -1})), 422, "VALIDATION_ERROR")
    assert error["details"] == {"count": "Count must be at least 0"}


async def test_empty_text_in_an_optional_field_counts_as_absent(lab, failure):
    sent = {**GOOD, "kind": "", "note": "", "when": "", "tags": "", "ratio": "", "size": ""}
    plain = (await _post(lab, json.dumps(GOOD))).json()
    assert (await _post(lab, json.dumps(sent))).json() == plain
    error = failure(await _post(lab, json.dumps({**sent, "name": ""})), 422, "VALIDATION_ERROR")
    assert error["details"] == {"name": "Name must not be blank"}


@pytest.mark.parametrize("number", ["3.0", "3e0", "30E-1", "3"])
async def test_a_whole_number_has_many_spellings(lab, number):
    answer = await _post(lab, f'{{"name":"Kursi","count":{number},"ratio":{number}}}'.encode())
    assert (answer.json()["data"]["count"], answer.json()["data"]["ratio"]) == (3, 3.0)


async def test_a_fraction_is_no_whole_number(lab, failure):
    error = failure(await _post(lab, b'{"name":"Kursi","count":3.5,"ratio":3.5}'), 422, "VALIDATION_ERROR")
    assert error["details"] == {"count": "Count must be a whole number"}


async def test_unknown_fields_are_ignored(lab):
    answer = await _post(lab, json.dumps({**GOOD, "id": 7, "__proto__": {"a": 1}}))
    assert answer.status_code == 200
    assert answer.json()["data"]["name"] == "Kursi"


@pytest.mark.parametrize("path", ["/things", "/upload"])
async def test_a_compressed_body_is_415(lab, failure, path):
    body = gzip.compress(json.dumps(GOOD).encode())
    for encoding in ("gzip", "GZIP", "identity, gzip", "br"):
        kind = "application/json" if path == "/things" else "multipart/form-data; boundary=x"
        answer = await _post(lab, body, {"Content-Type": kind, "Content-Encoding": encoding}, path=path)
        failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
        assert answer.headers["accept-encoding"] == "identity"
    assert await lab.names() == []
    plain = await _post(lab, json.dumps(GOOD), {"Content-Encoding": "Identity"}, path="/things")
    assert plain.status_code == 201


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
             "application/x-msgpack", "x"]
)  # fmt: skip
async def test_another_content_type_is_415(lab, failure, kind):
    answer = await _post(lab, json.dumps(GOOD), {"Content-Type": kind}, path="/things")
    failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert await lab.names() == []


@pytest.mark.parametrize(
    "headers",
    [{}, {"Content-Type": "application/json; charset=utf-8"}, {"Content-Type": "Application/JSON"},
     {"Content-Type": "application/merge-patch+json"}],
)  # fmt: skip
async def test_json_by_any_name_is_read(lab, headers):
    assert (await _post(lab, json.dumps(GOOD), headers)).status_code == 200


async def test_form_fields_are_checked_like_json(lab, failure):
    client = await lab.http()
    files = {"file": ("a.bin", b"x" * 3_000_000)}
    answer = await client.post("/upload", data={"title": "Foto"}, files=files)
    assert answer.status_code == 201
    assert answer.json()["data"] == 3_000_000
    error = failure(await client.post("/upload", data={"title": "F"}, files=files), 422, "VALIDATION_ERROR")
    assert error["details"] == {"title": "Title must be at least 2 characters"}
    failure(await client.post("/upload", data={"title": "a\x00b"}, files=files), 422, "VALIDATION_ERROR")
    error = failure(await client.post("/upload", files=files), 422, "VALIDATION_ERROR")
    assert error["details"] == {"title": "Title is required"}
    headers = {"Content-Type": "multipart/form-data"}
    assert (await client.post("/upload", content=b"--x", headers=headers)).status_code in (400, 415, 422)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await client.post("/upload", content=b"--x\r\nrubbish", headers=headers)).status_code in (
        400,
        422,
    )
    failure(await client.post("/upload", json={"title": "Foto"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    big = {"file": ("a.bin", b"x" * 6 * 2**20)}
    failure(await client.post("/upload", data={"title": "Foto"}, files=big), 413, "PAYLOAD_TOO_LARGE")
    assert await lab.names() == ["Foto"]


@contextlib.asynccontextmanager
async def _senders(lab, count, *, more):
    """Provide clients of eight addresses, each with a body above a megabyte that goes on by `more` bytes a second."""
    opened = []

    async def send(place):
        address = f"127.0.3.{place // 4 + 1}"
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.server.port, local_addr=(address, 0))
        opened.append((reader, writer))
        head = f"POST /upload HTTP/1.1\r\nHost: lab\r\nContent-Type: application/json\r\nContent-Length: {5 * 2**20}"
        writer.write(f"{head}\r\n\r\n".encode() + b" " * (2**20 + 50_000))
        await writer.drain()
        while True:
            await asyncio.sleep(0.2)
            writer.write(b" " * (more // 5))
            await writer.drain()

    tasks = [asyncio.create_task(send(place)) for place in range(count)]
    try:
        yield opened
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _, writer in opened:
            writer.close()


@pytest.mark.parametrize(("more", "status"), [(5_000, 201), (600_000, 503)])
async def test_the_slowest_of_many_large_bodies_makes_room_if_it_is_slow(lab, more, status):
    async with _senders(lab, 32, more=more) as opened:
        async with asyncio.timeout(8):
            while len(opened) < 32:
                await asyncio.sleep(0.05)
            await asyncio.sleep(2)  # the time is what is tested
            files = {"file": ("a.bin", b"x" * 2 * 2**20)}
            answer = await (await lab.http()).post("/upload", data={"title": "Besar"}, files=files)
        assert answer.status_code == status
        await asyncio.sleep(0.2)
        gone = [reader for reader, _ in opened if reader._buffer or reader.at_eof()]
        assert len(gone) == (status == 201)
    assert await lab.names() == (["Besar"] if status == 201 else [])
