import { expect, test } from "vitest";
import type { TeamQueue } from "../../../components/tenancy/team.ts";
import {
  checkpointPlace,
  checkpointProblems,
  checkpoints,
  podCheckpoints,
} from "../../../components/training/checkpoints.ts";
import { record } from "../../support/record.ts";
import { grant } from "../../support/store.ts";
import { makeTraining } from "../../support/training.ts";

const wish = { graceSeconds: 60 };
const store = [
  { name: "AWS_ENDPOINT_URL", value: "https://s3.example.com" },
  {
    name: "AWS_ACCESS_KEY_ID",
    valueFrom: { secretKeyRef: { name: "object-store", key: "accessKeyId" } },
  },
];

test("two minutes, unless told otherwise", () => {
  expect(checkpoints.parse({})).toEqual({ graceSeconds: 120 });
  expect(checkpoints.parse(undefined)).toBeUndefined();
});

test("an address of its own, by its name", () => {
  expect(podCheckpoints(wish, { store: grant }, "pretrain")).toEqual({
    graceSeconds: 60,
    environment: [
      { name: "PLINTH_CHECKPOINT_URL", value: "s3://models/checkpoints/research/pretrain" },
      ...store,
    ],
  });
});

test("or by a name that only its pods know, which comes before the address that it is part of", () => {
  const field = { fieldPath: "metadata.labels['job']" };
  expect(podCheckpoints(wish, { store: grant }, field)?.environment).toEqual([
    { name: "PLINTH_JOB", valueFrom: { fieldRef: field } },
    { name: "PLINTH_CHECKPOINT_URL", value: "s3://models/checkpoints/research/$(PLINTH_JOB)" },
    ...store,
  ]);
});

test("pods with an identity of their own have no keys", () => {
  const { secret: _, ...own } = grant;
  expect(podCheckpoints(wish, { store: own }, "pretrain")?.environment.length).toBe(2);
});

test("nothing for a run that asks for nothing", () => {
  expect(podCheckpoints(undefined, { store: grant }, "pretrain")).toBeUndefined();
});

const place = { team: "research", hasStore: true, readySeconds: 300 };

test.each([
  { case: "a store, and time to save", wish, place, want: [] },
  { case: "no wish", wish: undefined, place: { ...place, hasStore: false }, want: [] },
  { case: "no limit", wish: { graceSeconds: 3600 }, place: { ...place, readySeconds: undefined }, want: [] },
  {
    case: "no store",
    wish,
    place: { ...place, hasStore: false },
    want: [
      {
        path: ["jobs", 0, "checkpoints"],
        given: "graceSeconds: 60",
        allowed: "nothing for team research, which has no object store",
        remedy: "let the team into the object store with objectStore: true, or leave checkpoints out",
      },
    ],
  },
  {
    case: "longer than the next job waits",
    wish: { graceSeconds: 300 },
    place,
    want: [
      {
        path: ["jobs", 0, "checkpoints", "graceSeconds"],
        given: "300",
        allowed: "less than 300: so long a job waits for the pods before it, then it is put back",
        remedy: "lower graceSeconds, or raise queueing.podsReady.timeoutSeconds",
      },
    ],
  },
])("$case", ({ wish: own, place: at, want }) => {
  expect(checkpointProblems(["jobs", 0], own, at)).toEqual(want);
});

test("a queue knows its team, the store, and how long its jobs wait", async () => {
  let queue: TeamQueue | undefined;
  await record(() => {
    ({ queue } = makeTraining());
  });
  if (!queue) throw new Error("the platform has a queue");
  expect(checkpointPlace(queue)).toEqual({ team: "research", hasStore: false, readySeconds: 300 });
  expect(checkpointPlace({ ...queue, store: grant }).hasStore).toBe(true);
});
