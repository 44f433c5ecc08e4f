import { Environment, Interpreter } from "@huggingface/jinja";
import { expect, test } from "vitest";
import { parseTemplate, stripFunctions } from "../../../runtime/text/template-program.ts";

function rendered(template: string): unknown {
  const environment = new Environment();
  for (const [name, value] of Object.entries(stripFunctions)) environment.set(name, value);
  environment.set("x", " -\u{1c}a-\u{feff} ");
  return new Interpreter(environment).run(parseTemplate(template)).value;
}

/** What Jinja 3.1.6 makes of them, with blocks trimmed and stripped. */
test.each([
  { case: "a block alone in its line", template: "a\n  {% if x %}\nb\n  {% endif %}\nc\n", want: "a\nb\nc" },
  { case: "a block that keeps its space", template: "a\n  {%+ if x %}b{% endif %}", want: "a\n  b" },
  { case: "a block that keeps its line", template: "{% if x +%}\nb{% endif %}", want: "\nb" },
  { case: "ends of lines of other systems", template: "{% if x %}\r\nb\r\n{% endif %}\r\nc", want: "b\nc" },
  { case: "space", template: "[{{ x.strip() }}]", want: "[-\u{1c}a-\u{feff}]" },
  { case: "space before", template: "[{{ x.lstrip() }}]", want: "[-\u{1c}a-\u{feff} ]" },
  { case: "space after", template: "[{{ x.rstrip() }}]", want: "[ -\u{1c}a-\u{feff}]" },
  { case: "separators are space", template: '[{{ x.strip(" -").strip() }}]', want: "[a-\u{feff}]" },
  { case: "characters", template: '[{{ "aabcba".strip("ab") }}]', want: "[c]" },
  { case: "characters before", template: '[{{ "aabcba".lstrip("ab") }}]', want: "[cba]" },
  { case: "characters after", template: '[{{ "aabcba".rstrip("ab") }}]', want: "[aabc]" },
  { case: "nothing is left", template: '[{{ "aa".strip("a") }}]', want: "[]" },
  { case: "a filter", template: "[{{ x | trim }}]", want: "[-\u{1c}a-\u{feff}]" },
  { case: "a filter among others", template: '[{{ " a " | trim | upper }}]', want: "[A]" },
  { case: "calls within calls", template: '[{{ "-a-".strip("-".strip()).upper() }}]', want: "[A]" },
])("$case", ({ template, want }) => {
  expect(rendered(template)).toBe(want);
});

test("only a text is stripped", () => {
  expect(() => rendered("{{ (1).strip() }}")).toThrow("only a text can be stripped");
});
