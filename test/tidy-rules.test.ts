/** Each structure rule refuses the one file that breaks it: which file, which rule and what to do. */
import { expect, test } from "vitest";
import { cycleViolations, directionViolations } from "./support/tidy/directions.ts";
import { documentViolations, exampleProblems, examplesOf } from "./support/tidy/documents.ts";
import {
  componentViolations,
  deadFileViolations,
  mirrorViolations,
  nameViolations,
  packViolations,
  unusedExportViolations,
} from "./support/tidy/layout.ts";
import { type ProjectFile, parseSource, type Source } from "./support/tidy/project.ts";
import {
  agingFactViolations,
  leftoverViolations,
  machinePathViolations,
  openingViolations,
  sizeViolations,
} from "./support/tidy/style.ts";

function project(files: Readonly<Record<string, string>>): Source[] {
  return Object.entries(files).map(([path, text]) => parseSource({ path, text }));
}

const direction = directionViolations;
const catalogue = "components/catalogue/labels.ts";

test.each([
  {
    case: "a component that knows the embedded cluster",
    file: ["components/a.ts", 'import { x } from "../embedded/x.ts";'],
    want: "components must not import embedded/x.ts; pass it as an argument",
  },
  {
    case: "a component that knows a rule, if only its type",
    file: ["components/a.ts", 'import type { X } from "../policies/x.ts";'],
    want: "components must not import policies/x.ts; pass it as an argument",
  },
  {
    case: "a component that does what its controller does",
    file: ["components/a.ts", 'import { x } from "../controllers/node-health/decide.ts";'],
    want: "components must not import controllers/node-health/decide.ts; pass it as an argument",
  },
  {
    case: "a controller that knows a component",
    file: ["controllers/a/b.ts", 'import { x } from "../../components/names.ts";'],
    want:
      "controllers must not import components/names.ts; " +
      "let the component that deploys it say it in its settings",
  },
  {
    case: "a fact that needs a plan",
    file: [catalogue, 'import { x } from "../planning/x.ts";'],
    want: "catalogue must not import components/planning/x.ts; hold facts only",
  },
  {
    case: "a plan that needs Pulumi",
    file: ["components/planning/a.ts", 'import * as pulumi from "@pulumi/pulumi";'],
    want: "@pulumi/pulumi must not be imported here; keep catalogue, planning and runtime free of Pulumi",
  },
  {
    case: "a rule that trusts what it judges",
    file: ["policies/gpu/a.ts", 'export { x } from "../../components/names.ts";'],
    want: "policies must not import components/names.ts; read the object, not the code that made it",
  },
  {
    case: "the embedded cluster that knows a component",
    file: ["embedded/a.ts", 'const x = await import("../components/names.ts");'],
    want: "embedded must not import components/names.ts; let the stack pass it",
  },
  {
    case: "a stack that reaches behind the installation",
    file: ["stacks/a.ts", 'import { x } from "../embedded/platform.ts";'],
    want: "stacks must not import embedded/platform.ts; use what embedded/installation.ts tells",
  },
  {
    case: "a bench that is a stack",
    file: ["bench/a.ts", 'import { x } from "../stacks/index.ts";'],
    want: "bench must not import stacks/index.ts; measure through the commands, as a user would",
  },
  {
    case: "product code that needs a test",
    file: ["embedded/a.ts", 'let x: import("../test/support/x.ts").X;'],
    want: "embedded must not import test/support/x.ts; let the stack pass it",
  },
  {
    case: "a cloud in shared code",
    file: ["components/tenancy/team.ts", 'import * as aws from "@pulumi/aws";'],
    want: "@pulumi/aws must not be imported here; put it behind a contract, in an adapter called aws.ts",
  },
  {
    case: "the heavy client, loaded",
    file: ["embedded/a.ts", 'import { KubeConfig, type V1Pod } from "@kubernetes/client-node";'],
    want: "@kubernetes/client-node must not be imported here; import only its types, and use KubeApi",
  },
] as const)("$case", ({ file: [path, text], want }) => {
  expect(direction(project({ [path]: text }))).toEqual([`${path}:1: ${want}`]);
});

test.each([
  {
    case: "a fact for a component",
    path: "components/a.ts",
    text: 'import { x } from "./catalogue/labels.ts";',
  },
  { case: "a fact for a rule", path: "policies/a.ts", text: `import { x } from "../${catalogue}";` },
  {
    case: "the installation for a stack",
    path: "stacks/local.ts",
    text: 'import { x } from "../embedded/installation.ts";',
  },
  {
    case: "a cloud in its adapter",
    path: "components/cluster/aws-network.ts",
    text: 'import * as a from "@pulumi/aws";',
  },
  {
    case: "types of the heavy client",
    path: "policies/a.ts",
    text: 'import { type V1Pod } from "@kubernetes/client-node";',
  },
])("is allowed: $case", ({ path, text }) => {
  expect(direction(project({ [path]: text }))).toEqual([]);
});

const opening = "/** Says what this file is for. */\n";
const tested = { "test/components/a.test.ts": "" };
const agingRemedy = "import it from components/catalogue";

