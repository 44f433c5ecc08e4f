import { expect, test } from "vitest";
import { PriorityClasses, Queueing, Team } from "../../../components/index.ts";
import { formatPath } from "../../../components/planning/problem.ts";
import { project, projectProblems, projectQueueName } from "../../../components/tenancy/team-projects.ts";
import { makeCluster } from "../../support/builders.ts";
import { makePool } from "../../support/queueing-plan.ts";
import { record } from "../../support/record.ts";

const [vision, speech] = ["vision", "speech"].map((name) => project.parse({ name }));
if (!vision || !speech) throw new Error("two projects");

test.each([
  { case: "none", projects: [], backend: "volcano", want: [] },
  { case: "two", projects: [vision, speech], backend: "kueue", want: [] },
  { case: "one name twice", projects: [vision, vision], backend: "kueue", want: ["projects[1].name"] },
  {
    case: "where there is one queue for a team and pool",
    projects: [vision],
    backend: "volcano",
    want: ["projects"],
  },
] as const)("$case", ({ projects, backend, want }) => {
  const problems = projectProblems(["projects"], projects, backend);
  expect(problems.map(({ path }) => formatPath(path))).toEqual(want);
});

test("a project has a queue of its own in each pool, with its weight", async () => {
  const resources = await record(() => {
    const cluster = makeCluster();
    const queues = [{ team: "red", pool: "h100", cohort: "platform", accelerators: 8 }];
    const pools = [makePool("h100")];
    const queueing = new Queueing("queues", { cluster, pools, cohorts: ["platform"], queues });
    new PriorityClasses("priority", { cluster, queueing });
    const projects = [{ name: "vision", weight: 2 }];
    const team = new Team("red", { cluster, queueing, costCenter: "cc-1", projects });
    expect(team.queues.h100?.projects.vision?.name).toBe(projectQueueName("h100", "vision"));
  });
  const queues = resources.filter(({ type }) => type.endsWith(":LocalQueue"));
  expect(queues.map(({ name, inputs }) => [name, inputs.spec])).toEqual([
    ["red-queue-h100", { clusterQueue: "red-h100" }],
    ["red-queue-h100.vision", { clusterQueue: "red-h100", fairSharing: { weight: "2" } }],
  ]);
});
