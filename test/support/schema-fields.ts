/** The fields of a zod schema as documentation tells them: path, what is allowed, what holds without them. */
import { z } from "zod";

export interface Field {
  /** As in a stack file, with [] for each entry of a list: teams[].quotas[].pool. */
  readonly path: string;
  readonly allowed: string;
  readonly fallback: string;
}

type Node = z.core.JSONSchema.JSONSchema;

/** What a text of this form is called. */
type Nouns = Readonly<Record<string, string>>;

export function schemaFields(schema: z.ZodType, nouns: Nouns): Field[] {
  return fieldsOf(z.toJSONSchema(schema, { io: "input" }), "", nouns);
}

function fieldsOf(node: Node, path: string, nouns: Nouns): Field[] {
  const arms = armsOf(node);
  if (arms.some((arm) => kindOf(arm) !== "")) {
    return together(arms.map((arm) => [kindOf(arm), armFields(arm, path, nouns)]));
  }
  const fields = arms.flatMap((arm) => armFields(arm, path, nouns));
  return [...Map.groupBy(fields, (found) => found.path).values()].map(merged);
}

/** A field of several arms is told once, with what any of them allows. */
function merged(fields: readonly Field[]): Field {
  const [first] = fields;
  if (!first) throw new Error("a group has at least one field");
  return { ...first, allowed: [...new Set(fields.map(({ allowed }) => allowed))].join(", ") };
}

function armsOf(node: Node): Node[] {
  return (node.oneOf ?? node.anyOf ?? [node]) as Node[];
}

function armFields(arm: Node, path: string, nouns: Nouns): Field[] {
  return Object.entries(arm.properties ?? {}).flatMap(([key, child]) => {
    const own = path === "" ? key : `${path}.${key}`;
    return field(child as Node, own, arm.required?.includes(key) ?? false, nouns);
  });
}

/** What a form of an entry calls itself, where there are several. */
function kindOf(arm: Node): string {
  const kind = arm.properties?.kind as Node | undefined;
  return String(kind?.const ?? "");
}

/** The fields of all forms: each once, and with its kind where another form has it differently. */
function together(arms: readonly (readonly [string, Field[]])[]): Field[] {
  const kinds = arms.map(([kind]) => kind).filter((kind) => kind !== "");
  const rows: Field[] = [];
  for (const [kind, fields] of arms) {
    for (const row of fields) {
      const known = rows.find(({ path }) => path === row.path);
      const isChoice = row.allowed === kind && row.path.endsWith(".kind");
      if (!known) rows.push(isChoice ? { ...row, allowed: kinds.join(", ") } : row);
      else if (!isChoice && !same(known, row)) rows.push({ ...row, path: ofKind(row.path, kind) });
    }
  }
  return rows;
}

function same(a: Field, b: Field): boolean {
  return a.allowed === b.allowed && a.fallback === b.fallback;
}

/** jobs[].nodes of one kind: jobs[jobset].nodes. */
function ofKind(path: string, kind: string): string {
  return path.replace("[]", `[${kind}]`);
}

function field(node: Node, path: string, isRequired: boolean, nouns: Nouns): Field[] {
  const fallback = isRequired ? "required" : fallbackOf(node);
  const items = node.items as Node | undefined;
  const own = { path, allowed: allowedIn(node, nouns), fallback };
  return [own, ...fieldsOf(node, path, nouns), ...(items ? fieldsOf(items, `${path}[]`, nouns) : [])];
}

function fallbackOf({ default: value, properties }: Node): string {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  if (value === undefined || (isEmpty && properties === undefined)) return "none";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.join(", ");
  const entries = Object.entries(value).map(([key, content]) => `${key}: ${content}`);
  return entries.join(", ") || "its fields' own";
}

/** An object of any keys. */
function mapping({ additionalProperties: values }: Node): string {
  const { type } = (values ?? {}) as Node;
  if (type === undefined) return "names and values";
  return type === "integer" ? "names and whole numbers" : "names and texts";
}

function allowedIn(node: Node, nouns: Nouns): string {
  if (node.const !== undefined) return String(node.const);
  if (node.enum) return node.enum.join(", ");
  if (node.type === "boolean") return "true, false";
  if (node.type === "integer") return `whole number, ${node.minimum} to ${node.maximum}`;
  if (node.type === "number") return `number, ${node.minimum} to ${node.maximum}`;
  if (armsOf(node).length > 1) return "section";
  if (node.type === "object") return node.properties ? "section" : mapping(node);
  if (node.type === "array") return `list of ${range(node.minItems, node.maxItems)}${itemsOf(node, nouns)}`;
  const noun = node.pattern === undefined ? "text" : nouns[node.pattern];
  if (!noun) throw new Error(`no word is known for texts like ${node.pattern}`);
  return node.maxLength === undefined ? noun : `${noun}, ${range(node.minLength, node.maxLength)} characters`;
}

function itemsOf(node: Node, nouns: Nouns): string {
  const items = node.items as Node;
  return items.type === "object" || items.oneOf ? " sections" : `, each: ${allowedIn(items, nouns)}`;
}

function range(from: number | undefined, to: number | undefined): string {
  return from === undefined ? `at most ${to}` : `${from} to ${to}`;
}
