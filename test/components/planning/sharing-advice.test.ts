import { describe, expect, test } from "vitest";
import { h100, l40s, sharingMixes } from "../../../bench/support/sharing-mixes.ts";
import { adviseSharing, type SharingQuestion } from "../../../components/planning/sharing-advice.ts";
import {
  describedWay,
  type SharingWay,
  sharingWayNames,
  variants,
} from "../../../components/planning/sharing-advice-modes.ts";
import { evaluatePatience } from "../../../components/planning/sharing-advice-outcome.ts";
import { arrivals } from "../../../components/planning/sharing-advice-simulation.ts";
import { playBursts } from "../../support/burst-simulation.ts";

function questionOf({ kinds, accelerator, p95WaitSeconds }: (typeof sharingMixes)[number]): SharingQuestion {
  return { kinds, accelerator, objective: { p95WaitSeconds }, jobs: 300, seed: 1 };
}

/** Every way there is: every number of clients, every layout. */
function waysOf({ kinds, accelerator }: SharingQuestion): SharingWay[] {
  return sharingWayNames.flatMap((mode) => variants(mode, kinds, accelerator));
}

/** Fewest accelerators of any mode at all: every number of clients, every layout, every number of cards. */
function bruteForce(question: SharingQuestion, upTo: number): number {
  const { kinds, jobs: count, seed } = question;
  const jobs = arrivals(kinds, count, seed);
  const ways = waysOf(question);
  for (let accelerators = 1; accelerators < upTo; accelerators += 1) {
    const isEnough = ways.some((way) => evaluatePatience(way, accelerators, jobs, question)?.meetsObjective);
    if (isEnough) return accelerators;
  }
  return upTo;
}

/**
 * What is recommended, and the modes that do with as few accelerators when the same jobs are played burst by
 * burst. Most isolated of what costs the same, hence MIG for what MPS would serve with as few cards.
 */
const wanted: Readonly<Record<string, readonly [recommended: string, equals: readonly string[]]>> = {
  "training that fills the card": ["dedicated", ["dedicated", "mig", "dra-partitions"]],
  // Their bursts are wide, and an MPS client has its part of the card only.
  "notebooks of one team": ["time-slicing, 9 clients", ["time-slicing", "dra-shares"]],
  "notebooks of one team on a card without MIG": ["time-slicing, 5 clients", ["time-slicing", "dra-shares"]],
  "small models of several tenants": ["mig, 7 x 1g.10gb", ["mig", "dra-partitions"]],
  "narrow kernels of one trusted team": ["mig, 7 x 1g.10gb", ["mig", "mps", "dra-partitions"]],
  // Notebooks take what the services leave of a card, where a layout keeps slices for either.
  "a service that must not be slowed down, beside notebooks": ["dra-partitions", ["dra-partitions"]],
  "finetuning of half a card, beside notebooks": ["mig, 4 x 1g.10gb, 1 x 3g.40gb", ["mig"]],
  "services of one team that want a third of the card each": ["mps, 3 clients", ["mps"]],
  "models of tenants in three sizes": [
    "mig, 2 x 1g.10gb, 1 x 1g.20gb, 1 x 3g.40gb",
    ["mig", "dra-partitions"],
  ],
  "finetuning that wants few multiprocessors on a card without MIG": ["mps, 2 clients", ["mps"]],
};

describe.each(sharingMixes)("$case", (mix) => {
  const question = questionOf(mix);
  const { kinds, objective } = question;
  const { recommended } = adviseSharing(question);
  const [way, equals] = wanted[mix.case] ?? [];

  test("the recommended mode", () => {
    expect(recommended && describedWay(recommended.way)).toBe(way);
    expect(recommended?.meetsObjective).toBe(true);
  });

  test("nothing simulated is more than 3 % cheaper", () => {
    const accelerators = recommended?.accelerators ?? Number.NaN;
    expect(accelerators / bruteForce(question, accelerators)).toBeLessThanOrEqual(1.03);
  });

  test("it wins when the jobs are played burst by burst, too", () => {
    if (!recommended) throw new Error("nothing recommended");
    const jobs = arrivals(kinds, question.jobs, question.seed);
    const isEnough = (candidate: SharingWay, accelerators: number) => {
      const slowdowns = playBursts(candidate, accelerators, jobs, objective.p95WaitSeconds);
      return (
        slowdowns !== undefined &&
        kinds.every(({ name, slowdownMax = Number.POSITIVE_INFINITY }) => {
          return (slowdowns.get(name) ?? 1) <= slowdownMax;
        })
      );
    };
    let fewest = recommended.accelerators;
    while (fewest > 1 && isEnough(recommended.way, fewest - 1)) fewest -= 1;
    while (!isEnough(recommended.way, fewest)) fewest += 1;
    const ways = waysOf(question);
    // With so few that it would cost more than 3 % less.
    const fewer = Math.ceil(fewest / 1.03) - 1;
    const cheaper = fewer < 1 ? [] : ways.filter((candidate) => isEnough(candidate, fewer));
    expect(cheaper.map(describedWay)).toEqual([]);
    const winners = ways.filter((candidate) => isEnough(candidate, fewest)).map(({ mode }) => mode);
    expect([...new Set(winners)].sort()).toEqual(equals?.toSorted());
  });
});

const [training] = sharingMixes;
if (!training) throw new Error("no mixes");

