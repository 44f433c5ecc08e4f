import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { plan } from "../../stacks/plan.ts";
import { sharing } from "../../stacks/sharing.ts";
import { makeStack } from "../support/builders.ts";
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

/** The report of the command, in figures. */
function reported(...argv: readonly string[]) {
  const { code, output } = sharing([...argv, "--json"], root);
  if (code !== 0) throw new Error(output);
  return JSON.parse(output);
}

describe("npm run plan -- sharing", () => {
  test("the guide shows exactly what it prints", () => {
    const guide = readFileSync(join(root, "docs", "sharing-advice.md"), "utf8");
    const argv = ["sharing", "--mix", example, "--accelerator", h100, "--region", "us-east-1"];
    const { code, output } = plan(argv, root);
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

  test("modes that the pool's stack could not have are no candidates", () => {
    const mix = mixOf({ modes: ["mps", "dra-shares"] });
    const { possible, refused } = reported("--mix", mix, "--pool", "h100", "--stack", "gcp");
    expect(possible.map(({ mode }: { mode: string }) => mode)).toEqual(["mps, 6 clients"]);
    expect(refused).toEqual([
      {
        mode: "dra-shares",
        reason: 'pool h100: "dra"; allowed: dedicated, time-slicing, mps, mig with the GPU profile managed',
      },
    ]);
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
    expect(reported("--mix", mix, "--accelerator", h100).notes).toEqual([
      "Note: 200 jobs arrive within 2.0 h, and the longest kind takes 2.0 h: raise simulatedJobs.",
    ]);
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
