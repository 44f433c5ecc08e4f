import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { z } from "zod";
import { configError, parseConfig, refuse, report } from "../../components/config.ts";

const schema = z
  .strictObject({ nodes: z.int().min(1), name: z.string().default("a") })
  .superRefine((value, context) =>
    report(
      context,
      value.nodes === 7
        ? [{ path: ["nodes"], given: "seven", allowed: "any other", remedy: "choose another" }]
        : [],
    ),
  );

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}

test("a valid value comes back with its defaults", () => {
  expect(parseConfig(schema, { nodes: 2 }, "Thing")).toEqual({ nodes: 2, name: "a" });
});

test("one mistake is told with its owner, path, what was given, what is allowed and what to do", () => {
  expect(messageOf(() => parseConfig(schema, { nodes: 0 }, 'Thing "x"'))).toBe(
    [
      'Thing "x": 1 problem in the configuration',
      "",
      "  nodes",
      "    given    0",
      "    allowed  at least 1",
      "    do       raise it to 1",
      "",
    ].join("\n"),
  );
});

test("all mistakes are told at once", () => {
  expect(messageOf(() => parseConfig(schema, { node: 1, name: 5 }, "Thing"))).toBe(
    [
      "Thing: 3 problems in the configuration",
      "",
      "  nodes",
      "    given    nothing",
      "    allowed  a number",
      "    do       add this field",
      "",
      "  name",
      "    given    5",
      "    allowed  text",
      "    do       write text",
      "",
      "  node",
      "    given    an unknown field, node",
      "    allowed  only nodes, name",
      "    do       did you mean nodes?",
      "",
    ].join("\n"),
  );
});

test("a rule between fields speaks in its own words", () => {
  expect(messageOf(() => parseConfig(schema, { nodes: 7 }, "Thing"))).toBe(
    configError("Thing", [
      { path: ["nodes"], given: "seven", allowed: "any other", remedy: "choose another" },
    ]).message,
  );
});

test("the whole value can be wrong", () => {
  expect(messageOf(() => parseConfig(schema, [], "Thing"))).toBe(
    configError("Thing", [
      {
        path: [],
        given: "[]",
        allowed: "a section with named fields",
        remedy: "write a section with named fields",
      },
    ]).message,
  );
});

test("refuse throws only where there is a problem", () => {
  expect(() => refuse("Thing", [])).not.toThrow();
  const problem = { path: ["a"], given: "1", allowed: "2", remedy: "write 2" };
  expect(messageOf(() => refuse("Thing", [problem]))).toBe(configError("Thing", [problem]).message);
});
