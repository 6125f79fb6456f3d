"""Removes what a model leaves around its answer: reasoning, tool calls, tokens of the chat template.

What is certain is removed: a block with both its ends, everything in front of the end of the reasoning, everything
behind the end of the turn. Where it is not certain what is answer and what is not, the answer is held with a reason.

Out of scope: JSON (`replies`), formatting (`formatting`), what the answer says (`grounding`, `leaks`).
"""

from __future__ import annotations

import re

from msgspec import Struct

__all__ = ["Rest", "find_unfilled", "strip_remains"]

_NAMES = (
    "think|thinking|thought|thoughts|reasoning|reason|analysis|reflection|scratchpad|inner_monologue|"
    "internal_monologue|seed:think|antthinking|begin_of_thought|end_of_thought|chain_of_thought|cot"
)
_REASONING = re.compile(
    rf"<\s*(?P<close1>/?)\s*(?:{_NAMES})(?:\s[^<>]{{0,200}})?\s*>"
    rf"|\[\s*(?P<close2>/?)\s*(?:{_NAMES})\s*\]"
    r"|◁(?P<close3>/?)think▷"
    r"|<\|(?P<close4>begin|end)_of_thought\|>",
    re.IGNORECASE,
)
_BLOCKS = (
    "tool_calls?|tool_use|tool_response|tool_results?|tool_outputs?|function_calls?|function_results?|invoke|"
    "tool_code|observation"
)
_CALL = re.compile(
    rf"<(?P<tag>{_BLOCKS}|function)(?:=[^<>]{{1,200}}|\s[^<>]{{0,300}})?>"
    r"|<\|?(?P<tool>tool_calls?)_begin\|?>|<[|｜](?P<deep>tool[▁_]calls?)[▁_]begin[|｜]>|(?P<results>\[TOOL_RESULTS\])"
    # Until the end: these forms have no closing mark.
    r"|\[TOOL_CALLS\]|<\|python_tag\|>|<\|tool_calls?\|>|<\|action_start\|>",
    re.IGNORECASE,
)
_OPENERS = re.compile(
    r"(?<!\s)\s*(?:<\|(?:im_start|start|begin_of_text|startoftext|bos|message|channel\|>final<\|message|begin_of_solution)\|>"
    r"(?:assistant\b\s*)?|<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>|<start_of_turn>\s*model\b|<s>|<bos>|"
    r"\[/INST\]|<\|(?:assistant|model|bot)\|>|<｜(?:begin▁of▁sentence|Assistant)｜>|"
    r"(?:assistant|asisten|ai|bot|reply|response|answer|jawaban|resposta|respuesta|réponse)[ \t]*:(?=\s))",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"<\|(?:im_end|im_start|eot_id|eom_id|end|endoftext|end_of_text|end_of_turn|return|call|eos|user|system|assistant|"
    r"end_of_solution|start_header_id|start|observation)\|>"
    r"|</?s>|<(?:end_of_turn|start_of_turn|eos|bos|pad|unk)>|\[/?INST\]|<</?SYS>>|\[/?(?:BOS|EOS|PAD|SYSTEM_PROMPT)\]"
    r"|<｜(?:end▁of▁sentence|User|Assistant|begin▁of▁sentence)｜>",
    re.IGNORECASE,
)
_CHANNEL = re.compile(r"<\|channel\|>\s*(?P<name>[a-z]+)[^<]{0,200}<\|message\|>", re.IGNORECASE)
_CHANNEL_END = re.compile(r"<\|(?:end|return|call|start)\|>", re.IGNORECASE)
_TOKEN = re.compile(r"<[|｜][^<>|｜\n]{1,60}[|｜]>|\[(?:TOOL_CALLS|AVAILABLE_TOOLS|PREFIX|SUFFIX|MIDDLE)\]")
_WRAPPED = re.compile(
    r"<(answer|response|reply|output|final|final_answer|result|message|text)>(.*?)</\1>",
    re.IGNORECASE | re.DOTALL,
)
_INVENTED = re.compile(
    r"^[ \t]*(?:user|human|system|assistant|developer)[ \t]*:[ \t]*\S", re.IGNORECASE | re.MULTILINE
)
_UNFILLED = re.compile(
    r"</?[A-Za-z][\w-]{0,40}(?:\s[^<>\n]{0,200})?/?>|\{\{[^{}\n]{1,60}\}\}"
    r"|\[(?:your|insert|nama|name|customer|nome|nombre|nom|votre|su|seu|اسم)\b[^\[\]\n]{0,40}\]",
    re.IGNORECASE,
)


