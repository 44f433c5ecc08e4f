/** Where files are, what they are called, and that each is tested, exported and used. */
import ts from "typescript";
import { type ProjectFile, type Source, violation, visit } from "./project.ts";

const mirrored = /^(components|controllers|policies|embedded|stacks|runtime)\/.*\.ts$/;

/** Sources without a test file of their own, and why. */
const untested: readonly { readonly path: RegExp; readonly reason: string }[] = [
  { path: /^components\/catalogue\/model-architecture\.ts$/, reason: "types only" },
  { path: /^components\/cluster\/contract\.ts$/, reason: "types only" },
  { path: /^components\/scheduling\/backend\.ts$/, reason: "types only" },
  { path: /^components\/storage\/object-store\.ts$/, reason: "types only" },
  { path: /^controllers\/node-health\/main\.ts$/, reason: "entry; test/e2e/node-health.test.ts runs it" },
  { path: /^embedded\/commands\/command\.ts$/, reason: "types and one line, covered by every command" },
  { path: /^embedded\/main\.ts$/, reason: "entry; the end-to-end tests run it" },
  { path: /^embedded\/commands\/[a-z-]+\.ts$/, reason: "wiring; the end-to-end tests run every command" },
  { path: /^embedded\/cluster\/supervisor-main\.ts$/, reason: "entry; every embedded cluster runs it" },
  { path: /^stacks\/(capacity|plan)-main\.ts$/, reason: "entry; its one call is tested by itself" },
  { path: /^embedded\/status\/(kueue|volcano|claim)-objects\.ts$/, reason: "types only" },
  { path: /^embedded\/scheduler-extender\/main\.ts$/, reason: "entry; test/e2e/scheduling runs it" },
  { path: /^components\/interactive\/culler\/main\.ts$/, reason: "entry; test/e2e/notebook runs it" },
  { path: /^embedded\/scheduler-extender\/kube-objects\.ts$/, reason: "types only" },
  { path: /^runtime\/engine\/(contract|messages|grammar-matcher)\.ts$/, reason: "types only" },
  { path: /^runtime\/device\/contract\.ts$/, reason: "types and a table of two bits" },
  { path: /^runtime\/(main|engine-main|text-main)\.ts$/, reason: "entry; test/e2e/runtime.test.ts runs it" },
  { path: /^runtime\/plinth-main\.ts$/, reason: "entry; test/e2e/runtime-package.test.ts runs it" },
  { path: /^runtime\/text\/grammar-main\.ts$/, reason: "entry; every test of grammar-thread runs it" },
  { path: /^runtime\/text\/grammar-messages\.ts$/, reason: "types only" },
  { path: /^runtime\/commands\/[a-z]+\.ts$/, reason: "wiring; test/e2e/runtime.test.ts runs every command" },
  { path: /^runtime\/server\/text\.ts$/, reason: "types only" },
  { path: /^runtime\/models\/model-file-error\.ts$/, reason: "a name; every reader's test throws it" },
];

