import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { stackSection } from "../../stacks/command.ts";
import { stackConfig } from "../../stacks/config.ts";
import { plan } from "../../stacks/plan.ts";
import { sharing } from "../../stacks/sharing.ts";
import { makeStack, placeholder } from "../support/builders.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { root } from "../support/tidy/project.ts";

const example = join(root, "docs", "examples", "job-mix.yaml");
const h100 = "nvidia-h100-80gb-sxm";

const notebook = {
  name: "notebook",
  memoryGiB: 8,
  engineActive: 0.06,
  smActive: 0.03,
  arrivalsPerHour: 12,
  meanDurationSeconds: 7200,
};

function written(name: string, value: unknown): string {
  const file = join(temporaryDirectory(), name);
  writeFileSync(file, stringify(value));
  return file;
}

const mixOf = (change: object = {}) =>
  written("mix.yaml", { jobs: [notebook], simulatedJobs: 200, modes: ["dedicated", "mps"], ...change });

/** Jobs of two sizes that must be kept apart. */
const apart = () =>
  written("apart.yaml", {
    p95WaitSeconds: 600,
    simulatedJobs: 200,
    jobs: [
      { ...notebook, memoryGiB: 9, isolation: ["memory", "fault"] },
      {
        ...notebook,
        name: "tuning",
        memoryGiB: 30,
        engineActive: 0.85,
        smActive: 0.35,
        isolation: ["fault"],
      },
    ],
  });

interface Instruction {
  readonly sharing: object;
  readonly jobs: Readonly<Record<string, { readonly profile?: string }>>;
}

/** The stack with nothing but the pool as it is told, a team, and its jobs as they are told. */
function withAdvice(section: unknown, { sharing, jobs }: Instruction): object {
  const { pools, ...stack } = section as { readonly pools: readonly { readonly name: string }[] };
  const mode = (sharing as { mode: string }).mode;
  const profiles = Object.values(jobs).map(({ profile }) => (mode === "mig" ? profile : undefined));
  return {
    ...stack,
    pools: pools.map((pool) => (pool.name === "h100" ? { ...pool, sharing } : pool)),
    teams: [
      {
        name: "research",
        costCenter: "cc-1",
        cohort: "platform",
        quotas: [...new Set(profiles)].map((profile) => ({ pool: "h100", accelerators: 2, profile })),
      },
    ],
    jobs: Object.entries(jobs).map(([name, request]) => ({
      ...{ name, team: "research", pool: "h100", nodes: 1, acceleratorsPerNode: 1, image: placeholder },
      ...request,
    })),
  };
}

/** The report of the command, in figures. */
function reported(...argv: readonly string[]) {
  const { code, output } = sharing([...argv, "--json"], root);
  if (code !== 0) throw new Error(output);
  return JSON.parse(output);
}

