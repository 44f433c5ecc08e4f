/** Entries of a stack file that were read already, read again: what the schema made of them is left out. */
import { z } from "zod";
import type { PoolSchema } from "../components/cluster/contract.ts";

/** Rules see a file that the schema has read already, with what follows from a pool's machine. */
export function writtenAgain(pool: PoolSchema): PoolSchema {
  return z.preprocess((entry) => {
    if (typeof entry !== "object" || entry === null) return entry;
    const follows = ["accelerator", "acceleratorsPerNode", "fabric"];
    return Object.fromEntries(Object.entries(entry).filter(([field]) => !follows.includes(field)));
  }, pool);
}
