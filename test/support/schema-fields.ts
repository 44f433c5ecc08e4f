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
  const fields = armsOf(node).flatMap((arm) =>
    Object.entries(arm.properties ?? {}).flatMap(([key, child]) => {
      const own = path === "" ? key : `${path}.${key}`;
      return field(child as Node, own, arm.required?.includes(key) ?? false, nouns);
    }),
  );
  return [...Map.groupBy(fields, (found) => found.path).values()].map(merged);
}

function armsOf(node: Node): Node[] {
  return (node.oneOf ?? node.anyOf ?? [node]) as Node[];
}

/** A field of several arms is told once, with what any of them allows. */
function merged(fields: readonly Field[]): Field {
  const [first] = fields;
  if (!first) throw new Error("a group has at least one field");
  return { ...first, allowed: [...new Set(fields.map(({ allowed }) => allowed))].join(", ") };
}

function field(node: Node, path: string, isRequired: boolean, nouns: Nouns): Field[] {
  const fallback = isRequired ? "required" : fallbackOf(node.default);
  const items = node.items as Node | undefined;
  const own = { path, allowed: allowedIn(node, nouns), fallback };
  return [own, ...fieldsOf(node, path, nouns), ...(items ? fieldsOf(items, `${path}[]`, nouns) : [])];
}

function fallbackOf(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "none";
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(([key, content]) => `${key}: ${content}`);
  return entries.join(", ") || "its fields' own";
}

function allowedIn(node: Node, nouns: Nouns): string {
  if (node.const !== undefined) return String(node.const);
  if (node.enum) return node.enum.join(", ");
  if (node.type === "boolean") return "true, false";
  if (node.type === "integer") return `whole number, ${node.minimum} to ${node.maximum}`;
  if (node.type === "number") return `number, ${node.minimum} to ${node.maximum}`;
  if (node.type === "object" || armsOf(node).length > 1) return "section";
  if (node.type === "array") return `list of ${range(node.minItems, node.maxItems)}${itemsOf(node, nouns)}`;
  const noun = node.pattern === undefined ? "text" : nouns[node.pattern];
  if (!noun) throw new Error(`no word is known for texts like ${node.pattern}`);
  return node.maxLength === undefined ? noun : `${noun}, ${range(node.minLength, node.maxLength)} characters`;
}

function itemsOf(node: Node, nouns: Nouns): string {
  const items = node.items as Node;
  return items.type === "object" ? " sections" : `, each: ${allowedIn(items, nouns)}`;
}

function range(from: number | undefined, to: number | undefined): string {
  return from === undefined ? `at most ${to}` : `${from} to ${to}`;
}
