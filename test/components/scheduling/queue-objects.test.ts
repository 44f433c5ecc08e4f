import { expect, test } from "vitest";
import { createQueues, guardedQueues, queueOf } from "../../../components/scheduling/queue-objects.ts";
import { record } from "../../support/record.ts";

const platform = { name: "platform.h100", pool: "h100", spec: { parent: "root" } };
const red = { name: "red-h100", pool: "h100", team: "red", spec: { parent: "platform.h100" } };

function create() {
  return createQueues("queues", [platform, red], {
    apiVersion: "scheduling.volcano.sh/v1beta1",
    above: ({ spec }) => spec.parent,
    opts: {},
  });
}

test("a queue comes after the one above it, with its pool and its team on it", async () => {
  const made = await record(create);
  expect(
    made.map(({ type, name, inputs, dependsOn }) => [
      type.replace("kubernetes:", ""),
      name,
      inputs,
      dependsOn,
    ]),
  ).toEqual([
    [
      "scheduling.volcano.sh/v1beta1:Queue",
      "queues-queue-platform.h100",
      {
        apiVersion: "scheduling.volcano.sh/v1beta1",
        kind: "Queue",
        metadata: { name: "platform.h100", labels: { "plinth.dev/pool": "h100" } },
        spec: { parent: "root" },
      },
      [],
    ],
    [
      "scheduling.volcano.sh/v1beta1:Queue",
      "queues-queue-red-h100",
      {
        apiVersion: "scheduling.volcano.sh/v1beta1",
        kind: "Queue",
        metadata: { name: "red-h100", labels: { "plinth.dev/team": "red", "plinth.dev/pool": "h100" } },
        spec: { parent: "platform.h100" },
      },
      ["queues-queue-platform.h100"],
    ],
  ]);
});

test("the object of a quota, and none of another", async () => {
  await record(() => {
    const made = create();
    expect(queueOf(made, { team: "red", pool: "h100" })).toBe(made.get("red-h100"));
    expect(() => queueOf(made, { team: "blue", pool: "h100" })).toThrow(
      "blue-h100 was checked before, and has an object",
    );
  });
});

test("a namespace is told its queues", () => {
  const queues = [
    { team: "red", pool: "h100" },
    { team: "red", pool: "l40s" },
  ];
  expect(guardedQueues.namespaceAnnotations(queues)).toEqual({ "plinth.dev/queues": "red-h100,red-l40s" });
});
