/** Holds inputs of a resource against what its SDK declares: unknown, missing or of another type. */
import type { Declarations } from "./declarations.ts";
import type { Fields, Shape } from "./shapes.ts";
import { isUnknown } from "./values.ts";

export interface Refusal {
  readonly property: string;
  readonly reason: string;
}

/** Every mistake of a bag of properties, each at its path. */
export function refusals(
  declarations: Declarations,
  owner: string,
  fields: Fields,
  values: Readonly<Record<string, unknown>>,
  path = "",
): Refusal[] {
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  const unknown = Object.keys(values)
    .filter((name) => !fields.has(name))
    .map((name) => ({ property: at(name), reason: `${owner} declares no ${name}` }));
  const missing = [...fields]
    .filter(([name, { required }]) => required && (values[name] ?? undefined) === undefined)
    .map(([name]) => ({ property: at(name), reason: `${owner} requires ${name}` }));
  const wrong = Object.entries(values).flatMap(([name, value]) => {
    const field = fields.get(name);
    return field === undefined ? [] : misfits(declarations, field.shape, value, at(name));
  });
  return [...unknown, ...missing, ...wrong];
}

function misfits(declarations: Declarations, shape: Shape, value: unknown, path: string): Refusal[] {
  if (isUnknown(value) || value === null || value === undefined || shape.kind === "anything") return [];
  switch (shape.kind) {
    case "list":
      if (!Array.isArray(value)) return [mismatch(path, "a list", value)];
      return value.flatMap((each, index) => misfits(declarations, shape.of, each, `${path}[${index}]`));
    case "map":
      if (!isBag(value)) return [mismatch(path, "a map", value)];
      return Object.entries(value).flatMap(([key, each]) =>
        misfits(declarations, shape.of, each, `${path}.${key}`),
      );
    case "record": {
      if (!isBag(value)) return [mismatch(path, shape.name, value)];
      return refusals(declarations, shape.name, declarations.record(shape.side, shape.name), value, path);
    }
    case "choice": {
      const [first = [], ...others] = shape.of.map((each) => misfits(declarations, each, value, path));
      return others.some((found) => found.length === 0) ? [] : first;
    }
    default:
      return typeof value === shape.kind ? [] : [mismatch(path, `a ${shape.kind}`, value)];
  }
}

function isBag(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mismatch(property: string, wanted: string, value: unknown): Refusal {
  return { property, reason: `${JSON.stringify(value)} is not ${wanted}` };
}
