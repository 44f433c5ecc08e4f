/** The host as the CLI starts it: how it ends, and that nothing outlives it. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type PulumiWorkspace, pulumiWorkspace } from "../../support/pulumi-cli.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Writes the ids of its own process and of the host, then waits for longer than any test. */
const program = `
import { renameSync, writeFileSync } from "node:fs";
if (process.env.STUBBORN) process.on("SIGINT", () => {});
writeFileSync("pids.part", \`\${process.pid} \${process.ppid}\`);
renameSync("pids.part", "pids");
await new Promise((ended) => setTimeout(ended, 600_000));
export {};
`;

let workspace: PulumiWorkspace;
beforeEach(async () => {
  workspace = await pulumiWorkspace({ "index.ts": program });
});
afterEach(() => workspace.remove());

async function until(what: () => boolean, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !what(); await sleep(50)) {
    if (Date.now() > end) throw new Error(`not so within ${seconds} s: ${what}`);
  }
}

async function runningProgram(environment: NodeJS.ProcessEnv) {
  const { cli, result } = workspace.start(["up", "--yes", "--skip-preview"], environment);
  const file = join(workspace.directory, "pids");
  await until(() => existsSync(file), 20);
  const processes = readFileSync(file, "utf8").split(" ").map(Number);
  return { cli, result, processes };
}

/** A process that has ended and waits for its parent to notice counts as gone. */
function isGone(pid: number): boolean {
  try {
    return /^(Z|$)/.test(execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }));
  } catch {
    return true;
  }
}

test.each([
  { case: "SIGINT", signal: "SIGINT" as const, environment: {}, seconds: 3 },
  {
    case: "SIGINT and a program that ignores it",
    signal: "SIGINT" as const,
    environment: { STUBBORN: "1" },
    seconds: 8,
  },
  { case: "SIGTERM", signal: "SIGTERM" as const, environment: {}, seconds: 8 },
])("the engine ends by $case", async ({ signal, environment, seconds }) => {
  const { cli, result, processes } = await runningProgram(environment);
  const start = Date.now();
  cli.kill(signal);
  const { code } = await result;
  expect(code).not.toBe(0);
  await until(() => processes.every(isGone), seconds);
  expect(Date.now() - start).toBeLessThan(seconds * 1000);
});

test("a killed engine leaves no process behind", async () => {
  const { cli, processes } = await runningProgram({ STUBBORN: "1" });
  cli.kill("SIGKILL");
  await until(() => processes.every(isGone), 8);
});

test("a host that is killed ends the update, and the program with it", async () => {
  const { result, processes } = await runningProgram({});
  const [program = 0, host = 0] = processes;
  process.kill(host, "SIGTERM");
  const { code } = await result;
  expect(code).not.toBe(0);
  await until(() => isGone(program), 8);
});

test("without its variables the launcher says what to do", async () => {
  const { code, output } = await workspace.run(["preview"], { PLINTH_NODE: undefined });
  expect(code).toBeGreaterThan(0);
  expect(output).toContain(
    "PLINTH_NODE and PLINTH_LANGUAGE_HOST are not set: run what `npm run env` prints.",
  );
});
