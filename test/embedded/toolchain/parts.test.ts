import { expect, test } from "vitest";
import { parts } from "../../../embedded/toolchain/parts.ts";

test("each program is made by one part", () => {
  const programs = parts.flatMap((part) => part.programs);
  expect(programs).toEqual([...new Set(programs)]);
});

test("parts of one module stand together, so that the next module downloads meanwhile", () => {
  const changes = parts.map(({ module }) => module).filter((module, i, all) => module !== all[i - 1]);
  expect(changes).toEqual(["cluster", "kuberay", "mpi", "volcano", "pulumi", "pulumi-kubernetes"]);
});

test("Kubernetes carries its version in the server's and the client's package", () => {
  const kubernetes = parts.find(({ name }) => name === "kubernetes");
  expect(kubernetes?.variables?.("1.2.3")).toEqual({
    "k8s.io/component-base/version.gitVersion": "v1.2.3",
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": "2",
    "k8s.io/component-base/version.gitCommit": "unknown",
    "k8s.io/component-base/version.gitTreeState": "archive",
    "k8s.io/client-go/pkg/version.gitVersion": "v1.2.3",
    "k8s.io/client-go/pkg/version.gitMajor": "1",
    "k8s.io/client-go/pkg/version.gitMinor": "2",
    "k8s.io/client-go/pkg/version.gitCommit": "unknown",
    "k8s.io/client-go/pkg/version.gitTreeState": "archive",
  });
});
