/** What `status` tells of jobs, in the few words that tests compare. */
import type { PlatformStatus } from "../../embedded/status/platform-status.ts";
import type { TestPlatform } from "./platform.ts";

export async function readStatus(platform: TestPlatform): Promise<PlatformStatus> {
  return JSON.parse((await platform.must("status", "--json")).stdout);
}

/** By job: how many of its pods run, or the part of the reason that `short` finds. */
export function toldStates({ workloads }: PlatformStatus, short: RegExp): Record<string, string> {
  const told = workloads.map(({ name, state, reason }) => {
    const missing = short.exec(reason)?.[0];
    return [name, state === "Running" ? reason.replace(/ on .*/, "") : (missing ?? `${state}: ${reason}`)];
  });
  return Object.fromEntries(told);
}
