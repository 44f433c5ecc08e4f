/** The project's own files as the tidy rules read them: text, syntax tree and what each imports. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

export const root = dirname(dirname(dirname(import.meta.dirname)));

export interface ProjectFile {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** A file of TypeScript or JavaScript. */
export interface Source extends ProjectFile {
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

export interface Import {
  /** A path of this project such as components/names.ts, or the name of a package. */
  readonly target: string;
  readonly isPackage: boolean;
  /** Leaves nothing behind when types are stripped. */
  readonly isTypeOnly: boolean;
  readonly line: number;
}

const skipped = new Set(["node_modules", ".git", ".vitest"]);

/** Every file of the project, without what is installed or generated. */
export function readProject(): ProjectFile[] {
  return walk(root)
    .map((path) => relative(root, path))
    .filter((path) => path !== "package-lock.json")
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

function walk(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(directory, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

export function sourcesOf(files: readonly ProjectFile[]): Source[] {
  return files.filter(({ path }) => /\.(ts|mjs|js)$/.test(path)).map(parseSource);
}

export function parseSource(file: ProjectFile): Source {
  const kind = file.path.endsWith(".ts") ? ts.ScriptKind.TS : ts.ScriptKind.JS;
  const tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true, kind);
  const imports: Import[] = [];
  visit(tree, (node) => {
    const found = importOf(node);
    if (!found) return;
    const { specifier, isTypeOnly } = found;
    const isPackage = !specifier.startsWith(".");
    const target = isPackage ? packageName(specifier) : join(dirname(file.path), specifier);
    imports.push({ target, isPackage, isTypeOnly, line: lineOf(tree, node) });
  });
  return { ...file, tree, imports };
}

export function visit(node: ts.Node, each: (node: ts.Node) => void): void {
  each(node);
  ts.forEachChild(node, (child) => visit(child, each));
}

/** Counted from 1. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** One message: where, which rule, what to do instead. */
export function violation(path: string, line: number, rule: string, remedy: string): string {
  return `${path}:${line}: ${rule}; ${remedy}`;
}

function importOf(node: ts.Node): { specifier: string; isTypeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node)) {
    const specifier = textOf(node.moduleSpecifier);
    return specifier === undefined ? undefined : { specifier, isTypeOnly: isTypeImport(node.importClause) };
  }
  if (ts.isExportDeclaration(node)) {
    const specifier = textOf(node.moduleSpecifier);
    const names = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : [];
    const isTypeOnly = node.isTypeOnly || (names.length > 0 && names.every((name) => name.isTypeOnly));
    return specifier === undefined ? undefined : { specifier, isTypeOnly };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const specifier = textOf(node.argument.literal);
    return specifier === undefined ? undefined : { specifier, isTypeOnly: true };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const specifier = textOf(node.arguments[0]);
    return specifier === undefined ? undefined : { specifier, isTypeOnly: false };
  }
  return undefined;
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name || !bindings || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node && ts.isStringLiteral(node) ? node.text : undefined;
}

function packageName(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}
