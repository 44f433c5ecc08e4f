"""Renders the templates of test/support/runtime/templates as transformers would, and keeps what it made.

Run with the Python packages jinja2 3.1.6 and transformers 5.23.0, then format:
python make-chats.py; biome check --write
"""

import json
import pathlib

import jinja2
from transformers.utils import chat_template_utils

HOME = pathlib.Path(__file__).resolve().parent.parent / "templates"

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "What the weather is, \"now\" & <here>: über 20 °C?",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer", "enum": [1, 3]}},
                "required": ["city"],
            },
        },
    },
    {"type": "function", "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}}},
]

CALL = {"id": "call12345", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Köln", "days": 3}}}
OTHER = {"id": "call54321", "type": "function", "function": {"name": "now", "arguments": {}}}

SYSTEM = {"role": "system", "content": "  Be brief.\n"}
USER = {"role": "user", "content": "What is 2 + 2?"}
ANSWER = {"role": "assistant", "content": " 4. \n"}
AGAIN = {"role": "user", "content": "And\n\n <b>3</b> + \u00e93?  "}
THOUGHT = {"role": "assistant", "content": "<think>\nlong\n</think>\n\nFour."}
APART = {"role": "assistant", "content": "Four.", "reasoning_content": "two and two"}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
TWICE = {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL, OTHER]}
RESULT = {"role": "tool", "tool_call_id": "call12345", "content": "12 \u00b0C"}
SECOND = {"role": "tool", "tool_call_id": "call54321", "content": "noon"}
PARTS = {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image_url"}, {"type": "other"}, {"type": "text", "text": "gone"}]}

CHATS = {
    "one question": {"messages": [USER]},
    "a system message": {"messages": [SYSTEM, USER]},
    "three turns": {"messages": [SYSTEM, USER, ANSWER, AGAIN]},
    "no prompt for an answer": {"messages": [USER, ANSWER], "add_generation_prompt": False},
    "thoughts of an old turn": {"messages": [USER, THOUGHT, AGAIN]},
    "thoughts of this turn": {"messages": [USER, THOUGHT], "add_generation_prompt": False},
    "thoughts apart": {"messages": [USER, APART], "add_generation_prompt": False},
    "no thinking": {"messages": [USER], "enable_thinking": False},
    "tools": {"messages": [SYSTEM, USER], "tools": TOOLS},
    "one tool, no system": {"messages": [USER], "tools": TOOLS[:1]},
    "a call": {"messages": [USER, CALLING, RESULT], "tools": TOOLS},
    "two calls": {"messages": [USER, TWICE, RESULT, SECOND], "tools": TOOLS},
    "a call, answered": {"messages": [USER, CALLING, RESULT, ANSWER, AGAIN], "tools": TOOLS},
    "a role of none": {"messages": [USER, {"role": "critic", "content": "no"}]},
    "two questions": {"messages": [USER, AGAIN]},
    "a short id": {"messages": [USER, {**CALLING, "tool_calls": [{**CALL, "id": "x"}]}, RESULT]},
    "parts": {"messages": [PARTS, ANSWER]},
    "documents": {"messages": [USER], "documents": [{"title": "B", "text": "short"}, {"title": "A", "text": "something longer"}]},
}

NAMES = {"bos_token": "<s>", "eos_token": "</s>"}


def render(template, chat):
    variables = {**NAMES, "date_string": "22 Nov 2026", **{"add_generation_prompt": True, **chat}}
    try:
        return {"text": chat_template_utils.render_jinja_template([variables.pop("messages")], chat_template=template, **variables)[0][0]}
    except jinja2.exceptions.UndefinedError:
        return {"error": None}
    except jinja2.exceptions.TemplateError as error:
        return {"error": str(error)}
    except TypeError:
        return {"error": None}


def main():
    rows = [
        {"template": path.stem, "chat": name, "input": chat, **render(path.read_text(encoding="utf-8"), chat)}
        for path in sorted(HOME.glob("*.jinja"))
        for name, chat in CHATS.items()
        # Python writes a list into a text in its own notation, or fails; neither is an example.
        if name != "parts" or path.stem == "blocks"
    ]
    text = json.dumps(rows, ensure_ascii=False, indent=2)
    (HOME / "chats.json").write_text(text + "\n", encoding="utf-8")


main()
