/**
 * Choices among texts, as rules of a grammar that branch letter by letter. Written as alternatives, the
 * library (web-xgrammar 0.1.27, 2026-11-22) joins some that begin alike, and lets through what is none of
 * them: of -122 to -77, also -129.
 */

/** What stands in a schema for a choice, until the schema has become a grammar. */
export const choiceMark = (index: number) => `plinth choice ${index}`;

/** The grammar of a schema, with its marks replaced by the choices that they stand for. */
export function withChoices(grammar: string, choices: readonly (readonly string[])[]): string {
  let whole = grammar;
  const rules: string[] = [];
  for (const [index, texts] of choices.entries()) {
    whole = whole.replaceAll(JSON.stringify(JSON.stringify(choiceMark(index))), () => ruleName(index, 0));
    rules.push(...rulesOf(index, texts));
  }
  return [whole, ...rules].join("\n");
}

const ruleName = (choice: number, rule: number) => `choice_${choice}_${rule}`;

function rulesOf(choice: number, texts: readonly string[]): string[] {
  const rules: string[] = [];
  const add = (rests: readonly (readonly string[])[]): string => {
    const index = rules.push("") - 1;
    const name = ruleName(choice, index);
    const branches = [...Map.groupBy(rests, ([letter]) => letter)].map(([letter, group]) => {
      if (letter === undefined) return '""';
      const after = group.map((rest) => rest.slice(1));
      return after.every((rest) => rest.length === 0) ? literal(letter) : `${literal(letter)} ${add(after)}`;
    });
    rules[index] = `${name} ::= ${branches.join(" | ")}`;
    return name;
  };
  add(texts.map((text) => [...text]));
  return rules;
}

function literal(letter: string): string {
  return letter === '"' || letter === "\\" ? `"\\${letter}"` : `"${letter}"`;
}
