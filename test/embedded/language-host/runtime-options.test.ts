/** Options of the project file, as the engine hands them over. */
import language from "@pulumi/pulumi/proto/language_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { expect, test } from "vitest";
import {
  runtimeOptionsOf,
  splitArguments,
  typescriptEnvironment,
} from "../../../embedded/language-host/runtime-options.ts";

function program(options: object): language.ProgramInfo {
  const values = struct.Struct.fromJavaScript({ ...options });
  return new language.ProgramInfo().setRootDirectory("/demo").setOptions(values);
}

test.each([
  { case: "none", options: {}, want: { typescript: true, tsconfig: "", nodeargs: [] } },
  {
    case: "all, and one of the official host's own",
    options: { typescript: false, tsconfig: "ts.json", nodeargs: "--a  --b=c", packagemanager: "npm" },
    want: { typescript: false, tsconfig: "ts.json", nodeargs: ["--a", "--b=c"] },
  },
])("options: $case", ({ options, want }) => {
  expect(runtimeOptionsOf(program(options))).toEqual(want);
});

test("every wrong option is named", () => {
  expect(() => runtimeOptionsOf(program({ typescript: 1, nodeargs: ["--a"] }))).toThrow(
    "runtime.options in /demo: typescript: Invalid input: expected boolean, received number; " +
      "nodeargs: Invalid input: expected string, received array",
  );
});

test.each([
  { case: "blank", line: "  ", want: [] },
  { case: "words", line: " --a --b=c\t-d ", want: ["--a", "--b=c", "-d"] },
  { case: "quotes inside a word", line: `--t='a b'"c d"e`, want: ["--t=a bc de"] },
  { case: "escapes", line: String.raw`a\ b "c\"d" 'e\f'`, want: ["a b", 'c"d', String.raw`e\f`] },
  { case: "empty word", line: `--a ""`, want: ["--a", ""] },
])("arguments: $case", ({ line, want }) => {
  expect(splitArguments(line)).toEqual(want);
});

test.each([
  { case: "ts-node", typescript: true, tsconfig: "", want: { PULUMI_NODEJS_TYPESCRIPT: "true" } },
  { case: "type stripping", typescript: false, tsconfig: "", want: {} },
  {
    case: "another tsconfig",
    typescript: true,
    tsconfig: "ts.json",
    want: { PULUMI_NODEJS_TYPESCRIPT: "true", PULUMI_NODEJS_TSCONFIG_PATH: "ts.json" },
  },
])("environment: $case", ({ typescript, tsconfig, want }) => {
  expect(typescriptEnvironment({ typescript, tsconfig, nodeargs: [] })).toEqual(want);
});
