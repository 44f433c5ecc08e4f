import { expect, test } from "vitest";
import { options, run } from "../../bench/runtime-cuda.ts";
import { BenchRefusal } from "../../bench/support/table.ts";
import { hasCudaDriver } from "../../runtime/device/cuda.ts";

const defaults = Object.fromEntries(
  Object.entries(options).flatMap(([name, option]) =>
    option.default === undefined ? [] : [[name, option.default] as const],
  ),
);

test.each([
  { given: { parts: "kernels,speed" }, want: "--parts: speed is none of kernels, model, library, trace" },
  { given: { shape: "70b" }, want: "--shape: 70b is none of 8b, 1b" },
  { given: { requests: "none" }, want: "--requests: none is no number above 0 and up to 100000" },
  { given: { "kv-cache-gib": "0" }, want: "--kv-cache-gib: 0 is no number above 0 and up to 1024" },
  { given: { addon: "/nowhere.node" }, want: "--addon: there is no file /nowhere.node" },
  { given: { trace: "/nowhere.csv" }, want: "--trace: there is no file /nowhere.csv" },
])("refused before anything is built: $want", async ({ given, want }) => {
  await expect(run({ ...defaults, ...given })).rejects.toEqual(new BenchRefusal(want));
});

test.skipIf(hasCudaDriver())("refused where there is no GPU", async () => {
  const want = "runtime-cuda measures a GPU, and this machine has no NVIDIA driver";
  await expect(run(defaults)).rejects.toEqual(new BenchRefusal(want));
});
