/** The engine's command lines, with and without its flags for logs and traces. */
import { expect, test } from "vitest";
import { parseHostArguments } from "../../../embedded/language-host/host-arguments.ts";

test.each([
  {
    case: "address",
    args: ["127.0.0.1:1"],
    want: { engineAddress: "127.0.0.1:1", tracingEndpoint: undefined },
  },
  {
    case: "flags before the address",
    args: ["--logtostderr", "-v=9", "--tracing", "file:/t", "127.0.0.1:1"],
    want: { engineAddress: "127.0.0.1:1", tracingEndpoint: "file:/t" },
  },
  { case: "nothing, as when attached", args: [], want: { engineAddress: "", tracingEndpoint: undefined } },
])("$case", ({ args, want }) => {
  expect(parseHostArguments(args)).toEqual(want);
});
