/** Every price that is known of a machine. */
import { type AwsMachineId, awsMachines } from "./aws-machines.ts";
import { awsPrices } from "./aws-prices.ts";
import type { CloudMachineId } from "./cloud-machine.ts";
import { gcpPrices } from "./gcp-prices.ts";
import type { Price } from "./price.ts";
import type { Known } from "./unknown.ts";

/** At least one price, or why there is none. */
export function machinePrices(machine: CloudMachineId): Known<readonly Price[]> {
  return isAws(machine) ? awsPrices(machine) : gcpPrices[machine];
}

function isAws(machine: CloudMachineId): machine is AwsMachineId {
  return machine in awsMachines;
}
