/** Whether the documentation is whole: one title each, links that lead somewhere, examples that compile. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { type ProjectFile, root, violation } from "./project.ts";

interface Line {
  readonly text: string;
  readonly number: number;
}

export function documentViolations(files: readonly ProjectFile[]): string[] {
  const documents = files.filter(({ path }) => path.endsWith(".md"));
  return documents.flatMap((document) => [
    ...titleProblems(document),
    ...linksOf(document).flatMap((link) => linkProblems(document, link, documents)),
  ]);
}

function titleProblems(document: ProjectFile): string[] {
  const titles = prose(document).filter(({ text }) => /^# /.test(text));
  if (titles.length === 1) return [];
  return [
    violation(document.path, 1, `has ${titles.length} titles`, "give it exactly one line with a single #"),
  ];
}

interface Link {
  readonly target: string;
  readonly line: number;
}

function linksOf(document: ProjectFile): Link[] {
  return prose(document).flatMap(({ text, number }) =>
    [...text.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({
      target,
      line: number,
    })),
  );
}

function linkProblems({ path }: ProjectFile, link: Link, documents: readonly ProjectFile[]): string[] {
  if (/^[a-z]+:/.test(link.target)) return [];
  const [file = "", anchor] = link.target.split("#");
  const target = file === "" ? path : join(dirname(path), file);
  if (!existsSync(join(root, target))) {
    return [violation(path, link.line, `links to ${link.target}, which is not there`, "mend the link")];
  }
  const document = documents.find((candidate) => candidate.path === target);
  if (anchor === undefined || !document || anchorsOf(document).includes(anchor)) return [];
  return [
    violation(path, link.line, `links to #${anchor}, which ${target} has not`, "name one of its headings"),
  ];
}

function anchorsOf(document: ProjectFile): string[] {
  return prose(document)
    .filter(({ text }) => /^#+ /.test(text))
    .map(({ text }) =>
      text
        .replace(/^#+ /, "")
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .trim()
        .replace(/ /g, "-"),
    );
}

/** Lines outside fenced code. */
function prose({ text }: ProjectFile): Line[] {
  let isCode = false;
  return text.split("\n").flatMap((line, index) => {
    if (/^ {0,3}```/.test(line)) isCode = !isCode;
    return isCode ? [] : [{ text: line, number: index + 1 }];
  });
}

/** Blocks of TypeScript, each as a file of the repository's root so that its imports resolve from there. */
export function examplesOf(files: readonly ProjectFile[]): ProjectFile[] {
  return files
    .filter(({ path }) => path.endsWith(".md"))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```/gm)].map((match) => {
        const line = text.slice(0, match.index).split("\n").length;
        return { path: `${path.replaceAll("/", "-")}-line-${line}.ts`, text: match[1] ?? "" };
      }),
    );
}

/** What the compiler says about examples, with the project's own options. */
export function exampleProblems(examples: readonly ProjectFile[]): string[] {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config.config, include: [], files: [] },
    ts.sys,
    root,
  );
  const host = ts.createCompilerHost(options);
  const texts = new Map(examples.map(({ path, text }) => [join(root, path), text]));
  const { fileExists, readFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  const program = ts.createProgram([...texts.keys()], { ...options, noUnusedLocals: false }, host);
  return [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText, start = 0 }) => {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      const message = ts.flattenDiagnosticMessageText(messageText, "\n");
      return violation(file.slice(root.length + 1), line, message, "mend the example");
    });
  });
}
