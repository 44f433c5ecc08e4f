/** Whether an account's limits let every pool grow to its maximum. */
import type { AcceleratorSpecId } from "../catalogue/accelerator-specs.ts";
import { type AwsMachineId, awsSeries } from "../catalogue/aws-machines.ts";
import { type CloudMachineId, cloudMachine } from "../catalogue/cloud-machine.ts";
import { awsVcpuQuotas, gcpGpuQuotas } from "../catalogue/cloud-quotas.ts";
import type { CapacityType } from "../catalogue/price.ts";
import { isKnown, type Known } from "../catalogue/unknown.ts";
import { type AccountPool, maxNodes } from "./account-pool.ts";
import type { Path, Problem } from "./problem.ts";
import { sum } from "./sum.ts";

/** A limit as the cloud tells it, of one region. */
export interface AccountQuota {
  readonly path: Path;
  readonly region: string;
  /** The code in Service Quotas, or on GCP what `acceleratorQuota` says. */
  readonly quota: string;
  /** vCPUs on AWS, accelerators on GCP. */
  readonly limit: number;
}

/** What a machine counts against, and how much of it. */
interface Counted {
  readonly quota: string;
  /** As people know it. */
  readonly name: string;
  readonly unit: string;
  readonly perMachine: number;
}

export function accountQuotaProblems(
  pools: readonly AccountPool[],
  quotas: readonly AccountQuota[],
): Problem[] {
  return quotas.flatMap((quota) => {
    const counted = pools.filter(({ region }) => region === quota.region).flatMap(usesOf);
    const own = counted.filter((use) => use.quota === quota.quota);
    const [first] = own;
    return first === undefined ? idleProblems(quota, counted) : excessProblems(quota, first, own);
  });
}

type Use = Counted & { readonly pool: AccountPool };

function usesOf(pool: AccountPool): Use[] {
  const counted = countedAs(pool);
  if (isKnown(counted)) return [{ ...counted, pool }];
  const { provider, accelerator, accelerators } = cloudMachine(pool.machine);
  if (provider === "aws") return [];
  const quota = acceleratorQuota(accelerator, pool.capacity);
  return [{ quota, name: quota, unit: "accelerators", perMachine: accelerators, pool }];
}

/** What a region of GCP counts an accelerator by: its metric; where none is known, the accelerator itself. */
export function acceleratorQuota(accelerator: AcceleratorSpecId, capacity: CapacityType): string {
  const metric = gcpGpuQuotas[accelerator];
  if (isKnown(metric)) return capacity === "spot" ? `PREEMPTIBLE_${metric}` : metric;
  return capacity === "spot" ? `${accelerator} (spot)` : accelerator;
}

/** A limit under a name that no pool counts against protects nobody. */
function idleProblems(quota: AccountQuota, uses: readonly Use[]): Problem[] {
  const known = [...new Set(uses.map((use) => use.quota))].sort();
  const allowed = known.length > 0 ? known.join(", ") : "none: no pool there counts against a known quota";
  return [
    {
      path: [...quota.path, "quota"],
      given: `${quota.quota} in ${quota.region}, which no pool counts against`,
      allowed,
      remedy: "name the quota that a pool's machines count against, or leave it out",
    },
  ];
}

function excessProblems(quota: AccountQuota, { name, unit }: Counted, uses: readonly Use[]): Problem[] {
  const used = ({ pool, perMachine }: Use) => maxNodes(pool) * perMachine;
  const total = sum(uses.map(used));
  if (total <= quota.limit) return [];
  const list = uses.map((use) => `${use.pool.name} ${used(use)}`).join(", ");
  const largest = uses.reduce((most, use) => (used(use) > used(most) ? use : most));
  const fewer = Math.ceil((total - quota.limit) / largest.perMachine);
  return [
    {
      path: quota.path,
      given: `${total} ${unit} of ${name} in ${quota.region} when all pools are at their maximum (${list})`,
      allowed: `at most ${quota.limit}, the declared quota ${quota.quota}`,
      remedy:
        `ask for ${total - quota.limit} more ${unit}, or let pool ${largest.pool.name}` +
        ` have ${fewer} fewer ${largest.pool.machine}`,
    },
  ];
}

/** Reserved machines count as those on demand: a reservation changes their price alone. */
export function countedAs({ machine, capacity }: Pick<AccountPool, "machine" | "capacity">): Known<Counted> {
  const { vcpus, accelerators, accelerator, provider } = cloudMachine(machine);
  if (provider === "aws" && isAwsMachine(machine)) {
    const { onDemand, spot } = awsVcpuQuotas[awsSeries(machine)];
    const quota = capacity === "spot" ? spot : onDemand;
    if (!isKnown(quota)) return quota;
    return { quota: quota.code, name: quota.name, unit: "vCPUs", perMachine: vcpus };
  }
  const metric = gcpGpuQuotas[accelerator];
  if (!isKnown(metric)) return metric;
  const quota = acceleratorQuota(accelerator, capacity);
  return { quota, name: quota, unit: "accelerators", perMachine: accelerators };
}

function isAwsMachine(machine: CloudMachineId): machine is AwsMachineId {
  return cloudMachine(machine).provider === "aws";
}
