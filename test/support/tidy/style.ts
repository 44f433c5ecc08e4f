/** How sources are written: their size, their first sentence, and what must not be left in them. */
import ts from "typescript";
import { lineOf, type ProjectFile, type Source, violation, visit } from "./project.ts";

const limits = { fileLines: 300, functionLines: 70, columns: 110 };

/** C++ and CUDA; there is no formatter of theirs among the tools. */
const nativeFile = /\.(cpp|hpp|cu|cuh|h)$/;

export function sizeViolations(files: readonly ProjectFile[], sources: readonly Source[]): string[] {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > limits.fileLines)
    .map(({ path, lines }) =>
      violation(
        path,
        limits.fileLines,
        `has ${lines} lines, at most ${limits.fileLines}`,
        "split it by noun",
      ),
    );
  const native = files.filter(({ path }) => nativeFile.test(path));
  const wide = [...sources, ...native].flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      if (line.length <= limits.columns) return [];
      const rule = `has ${line.length} columns, at most ${limits.columns}`;
      return [violation(path, index + 1, rule, "break the line, or write the text as two joined ones")];
    }),
  );
  return [...long, ...wide, ...sources.flatMap(longFunctions)];
}

function longFunctions({ path, tree }: Source): string[] {
  const found: string[] = [];
  visit(tree, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || !node.body || isSuite(node)) return;
    const last = tree.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
    const lines = last - lineOf(tree, node) + 1;
    if (lines <= limits.functionLines) return;
    const rule = `a function of ${lines} lines, at most ${limits.functionLines}`;
    found.push(violation(path, lineOf(tree, node), rule, "give its paragraphs names of their own"));
  });
  return found;
}

/** The callback of `describe` is a list of tests, not a function that anyone has to follow. */
function isSuite({ parent }: ts.Node): boolean {
  return ts.isCallExpression(parent) && /^describe\b/.test(parent.expression.getText());
}

export function openingViolations(files: readonly ProjectFile[], sources: readonly Source[]): string[] {
  const remedy = "open the file with one sentence that says what it is for";
  const isSentence = (comment: string) => /\S+(\s+\S+){2,}[.:?]/.test(comment.replaceAll("*", ""));
  const undocumented = sources
    .filter(({ path }) => !path.endsWith(".test.ts"))
    .filter(({ text }) => !isSentence(/^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? ""))
    .map(({ path }) => violation(path, 1, "has no opening doc comment", remedy));
  const goPrograms = files
    .filter(({ path, text }) => path.endsWith(".go") && !/^\/\/ [A-Z][\s\S]*\.\npackage /.test(text))
    .map(({ path }) => violation(path, 1, "has no package comment", remedy));
  return [...undocumented, ...goPrograms];
}

/** Words in comments and texts, written here so that this table does not find itself. */
const leftoverWords: readonly {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly home?: RegExp;
}[] = [
  { pattern: /\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/, instead: "do it now, or open an issue" },
  { pattern: /@ts-(ignor[e]|nochec[k])/, instead: "fix the type" },
  { pattern: /@ts-expect-erro[r]/, instead: "fix the type; only tests may expect one", home: /^test\// },
  { pattern: /\beslin[t]-|prettier-ignor[e]/, instead: "use Biome and do what it says" },
];

export function leftoverViolations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => [...wordsLeft(source), ...codeLeft(source)]);
}

function wordsLeft({ path, text }: Source): string[] {
  return text.split("\n").flatMap((line, index) =>
    leftoverWords
      .filter(({ pattern, home }) => pattern.test(line) && !home?.test(path))
      .map(({ pattern, instead }) => {
        return violation(path, index + 1, `${pattern.exec(line)?.[0]} was left behind`, instead);
      }),
  );
}

function codeLeft({ path, tree }: Source): string[] {
  const found: string[] = [];
  visit(tree, (node) => {
    const instead = codeInstead(node, tree);
    const rule = `${node.getText(tree).slice(0, 40)} was left behind`;
    if (instead) found.push(violation(path, lineOf(tree, node), rule, instead));
  });
  return found;
}

function codeInstead(node: ts.Node, tree: ts.SourceFile): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return "name the type, or take unknown and narrow it";
  if (ts.isDebuggerStatement(node)) return "delete it";
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const [object, member] = [node.expression.getText(tree), node.name.text];
  if (object === "console") return "write to process.stdout or process.stderr";
  if (!/^(test|it|describe)\b/.test(object)) return undefined;
  if (member === "only") return "run one test by its name on the command line";
  if (member === "skip" || member === "todo") return "say when: test.skipIf(condition)(title, ...)";
  return undefined;
}

const agingFacts: readonly { readonly pattern: RegExp; readonly what: string; readonly file: string }[] = [
  { pattern: /(?<![\d.])v?\d+\.\d+\.\d+(?![\d.])/, what: "a version", file: "versions.ts" },
  { pattern: /sha256:[0-9a-f]{12,}/, what: "a digest", file: "versions.ts" },
  { pattern: /\b[a-z]\w+(-\w+)?\.(\d*xlarge|metal)\b/, what: "a machine type", file: "hardware.ts" },
  { pattern: /\b(a2|a3|a4|g2)-[a-z]+gpu-\d|\bg2-standard-\d/, what: "a machine type", file: "hardware.ts" },
];

/**
 * Facts that age stand in the catalogue alone, so that raising one is one line. Comments may cite them, and
 * examples name machines and images as their users would.
 */
export function agingFactViolations(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !/^(components\/catalogue|test|examples)\//.test(path))
    .flatMap(({ path, tree }) => {
      const found: string[] = [];
      visit(tree, (node) => {
        if (!ts.isStringLiteral(node) && !ts.isTemplateLiteralToken(node)) return;
        for (const { pattern, what, file } of agingFacts) {
          const fact = pattern.exec(node.text)?.[0];
          const remedy = `import it from components/catalogue/${file}`;
          if (fact)
            found.push(violation(path, lineOf(tree, node), `${what} (${fact}) is written here`, remedy));
        }
      });
      return found;
    });
}

/** A home of one letter is a stand-in, and jovyan lives in Jupyter's images. */
const machinePath = /(^|[\s"'`(=:])\/((home|Users)\/(?!jovyan\b)[\w.-]{2,}|(root|work)\/[\w.-]+)/;

/** Paths that exist on one machine only. */
export function machinePathViolations(files: readonly ProjectFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      const found = machinePath.exec(line)?.[0].trim();
      if (!found) return [];
      return [violation(path, index + 1, `names a path of one machine (${found})`, "make it relative")];
    }),
  );
}
