import { describe, expect, test } from "vitest";
import { h100, l40s, sharingMixes } from "../../../bench/support/sharing-mixes.ts";
import {
  adviseSharing,
  evaluateSharing,
  type SharingQuestion,
} from "../../../components/planning/sharing-advice.ts";
import { type SharingMode, variants } from "../../../components/planning/sharing-advice-modes.ts";
import { arrivals } from "../../../components/planning/sharing-advice-simulation.ts";

const families = ["dedicated", "mig", "mps", "time-slicing"] as const;

function questionOf({ kinds, accelerator, p95WaitSeconds }: (typeof sharingMixes)[number]): SharingQuestion {
  return { kinds, accelerator, objective: { p95WaitSeconds }, jobs: 300, seed: 1 };
}

function nameOf(mode: SharingMode | undefined): string {
  if (mode?.mode === "mig") return mode.layout.map(({ profile }) => profile).join(" ");
  return mode?.mode === "mps" || mode?.mode === "time-slicing"
    ? `${mode.mode} ${mode.clients}`
    : `${mode?.mode}`;
}

/** Fewest accelerators of any mode at all: every number of clients, every layout, every number of cards. */
function bruteForce(question: SharingQuestion, upTo: number): number {
  const { kinds, accelerator, jobs: count, seed } = question;
  const jobs = arrivals(kinds, count, seed);
  const modes = families.flatMap((mode) => variants(mode, kinds, accelerator));
  for (let accelerators = 1; accelerators < upTo; accelerators += 1) {
    const isEnough = modes.some((mode) => evaluateSharing(mode, accelerators, jobs, question).meetsObjective);
    if (isEnough) return accelerators;
  }
  return upTo;
}

/** Most isolated of what costs the same, hence MIG for what MPS would serve with as few cards. */
const wanted: Readonly<Record<string, string>> = {
  "training that fills the card": "dedicated",
  "notebooks of one team": "mps 9",
  "notebooks of one team on a card without MIG": "mps 5",
  "small models of several tenants": new Array(7).fill("1g.10gb").join(" "),
  "narrow kernels of one trusted team": new Array(7).fill("1g.10gb").join(" "),
  "a service that must not be slowed down, beside notebooks": "1g.10gb 1g.10gb 1g.10gb 4g.40gb",
  "finetuning of half a card, beside notebooks": "1g.10gb 1g.10gb 1g.10gb 1g.10gb 3g.40gb",
  "finetuning that wants few multiprocessors on a card without MIG": "mps 2",
};

describe.each(sharingMixes)("$case", (mix) => {
  const question = questionOf(mix);
  const { recommended } = adviseSharing(question);

  test("the recommended mode", () => {
    expect(nameOf(recommended?.mode)).toBe(wanted[mix.case]);
    expect(recommended?.meetsObjective).toBe(true);
  });

  test("nothing simulated is more than 3 % cheaper", () => {
    const accelerators = recommended?.accelerators ?? Number.NaN;
    expect(accelerators / bruteForce(question, accelerators)).toBeLessThanOrEqual(1.03);
  });
});

const [training] = sharingMixes;
if (!training) throw new Error("no mixes");

test("costs are accelerator-hours that exist while jobs arrive, for each job", () => {
  const question = questionOf(training);
  const jobs = arrivals(question.kinds, question.jobs, question.seed);
  const { accelerators, acceleratorHoursPerJob } = evaluateSharing({ mode: "dedicated" }, 6, jobs, question);
  expect(acceleratorHoursPerJob).toBeCloseTo((accelerators * (jobs.at(-1)?.atSeconds ?? 0)) / 3600 / 300, 10);
});

test("what is impossible is refused with its reason, and the rest is ranked by cost", () => {
  const mix = sharingMixes.find((found) => found.case === "small models of several tenants");
  if (!mix) throw new Error("no such mix");
  const { possible, refused } = adviseSharing(questionOf(mix));
  expect(possible.map(({ mode }) => mode.mode)).toEqual(["mig", "dedicated"]);
  expect(refused.map(({ mode }) => mode)).toEqual(["mps", "time-slicing"]);
});

test("only the modes that are asked for are considered", () => {
  const mix = sharingMixes.find((found) => found.case === "notebooks of one team on a card without MIG");
  if (!mix) throw new Error("no such mix");
  const { recommended, possible } = adviseSharing({
    ...questionOf(mix),
    modes: ["dedicated", "time-slicing"],
  });
  expect(nameOf(recommended?.mode)).toBe("time-slicing 5");
  expect(possible.map(({ mode }) => mode.mode)).toEqual(["time-slicing", "dedicated"]);
});

test("a job that no accelerator holds gets no advice", () => {
  const kinds = training.kinds.map((kind) => ({ ...kind, memoryGiB: 200 }));
  const { recommended, possible, refused } = adviseSharing({ ...questionOf(training), kinds });
  expect([recommended, possible, refused.length]).toEqual([undefined, [], 4]);
});

test("a mode that is too slow however many cards there are is not possible", () => {
  const kinds = training.kinds.map((kind) => ({ ...kind, memoryGiB: 20, slowdownMax: 1.5 }));
  const { possible } = adviseSharing({ ...questionOf(training), kinds, accelerator: l40s, jobs: 40 });
  expect(possible.every(({ meetsObjective }) => meetsObjective)).toBe(true);
  const onMig = adviseSharing({ ...questionOf(training), kinds, accelerator: h100, jobs: 40 });
  expect(onMig.possible.map(({ mode }) => nameOf(mode)).find((name) => name.includes("g."))).toBe("7g.80gb");
});
