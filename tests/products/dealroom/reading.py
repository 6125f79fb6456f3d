"""Shows how the guard reads an answer, and why it holds it:

    python -m tests.products.dealroom.reading en Amber "It is £16 and vegan." "how much is the candle?"

The arguments are a language of the corpus, a word of a product's name in one of its shops, the answer, and what the
customer has said before, oldest first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from tests.products.dealroom.guard import LANGUAGES, PARTS, cases

from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.explanations import Explanation, Said
from colonnade.products.dealroom.assistant.rules.grounding import judge
from colonnade.products.dealroom.assistant.rules.readings import Reading
from colonnade.products.dealroom.assistant.schemas import Reply

__all__ = ["reading_of"]


def reading_of(language: str, catalogue: Catalogue, said: str, asked: Sequence[str]) -> str:
    """Return an answer by sentences and clauses, with what each says, and the reasons to hold it."""
    used = catalogue.used(said, (), ())
    reading = Explanation(said, catalogue, used, Said(asked, language=language)).reading
    reasons = judge(Reply(said), catalogue, asked=asked, language=language).reasons
    lines = [f"language: {reading.tongue.code}"]
    sentence = -1
    for tokens in _clauses(reading):
        if reading.sentence_of[tokens[0]] != sentence:
            sentence = reading.sentence_of[tokens[0]]
            lines.append(f"sentence {sentence + 1}{', a question' if sentence in reading.asks else ''}")
        lines.append(f"  {' '.join(reading.tokens[at].text for at in tokens)}{_turns(reading, tokens)}")
        lines += [f"    {one}" for one in _findings(reading, tokens)]
    return "\n".join([*lines, *(f"held: {one}" for one in reasons or ("no",))])


def _clauses(reading: Reading) -> Iterator[list[int]]:
    """Yield the tokens of each clause that has a word or a number."""
    found: dict[int, list[int]] = {}
    for at, token in enumerate(reading.tokens):
        if token.kind not in ("stop", "comma"):
            found.setdefault(reading.clause_of[at], []).append(at)
    yield from found.values()


def _turns(reading: Reading, tokens: Sequence[int]) -> str:
    """Return what a clause does besides asserting."""
    clause = reading.clause_of[tokens[0]]
    turns = {
        "denies": clause in reading.denying,
        "puts off": any(reading.is_put_off(at) for at in tokens),
        "regrets": clause in reading.sorry,
        "talks": any(reading.is_talk(at) for at in tokens),
    }
    found = ", ".join(name for name, is_so in turns.items() if is_so)
    return f"  ({found})" if found else ""


def _findings(reading: Reading, tokens: Sequence[int]) -> Iterator[str]:
    """Yield the names, numbers, promises and unlisted words of a clause."""
    names = [reading.tokens[at].text for at in tokens if at in reading.names]
    if names:
        yield f"name: {' '.join(names)}"
    for number in reading.numbers:
        if number.start in tokens:
            yield f"{number.role}: {number.text}"
    for promise in reading.promises:
        if promise.start in tokens:
            yield f"promises {promise.kind}: {promise.words}{' (excused)' if promise.excused else ''}"
    for at in tokens:
        known = at in reading.names or at in reading.counted or at in reading.phrased
        token = reading.tokens[at]
        if token.kind == "word" and not known and token not in reading.tongue.free:
            yield f"in no list: {token.text}"


def main() -> None:
    """Print the reading of the answer that the command line gives."""
    language, name, said, *asked = sys.argv[1:]
    if language not in LANGUAGES:
        sys.exit(f"No language of the corpus: {language}. Known: {', '.join(LANGUAGES)}")
    known = (case.catalogue for part in PARTS for case in cases(language, part))
    shop = next(
        (one for one in known if any(name.lower() in item.name.lower() for item in one.products)), None
    )
    if shop is None:
        sys.exit(f"No shop of the corpus has a product with {name} in its name")
    print(reading_of(language, shop, said, asked))


if __name__ == "__main__":
    main()
