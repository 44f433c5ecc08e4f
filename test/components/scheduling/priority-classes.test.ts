import { expect, test } from "vitest";
import { makePlatform } from "../../support/builders.ts";
import { record } from "../../support/record.ts";

test("each priority exists for pods and for queued jobs, with one value", async () => {
  const resources = await record(() => {
    makePlatform();
  });
  const own = resources.filter(({ parent }) => parent === "plinth:scheduling:PriorityClasses priority");
  expect(own.map(({ type, name, inputs, dependsOn }) => [type, name, inputs.value, dependsOn])).toEqual([
    ["kubernetes:kueue.x-k8s.io/v1beta2:WorkloadPriorityClass", "priority-high-workload", 1000, ["queues"]],
    ["kubernetes:kueue.x-k8s.io/v1beta2:WorkloadPriorityClass", "priority-low-workload", 100, ["queues"]],
    ["kubernetes:kueue.x-k8s.io/v1beta2:WorkloadPriorityClass", "priority-normal-workload", 500, ["queues"]],
    ["kubernetes:scheduling.k8s.io/v1:PriorityClass", "priority-high", 1000, []],
    ["kubernetes:scheduling.k8s.io/v1:PriorityClass", "priority-low", 100, []],
    ["kubernetes:scheduling.k8s.io/v1:PriorityClass", "priority-normal", 500, []],
  ]);
});

test("the scheduler never preempts by itself", async () => {
  const resources = await record(() => {
    makePlatform();
  });
  const classes = resources.filter(({ type }) => type === "kubernetes:scheduling.k8s.io/v1:PriorityClass");
  expect(classes.map(({ inputs }) => inputs.preemptionPolicy)).toEqual(["Never", "Never", "Never"]);
});
