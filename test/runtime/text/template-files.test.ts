import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readTemplateFile, templateFiles } from "../../../runtime/text/template-files.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries({ "tokenizer_config.json": "{}", ...files })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

const tokenizer = { "tokenizer_config.json": '{"chat_template":"of the tokenizer"}' };
const file = { "chat_template.jinja": "of the file" };
const processor = { "chat_template.json": '{"chat_template":"of the processor"}' };
const further = {
  "additional_chat_templates/tool_use.jinja": "with tools",
  "additional_chat_templates/rag.jinja": "with documents",
  "additional_chat_templates/notes.txt": "no template",
};

test.each([
  { case: "nothing", files: {}, want: undefined },
  { case: "a processor's", files: processor, want: ["chat_template.json", "of the processor"] },
  {
    case: "the tokenizer's before a processor's",
    files: { ...tokenizer, ...processor },
    want: ["tokenizer_config.json", "of the tokenizer"],
  },
  {
    case: "a file of its own before all",
    files: { ...tokenizer, ...processor, ...file },
    want: ["chat_template.jinja", "of the file"],
  },
  {
    case: "further ones by their names, which the file's is the default of",
    files: { ...tokenizer, ...file, ...further },
    want: [
      "additional_chat_templates",
      [
        { name: "default", template: "of the file" },
        { name: "rag", template: "with documents" },
        { name: "tool_use", template: "with tools" },
      ],
    ],
  },
])("$case", ({ files, want }) => {
  const directory = directoryWith(files);
  const found = readTemplateFile(directory);
  expect(found && [found.file.slice(directory.length + 1), found.template]).toEqual(want);
});

test("files that are templates alone", () => {
  expect(templateFiles(directoryWith({ ...tokenizer, ...file, ...processor, ...further }))).toEqual([
    "chat_template.jinja",
    "chat_template.json",
    "additional_chat_templates/rag.jinja",
    "additional_chat_templates/tool_use.jinja",
  ]);
  expect(templateFiles(directoryWith(tokenizer))).toEqual([]);
});

test.each([
  { case: "no JSON", text: "{", want: "chat_template.json: is no JSON" },
  {
    case: "no text",
    text: '{"chat_template":[]}',
    want: 'chat_template.json: "chat_template": Invalid input: expected string',
  },
])("refused: a processor's that is $case", ({ text, want }) => {
  expect(() => readTemplateFile(directoryWith({ "chat_template.json": text }))).toThrow(want);
});

test("so many that nobody wrote them are refused", () => {
  const many = Array.from({ length: 65 }, (_, index) => [`additional_chat_templates/${index}.jinja`, ""]);
  const directory = directoryWith(Object.fromEntries(many));
  expect(() => readTemplateFile(directory)).toThrow(
    "additional_chat_templates: has 65 templates, of 64 at most",
  );
});
