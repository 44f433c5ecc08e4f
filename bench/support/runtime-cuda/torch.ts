/** What PyTorch needs for the same work, where a python3 has it and sees the GPU. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import type { KernelCase } from "./kernels.ts";

const script = join(import.meta.dirname, "torch-kernels.py");
const seconds = 240;
const outputBytes = 2 ** 20;

const answer = z.strictObject({
  torch: z.string(),
  /** By name; null where PyTorch could not do it. */
  milliseconds: z.record(z.string(), z.number().positive().nullable()),
});

export interface TorchTimes {
  /** Its version, or why it was not measured. */
  readonly told: string;
  readonly milliseconds: ReadonlyMap<string, number>;
}

export async function torchTimes(cases: readonly KernelCase[], python = "python3"): Promise<TorchTimes> {
  const asked = cases.map(({ name, kernel, shape }) => ({ name, kernel, ...shape }));
  try {
    const said = await ask(python, JSON.stringify(asked));
    const { torch, milliseconds } = answer.parse(JSON.parse(said));
    const known = Object.entries(milliseconds).flatMap(([name, time]) =>
      time === null ? [] : [[name, time] as const],
    );
    return { told: `PyTorch ${torch}`, milliseconds: new Map(known) };
  } catch (error) {
    const [reason = ""] = (error as Error).message.trim().split("\n").slice(-1);
    return { told: `PyTorch was not measured: ${reason}`, milliseconds: new Map() };
  }
}

function ask(python: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: seconds * 1000, maxBuffer: outputBytes };
    const child = execFile(python, [script], limits, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim() || error.message));
      else resolve(stdout);
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(text);
  });
}