test.each([
  {
    case: "two files that need each other",
    found: () =>
      cycleViolations(project({ "a.ts": 'import "./b.ts";', "b.ts": 'import { a } from "./a.ts";' })),
    want: "a.ts:1: imports itself through a.ts -> b.ts -> a.ts; move the shared part to a third file",
  },
  {
    case: "a source without a test",
    found: () => mirrorViolations(project({ "components/a.ts": "" })),
    want: "components/a.ts:1: no test mirrors it; write test/components/a.test.ts",
  },
  {
    case: "a test without a source",
    found: () => mirrorViolations(project(tested)),
    want: "test/components/a.test.ts:1: mirrors no source; move it to test/e2e, or name it after its source",
  },
  {
    case: "a component that nobody can use",
    found: () =>
      componentViolations(
        project({
          "components/gpu/gpu-pool.ts":
            'class GpuPool extends pulumi.ComponentResource { token = "plinth:gpu:GpuPool" }',
          "components/index.ts": "export type { GpuPoolArgs }",
        }),
      ),
    want: "components/gpu/gpu-pool.ts:1: GpuPool is not exported; export it in components/index.ts",
  },
  {
    case: "a rule that no pack serves",
    found: () => packViolations(project({ "policies/gpu/a.ts": "", "policies/packs/baseline/rules.ts": "" })),
    want: "policies/gpu/a.ts:1: no pack serves this rule; add it to policies/packs/baseline/rules.ts",
  },
  {
    case: "a name in camel case",
    found: () => nameViolations(project({ "components/gpuPool.ts": "" })),
    want: "components/gpuPool.ts:1: is not in kebab-case; lower-case words joined by dashes",
  },
  {
    case: "a source that only a test uses",
    found: () =>
      deadFileViolations(
        project({ "components/a.ts": "", "test/components/a.test.ts": 'import "../../components/a.ts";' }),
        [],
      ),
    want: "components/a.ts:1: no entry reaches it; delete it, or import it where it is needed",
  },
  {
    case: "an export for nobody",
    found: () => unusedExportViolations(project({ "components/a.ts": "export const a = 1;" })),
    want: "components/a.ts:1: nobody imports a; drop the export, or delete it",
  },
  {
    case: "a file of 301 lines",
    found: () => sizeViolations([], project({ "a.ts": "\n".repeat(300).concat("x") })),
    want: "a.ts:300: has 301 lines, at most 300; split it by noun",
  },
  {
    case: "a line of 111 columns",
    found: () => sizeViolations([], project({ "a.ts": `// ${"x".repeat(108)}` })),
    want: "a.ts:1: has 111 columns, at most 110; break the line, or write the text as two joined ones",
  },
  {
    case: "a line of 111 columns in C++",
    found: () => sizeViolations([{ path: "a.hpp", text: `// ${"x".repeat(108)}` }], []),
    want: "a.hpp:1: has 111 columns, at most 110; break the line, or write the text as two joined ones",
  },
  {
    case: "a function of 71 lines",
    found: () => sizeViolations([], project({ "a.ts": `function f() {${"\n".repeat(70)}}` })),
    want: "a.ts:1: a function of 71 lines, at most 70; give its paragraphs names of their own",
  },
  {
    case: "a file that does not say what it is for",
    found: () => openingViolations([], project({ "a.ts": `const a = 1;\n${opening}` })),
    want: "a.ts:1: has no opening doc comment; open the file with one sentence that says what it is for",
  },
  {
    case: "a fact that ages, in a text with more",
    found: () => agingFactViolations(project({ "embedded/a.ts": '"v1.2.3-x"; "127.0.0.1"; // 1.2.3' })),
    want: `embedded/a.ts:1: a version (v1.2.3) is written here; ${agingRemedy}/versions.ts`,
  },
  {
    case: "a machine type",
    found: () => agingFactViolations(project({ "components/a.ts": 'const a = "p6-b200.48xlarge";' })),
    want: `components/a.ts:1: a machine type (p6-b200.48xlarge) is written here; ${agingRemedy}/hardware.ts`,
  },
  {
    case: "the home of a person",
    found: () => machinePathViolations([{ path: "docs/a.md", text: `see /${"home"}/mary/plinth` }]),
    want: `docs/a.md:1: names a path of one machine (/${"home"}/mary); make it relative`,
  },
])("$case", ({ found, want }) => {
  expect(found()).toEqual([want]);
});

test.each([
  { text: `// TO${"DO"} later`, want: `TO${"DO"}` },
  { text: "console.log(1);", want: "console.log" },
  { text: "debugger;", want: "debugger;" },
  { text: "let a: any;", want: "any" },
  { text: "const a = b as any;", want: "any" },
  { text: `// @ts-${"ignore"}`, want: `@ts-${"ignore"}` },
  { text: `// @ts-${"expect-error"}`, want: `@ts-${"expect-error"}` },
  { text: 'test.only("a", f);', want: "test.only" },
  { text: 'describe.skip("a", f);', want: "describe.skip" },
  { text: 'test.each(rows).skip("a", f);', want: "test.each(rows).skip" },
])("leftover: $want", ({ text, want }) => {
  const found = leftoverViolations(project({ "components/a.ts": text }));
  expect(found.map((message) => message.split(" was left")[0])).toEqual([`components/a.ts:1: ${want}`]);
});

test.each([
  { case: "two titles", text: "# A\n# B\n", want: "has 2 titles; give it exactly one line with a single #" },
  {
    case: "no title",
    text: "```\n# A\n```\n",
    want: "has 0 titles; give it exactly one line with a single #",
  },
  {
    case: "a link to nothing",
    text: "# A [b](b.md)\n",
    want: "links to b.md, which is not there; mend the link",
  },
  {
    case: "a link to no heading",
    text: "# A [b](#b)\n",
    want: "links to #b, which docs/policies.md has not; name one of its headings",
  },
])("a document with $case", ({ text, want }) => {
  expect(documentViolations([{ path: "docs/policies.md", text }])).toEqual([`docs/policies.md:1: ${want}`]);
});

test("an example that does not compile", () => {
  const document: ProjectFile = { path: "docs/a.md", text: "# A\n\n```ts\nconst a: string = 1;\n```\n" };
  expect(exampleProblems(examplesOf([document]))).toEqual([
    "docs-a.md-line-3.ts:1: Type 'number' is not assignable to type 'string'.; mend the example",
  ]);
});
