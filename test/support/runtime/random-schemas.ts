/** Random JSON schemas of what a grammar can hold to, for walks through what it lets through. */
import type { Random } from "../../../components/planning/random.ts";

const names = ["a", "b c", "it's", "ключ", "x-1", "$odd", "z", "[]{}", "🙂"];
const texts = ["x", "", 'say "hi"', "tab\t", "größe", "🙂", "\\", "a/b"];
const patterns = ["^[a-c]+$", "^\\d{3}-\\d{4}$", "x(y|z)?", "^(?:ab|cd){1,3}$", "^[A-Z][a-z]*$"];

const formats = ["date", "time", "date-time", "uuid", "ipv4", "email", "uri-template-of-ours"];

export function randomSchema(random: Random, depth = 0): Record<string, unknown> {
  const pick = <Item>(items: readonly Item[]) => items[random.below(items.length)] as Item;
  const chance = (share: number) => random.next() < share;
  const within = () => randomSchema(random, depth + 1);
  const leaves = [
    () => ({ type: "null" }),
    () => ({ type: "boolean" }),
    () => integer(random),
    () => ({ type: "number" }),
    () => ({ type: "string", title: "said of it" }),
    () => lengths(random),
    () => ({ type: "string", pattern: pick(patterns) }),
    () => ({ enum: [pick(texts), pick(texts), 7, null, true, -1.5] }),
    () => ({ const: pick([...texts, 3, false, null]) }),
    () => ({ type: "string", format: pick(formats) }),
    () => ({ type: ["string", "null", "integer"], maxLength: 3, minimum: 0 }),
  ];
  const nests = [
    () => object(random, within),
    () => object(random, within),
    () => ({ type: "object", additionalProperties: chance(0.5) ? true : within() }),
    () => ({ type: "array", items: within(), ...(chance(0.5) && itemCounts(random)) }),
    () => ({ type: "array", prefixItems: [within(), within()], items: false, minItems: 2 }),
    () => ({ anyOf: [within(), within()] }),
  ];
  return depth < 3 && chance(depth === 0 ? 0.9 : 0.5) ? pick(nests)() : pick(leaves)();
}

function integer(random: Random) {
  const low = random.below(2000) - 1000;
  const rows = [{}, { minimum: 0 }, { minimum: 1 }, { minimum: low, maximum: low + random.below(500) }];
  const exclusive = { exclusiveMinimum: low, exclusiveMaximum: low + 2 + random.below(90) };
  return { type: "integer", ...[...rows, exclusive][random.below(5)] };
}

function lengths(random: Random) {
  const minLength = random.below(4);
  return {
    type: "string",
    minLength,
    ...(random.below(2) === 0 && { maxLength: minLength + random.below(6) }),
  };
}

function itemCounts(random: Random) {
  const minItems = random.below(3);
  return { minItems, maxItems: minItems + random.below(3) };
}

function object(random: Random, within: () => unknown) {
  const chosen = names.filter(() => random.below(3) === 0);
  const properties = Object.fromEntries(chosen.map((name) => [name, within()]));
  const required = chosen.filter(() => random.below(2) === 0);
  return {
    type: "object",
    properties,
    required,
    ...[{}, { additionalProperties: false }, { additionalProperties: { type: "boolean" } }][random.below(3)],
  };
}
