/**
 * All ways to serve a model within an objective that the catalogue has machines and prices for, cheapest
 * first.
 */
import type { AcceleratorSpecId } from "../../catalogue/accelerator-specs.ts";
import { type CloudMachineId, cloudMachine, cloudMachines } from "../../catalogue/cloud-machine.ts";
import { type AcceleratorId, acceleratorIds } from "../../catalogue/hardware.ts";
import { machinePrices } from "../../catalogue/machine-prices.ts";
import type { CapacityType, Price } from "../../catalogue/price.ts";
import { isKnown } from "../../catalogue/unknown.ts";
import { poolCost } from "../pool-cost.ts";
import {
  describedPlacement,
  type Placement,
  type PlacementMode,
  placementPart,
  placements,
  type WeightFormat,
} from "./placement.ts";
import { type PlacementOutcome, placementOutcome, type ServingDemand } from "./placement-outcome.ts";
import { type Headroom, type MachineNeed, neededMachines, type ReplicaNeed } from "./replica-count.ts";

export interface Market {
  /** Regions whose prices count. Default: all that the catalogue has prices of. */
  readonly regions?: readonly string[];
  /** Default: on-demand alone; spot machines may be taken away at any time. */
  readonly capacities?: readonly CapacityType[];
  /** Default: all. */
  readonly machines?: readonly CloudMachineId[];
}

export interface AlternativesRequest extends ServingDemand {
  /** Formats of weights that are good enough. Default: as published. */
  readonly formats?: readonly WeightFormat[];
  /** Default: dedicated and MIG, which keep others away. */
  readonly modes?: readonly PlacementMode[];
  readonly market?: Market;
  readonly headroom?: Headroom;
}

export interface ServingAlternative {
  readonly placement: Placement;
  readonly machine: CloudMachineId;
  readonly price: Price;
  readonly need: ReplicaNeed;
  readonly machines: MachineNeed;
  /** Of the machines that run all month, spare ones included. */
  readonly usdPerMonth: number;
  /** In words. */
  readonly description: string;
}

export interface RejectedAlternative {
  readonly description: string;
  readonly machine?: CloudMachineId;
  /** With figures. */
  readonly reason: string;
}

export interface ServingAlternatives {
  /** Cheapest first. */
  readonly ranked: readonly ServingAlternative[];
  readonly rejected: readonly RejectedAlternative[];
}

const machineIds = Object.keys(cloudMachines) as CloudMachineId[];

export function servingAlternatives(request: AlternativesRequest): ServingAlternatives {
  const { market = {}, formats = ["published"], modes = ["dedicated", "mig"] } = request;
  const machines = market.machines ?? machineIds;
  const accelerators = [...new Set(machines.map((machine) => cloudMachine(machine).accelerator))];
  const found = accelerators.map((accelerator) => {
    const own = machines.filter((machine) => cloudMachine(machine).accelerator === accelerator);
    if (!isPooled(accelerator)) return unpooled(accelerator);
    return onAccelerator(request, placements(accelerator, formats, modes), own);
  });
  const ranked = found.flatMap((outcome) => outcome.ranked);
  return {
    ranked: ranked.sort(
      (one, other) =>
        one.usdPerMonth - other.usdPerMonth ||
        one.machines.machines - other.machines.machines ||
        one.description.localeCompare(other.description),
    ),
    rejected: found.flatMap((outcome) => outcome.rejected),
  };
}

function isPooled(accelerator: AcceleratorSpecId): accelerator is AcceleratorId {
  return (acceleratorIds as readonly string[]).includes(accelerator);
}

function unpooled(accelerator: AcceleratorSpecId): ServingAlternatives {
  const reason = "no pool may hold it: what its nodes say of themselves is not in the catalogue";
  return { ranked: [], rejected: [{ description: accelerator, reason }] };
}

