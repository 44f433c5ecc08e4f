/** The project's stack file stays as its author wrote it; the salt is kept beside the state. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { ensureStackConfig, namedControllers, prepareStackDirectory } from "../../embedded/stack-config.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

function sourceOf(content: string) {
  const directory = temporaryDirectory();
  const source = join(directory, "Pulumi.local.yaml");
  writeFileSync(source, content);
  return { state: new StateDirectory(join(directory, "state")), source };
}

const plain = "# a comment\nconfig:\n  plinth:platform:\n    environment: local\n";

test("comments and values are kept, and the file is private", () => {
  const { state, source } = sourceOf(plain);
  const target = ensureStackConfig(state, "local", source);
  expect(target).toBe(state.path("pulumi", "Pulumi.local.yaml"));
  expect(readFileSync(target, "utf8")).toBe(plain);
  expect(statSync(target).mode & 0o777).toBe(0o600);
});

test("where a source is no YAML is told, and nothing is written", () => {
  const { state, source } = sourceOf("config:\n  plinth:platform: [1\n");
  expect(() => ensureStackConfig(state, "local", source)).toThrow(
    /^The stack file \S+ is no YAML: Flow sequence .* at line 3, column 1\. Mend it there\.$/,
  );
  expect(existsSync(state.path("pulumi", "Pulumi.local.yaml"))).toBe(false);
});

test.each([
  {
    case: "the installation's own is kept when the source changes",
    source: plain,
    target: "encryptionsalt: own\nconfig: {}\n",
    want: "own",
  },
  {
    case: "another machine's, left in a source without secrets, is not taken",
    source: `encryptionsalt: foreign\n${plain}`,
    target: undefined,
    want: undefined,
  },
  {
    case: "a source with secrets brings the one that they were encrypted with",
    source: "encryptionsalt: theirs\nconfig:\n  plinth:key:\n    secure: v1:abc\n",
    target: "encryptionsalt: own\nconfig: {}\n",
    want: "theirs",
  },
])("salt: $case", ({ source: content, target: before, want }) => {
  const { state, source } = sourceOf(content);
  const target = state.path("pulumi", "Pulumi.local.yaml");
  state.directory("pulumi");
  if (before) writeFileSync(target, before);
  ensureStackConfig(state, "local", source);
  const { encryptionsalt, config } = parse(readFileSync(target, "utf8"));
  expect(encryptionsalt).toBe(want);
  expect(config).toEqual(parse(content).config);
  expect(readFileSync(source, "utf8")).toBe(content);
});

test("a stack without a file is told where to get one", () => {
  const { state, source } = sourceOf(plain);
  expect(() => ensureStackConfig(state, "prod", `${source}.none`)).toThrow(
    `There is no stack file ${source}.none. Copy stacks/config/Pulumi.local.yaml and edit the copy.`,
  );
});

test("the directory for `stack init` is a project of the same name", () => {
  const { state, source } = sourceOf(plain);
  const project = join(source, "..");
  writeFileSync(join(project, "Pulumi.yaml"), "name: plinth\n");
  expect(readFileSync(join(prepareStackDirectory(state, project), "Pulumi.yaml"), "utf8")).toBe(
    "name: plinth\n",
  );
});

test.each([
  { case: "named", training: { controllers: ["kuberay", "jobset"] }, want: ["jobset", "kuberay"] },
  { case: "not named", training: {}, want: [] },
  { case: "unknown, which the schema refuses", training: { controllers: ["jobsets"] }, want: [] },
  { case: "not a list, which the schema refuses", training: { controllers: "jobset" }, want: [] },
  { case: "in a section that is none, which the schema refuses", training: "jobset", want: [] },
])("controllers $case", ({ training, want }) => {
  const { source } = sourceOf(stringify({ config: { "plinth:platform": { training } } }));
  expect(namedControllers(source)).toEqual(want);
});

test.each([
  { backend: "volcano", want: ["volcano"] },
  { backend: "kueue", want: [] },
  { backend: "kai", want: [] },
])("the backend $backend needs $want", ({ backend, want }) => {
  const content = stringify({ config: { "plinth:platform": { queueing: { backend } } } });
  expect(namedControllers(sourceOf(content).source)).toEqual(want);
});

test("a file that is no YAML, or not there, names no controllers", () => {
  const { source } = sourceOf("config: {");
  expect(namedControllers(source)).toEqual([]);
  expect(namedControllers(`${source}.missing`)).toEqual([]);
});
