/** The control plane's configuration files: what is logged, what is admitted, how fast clients may ask. */
import { expect, test } from "vitest";
import {
  admissionConfiguration,
  auditPolicy,
  clientLimits,
  schedulerConfiguration,
} from "../../../embedded/cluster/control-plane-config.ts";

test("the audit log holds who did what, never a body, and nothing of what only reads (F96)", () => {
  expect(auditPolicy.omitStages).toEqual(["RequestReceived"]);
  expect(auditPolicy.rules).toEqual([
    { level: "None", verbs: ["get", "list", "watch"] },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    { level: "None", resources: [{ group: "", resources: ["events"] }, { group: "events.k8s.io" }] },
    { level: "Metadata" },
  ]);
});

test("namespaces without a Pod Security level get baseline, all but the cluster's own", () => {
  const [podSecurity, ...others] = admissionConfiguration.plugins;
  expect(others).toEqual([]);
  expect(podSecurity?.configuration.defaults).toEqual({
    enforce: "baseline",
    "enforce-version": "latest",
    audit: "restricted",
    "audit-version": "latest",
    warn: "restricted",
    "warn-version": "latest",
  });
  expect(podSecurity?.configuration.exemptions).toEqual({
    usernames: [],
    runtimeClasses: [],
    namespaces: ["kube-system"],
  });
});

test("the scheduler elects nobody and asks as fast as the other clients", () => {
  const configuration = schedulerConfiguration("/state/scheduler.kubeconfig");
  expect(configuration.clientConnection).toEqual({
    kubeconfig: "/state/scheduler.kubeconfig",
    ...clientLimits,
  });
  expect(configuration.leaderElection).toEqual({ leaderElect: false });
});
