import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type FakeGo, fakeGo } from "../../support/fake-go.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const node = join(root, "node_modules", ".bin", "node");

/** A process of its own that builds two parts and prints where they came from, or the error's code. */
function start({ environment, modules, home }: FakeGo) {
  const program = join(home, "ensure.ts");
  const toolchain = join(root, "embedded", "toolchain", "toolchain.ts");
  writeFileSync(
    program,
    `import { ensureToolchain } from ${JSON.stringify(toolchain)};
    try {
      const modules = ${JSON.stringify(modules)};
      const { origins } = await ensureToolchain({ modules, only: ["etcd", "kwok"] });
      process.stdout.write(origins.etcd.kind + " " + origins.kwok.kind);
    } catch (error) {
      process.stdout.write(error.code + ": " + error.message);
    }`,
  );
  const child = spawn(node, [program], { env: environment });
  return { child, ended: ended(child) };
}

async function ended(child: ChildProcess) {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (data) => {
    stdout += data;
  });
  child.stderr?.on("data", (data) => {
    stderr += data;
  });
  await new Promise((resolve) => child.on("close", resolve));
  return {
    stdout,
    stderr: stderr
      .replaceAll(/[\d.]+ s$/gm, "N s")
      .trim()
      .split("\n"),
  };
}

const listing = ({ directory }: FakeGo) =>
  readdirSync(directory)
    .map((name) => name.replace(/-[0-9a-f]{16}$/, "-KEY"))
    .sort();

test("of two runs at once one builds, the other waits and finds the parts", async () => {
  const fake = fakeGo();
  const gate = join(fake.home, "gate");
  fake.beforeBuild(`while [ ! -f ${gate} ]; do sleep 0.05; done`);
  const first = start(fake);
  await expect.poll(() => fake.builds(), { timeout: 10_000 }).toEqual(["./etcd"]);
  const second = start(fake);
  const secondSaid = new Promise((resolve) => second.child.stderr?.once("data", resolve));
  await secondSaid;
  writeFileSync(gate, "");
  expect(await first.ended).toEqual({
    stdout: "built built",
    stderr: [
      "toolchain: etcd (1 of 2) ...",
      "toolchain: etcd (1 of 2): done in N s",
      "toolchain: kwok (2 of 2) ...",
      "toolchain: kwok (2 of 2): done in N s",
    ],
  });
  expect(await second.ended).toEqual({
    stdout: "cached cached",
    stderr: [
      "toolchain: waiting for another run that builds it ...",
      "toolchain: waiting for another run that builds it: done in N s",
    ],
  });
  expect(fake.builds()).toEqual(["./etcd", "sigs.k8s.io/kwok/cmd/kwok"]);
}, 30_000);

test.each([{ signal: "SIGINT" as const }, { signal: "SIGTERM" as const }])(
  "$signal ends the build cleanly and the next run goes on",
  async ({ signal }) => {
    const fake = fakeGo();
    fake.beforeBuild('[ "$3" = ./etcd ] || sleep 60');
    const run = start(fake);
    await expect.poll(() => fake.builds(), { timeout: 10_000 }).toHaveLength(2);
    run.child.kill(signal);
    expect((await run.ended).stdout).toBe(
      `interrupted: Stopped by ${signal}: run again to continue; finished parts are kept.`,
    );
    expect(listing(fake)).toEqual(["etcd-KEY", "logs"]);
    expect(existsSync(`${fake.directory}.lock`)).toBe(false);
    fake.beforeBuild("");
    expect((await start(fake).ended).stdout).toBe("cached built");
  },
  30_000,
);

test("after a kill nothing half-made counts, and the next run takes over and tidies up", async () => {
  const fake = fakeGo();
  fake.beforeBuild('[ "$3" = ./etcd ] || { touch "$2"; sleep 2; }');
  const run = start(fake);
  await expect.poll(() => fake.builds(), { timeout: 10_000 }).toHaveLength(2);
  run.child.kill("SIGKILL");
  await run.ended;
  expect(listing(fake)).toEqual([".building-kwok-KEY", "etcd-KEY", "logs"]);
  // As after the seconds in which a living holder would have renewed its lock.
  utimesSync(`${fake.directory}.lock`, 0, 0);
  fake.beforeBuild("");
  expect((await start(fake).ended).stdout).toBe("cached built");
  expect(listing(fake)).toEqual(["etcd-KEY", "kwok-KEY", "logs"]);
}, 30_000);
