import { expect, test } from "vitest";
import { guardSpec } from "../../../components/scheduling/queue-guard.ts";

const kinds = [{ apiGroup: "batch.volcano.sh", resource: "jobs" }];

test("what names a queue names one of the team's, and pods name the scheduler", () => {
  const { matchConstraints, validations } = guardSpec({ schedulerName: "s", kinds, namesOwnQueue: "Q" });
  expect(
    matchConstraints.resourceRules.map(({ apiGroups, resources }) => [...apiGroups, ...resources]),
  ).toEqual([
    ["", "pods"],
    ["batch.volcano.sh", "jobs"],
  ]);
  expect(validations.map(({ expression }) => expression)).toEqual([
    'request.resource.resource == "pods" || Q',
    '!(request.resource.resource == "pods") || object.spec.schedulerName == "s"',
  ]);
});

test("where pods themselves name the queue, they are asked for it", () => {
  const [first] = guardSpec({ schedulerName: "s", kinds: [], namesOwnQueue: "Q" }).validations;
  expect(first?.expression).toBe("Q");
});

test("what holds for containers holds for those of pods, the first ones included", () => {
  const containerRules = [{ expression: "R", message: "why" }];
  const { validations } = guardSpec({ schedulerName: "s", kinds, namesOwnQueue: "Q", containerRules });
  expect(validations.at(-1)).toEqual({
    expression:
      '!(request.resource.resource == "pods") || (object.spec.containers + ' +
      "(has(object.spec.initContainers) ? object.spec.initContainers : [])).all(container, R)",
    message: "why",
  });
});
