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

test("each case is asked for by name, and told if it could be done", async () => {
  const said = JSON.stringify({ torch: "2.11", milliseconds: { copy: 0.5, norm: null } });
  const file = python(`cat > "$0.asked"; echo '${said}'`);
  expect(await torchTimes([copyCase], file)).toEqual({
    told: "PyTorch 2.11",
    milliseconds: new Map([["copy", 0.5]]),
  });
  expect(JSON.parse(readFileSync(`${file}.asked`, "utf8"))).toEqual([
    { name: "copy", kernel: "copy", inputs: 2 ** 26 },
  ]);
});

test.each([
  { case: "no torch", lines: "echo 'python3 has no torch' >&2; exit 1", want: "python3 has no torch" },
  { case: "no times", lines: "echo '{'", want: /JSON/ },
])("what is not there is told: $case", async ({ lines, want }) => {
  const { told, milliseconds } = await torchTimes([copyCase], python(lines));
  expect(told).toMatch(/^PyTorch was not measured: /);
  expect(told).toMatch(want);
  expect(milliseconds.size).toBe(0);
});
