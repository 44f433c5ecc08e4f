import { expect, test } from "vitest";
import { sliceEnvironment } from "../../../components/training/slice-environment.ts";

const slices = { topology: "2x4", chipsPerHost: 4, hosts: 2, level: "cloud.google.com/gke-nodepool" };

test("all hosts of the slice, and which of them a pod is", () => {
  expect(sliceEnvironment(slices, ["a-0.a", "a-1.a"])).toEqual([
    { name: "TPU_WORKER_HOSTNAMES", value: "a-0.a,a-1.a" },
    {
      name: "TPU_WORKER_ID",
      valueFrom: {
        fieldRef: { fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']" },
      },
    },
  ]);
});

test("nothing where there are no slices", () => {
  expect(sliceEnvironment(undefined, ["a-0.a"])).toEqual([]);
});
