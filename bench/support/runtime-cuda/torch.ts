/** What PyTorch needs for the same work, where a python3 has it and sees the GPU. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { KernelCase } from "./kernels.ts";

const script = join(import.meta.dirname, "torch-kernels.py");
const problemCharacters = 4096;

const answer = z.union([
  z.strictObject({ torch: z.string() }),
  /** Null where PyTorch could not do it. */
  z.strictObject({ name: z.string(), milliseconds: z.number().positive().nullable() }),
]);

export interface TorchTimes {
  /** Its version, and why it ended early; or why it was not measured. */
  readonly told: string;
  readonly milliseconds: ReadonlyMap<string, number>;
}

export interface TorchOptions {
  /** Called with each time as soon as it is known. */
  readonly found?: (name: string, milliseconds: number) => void;
  readonly python?: string;
  /** It is ended after so long; what it told by then is kept. Default: 120. */
  readonly seconds?: number;
}

export async function torchTimes(
  cases: readonly KernelCase[],
  { found = () => undefined, python = "python3", seconds = 120 }: TorchOptions = {},
): Promise<TorchTimes> {
  const asked = cases.map(({ name, kernel, shape }) => ({ name, kernel, ...shape }));
  const milliseconds = new Map<string, number>();
  let version = "";
  const take = (line: string) => {
    const said = answer.parse(JSON.parse(line));
    if ("torch" in said) version = `PyTorch ${said.torch}`;
    else if (said.milliseconds !== null) {
      milliseconds.set(said.name, said.milliseconds);
      found(said.name, said.milliseconds);
    }
  };
  const problem = await ask(python, JSON.stringify(asked), { take, seconds });
  if (problem === undefined && version !== "") return { told: version, milliseconds };
  const reason = problem ?? "it told nothing";
  const told =
    version === "" ? `PyTorch was not measured: ${reason}` : `${version}, not to the end: ${reason}`;
  return { told, milliseconds };
}

interface Asking {
  readonly take: (line: string) => void;
  readonly seconds: number;
}

/** Why not all was told; undefined if all was. */
async function ask(python: string, text: string, { take, seconds }: Asking): Promise<string | undefined> {
  const child = spawn(python, [script], { stdio: "pipe" });
  let problem: string | undefined;
  let complaint = "";
  const clock = setTimeout(() => {
    problem = `it took longer than ${seconds} s`;
    child.kill("SIGKILL");
  }, seconds * 1000);
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      problem ??= error.message;
      resolve(null);
    });
    child.once("close", resolve);
  });
  child.stderr.on("data", (data: Buffer) => {
    complaint = `${complaint}${data}`.slice(-problemCharacters);
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(text);
  try {
    for await (const line of createInterface({ input: child.stdout })) take(line);
  } catch (error) {
    problem ??= (error as Error).message.trim().split("\n").at(-1);
    child.kill("SIGKILL");
  }
  const code = await ended;
  clearTimeout(clock);
  if (code !== 0) problem ??= complaint.trim().split("\n").at(-1) || `it ended with ${code}`;
  return problem;
}
