import type { V1EnvVar } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { chosenDevices, forbidVisibleDevices } from "../../../policies/gpu/forbid-visible-devices.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued, makeTeam, makeUnqueued } from "../../support/policy-objects.ts";

const team = Object.values(makeTeam());
const variable = (more: Partial<V1EnvVar>) => [{ name: "NVIDIA_VISIBLE_DEVICES", ...more }];

const rows: { case: string; env: V1EnvVar[]; want: string | undefined }[] = [
  { case: "another variable", env: [{ name: "CUDA_VISIBLE_DEVICES", value: "0" }], want: undefined },
  { case: "none, and no driver", env: variable({ value: "void" }), want: undefined },
  { case: "none, with the driver", env: variable({ value: "none" }), want: undefined },
  { case: "all cards of the node (F110)", env: variable({ value: "all" }), want: '"all"' },
  { case: "one card by its number (F110)", env: variable({ value: "0" }), want: '"0"' },
  {
    case: "a card that a label names (F110)",
    env: variable({ valueFrom: { fieldRef: { fieldPath: "metadata.labels['card']" } } }),
    want: "from elsewhere",
  },
];

test.each(rows)("$case", ({ env, want }) => {
  const job = makeQueued("batch/v1:Job", { container: { env } });
  const messages = want
    ? [
        `Job "train": container "main" sets NVIDIA_VISIBLE_DEVICES ${want}; ` +
          "remove it, devices follow from resources.limits.",
      ]
    : [];
  expect([...chosenDevices([...team, job])].map(({ message }) => message)).toEqual(messages);
  expect(findings([...team, job])).toEqual(only(forbidVisibleDevices, messages));
});

test("outside the teams it is how an operator's own pods see the cards", () => {
  const plugin = makeUnqueued("apps/v1:DaemonSet", { container: { env: variable({ value: "all" }) } });
  expect([...chosenDevices([...team, plugin])]).toEqual([]);
});
