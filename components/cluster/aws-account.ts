/** What an account of AWS offers, asked at every preview: zones that sell a machine, vCPUs that may run. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AwsMachineId } from "../catalogue/aws-machines.ts";
import { refuse } from "../config.ts";
import { type AccountPool, offerProblems, vcpuProblems, vcpuQuota } from "../planning/aws-account.ts";

export interface AwsAccount {
  /** Zones of the region in which EC2 sells the machine to this account. */
  offeredZones(machine: AwsMachineId): pulumi.Output<readonly string[]>;
  /** vCPUs that the account may run at once, of a quota by its code. */
  vcpuLimit(code: string): pulumi.Output<number>;
}

/** The account that the provider logs into. */
export function liveAccount(provider: aws.Provider): AwsAccount {
  return {
    offeredZones: (machine) =>
      aws.ec2.getInstanceTypeOfferingsOutput(
        { locationType: "availability-zone", filters: [{ name: "instance-type", values: [machine] }] },
        { provider },
      ).locations,
    vcpuLimit: (quotaCode) =>
      aws.servicequotas.getServiceQuotaOutput({ serviceCode: "ec2", quotaCode }, { provider }).value,
  };
}

/** The pool's machine, once the account was found to have it beside the pools that came before. */
export function checkedMachine(
  account: AwsAccount,
  earlier: readonly AccountPool[],
  pool: AccountPool,
): pulumi.Output<string> {
  const code = vcpuQuota(pool)?.code;
  const limit = code === undefined ? pulumi.output(undefined) : account.vcpuLimit(code);
  return pulumi
    .all([account.offeredZones(pool.machine), limit])
    .apply(([offered, vcpus]) => admitted(earlier, pool, offered, vcpus));
}

/** The machine of a pool that the account has both zones and vCPUs for; otherwise all that is missing. */
export function admitted(
  earlier: readonly AccountPool[],
  pool: AccountPool,
  offered: readonly string[],
  vcpus: number | undefined,
): AwsMachineId {
  const code = vcpuQuota(pool)?.code;
  const limits = code === undefined || vcpus === undefined ? {} : { [code]: vcpus };
  refuse(`NodePool "${pool.name}"`, [
    ...offerProblems([], pool, offered),
    ...vcpuProblems(["nodes"], [...earlier, pool], limits),
  ]);
  return pool.machine;
}
