import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { bench } from "../../../runtime/commands/bench.ts";
import { serving } from "../../support/runtime/served.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

afterEach(() => void vi.restoreAllMocks());

async function told(...args: string[]): Promise<{ code: number; report: Record<string, unknown> }> {
  const written: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const code = await bench(args);
  vi.restoreAllMocks();
  return { code, report: JSON.parse(written.join("")) };
}

test("a load on a server that runs is counted exactly, and written to a file", async () => {
  const output = join(temporaryDirectory(), "report.json");
  await serving({ script: () => ({ tokens: "abcdefgh" }) }, {}, async ({ url, engine }) => {
    const load = ["--requests", "6", "--prompt-tokens", "5", "--answer-tokens", "4", "--concurrency", "3"];
    const { code, report } = await told("--url", url, ...load, "--output", output, "--goodput", "ttft:60000");
    expect(report).toMatchObject({
      model_id: "tiny",
      num_prompts: 6,
      request_rate: "inf",
      max_concurrency: 3,
      completed: 6,
      failed: 0,
      total_input_tokens: 30,
      total_output_tokens: 24,
      errors: {},
    });
    expect(report.request_goodput).toBe(report.request_throughput);
    expect([code, engine.requests.length]).toEqual([0, 8]);
    expect(JSON.parse(readFileSync(output, "utf8"))).toEqual(report);
  });
});

test("requests that fail are told, and the code says so", async () => {
  await serving({ script: () => ({ tokens: "", end: "device-lost" }) }, {}, async ({ url }) => {
    const { code, report } = await told("--url", url, "--requests", "3", "--rate", "1000");
    expect([code, report.completed, report.failed]).toEqual([1, 0, 3]);
    expect(report.errors).toEqual({ "503 device_lost": 3 });
  });
});

test.each([
  { args: ["--requests", "0"], want: "--requests: Too small" },
  { args: ["--rate", "fast"], want: "--rate: Invalid input" },
  { args: ["--url", "ftp://a"], want: "--url: Invalid" },
  { args: ["--goodput", "ttft=1"], want: "--goodput: ttft=1 is none of ttft:MS, tpot:MS, e2el:MS" },
  { args: ["--trace", "/nowhere.csv"], want: "/nowhere.csv: ENOENT" },
])("refused: $args", async ({ args, want }) => {
  await expect(bench(["--url", "http://127.0.0.1:1", ...args])).rejects.toThrow(want);
});
