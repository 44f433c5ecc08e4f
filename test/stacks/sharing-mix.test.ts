import { expect, test } from "vitest";
import { parseConfig } from "../../components/config.ts";
import { mixKinds, sharingMix } from "../../stacks/sharing-mix.ts";

const job = {
  name: "notebook",
  memoryGiB: 8,
  engineActive: 0.06,
  smActive: 0.03,
  arrivalsPerHour: 12,
  meanDurationSeconds: 7200,
};

test("what a mix leaves out", () => {
  const mix = parseConfig(sharingMix, { jobs: [job] }, "mix");
  expect(mix).toEqual({
    p95WaitSeconds: 60,
    simulatedJobs: 1000,
    seed: 1,
    jobs: [{ ...job, dramActive: 0, isolation: [] }],
  });
});

test("jobs as the advice reads them", () => {
  const written = { ...job, dramActive: 0.02, isolation: ["memory", "fault"], slowdownMax: 1.5 };
  const { isolation: _, ...kind } = written;
  const kinds = mixKinds(parseConfig(sharingMix, { jobs: [written] }, "mix"));
  expect(kinds).toEqual([{ ...kind, needs: { memory: true, fault: true } }]);
});

/** Paths of what is wrong. */
function wrong(mix: object): string[] {
  const { error } = sharingMix.safeParse(mix);
  return (error?.issues ?? []).map(({ path }) => path.join(".")).sort();
}

test.each([
  { case: "no jobs", mix: {}, want: ["jobs"] },
  { case: "an empty list", mix: { jobs: [] }, want: ["jobs"] },
  {
    case: "too many kinds",
    mix: { jobs: Array.from({ length: 21 }, (_, name) => ({ ...job, name: `${name}` })) },
    want: ["jobs"],
  },
  { case: "a name twice", mix: { jobs: [job, job] }, want: ["jobs.1.name"] },
  {
    case: "more of the accelerator than of the time",
    mix: { jobs: [{ ...job, smActive: 0.5, dramActive: 0.07 }] },
    want: ["jobs.0.dramActive", "jobs.0.smActive"],
  },
  {
    case: "that beside a field of another type",
    mix: { p95WaitSeconds: "soon", jobs: [{ ...job, smActive: 0.5, memoryGiB: 0 }] },
    want: ["jobs.0.memoryGiB", "jobs.0.smActive", "p95WaitSeconds"],
  },
  { case: "jobs that are no list", mix: { jobs: "many" }, want: ["jobs"] },
  { case: "unbounded simulations", mix: { jobs: [job], simulatedJobs: 5001 }, want: ["simulatedJobs"] },
])("refused: $case", ({ mix, want }) => {
  expect(wrong(mix)).toEqual(want);
});