function onAccelerator(
  request: AlternativesRequest,
  candidates: readonly Placement[],
  machines: readonly CloudMachineId[],
): ServingAlternatives {
  const ranked: ServingAlternative[] = [];
  const rejected: RejectedAlternative[] = [];
  for (const placement of candidates) {
    const description = describedPlacement(placement);
    const hosts = machines.filter((machine) => holds(machine, placement));
    const sharedOutcome =
      placement.parallelism.pipeline === 1 ? placementOutcome(request, placement) : undefined;
    if (hosts.length === 0) rejected.push({ description, reason: tooSmall(placement, machines) });
    for (const machine of hosts) {
      const outcome = sharedOutcome ?? placementOutcome(request, placement, machine);
      if ("reason" in outcome) {
        // The same holds on every machine with this accelerator.
        rejected.push({ description, reason: outcome.reason });
        break;
      }
      const offers = offersOf(request, placement, machine, outcome);
      ranked.push(...offers);
      if (offers.length === 0)
        rejected.push({ description, machine, reason: unpriced(machine, request.market) });
    }
  }
  return { ranked, rejected };
}

/** Machines that have a replica whole; where layers are in stages, each machine holds one stage alone. */
function holds(machine: CloudMachineId, { parallelism }: Placement): boolean {
  const { accelerators } = cloudMachine(machine);
  const { tensor, pipeline } = parallelism;
  return pipeline > 1 ? accelerators === tensor : accelerators >= tensor;
}

function tooSmall({ parallelism }: Placement, machines: readonly CloudMachineId[]): string {
  const most = Math.max(...machines.map((machine) => cloudMachine(machine).accelerators));
  const { tensor, pipeline } = parallelism;
  const taken =
    pipeline > 1 ? `all ${tensor} accelerators of each of ${pipeline} machines` : `${tensor} of one machine`;
  return `takes ${taken}; the most that one has is ${most}`;
}

function offersOf(
  { market = {}, headroom }: AlternativesRequest,
  placement: Placement,
  machine: CloudMachineId,
  { need }: Extract<PlacementOutcome, { need: ReplicaNeed }>,
): ServingAlternative[] {
  const machines = machinesFor(placement, machine, need, headroom);
  return offeredPrices(machine, market).flatMap((price) => {
    const { region, capacity } = price;
    const cost = poolCost({ machine, nodes: machines.machines, region, capacity });
    if (!isKnown(cost)) return [];
    const offer = `${machines.machines} ${machine} ${capacity} in ${region}`;
    const description = `${offer}: ${describedPlacement(placement)}`;
    return [{ placement, machine, price, need, machines, usdPerMonth: cost.usdPerMonth, description }];
  });
}

function machinesFor(
  placement: Placement,
  machine: CloudMachineId,
  { replicas }: ReplicaNeed,
  headroom: Headroom = {},
): MachineNeed {
  const { tensor, pipeline } = placement.parallelism;
  if (pipeline === 1) {
    const parts = Math.floor(cloudMachine(machine).accelerators / tensor);
    return neededMachines(replicas, parts * placementPart(placement).perAccelerator, headroom);
  }
  const groups = neededMachines(replicas, 1, headroom);
  return {
    serving: groups.serving * pipeline,
    machines: groups.machines * pipeline,
    mostMachines: groups.mostMachines * pipeline,
  };
}

function offeredPrices(machine: CloudMachineId, market: Market): readonly Price[] {
  const { regions, capacities = ["on-demand"] } = market;
  const prices = machinePrices(machine);
  if (!isKnown(prices)) return [];
  return prices.filter(
    ({ region, capacity }) => (regions?.includes(region) ?? true) && capacities.includes(capacity),
  );
}

function unpriced(machine: CloudMachineId, { regions, capacities = ["on-demand"] }: Market = {}): string {
  const prices = machinePrices(machine);
  if (!isKnown(prices)) return `no price is known: ${prices.unknown}`;
  const known = prices.map(({ capacity, region }) => `${capacity} in ${region}`).join(", ");
  const where = regions ? ` in ${regions.join(" or ")}` : "";
  return `no price ${capacities.join(" or ")}${where}; known: ${known}`;
}
