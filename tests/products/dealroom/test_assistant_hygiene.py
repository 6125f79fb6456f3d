"""Hygiene of model output: what models leave around an answer is removed, or the answer is held with a reason."""

from __future__ import annotations

import json

import pytest

from colonnade.kernel.testing import own_seconds
from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.formatting import to_whatsapp
from colonnade.products.dealroom.assistant.rules.prompt import Prompt, instructions_of
from colonnade.products.dealroom.assistant.rules.replies import read_reply

SAID = "Sepatu Kulit Anoa mulai Rp450.000, Bu."
OBJECT = json.dumps({"reply": SAID, "sellerIds": [1], "productIds": [11], "claims": ["Rp450.000"]})
SECRET = "The customer wants 50% off. The rules forbid it."


@pytest.mark.parametrize(
    "content",
    [
        SAID,
        f"  {SAID}\n",
        f"<think>{SECRET}</think>{SAID}",
        f"<think>\n{SECRET}\n</think>\n\n{SAID}",
        f"<thinking>{SECRET}</thinking>{SAID}",
        f"<Reasoning>{SECRET}</Reasoning>\n{SAID}",
        f"<think>one <think>{SECRET}</think> two</think>{SAID}",
        f"<think></think>\n{SAID}\n<think>{SECRET}</think>",
        f"{SECRET}\n</think>\n\n{SAID}",
        f"{SECRET} </thinking> more </thinking>{SAID}",
        f"[THINK]{SECRET}[/THINK]{SAID}",
        f"◁think▷{SECRET}◁/think▷{SAID}",
        f"<|begin_of_thought|>{SECRET}<|end_of_thought|>\n<|begin_of_solution|>{SAID}<|end_of_solution|>",
        f"<think>{SECRET}</think>{OBJECT}",
        f'<think>{{"reply": "no"}}</think>{OBJECT}',
        f"<|channel|>analysis<|message|>{SECRET}<|end|><|start|>assistant<|channel|>final<|message|>{SAID}<|return|>",
        f"<|channel|>commentary to=functions.price<|message|>{{}}<|call|><|channel|>final<|message|>{OBJECT}<|return|>",
        f"<|start|>assistant<|channel|>final<|message|>{SAID}",
        f"{SAID}<|im_end|>",
        f"{SAID}</s>",
        f"<s>[/INST] {SAID} </s>",
        f"<|im_start|>assistant\n{SAID}<|im_end|>\n<|im_start|>user\nBerapa?<|im_end|>",
        f"<|start_header_id|>assistant<|end_header_id|>\n\n{SAID}<|eot_id|>",
        f"<start_of_turn>model\n{SAID}<end_of_turn>\n<start_of_turn>user\nHalo",
        f"{SAID}\n[INST] Dan sandal? [/INST] Rp1",
        f"<|assistant|>\n{SAID}<|endoftext|>",
        f"<｜Assistant｜>{SAID}<｜end▁of▁sentence｜>",
        f"Assistant: {SAID}",
        f"<answer>{SAID}</answer>",
        f'<tool_call>\n{{"name": "price", "arguments": {{}}}}\n</tool_call>\n{SAID}',
        f'{SAID}\n[TOOL_CALLS][{{"name": "price", "arguments": {{}}}}]',
        f'<function_calls><invoke name="price"></invoke></function_calls>{SAID}',
        f"<function=price>{{}}</function>\n{SAID}",
        f"<｜tool▁calls▁begin｜>x<｜tool▁calls▁end｜>{SAID}",
        f"{SAID}<|python_tag|>price()",
        f"Sure! Here is the answer:\n\n{OBJECT}\n\nAnything else?",
        f"```json\n{OBJECT}\n```",
        f"```\n{OBJECT}\n```",
        f"Here it is:\n```json\n{OBJECT}\n```\nDone.",
        f"{OBJECT}{OBJECT}",
        f"{OBJECT}\n{OBJECT}",
        f"[{OBJECT}]",
        f'{{"note": "draft"}} {OBJECT}',
        json.dumps(OBJECT),
        json.dumps({"reply": OBJECT}),
        json.dumps({"reply": f"<think>{SECRET}</think>{SAID}"}),
        json.dumps({"reasoning": SECRET, "reply": f"{SAID}<|im_end|>"}),
        f"{{'reply': '{SAID}', 'sellerIds': [1,], 'claims': [],}}",
        f'{{"reply": "{SAID}", "productIds": [11,],}}',
        f'{{reply: "{SAID}", claims: None}}',
        f"{{“reply”: “{SAID}”}}",
        f"{OBJECT}<|im_end|>",
        f"{{{{ {OBJECT} }}}}",
    ],
)
def test_what_is_certainly_no_answer_is_removed(content: str) -> None:
    reply = read_reply(content)
    assert (reply.text, reply.problems) == (SAID, ())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (f"<think>{SECRET}", "REASONING_UNCLOSED"),
        (f"{SAID}<think>{SECRET}", "REASONING_UNCLOSED"),
        (f"[THINK]{SECRET}", "REASONING_UNCLOSED"),
        (f"<think>{SECRET}</think>", "REASONING_ONLY"),
        (f"<|channel|>analysis<|message|>{SECRET}", "REASONING_ONLY"),
        (f"<|channel|>analysis {SECRET}", "REASONING_UNCLOSED"),
        (f"<|channel|>final<|message|>{SAID}<|end|><|channel|>final<|message|>Rp1", "REPLY_AMBIGUOUS"),
        ('<tool_call>{"name": "price", "arguments": {}}</tool_call>', "TOOL_CALL"),
        (f'{SAID}<tool_call>{{"name": "price"', "TOOL_CALL"),
        ('{"name": "price", "arguments": {"product": 11}}', "TOOL_CALL"),
        ('```json\n{"tool_calls": [{"function": {"name": "price"}}]}\n```', "TOOL_CALL"),
        ('[TOOL_CALLS] [{"name": "price", "arguments": {}}]', "TOOL_CALL"),
        (f"{SAID} <|fim_middle|> x", "MODEL_TOKEN: <|fim_middle|>"),
        (f"{SAID}\nUser: dan sandal?\nAssistant: Rp1", "TURNS_INVENTED"),
        (OBJECT + json.dumps({"reply": "Rp1, gratis!"}), "REPLY_AMBIGUOUS"),
        ('{"answer": "Halo"}', "REPLY_UNREADABLE"),
        ('{"reply": "Halo', "REPLY_UNREADABLE"),
        ('["Halo"]', "REPLY_UNREADABLE"),
        ("", ""),
    ],
)
def test_what_is_not_certain_is_held(content: str, problem: str) -> None:
    reply = read_reply(content)
    assert list(reply.problems) == ([problem] if problem else [])
    assert SECRET not in reply.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Halo Bu, ukuran 41 ada.", "Halo Bu, ukuran 41 ada."),
        ("**Anoa** itu __kuat__ dan ~~mahal~~ awet", "*Anoa* itu *kuat* dan ~mahal~ awet"),
        ("***Anoa***", "*_Anoa_*"),
        ("*tebal* dan _miring_", "*tebal* dan _miring_"),
        ("# Harga\nHalo", "*Harga*\nHalo"),
        ("### **Harga** ###\nHalo", "*Harga*\nHalo"),
        ("#1 di Yogya", "#1 di Yogya"),
        ("Harga\n=====\nHalo", "*Harga*\nHalo"),
        ("* Anoa\n* Bawean", "- Anoa\n- Bawean"),
        ("- [ ] Anoa\n- [x] Bawean", "- Anoa\n- Bawean"),
        ("Satu\n\n---\n\nDua", "Satu\n\nDua"),
        ("[Toko](https://toko.example.id)", "Toko (https://toko.example.id)"),
        ("[https://toko.example.id](https://toko.example.id)", "https://toko.example.id"),
        ("![Anoa](https://toko.example.id/a.jpg)", "Anoa (https://toko.example.id/a.jpg)"),
        ("<https://toko.example.id>", "https://toko.example.id"),
        ("| Barang | Harga |\n|---|:---:|\n| Anoa | Rp450.000 |\n| Bawean | Rp125.000 |",
         "Barang: Harga\nAnoa: Rp450.000\nBawean: Rp125.000"),
        ("| A | B | C |\n| --- | --- | --- |\n| Anoa | Rp450.000 | Rp525.000 |", "A: B, C\nAnoa: Rp450.000, Rp525.000"),
        ("Pilih a | b saja", "Pilih a | b saja"),
        ("```text\nHalo\n```", "Halo"),
        ("Halo<br>Bu &amp; Pak", "Halo\nBu & Pak"),
        ("<b>Anoa</b> <i>kuat</i>", "*Anoa* _kuat_"),
        ("<ul><li>Anoa</li><li>Bawean</li></ul>", "- Anoa\n- Bawean"),
        ("Ada 【4†source】 di sini[^1]", "Ada  di sini"),
        (r"Rp450.000\-an \*asli\*", "Rp450.000-an *asli*"),
        ("5 * 3 * 2", "5 * 3 * 2"),
        ("<3 untuk Ibu", "<3 untuk Ibu"),
        ("snake_case_name dan __init__ x", "snake_case_name dan *init* x"),
        ("Satu\n\n\n\nDua", "Satu\n\nDua"),
    ],
)  # fmt: skip
def test_formatting_is_whatsapps(text: str, shown: str) -> None:
    assert to_whatsapp(text) == shown
    assert to_whatsapp(shown) == shown


