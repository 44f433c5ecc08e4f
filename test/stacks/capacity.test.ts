import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { capacity } from "../../stacks/capacity.ts";
import { sharedStack } from "../support/shared-stack.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { root } from "../support/tidy/project.ts";

const example = join(root, "docs", "examples", "job-history.csv");

/** The command on a history of these lines, with the shipped stack. */
function planned(lines: readonly string[], ...flags: readonly string[]) {
  const trace = join(temporaryDirectory(), "history.csv");
  writeFileSync(trace, lines.join("\n"));
  const { code, output } = capacity(["--trace", trace, ...flags], root);
  return { code, output: output.replaceAll(trace, "history.csv") };
}

const header = "name,team,accelerator,accelerators,submitted,durationSeconds";

describe("npm run capacity", () => {
  test("the guide shows exactly what it prints", () => {
    const guide = readFileSync(join(root, "docs", "capacity.md"), "utf8");
    const { code, output } = capacity(["--trace", example, "--what-if", "h100=6"], root);
    expect(code).toBe(0);
    expect(guide).toContain(`\n\`\`\`\n${output}\`\`\`\n`);
  });

  test("JSON says the same in figures", () => {
    const { code, output } = capacity(["--trace", example, "--json"], root);
    const [report] = JSON.parse(output);
    expect([code, report.pool, report.jobs, report.plan.chosen.nodes, report.now.nodes]).toEqual([
      0,
      "h100",
      300,
      9,
      4,
    ]);
  });

  test("a job goes to the pool that has its accelerator, and a new team to the first cohort", () => {
    const { code, output } = planned([header, "a,newcomers,nvidia-l40s,4,0,60"], "--json");
    const [report] = JSON.parse(output);
    expect([code, report.pool, report.plan.chosen.quotas]).toEqual([
      0,
      "l40s",
      [
        {
          team: "newcomers",
          pool: "l40s",
          cohort: "platform",
          fairSharingWeight: 1,
          accelerators: 4,
          borrowingLimit: 0,
        },
      ],
    ]);
  });

  test("every mistake is told at once", () => {
    const lines = [
      header,
      "a,red,nvidia-h100-80gb-sxm,0,0,60",
      "b,red,h300,1,0,60",
      "c,red,nvidia-l40s,5,0,60",
    ];
    expect(planned(lines)).toEqual({
      code: 1,
      output: [
        "history.csv: 2 problems in the configuration",
        "",
        "  line 2.accelerators",
        '    given    "0"',
        "    allowed  a whole number from 1 to 100000",
        "    do       mend the line, or leave it out",
        "",
        "  line 3.accelerator",
        '    given    "h300"',
        "    allowed  a pool of the stack file, or the accelerator of one",
        "    do       mend the line, or add the pool to the stack file",
        "",
        "",
      ].join("\n"),
    });
  });

  test("a pool whose devices are shared is not planned for whole accelerators", () => {
    const file = join(temporaryDirectory(), "stack.yaml");
    writeFileSync(file, JSON.stringify({ config: { "plinth:platform": sharedStack([]) } }));
    const { code, output } = planned([header, "a,red,nvidia-l4,1,0,60"], "--stack-file", file);
    expect([code, output]).toEqual([
      1,
      [
        `${file}: 1 problem in the configuration`,
        "",
        "  pools.notebooks.sharing",
        "    given    time-slicing",
        "    allowed  dedicated, or whole devices by dra, for a pool that the history has jobs for",
        "    do       plan with a copy of the stack file in which the pool is dedicated, or ask npm run " +
          "plan -- sharing",
        "",
        "",
      ].join("\n"),
    ]);
  });

  test("what the stack says of its queues and Kueue's usual rules do not is told", () => {
    const file = join(temporaryDirectory(), "stack.yaml");
    const pool = { name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 2, acceleratorsPerNode: 8 };
    const platform = {
      environment: "local",
      pools: [pool],
      queueing: {
        cohorts: ["platform"],
        cohortTree: [{ cohort: "platform", quotas: [{ pool: "h100", accelerators: 4 }] }],
        preemption: { withinQueue: "never" },
        admissionFairSharing: {},
        multiKueue: { pools: ["h100"], clusters: [{ name: "east", kubeconfigSecret: "east" }] },
      },
    };
    writeFileSync(file, JSON.stringify({ config: { "plinth:platform": platform } }));
    const lines = [header, "a,red,nvidia-h100-80gb-sxm,1,0,60"];
    const { output } = planned(lines, "--stack-file", file, "--json");
    expect(JSON.parse(output)[0].notes).toEqual([
      "queueing.preemption is not played: the figures are those of Kueue's usual preemption",
      "queueing.cohortTree is not played: the figures are those of cohorts that stand alone",
      "queueing.multiKueue is not played: the figures are those of jobs that stay in this cluster",
      "queueing.admissionFairSharing is not played: the figures are those of teams without projects",
    ]);
  });

  test("of another backend the figures are Kueue's", () => {
    const file = join(temporaryDirectory(), "stack.yaml");
    const pool = { name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 2, acceleratorsPerNode: 8 };
    const queueing = { backend: "volcano", cohorts: ["platform"] };
    const platform = { environment: "local", pools: [pool], queueing };
    writeFileSync(file, JSON.stringify({ config: { "plinth:platform": platform } }));
    const { output } = planned([header, "a,red,nvidia-h100-80gb-sxm,1,0,60"], "--stack-file", file);
    expect(output).toMatch(
      /\n\nNote: queueing\.backend volcano is not played: the figures are those of Kueue\n$/,
    );
  });

  test.each([
    {
      case: "no such pool",
      flags: ["--trace", example, "--what-if", "h10=6"],
      want: /^npm run capacity: 1 problem in the .*\n\n {2}--what-if\n.*"h10"\n.*one of h100, l40s/,
    },
    { case: "no such history", flags: ["--trace", "nowhere.csv"], want: /^nowhere\.csv: 1 problem/ },
    {
      case: "no such stack",
      flags: ["--trace", example, "--stack", "none"],
      want: /Pulumi\.none\.yaml: 1 problem/,
    },
  ])("$case", ({ flags, want }) => {
    const { code, output } = capacity(flags, root);
    expect(code).toBe(1);
    expect(output).toMatch(want);
  });

  test.each([
    { case: "no trace", flags: [] },
    { case: "an unknown flag", flags: ["--trace", example, "--fast"] },
    { case: "a wait that is no number", flags: ["--trace", example, "--p95-wait", "soon"] },
    { case: "a checkpoint that is no number", flags: ["--trace", example, "--checkpoint", "-1"] },
    { case: "no nodes", flags: ["--trace", example, "--what-if", "h100=0"] },
  ])("wrong usage: $case", ({ flags }) => {
    expect(capacity(flags, root)).toMatchObject({
      code: 2,
      output: expect.stringMatching(/^Usage: npm run capacity/),
    });
  });
});
