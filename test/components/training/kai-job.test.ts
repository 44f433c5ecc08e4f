import { expect, test } from "vitest";
import { kaiJobManifest } from "../../../components/training/kai-job.ts";
import { makePlacedJob } from "../../support/placed-job.ts";

test("the Job states its gang, its queue, and that it may be preempted", () => {
  const { metadata, spec } = kaiJobManifest(makePlacedJob(), "default");
  expect(metadata.labels).toEqual({
    "plinth.dev/team": "research",
    "kai.scheduler/queue": "research-h100",
    priorityClassName: "normal",
    "kai.scheduler/preemptibility": "preemptible",
  });
  expect(metadata.annotations).toEqual({
    "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
    "kai.scheduler/batch-min-member": "2",
  });
  expect(spec.template.metadata.labels).toMatchObject({ "kai.scheduler/queue": "research-h100" });
  expect(spec.template.spec.schedulerName).toBe("kai-scheduler");
});

test("a domain is named with its topology", () => {
  const job = makePlacedJob({ topology: { mode: "preferred", level: "rack" } });
  const { metadata, spec } = kaiJobManifest(job, "default");
  expect(metadata.annotations).toMatchObject({
    "kai.scheduler/topology": "default",
    "kai.scheduler/topology-preferred-placement": "rack",
  });
  expect(spec.template.metadata.annotations).toEqual({});
});
