import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { readProject, root, type Source, sourcesOf, visit } from "../support/tidy/project.ts";

const guide = "docs/failures.md";
const tests = sourcesOf(readProject().filter(({ path }) => path.endsWith(".test.ts")));

/** Failures in the titles of a test file, also in the `case` of a row that a title is made from. */
function idsIn({ tree }: Source): string[] {
  const found: string[] = [];
  visit(tree, (node) => {
    const title = titleOf(node, tree);
    if (title && ts.isStringLiteralLike(title)) found.push(...(title.text.match(/\bF\d+\b/g) ?? []));
  });
  return found;
}

function titleOf(node: ts.Node, tree: ts.SourceFile): ts.Node | undefined {
  if (ts.isPropertyAssignment(node) && node.name.getText(tree) === "case") return node.initializer;
  const isTest = ts.isCallExpression(node) && /^(test|describe)\b/.test(node.expression.getText(tree));
  return isTest ? node.arguments[0] : undefined;
}

/** One entry per link of the table's last column. */
const listed = readFileSync(join(root, guide), "utf8")
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter(([, id = ""]) => /^F\d+$/.test(id))
  .flatMap(([, id = "", , , links = ""]) =>
    [...links.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => `${id} ${join(dirname(guide), link)}`),
  );

const titled = tests.flatMap((source) => idsIn(source).map((id) => `${id} ${source.path}`));

test("every failure of the guide is in a title of each test that it names", () => {
  expect(listed.length).toBeGreaterThan(0);
  expect(listed.filter((entry) => !titled.includes(entry))).toEqual([]);
});

test("every failure in a title is in the guide", () => {
  const known = new Set(listed.map((entry) => entry.split(" ")[0]));
  expect(titled.filter((entry) => !known.has(entry.split(" ")[0]))).toEqual([]);
});
