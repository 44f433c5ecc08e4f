/** Plausible outputs of a resource: its inputs, and for the rest what its type and its name suggest. */
import type { Declarations } from "./declarations.ts";
import type { Cloud, Invented } from "./kinds.ts";
import type { Fields, Shape } from "./shapes.ts";
import { type Bag, unknownValue } from "./values.ts";

/** Outputs that are always there and that no input tells. */
export function computed(outputs: Fields, inputs: Bag): string[] {
  return [...outputs]
    .filter(([name, { required }]) => required && inputs[name] === undefined)
    .map(([name]) => name);
}

/** What a preview can tell. */
export function foreseen(outputs: Fields, inputs: Bag): Bag {
  return { ...inputs, ...Object.fromEntries(computed(outputs, inputs).map((name) => [name, unknownValue])) };
}

export interface Inventor {
  readonly cloud: Cloud;
  readonly declarations: Declarations;
  /** Outputs that whoever runs the stand-in wants, by type token. */
  readonly given: Readonly<Record<string, Bag>>;
}

/** What the cloud would tell of a resource that it just made. */
export function invent(inventor: Inventor, outputs: Fields, of: Omit<Invented, "property">): Bag {
  const rest = computed(outputs, of.inputs).map((property) => {
    const shape = outputs.get(property)?.shape ?? { kind: "anything" };
    return [property, inventValue(inventor, shape, { ...of, property })];
  });
  return { ...of.inputs, ...Object.fromEntries(rest), ...inventor.given[of.token] };
}

function inventValue(inventor: Inventor, shape: Shape, of: Invented): unknown {
  const row = inventor.cloud.inventions.find(([pattern]) => pattern.test(of.property));
  if (row) return row[1](of);
  switch (shape.kind) {
    case "number":
      return 1;
    case "boolean":
      return false;
    case "map":
      return {};
    case "list":
      // A list of names would name what is not there; one of records is told by its one element.
      return shape.of.kind === "record" ? [inventValue(inventor, shape.of, of)] : [];
    case "record": {
      const fields = inventor.declarations.record(shape.side, shape.name);
      const told = [...fields].filter(([, { required }]) => required);
      return Object.fromEntries(
        told.map(([property, field]) => [property, inventValue(inventor, field.shape, { ...of, property })]),
      );
    }
    case "choice":
      return shape.of[0] ? inventValue(inventor, shape.of[0], of) : undefined;
    default:
      return `${of.name}-${of.property}`;
  }
}
