/** Ports that installations of this user have, running or not: their programs start long after the choice. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lock } from "proper-lockfile";
import { z } from "zod";
import { cacheDirectory, parseJson, writeFileAtomically } from "./state-directory.ts";

/** State directory of its installation, by port. */
const claims = z.record(z.string().regex(/^\d+$/), z.string());

const lockRetries = { retries: 60, minTimeout: 50, maxTimeout: 500 };

/**
 * Runs `choose` alone among all processes of this user, with the ports that are taken; what it answers
 * belongs to the installation with the state directory `owner` for as long as this directory exists.
 */
export async function claimPorts(
  owner: string,
  choose: (taken: ReadonlySet<number>) => Promise<Record<string, number>>,
): Promise<Record<string, number>> {
  const directory = cacheDirectory();
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const release = await lock(directory, {
    lockfilePath: join(directory, "ports.lock"),
    retries: lockRetries,
  });
  try {
    const file = join(directory, "ports.json");
    const known = readClaims(file);
    const chosen = await choose(new Set(Object.keys(known).map(Number)));
    const own = Object.values(chosen).map((port) => [port, owner]);
    writeFileAtomically(file, JSON.stringify({ ...known, ...Object.fromEntries(own) }));
    return chosen;
  } finally {
    await release();
  }
}

/** Without those of installations that were given up. */
function readClaims(file: string): z.output<typeof claims> {
  const known = existsSync(file) ? claims.safeParse(parseJson(readFileSync(file, "utf8"))).data : undefined;
  return Object.fromEntries(Object.entries(known ?? {}).filter(([, owner]) => existsSync(owner)));
}
