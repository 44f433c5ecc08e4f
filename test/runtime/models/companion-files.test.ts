import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { companionFiles } from "../../../runtime/models/companion-files.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

function directoryWith(files: Readonly<Record<string, unknown>>): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), JSON.stringify(content));
  }
  return directory;
}

const module = (kind: string, path: string) => ({ type: `sentence_transformers.models.${kind}`, path });

test("what is there beside config and weights, and nothing else", () => {
  const found = companionFiles(
    directoryWith({ "config.json": {}, "notes.txt": "", "tokenizer.json": {}, "merges.txt": "" }),
  );
  expect(found).toEqual(["tokenizer.json", "merges.txt"]);
});

test("chat templates, those with names of their own among them", () => {
  const templates = { "chat_template.jinja": "", "additional_chat_templates/rag.jinja": "" };
  const directory = directoryWith({ "generation_config.json": {}, ...templates });
  expect(companionFiles(directory)).toEqual(["generation_config.json", ...Object.keys(templates)]);
});

test("modules, and the config of each folder that they name", () => {
  const modules = [module("Transformer", ""), module("Pooling", "1_Pooling"), module("Normalize", "2_Norm")];
  const files = { "config.json": {}, "modules.json": modules, "1_Pooling/config.json": {}, "1_Pooling/x": 1 };
  expect(companionFiles(directoryWith(files))).toEqual(["modules.json", "1_Pooling/config.json"]);
});

test.each(["../other", "..", ".", "/etc"])("a module at %s is refused", (path) => {
  const directory = directoryWith({ "modules.json": [module("Transformer", ""), module("Pooling", path)] });
  expect(() => companionFiles(directory)).toThrow(`modules.json: "path": ${path} is no folder`);
});