test("what is impossible is refused with its reason, and the rest is ranked by cost", () => {
  const mix = sharingMixes.find((found) => found.case === "small models of several tenants");
  if (!mix) throw new Error("no such mix");
  const { possible, refused } = adviseSharing(questionOf(mix));
  expect(possible.map(({ way }) => way.mode)).toEqual(["mig", "dra-partitions", "dedicated"]);
  expect(refused.map(({ mode }) => mode)).toEqual(["mps", "time-slicing", "dra-shares"]);
});

test("only the modes that are asked for are considered", () => {
  const mix = sharingMixes.find((found) => found.case === "notebooks of one team on a card without MIG");
  if (!mix) throw new Error("no such mix");
  const { recommended, possible } = adviseSharing({
    ...questionOf(mix),
    modes: ["dedicated", "time-slicing"],
  });
  expect(recommended && describedWay(recommended.way)).toBe("time-slicing, 5 clients");
  expect(possible.map(({ way }) => way.mode)).toEqual(["time-slicing", "dedicated"]);
});

test.each([
  {
    mix: "services of one team that want a third of the card each",
    mode: "mps",
    settings: ["mps, 2 clients", "mps, 3 clients", "mps, 4 clients", "mps, 5 clients"],
    // With four or more, a part is too small for a kernel at the speed that is asked.
    want: [14, 10, undefined, undefined],
  },
  {
    mix: "models of tenants in three sizes",
    mode: "mig",
    settings: ["mig, 2 x 3g.40gb", "mig, 1 x 7g.80gb", "mig, 2 x 1g.10gb, 1 x 1g.20gb, 1 x 3g.40gb"],
    want: [38, 75, 20],
  },
] as const)("accelerators by setting of $mode: $mix", ({ mix, mode, settings, want }) => {
  const found = sharingMixes.find((other) => other.case === mix);
  if (!found) throw new Error("no such mix");
  const problem = { path: [], given: "", allowed: "another", remedy: "none" };
  const accelerators = settings.map((setting) => {
    const settingProblem = (way: SharingWay) => (describedWay(way) === setting ? undefined : problem);
    const { recommended } = adviseSharing({ ...questionOf(found), modes: [mode], settingProblem });
    return recommended?.accelerators;
  });
  expect(accelerators).toEqual(want);
});

describe("settings that the nodes cannot have", () => {
  const mix = sharingMixes.find(
    (found) => found.case === "services of one team that want a third of the card each",
  );
  if (!mix) throw new Error("no such mix");
  const problem = { path: [], given: "it", allowed: "at most two", remedy: "take two" };
  const refusing = (isRefused: (way: SharingWay) => boolean) =>
    adviseSharing({
      ...questionOf(mix),
      modes: ["mps", "dedicated"],
      settingProblem: (way) => (isRefused(way) ? problem : undefined),
    });

  test("some: the best of the others is recommended, and they are told once for each reason", () => {
    const { recommended, settings, leftOut } = refusing((way) => way.mode === "mps" && way.clients > 2);
    expect([recommended && describedWay(recommended.way), settings]).toEqual([
      "mps, 2 clients",
      { mps: 1, dedicated: 1 },
    ]);
    expect(leftOut).toEqual([
      { mode: "mps", settings: 3, example: "mps, 3 clients", allowed: "at most two", remedy: "take two" },
    ]);
  });

  test("all of a mode: it is not possible", () => {
    const { recommended, refused, leftOut } = refusing(({ mode }) => mode === "mps");
    expect([recommended?.way.mode, leftOut]).toEqual(["dedicated", []]);
    expect(refused).toEqual([
      { mode: "mps", reason: "the platform would be refused; allowed: at most two; way out: take two" },
    ]);
  });

  test("all that are fast enough: the others are told to be too slow", () => {
    const { refused } = adviseSharing({
      ...questionOf(mix),
      kinds: mix.kinds.map((kind) => ({ ...kind, slowdownMax: 1.001 })),
      modes: ["dra-shares"],
      settingProblem: (way) => ("clients" in way && way.clients < 3 ? problem : undefined),
    });
    expect(refused.map(({ reason }) => reason)).toEqual([
      "the platform would be refused; allowed: at most two; way out: take two; too slow for some job, " +
        "however many accelerators there are",
    ]);
  });
});

test("whole machines are paid for", () => {
  const counts = adviseSharing({ ...questionOf(training), acceleratorsPerNode: 8 }).possible.map(
    ({ accelerators }) => accelerators % 8,
  );
  expect(new Set(counts)).toEqual(new Set([0]));
});

test("a job that no accelerator holds gets no advice", () => {
  const kinds = training.kinds.map((kind) => ({ ...kind, memoryGiB: 200 }));
  const { recommended, possible, refused } = adviseSharing({ ...questionOf(training), kinds });
  expect([recommended, possible, refused.length]).toEqual([undefined, [], 6]);
});

test("a mode that is too slow however many cards there are is not possible", () => {
  const kinds = training.kinds.map((kind) => ({ ...kind, memoryGiB: 20, slowdownMax: 1.5 }));
  const { possible } = adviseSharing({ ...questionOf(training), kinds, accelerator: l40s, jobs: 40 });
  expect(possible.every(({ meetsObjective }) => meetsObjective)).toBe(true);
  const onMig = adviseSharing({ ...questionOf(training), kinds, accelerator: h100, jobs: 40 });
  expect(onMig.possible.map(({ way }) => describedWay(way)).find((name) => name.includes("g."))).toBe(
    "mig, 1 x 7g.80gb",
  );
});
