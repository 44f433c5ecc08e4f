import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyCase } from "../../../../bench/support/runtime-cuda/kernels.ts";
import { torchTimes } from "../../../../bench/support/runtime-cuda/torch.ts";
import { temporaryDirectory } from "../../../support/temporary-directory.ts";

function python(lines: string): string {
  const file = join(temporaryDirectory(), "python3");
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("each case is asked for by name, and told as soon as it is known, if it could be done", async () => {
  const said = [
    { torch: "2.11" },
    { name: "copy", milliseconds: 0.5 },
    { name: "norm", milliseconds: null },
  ].map((line) => `echo '${JSON.stringify(line)}'`);
  const file = python(`cat > "$0.asked"; ${said.join("; ")}`);
  const found: (string | number)[] = [];
  const asked = { python: file, found: (...one: [string, number]) => found.push(...one) };
  expect(await torchTimes([copyCase], asked)).toEqual({
    told: "PyTorch 2.11",
    milliseconds: new Map([["copy", 0.5]]),
  });
  expect(found).toEqual(["copy", 0.5]);
  expect(JSON.parse(readFileSync(`${file}.asked`, "utf8"))).toEqual([
    { name: "copy", kernel: "copy", inputs: 2 ** 26 },
  ]);
});

test("what was told before the end of its time is kept", async () => {
  const lines = [`echo '{"torch":"2.11"}'`, `echo '{"name":"copy","milliseconds":2}'`, "exec sleep 60"];
  expect(await torchTimes([copyCase], { python: python(lines.join("; ")), seconds: 1 })).toEqual({
    told: "PyTorch 2.11, not to the end: it took longer than 1 s",
    milliseconds: new Map([["copy", 2]]),
  });
});

test.each([
  { case: "no torch", lines: "echo 'python3 has no torch' >&2; exit 1", want: "python3 has no torch" },
  { case: "no times", lines: "echo '{'", want: /JSON/ },
  { case: "nothing", lines: "exit 0", want: "it told nothing" },
])("what is not there is told: $case", async ({ lines, want }) => {
  const { told, milliseconds } = await torchTimes([copyCase], { python: python(lines) });
  expect(told).toMatch(/^PyTorch was not measured: /);
  expect(told).toMatch(want);
  expect(milliseconds.size).toBe(0);
});

test("no python is told as well", async () => {
  const { told } = await torchTimes([copyCase], { python: "/nowhere/python3" });
  expect(told).toMatch(/^PyTorch was not measured: .*ENOENT/);
});
