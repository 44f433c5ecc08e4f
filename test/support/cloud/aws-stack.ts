/** The shipped stack of AWS, as a fresh copy that a test may spoil. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";

interface Pool {
  name: string;
  machine: string;
  nodes: number;
  leastNodes?: number;
  zones: string[];
}

interface Quota {
  pool: string;
  accelerators: number;
}

interface WrittenStack {
  aws: {
    account: string;
    region: string;
    cluster: string;
    zones: string[];
    admins: string[];
    buckets: object;
    imageCaches: string[];
    budget: object;
  };
  chartMirror?: string;
  prices: { pool: string; usdPerHour: number }[];
  pools: [Pool, Pool, ...Pool[]];
  queueing: { backend?: string; provisioning: { pool: string }[] };
  teams: [{ name: string }, { name: string; quotas: [Quota, Quota] }];
}

const file = new URL("../../../stacks/config/Pulumi.aws.yaml", import.meta.url);

export function makeAwsStack(): WrittenStack {
  return parse(readFileSync(file, "utf8")).config["plinth:platform"];
}