def test_nothing_that_a_model_writes_takes_long() -> None:
    worst = [
        "{",
        '{"a":',
        "[",
        "<think>",
        "</think>",
        "<tool_call>",
        "**a",
        "[a](",
        "|-",
        "'",
        '{"reply": "',
        "<",
    ]
    worst += [
        "<|channel|>a",
        "<|channel|>a<|message|>",
        "`",
        "\\",
        "\n# ",
        "&amp;",
        "1",
        "- [ ] ",
        "{'a': '",
        "\n",
    ]
    worst += ["[THINK]", "~~a ", "__a ", "* ", " \n", "|", "<a "]
    for piece in worst:
        text = (piece * (400_000 // len(piece)))[:400_000]
        begun = own_seconds()
        read_reply(text)
        read_reply(json.dumps({"reply": text[:7_900]}))
        assert own_seconds() - begun < 2.0, piece


@pytest.mark.parametrize(
    ("language", "said"),
    [(None, "the customer's"), ("en", "English"), ("id-ID", "Indonesian"), ("xx", "xx")],
)
def test_a_model_is_told_the_language_that_is_known(language: str | None, said: str) -> None:
    prompt = Prompt(None, Catalogue([]), [], language=language)
    assert f"Language: {said}." in instructions_of(prompt)