class Rest(Struct, frozen=True):
    """A model's text without remains, and the reasons why it may not be sent as it is."""

    text: str
    problems: tuple[str, ...] = ()


def strip_remains(text: str) -> Rest:
    """Remove reasoning, tool calls and tokens of the template from a model's text."""
    problems: list[str] = []
    text = _final_channel(text, problems)
    text = _without_reasoning(text, problems)
    text = _without_calls(text, problems)
    text = _first_turn(text)
    wrapped = _WRAPPED.fullmatch(text.strip())
    if wrapped is not None:
        text = wrapped.group(2).strip()
    problems += [f"MODEL_TOKEN: {match.group()}" for match in _TOKEN.finditer(text)]
    if _INVENTED.search(text):
        problems.append("TURNS_INVENTED")
    return Rest(text.strip(), tuple(dict.fromkeys(problems)))


def find_unfilled(text: str) -> list[str]:
    """Return a reason for each mark that a customer would see: an element of markup, a blank to be filled in."""
    return list(dict.fromkeys(f"UNFILLED: {match.group()[:60]}" for match in _UNFILLED.finditer(text)))


def _final_channel(text: str, problems: list[str]) -> str:
    """Return the content of the channel `final` of a text in channels (harmony), the text itself if it has none."""
    channels = list(_CHANNEL.finditer(text))
    if not channels:
        if "<|channel|>" in text:
            problems.append("REASONING_UNCLOSED")
            return text.partition("<|channel|>")[0]
        return text
    finals = []
    for channel, after in zip(channels, [*channels[1:], None], strict=True):
        said = text[channel.end() : after.start() if after else len(text)]
        if channel["name"].lower() == "final":
            end = _CHANNEL_END.search(said)
            finals.append(said[: end.start()] if end else said)
    if len(finals) != 1:
        problems.append("REASONING_ONLY" if not finals else "REPLY_AMBIGUOUS")
    return finals[0] if finals else ""


def _without_reasoning(text: str, problems: list[str]) -> str:
    kept, depth, start = [], 0, 0
    seen = False
    for mark in _REASONING.finditer(text):
        closes = bool(mark["close1"] or mark["close2"] or mark["close3"] or mark["close4"] == "end")
        seen = True
        if not closes:
            if depth == 0:
                kept.append(text[start : mark.start()])
            depth += 1
        elif depth > 0:
            depth -= 1
        else:  # the template had opened it: all so far is reasoning
            kept.clear()
        if depth == 0:
            start = mark.end()
    if depth == 0:
        kept.append(text[start:])
    else:
        problems.append("REASONING_UNCLOSED")
    rest = "".join(kept)
    if seen and depth == 0 and not rest.strip():
        problems.append("REASONING_ONLY")
    return rest


def _without_calls(text: str, problems: list[str]) -> str:
    kept, start = [], 0
    while (opener := _CALL.search(text, start)) is not None:
        kept.append(text[start : opener.start()])
        end = _end_of_call(text, opener)
        if end is None:
            problems.append("TOOL_CALL")
            kept.append(text[opener.end() :])
            return "".join(kept)
        start = end
    rest = "".join([*kept, text[start:]])
    if start and not rest.strip():
        problems.append("TOOL_CALL")
    return rest


def _end_of_call(text: str, opener: re.Match[str]) -> int | None:
    """Return where a call ends; None if the mark of its end is missing."""
    if opener["tag"]:
        closing = f"</{opener['tag']}>"
    elif opener["tool"]:
        closing = opener.group().replace("begin", "end").replace("BEGIN", "END")
    elif opener["deep"]:
        closing = opener.group().replace("begin", "end")
    elif opener["results"]:
        closing = "[/TOOL_RESULTS]"
    else:
        return len(text)
    at = text.find(closing, opener.end())
    return None if at < 0 else at + len(closing)


def _first_turn(text: str) -> str:
    """Return the model's own turn: without the marks in front of it, and without what follows its end."""
    while (opener := _OPENERS.match(text)) is not None and opener.end() > 0:
        text = text[opener.end() :]
    end = _ENDS.search(text)
    while end is not None and not text[: end.start()].strip():  # a mark in front
        text = text[end.end() :]
        end = _ENDS.search(text)
    return text if end is None else text[: end.start()]