export function mirrorViolations(sources: readonly Source[]): string[] {
  const paths = new Set(sources.map(({ path }) => path));
  const missing = [...paths]
    .filter((path) => mirrored.test(path) && !paths.has(testOf(path)))
    .filter((path) => !untested.some((exception) => exception.path.test(path)))
    .map((path) => violation(path, 1, "no test mirrors it", `write ${testOf(path)}`));
  const orphans = [...paths]
    .filter((path) => path.endsWith(".test.ts") && mirrored.test(path.replace(/^test\//, "")))
    .filter((path) => !paths.has(sourceOf(path)))
    .map((path) =>
      violation(path, 1, "mirrors no source", "move it to test/e2e, or name it after its source"),
    );
  return [...missing, ...orphans];
}

function testOf(path: string): string {
  return `test/${path.replace(/\.ts$/, ".test.ts")}`;
}

function sourceOf(path: string): string {
  return path.replace(/^test\//, "").replace(/\.test\.ts$/, ".ts");
}

/** Components are exported with their arguments; their type token and file say the same as their class. */
export function componentViolations(sources: readonly Source[]): string[] {
  const index = sources.find(({ path }) => path === "components/index.ts")?.text ?? "";
  return sources
    .filter(({ path }) => path.startsWith("components/"))
    .flatMap(({ path, text, tree }) =>
      componentClasses(tree).flatMap((name) => {
        const area = path.split("/")[1];
        const file = `${kebab(name)}.ts`;
        const token = `"plinth:${area}:${name}"`;
        const wanted: [boolean, string, string][] = [
          [has(index, name), `${name} is not exported`, `export it in components/index.ts`],
          [has(index, `${name}Args`), `${name}Args is not exported`, "export it in components/index.ts"],
          [path.endsWith(`/${file}`), `${name} is not named like its file`, `call the file ${file}`],
          [text.includes(token), `${name} has another type token`, `register it as ${token}`],
        ];
        return wanted
          .filter(([isKept]) => !isKept)
          .map(([, rule, remedy]) => violation(path, 1, rule, remedy));
      }),
    );
}

function componentClasses(tree: ts.SourceFile): string[] {
  const names: string[] = [];
  visit(tree, (node) => {
    if (!ts.isClassDeclaration(node) || !node.name) return;
    if (node.heritageClauses?.some((clause) => clause.getText(tree).includes("ComponentResource"))) {
      names.push(node.name.text);
    }
  });
  return names;
}

function has(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text);
}

function kebab(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase();
}

/** Rules that no pack serves judge nobody. */
export function packViolations(sources: readonly Source[]): string[] {
  const pack = "policies/packs/baseline/rules.ts";
  const served = sources.find(({ path }) => path === pack)?.imports.map(({ target }) => target) ?? [];
  return sources
    .filter(({ path }) => /^policies\/(?!packs\/)[^/]+\/[^/]+\.ts$/.test(path) && !served.includes(path))
    .map(({ path }) => violation(path, 1, "no pack serves this rule", `add it to ${pack}`));
}

/** Names that somebody else gives. */
const properNames = [
  /^(README|CONTRIBUTING|CHANGELOG|LICENSE|Pulumi(\.[a-z-]+)?|PulumiPolicy|\.ci|\.[a-z]+)(\.|\/|$)/,
  /^(tokenizer_config\.json|chat_template\.jinja|cuda_runtime\.h)$/,
  /^adapter_(config\.json|model\.safetensors)$/,
];
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config))?(\.[a-z]+)?$/;

export function nameViolations(files: readonly ProjectFile[]): string[] {
  return files
    .filter(({ path }) => path.split("/").some((part) => !kebabCase.test(part) && !isProper(part)))
    .map(({ path }) => violation(path, 1, "is not in kebab-case", "lower-case words joined by dashes"));
}

function isProper(part: string): boolean {
  return properNames.some((name) => name.test(part));
}

/** Files that somebody else runs: the engine, npm, the supervisor, Helm, vitest, a pod of the platform. */
const entries: readonly RegExp[] = [
  /^stacks\/(index|capacity-main|plan-main)\.ts$/,
  /^components\/index\.ts$/,
  /^components\/interactive\/culler\/main\.ts$/,
  /^embedded\/(bootstrap\.mjs|main\.ts)$/,
  /^embedded\/cluster\/supervisor-main\.ts$/,
  /^embedded\/scheduler-extender\/main\.ts$/,
  /^controllers\/node-health\/main\.ts$/,
  /^embedded\/host-node\/post-render\.ts$/,
  /^embedded\/language-host\/main\.ts$/,
  /^policies\/packs\/[a-z-]+\/index\.js$/,
  /^bench\/main\.ts$/,
  /^examples\/[a-z]+\.ts$/,
  /^vitest\.config\.ts$/,
  /^runtime\/(main|plinth-main|engine-main|text-main)\.ts$/,
  /^runtime\/text\/grammar-main\.ts$/,
  // Sent to browsers, by runtime/page/page-files.ts.
  /^runtime\/page\/[a-z-]+\.js$/,
  // Forked by bench/engine-steps.ts.
  /^bench\/support\/message-sink\.ts$/,
  // Forked by the test of the engine's own process.
  /^test\/support\/runtime\/(fake-engine|obedient-thread)-main\.ts$/,
  // Started by the engine, as the provider of a cloud.
  /^test\/support\/cloud\/main\.ts$/,
  // A user's program, which test/e2e/charts gives to the engine.
  /^test\/support\/kserve-program\.ts$/,
  // Named by Pulumi.yaml and the pack's own file.
  /^embedded\/language-host\/lazy-modules\.ts$/,
];
const testEntry = /^test\/.*\.test\.ts$/;

/** Sources that no entry reaches; tests keep only their own helpers alive. */
export function deadFileViolations(sources: readonly Source[], setupFiles: readonly string[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const reach = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { target, isPackage } of byPath.get(path)?.imports ?? []) if (!isPackage) reach(target);
  };
  for (const path of byPath.keys()) if (entries.some((entry) => entry.test(path))) reach(path);
  const alive = new Set(reached);
  for (const path of byPath.keys()) if (testEntry.test(path) || setupFiles.includes(path)) reach(path);
  return [...byPath.keys()]
    .filter((path) => !(path.startsWith("test/") ? reached : alive).has(path))
    .map((path) => violation(path, 1, "no entry reaches it", "delete it, or import it where it is needed"));
}

/** Values that are exported although nobody else, not even a test, imports them by name. */
export function unusedExportViolations(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !entries.some((entry) => entry.test(path)) && !testEntry.test(path))
    .flatMap(({ path, tree }) =>
      exportedValues(tree)
        .filter((name) => !sources.some((other) => other.path !== path && has(other.text, name)))
        .map((name) => violation(path, 1, `nobody imports ${name}`, "drop the export, or delete it")),
    );
}

function exportedValues(tree: ts.SourceFile): string[] {
  return tree.statements.flatMap((statement) => {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported) return [];
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
      return statement.name ? [statement.name.text] : [];
    }
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    );
  });
}
