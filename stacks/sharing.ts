/** `npm run plan -- sharing`: which sharing mode suits a mix of jobs on an accelerator, or in a pool. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { type AcceleratorId, acceleratorIds } from "../components/catalogue/hardware.ts";
import { capacityTypes } from "../components/catalogue/price.ts";
import { isKnown } from "../components/catalogue/unknown.ts";
import { refuse } from "../components/config.ts";
import { problemsOf } from "../components/config-problems.ts";
import { acceleratorPrice } from "../components/planning/accelerator-price.ts";
import { amount } from "../components/planning/money.ts";
import type { PlannedPool } from "../components/planning/platform-plan.ts";
import { unknownName } from "../components/planning/reference.ts";
import { sharedAccelerator } from "../components/planning/sharing-accelerator.ts";
import { adviseSharing, type SharingQuestion } from "../components/planning/sharing-advice.ts";
import { describedWay, jobRequest, sharingWayNames } from "../components/planning/sharing-advice-modes.ts";
import { evaluateSharing, type SharingOutcome } from "../components/planning/sharing-advice-outcome.ts";
import { arrivals } from "../components/planning/sharing-advice-simulation.ts";
import { presentWay } from "../components/planning/sharing-present.ts";
import { type CommandResult, commandResult, readStack, stackSection, yamlOf } from "./command.ts";
import { pricedPools } from "./plan-request.ts";
import { mixKinds, type SharingMix, sharingMix } from "./sharing-mix.ts";
import { poolSettings } from "./sharing-pool.ts";
import {
  type PresentSharing,
  renderSharing,
  type SharingInstruction,
  type SharingPlace,
  type SharingReport,
  sharingRow,
} from "./sharing-report.ts";

const usage = `Usage: npm run plan -- sharing --mix FILE (--accelerator NAME | --pool NAME) [FLAGS]

  --mix FILE               the jobs, as YAML or JSON
  --accelerator NAME       by its name in the catalogue
  --region NAME            with --accelerator: where the price is asked for
  --capacity TYPE          with --region: ${capacityTypes.join(", ")} (default: on-demand)
  --pool NAME              a pool of the stack file, with its price and in whole nodes
  --stack NAME             stack file stacks/config/Pulumi.NAME.yaml (default: local)
  --stack-file FILE        another stack file
  --usd-per-hour PRICE     what one accelerator costs, before any other price
  --json                   the same as JSON
`;

/** What flags name, told like the fields of a file. */
const namedFlags = z.object({
  "--accelerator": z.enum(acceleratorIds).optional(),
  "--capacity": z.enum(capacityTypes),
});

interface Flags {
  readonly mix: string;
  readonly named: Readonly<Record<string, string | undefined>>;
  readonly region: string | undefined;
  readonly pool: string | undefined;
  readonly stackFile: string;
  readonly usdPerHour: number | undefined;
  readonly json: boolean;
}

/** The whole command; reads the files that are named and nothing else. */
export function sharing(argv: readonly string[], root: string): CommandResult {
  const flags = readFlags(argv, root);
  return flags ? commandResult(() => answer(flags)) : { code: 2, output: usage };
}

function answer(flags: Flags): string {
  const report = reportOf(flags);
  return flags.json ? JSON.stringify(report, null, 2) : renderSharing(report);
}

function readFlags(argv: readonly string[], root: string): Flags | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        mix: { type: "string" },
        accelerator: { type: "string" },
        region: { type: "string" },
        capacity: { type: "string" },
        pool: { type: "string" },
        stack: { type: "string", default: "local" },
        "stack-file": { type: "string" },
        "usd-per-hour": { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
    const { mix, accelerator, region, capacity, pool, "usd-per-hour": price } = values;
    if (mix === undefined || (accelerator === undefined) === (pool === undefined)) return undefined;
    if (region !== undefined && accelerator === undefined) return undefined;
    if (capacity !== undefined && region === undefined) return undefined;
    if (price !== undefined && !/^\d{1,5}(\.\d+)?$/.test(price)) return undefined;
    return {
      mix,
      named: { "--accelerator": accelerator, "--capacity": capacity ?? "on-demand" },
      region,
      pool,
      stackFile: values["stack-file"] ?? join(root, "stacks", "config", `Pulumi.${values.stack}.yaml`),
      usdPerHour: price === undefined ? undefined : Number(price),
      json: values.json,
    };
  } catch {
    return undefined;
  }
}

function reportOf(flags: Flags): SharingReport {
  const { mix, accelerator, pool, place } = readQuestion(flags);
  const settingOf = pool && poolSettings(stackSection(flags.stackFile), pool);
  const question: SharingQuestion = {
    kinds: mixKinds(mix),
    accelerator: sharedAccelerator(accelerator),
    objective: { p95WaitSeconds: mix.p95WaitSeconds },
    modes: mix.modes ?? sharingWayNames,
    acceleratorsPerNode: place.acceleratorsPerNode,
    usdPerAcceleratorHour: place.usdPerAcceleratorHour ?? undefined,
    settingProblem: (way) => {
      const setting = settingOf?.(way);
      return setting && "problem" in setting ? setting.problem : undefined;
    },
    jobs: mix.simulatedJobs,
    seed: mix.seed,
  };
  const { recommended, reason, possible, settings, refused, leftOut } = adviseSharing(question);
  return {
    place,
    now: pool ? presentSharing(pool, question) : null,
    p95WaitSeconds: mix.p95WaitSeconds,
    simulatedJobs: mix.simulatedJobs,
    recommended: recommended ? describedWay(recommended.way) : null,
    reason,
    instruction: recommended ? instructionOf(recommended, question, pool, settingOf) : null,
    possible: possible.map((outcome) => ({
      ...sharingRow(outcome),
      settings: settings[outcome.way.mode] ?? 0,
    })),
    refused,
    leftOut,
    notes: [...shortPlayNotes(mix), ...(pool ? [] : [noPoolNote])],
  };
}

