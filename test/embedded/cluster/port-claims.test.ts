import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { claimPorts } from "../../../embedded/cluster/port-claims.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

let cache: string;
beforeEach(() => {
  cache = temporaryDirectory();
  vi.stubEnv("XDG_CACHE_HOME", cache);
});
afterEach(() => vi.unstubAllEnvs());

const file = () => join(cache, "plinth", "ports.json");

/** What the next installation is told to be taken. */
async function taken(): Promise<number[]> {
  let seen: number[] = [];
  await claimPorts(temporaryDirectory(), async (ports) => {
    seen = [...ports];
    return {};
  });
  return seen;
}

test("what one installation has, the next is told", async () => {
  const [first, second] = [temporaryDirectory(), temporaryDirectory()];
  expect(await claimPorts(first, async () => ({ etcd: 20_001 }))).toEqual({ etcd: 20_001 });
  await claimPorts(second, async () => ({ etcd: 20_002 }));
  expect(await taken()).toEqual([20_001, 20_002]);
  expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({ 20001: first, 20002: second });
});

test("an installation that was given up has none", async () => {
  const owner = temporaryDirectory();
  await claimPorts(owner, async () => ({ etcd: 20_001 }));
  rmSync(owner, { recursive: true });
  expect(await taken()).toEqual([]);
});

test("two that choose at once choose one after the other", async () => {
  const choose = async (ports: ReadonlySet<number>) => ({ etcd: ports.has(20_001) ? 20_002 : 20_001 });
  const owners = [temporaryDirectory(), temporaryDirectory()];
  const chosen = await Promise.all(owners.map((owner) => claimPorts(owner, choose)));
  expect(chosen.map(({ etcd }) => etcd).sort()).toEqual([20_001, 20_002]);
});

test("a choice that fails claims nothing and leaves the way free", async () => {
  const none = claimPorts(temporaryDirectory(), async () => {
    throw new Error("no port");
  });
  await expect(none).rejects.toThrow("no port");
  expect(await taken()).toEqual([]);
});

test("claims that were damaged are forgotten", async () => {
  mkdirSync(join(cache, "plinth"));
  writeFileSync(file(), '{"20001":');
  expect(await taken()).toEqual([]);
});
