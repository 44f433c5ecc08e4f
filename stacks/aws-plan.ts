/** Pools of EC2 machines as the plan reckons them: what each costs where it is bought. */
import { unknown } from "../components/catalogue/unknown.ts";
import { awsPool } from "../components/cluster/aws-pool.ts";
import type { PlannedPool } from "../components/planning/platform-plan.ts";
import { poolCost } from "../components/planning/pool-cost.ts";
import type { AwsStack } from "./aws-config.ts";

/** Reserved machines are paid as on demand; what spot and blocks cost changes too fast for any source. */
export function awsPlannedPools({ aws: { region }, pools }: AwsStack): PlannedPool[] {
  return pools.map((entry) => {
    const pool = awsPool.parse(entry);
    const { type } = pool.capacity;
    const asked = { machine: pool.machine, nodes: pool.nodes, region };
    const capacity = type === "spot" ? "spot" : "on-demand";
    const isBlock = type === "capacity-block";
    const block = unknown(`no price for ${pool.machine}, ${type} in ${region}`);
    return { ...pool, capacity, cost: isBlock ? block : poolCost({ ...asked, capacity }) };
  });
}
