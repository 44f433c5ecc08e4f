/** The schemas of OpenAI's interface, no part of this project: where they are, and what fits them. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";

/** openai/openai-openapi, openapi.json, of 2026-08-21, MIT. */
const file =
  process.env.PLINTH_OPENAI_OPENAPI ??
  resolve(import.meta.dirname, "../../../../shared/data/openai-openapi/openapi.json");

export const areSchemasMissing = !existsSync(file);

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
if (!areSchemasMissing) ajv.addSchema(nulled(JSON.parse(readFileSync(file, "utf8"))) as object, "openai");

/** What OpenAPI 3.0 called nullable, as JSON Schema says it: the file has both. */
function nulled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nulled);
  if (typeof value !== "object" || value === null) return value;
  const { nullable, ...rest } = value as Record<string, unknown>;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, nulled(part)]));
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}

/** What keeps a value from fitting a schema of that name; nothing is known where the schemas are not. */
export function schemaProblems(name: string, value: unknown): string[] {
  if (areSchemasMissing) return [];
  const validate = ajv.getSchema(`openai#/components/schemas/${name}`);
  if (!validate) throw new Error(`there is no schema ${name}`);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath}: ${message}`);
}