describe("npm run plan -- sharing", () => {
  test.each([
    ["--accelerator", h100, "--region", "us-east-1"],
    ["--pool", "h100", "--stack", "gcp"],
  ])("the guide shows exactly what it prints: %s %s", (...place) => {
    const guide = readFileSync(join(root, "docs", "sharing-advice.md"), "utf8");
    const { code, output } = plan(["sharing", "--mix", example, ...place], root);
    expect(code).toBe(0);
    expect(guide).toContain(`\n\`\`\`\n${output}\`\`\`\n`);
  });

  test("money is the hours of all accelerators by their price", () => {
    const report = reported("--mix", mixOf(), "--accelerator", h100, "--usd-per-hour", "2.5");
    const { recommended, possible, place } = report;
    expect([recommended, place.usdPerAcceleratorHour]).toEqual(["mps, 8 clients", 2.5]);
    for (const { acceleratorHoursPerJob, usdPerJob } of possible) {
      expect(usdPerJob).toBeCloseTo(2.5 * acceleratorHoursPerJob, 3);
    }
  });

  test("without a price there is none, and it says how to get one", () => {
    const { place, possible } = reported("--mix", mixOf(), "--accelerator", h100);
    expect([place.priceNote, possible[0].usdPerJob]).toEqual([
      "none: name a --region, or --usd-per-hour",
      null,
    ]);
    const elsewhere = reported("--mix", mixOf(), "--accelerator", h100, "--region", "nowhere");
    expect(elsewhere.place.priceNote).toMatch(
      /^no price for nvidia-h100-80gb-sxm, on-demand in nowhere; known:/,
    );
  });

  test("a pool counts whole nodes by its own price: 55.04 for eight", () => {
    const stack = { ...makeStack(), pricing: { region: "us-east-1" } };
    const file = written("Pulumi.own.yaml", { config: { "plinth:platform": stack } });
    const { place, possible } = reported("--mix", mixOf(), "--pool", "h100", "--stack-file", file);
    expect(place).toEqual({
      accelerator: h100,
      pool: "h100",
      acceleratorsPerNode: 8,
      usdPerAcceleratorHour: 6.88,
      priceNote: "55.04 USD an hour for a node of 8, on-demand in us-east-1, 2026-07-20",
    });
    expect(possible.map(({ accelerators }: { accelerators: number }) => accelerators % 8)).toEqual([0, 0]);
  });

  test("settings that the pool's stack could not have are no candidates", () => {
    const { possible, refused, leftOut } = reported("--mix", apart(), "--pool", "h100", "--stack", "gcp");
    expect(possible.map(({ mode }: { mode: string }) => mode)).toEqual(["mig, 2 x 3g.40gb", "dedicated"]);
    expect(refused.map(({ mode }: { mode: string }) => mode)).toEqual([
      "mps",
      "time-slicing",
      "dra-partitions",
      "dra-shares",
    ]);
    expect(refused[2].reason).toBe(
      "the platform would be refused; allowed: dedicated, time-slicing, mps, mig with the GPU profile " +
        "managed; way out: choose one of these, or set gpuProfile to operator",
    );
    expect(leftOut).toEqual([
      {
        mode: "mig",
        settings: 25,
        example: "mig, 4 x 1g.10gb, 1 x 3g.40gb",
        allowed:
          "one layout of one partition size, as often as it fits: 1g.10gb: 7, 1g.20gb: 4, 2g.20gb: 3, " +
          "3g.40gb: 2, 4g.40gb: 1, 7g.80gb: 1",
        remedy: "choose one of these, or set gpuProfile to operator",
      },
    ]);
  });

  test.each(["local", "aws", "gcp", "onprem"])("what it says can be written into the stack: %s", (name) => {
    for (const mix of [apart(), mixOf(), mixOf({ modes: ["dra-shares", "dra-partitions", "dedicated"] })]) {
      const { instruction } = reported("--mix", mix, "--pool", "h100", "--stack", name);
      const section = stackSection(join(root, "stacks", "config", `Pulumi.${name}.yaml`));
      expect(stackConfig.safeParse(withAdvice(section, instruction)).error?.issues ?? []).toEqual([]);
    }
  });

  test("a pool is told what it does with the same jobs today: 32 dedicated accelerators", () => {
    const { now, possible } = reported("--mix", mixOf(), "--pool", "h100");
    expect([now.mode, now.accelerators, now.usdPerJob, now.meetsObjective]).toEqual([
      "dedicated",
      32,
      null,
      possible.some(({ mode, accelerators }: { mode: string; accelerators: number }) => {
        return mode === "dedicated" && accelerators <= 32;
      }),
    ]);
    expect(reported("--mix", mixOf(), "--accelerator", h100).now).toBeNull();
  });

  test("too short a play is told", () => {
    const mix = mixOf({ jobs: [{ ...notebook, arrivalsPerHour: 100 }] });
    const [note] = reported("--mix", mix, "--accelerator", h100).notes;
    expect(note).toBe(
      "Note: 200 jobs arrive within 2.0 h, and the longest kind takes 2.0 h: raise simulatedJobs.",
    );
  });

  test("every mistake of the mix and of the flags is told at once", () => {
    const mix = mixOf({ jobs: [{ ...notebook, memoryGiB: 0, smActive: 0.5, colour: "blue" }, notebook] });
    const { code, output } = sharing(["--mix", mix, "--accelerator", "h300"], root);
    expect(code).toBe(1);
    const paths = output.split("\n").filter((line) => /^ {2}\S/.test(line));
    expect([output.replace(mix, "MIX").split("\n")[0], paths.map((line) => line.trim()).sort()]).toEqual([
      "MIX: 5 problems in the configuration",
      ["--accelerator", "jobs[0].colour", "jobs[0].memoryGiB", "jobs[0].smActive", "jobs[1].name"],
    ]);
  });

  test("a pool that the stack does not have", () => {
    const { code, output } = sharing(["--mix", example, "--pool", "h300"], root);
    expect([code, output]).toEqual([
      1,
      expect.stringContaining('given    "h300"\n    allowed  one of h100, l40s'),
    ]);
  });

  test.each([
    { case: "no mix", argv: ["--accelerator", h100] },
    { case: "no place", argv: ["--mix", example] },
    { case: "two places", argv: ["--mix", example, "--accelerator", h100, "--pool", "h100"] },
    { case: "a region of a pool", argv: ["--mix", example, "--pool", "h100", "--region", "us-east-1"] },
    {
      case: "a capacity without a region",
      argv: ["--mix", example, "--accelerator", h100, "--capacity", "spot"],
    },
    {
      case: "a price that is no number",
      argv: ["--mix", example, "--accelerator", h100, "--usd-per-hour", "cheap"],
    },
    { case: "an unknown flag", argv: ["--mix", example, "--accelerator", h100, "--colour", "blue"] },
  ])("wrong usage: $case", ({ argv }) => {
    expect(sharing(argv, root)).toMatchObject({
      code: 2,
      output: expect.stringMatching(/^Usage: npm run plan -- sharing/),
    });
  });
});