const noPoolNote =
  "Note: all settings of the accelerator were tried; a cloud or a queue may refuse some. --pool NAME " +
  "leaves out those that a stack's rules refuse.";

/** What to write for it, in the pool and in its jobs. */
function instructionOf(
  { way, accelerators }: SharingOutcome,
  { kinds }: SharingQuestion,
  pool: PlannedPool | undefined,
  settingOf: ReturnType<typeof poolSettings> | undefined,
): SharingInstruction {
  const setting = settingOf?.(way);
  return {
    sharing: setting && "sharing" in setting ? setting.sharing : null,
    nodes: pool ? { needed: accelerators / pool.acceleratorsPerNode, present: pool.nodes } : null,
    jobs: Object.fromEntries(kinds.map((kind) => [kind.name, jobRequest(kind, way)])),
  };
}

/** The same jobs on the pool as it is. */
function presentSharing(pool: PlannedPool, question: SharingQuestion): PresentSharing {
  const { kinds, accelerator, jobs, seed } = question;
  const way = presentWay(pool, kinds, accelerator);
  if (!isKnown(way)) return way;
  const held = pool.nodes * pool.acceleratorsPerNode;
  const outcome = evaluateSharing(way, held, arrivals(kinds, jobs, seed), question);
  return { ...sharingRow(outcome), meetsObjective: outcome.meetsObjective };
}

/** Everything that was asked, or every mistake in it at once. */
function readQuestion(flags: Flags) {
  const source = yamlOf(flags.mix);
  const mix = sharingMix.safeParse(source);
  const named = namedFlags.safeParse(flags.named);
  const pools = flags.pool === undefined ? [] : pricedPools(readStack(flags.stackFile));
  const pool = pools.find(({ name }) => name === flags.pool);
  const known = pools.map(({ name }) => name);
  refuse(flags.mix, [
    ...(mix.error?.issues ?? []).flatMap((issue) => problemsOf(issue, sharingMix, source)),
    ...(named.error?.issues ?? []).flatMap((issue) => problemsOf(issue, namedFlags, flags.named)),
    ...(flags.pool === undefined ? [] : unknownName(["--pool"], flags.pool, known)),
  ]);
  const accelerator = pool?.accelerator ?? named.data?.["--accelerator"];
  if (!mix.data || !named.data || !accelerator) throw new Error("a mistake was not told");
  const capacity = named.data["--capacity"];
  const place = pool ? poolPlace(pool, flags) : acceleratorPlace(accelerator, flags, capacity);
  return { mix: mix.data, accelerator, pool, place };
}

function poolPlace(pool: PlannedPool, { usdPerHour }: Flags): SharingPlace {
  const { name, accelerator, acceleratorsPerNode, cost } = pool;
  const place = { accelerator, pool: name, acceleratorsPerNode };
  if (usdPerHour !== undefined) return { ...place, ...ownPrice(usdPerHour) };
  if (!isKnown(cost)) {
    return {
      ...place,
      usdPerAcceleratorHour: null,
      priceNote: `none: ${cost.unknown}; or name --usd-per-hour`,
    };
  }
  const source = cost.price
    ? `${cost.price.capacity} in ${cost.price.region}, ${cost.price.date}`
    : "own price";
  return {
    ...place,
    usdPerAcceleratorHour: cost.usdPerHour / acceleratorsPerNode,
    priceNote: `${amount(cost.usdPerHour)} USD an hour for a node of ${acceleratorsPerNode}, ${source}`,
  };
}

function acceleratorPlace(
  accelerator: AcceleratorId,
  { region, usdPerHour }: Flags,
  capacity: (typeof capacityTypes)[number],
): SharingPlace {
  const place = { accelerator, acceleratorsPerNode: 1 };
  if (usdPerHour !== undefined) return { ...place, ...ownPrice(usdPerHour) };
  if (region === undefined) {
    return { ...place, usdPerAcceleratorHour: null, priceNote: "none: name a --region, or --usd-per-hour" };
  }
  const found = acceleratorPrice(accelerator, region, capacity);
  if (!isKnown(found)) return { ...place, usdPerAcceleratorHour: null, priceNote: found.unknown };
  const { machine, price } = found;
  return {
    ...place,
    usdPerAcceleratorHour: found.usdPerHour,
    priceNote:
      `${amount(found.usdPerHour)} USD an hour, a part of ${machine}, ` +
      `${price.capacity} in ${price.region}, ${price.date}`,
  };
}

function ownPrice(usdPerAcceleratorHour: number) {
  return { usdPerAcceleratorHour, priceNote: `${usdPerAcceleratorHour} USD an hour, as was said` };
}

/** Jobs that all arrive before the first of them end say nothing of how it goes on. */
function shortPlayNotes({ jobs, simulatedJobs }: SharingMix): string[] {
  const perHour = jobs.reduce((sum, { arrivalsPerHour }) => sum + arrivalsPerHour, 0);
  const hours = simulatedJobs / perHour;
  const longest = Math.max(...jobs.map(({ meanDurationSeconds }) => meanDurationSeconds)) / 3600;
  if (hours >= 5 * longest) return [];
  return [
    `Note: ${simulatedJobs} jobs arrive within ${hours.toFixed(1)} h, and the longest kind takes ` +
      `${longest.toFixed(1)} h: raise simulatedJobs.`,
  ];
}
