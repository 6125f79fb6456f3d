"""What somebody who is signed in is answered is kept by no cache, whichever route answers."""

from __future__ import annotations

from colonnade.kernel.testing.caching import kept_answers


async def test_no_answer_to_a_person_is_kept(radio):
    async def before() -> None:
        radio.forget_limits()

    admin = await radio.http("admin")
    document = (await admin.get("/openapi.json")).json()
    kept, answered = await kept_answers(document, admin, before)
    assert kept == ["/.well-known/jwks.json: 200 public, max-age=300"]
    # The others need what no example creates.
    reads = [path for path, item in document["paths"].items() if "get" in item]
    assert len(answered) >= 0.6 * len(reads)
