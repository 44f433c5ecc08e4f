/** `runtime serve` as a user starts it: a process of its own, on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..", "..");

/** The runtime of this checkout, as `npm run runtime` starts it. */
const checkout: readonly string[] = [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  join(root, "runtime", "main.ts"),
];

export class ServedRuntime {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  output = "";
  errors = "";
  url = "";

  private constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    [program = "", ...flags] = checkout,
  ) {
    const env = { ...process.env, ...environment };
    this.child = spawn(program, [...flags, ...args], {
      cwd: root,
      env,
      // It ends with whoever started it.
      stdio: ["pipe", "pipe", "pipe", "ipc"],
    });
    this.child.stdout?.on("data", (chunk) => {
      this.output += chunk;
    });
    this.child.stderr?.on("data", (chunk) => {
      this.errors += chunk;
    });
    this.exited = once(this.child, "exit").then(([code]) => code);
  }

  /** Runs a command to its end. */
  static async run(...args: string[]): Promise<ServedRuntime> {
    const runtime = new ServedRuntime(args);
    await runtime.exited;
    return runtime;
  }

  /**
   * Resolves once it says where it listens; `environment` is beside that of whoever starts it, `program`
   * another runtime than this checkout's, `port` by default one that is free.
   */
  static async serve(
    model: string,
    settings: object = {},
    environment: Readonly<Record<string, string>> = {},
    program: readonly string[] = checkout,
    port = 0,
  ): Promise<ServedRuntime> {
    const directory = mkdtempSync(join(tmpdir(), "plinth-runtime-"));
    const file = join(directory, "runtime.json");
    writeFileSync(file, JSON.stringify(settings));
    const args = ["serve", "--model", model, "--settings", file, "--port", `${port}`, "--name", "tiny"];
    const runtime = new ServedRuntime(args, environment, program);
    const url = () => /Ready at (http:\/\/[^/]+)\//.exec(runtime.errors)?.[1];
    let isOver = false;
    void runtime.exited.then(() => {
      isOver = true;
    });
    while (url() === undefined && !isOver) await new Promise((resolve) => setTimeout(resolve, 50));
    rmSync(directory, { recursive: true });
    runtime.url = url() ?? "";
    if (isOver) throw new Error(`the runtime ended: ${runtime.errors}`);
    return runtime;
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`${this.url}${path}`);
    return { status: response.status, text: await response.text() };
  }

  /** The value of a metric, over all its labels, or over those lines that have this one: `name="value"`. */
  async metric(name: string, label = ""): Promise<number> {
    const { text } = await this.get("/metrics");
    const lines = text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => line.includes(label));
    return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }

  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.exited;
  }
}
