/** How each part of the control plane is called: what keeps it private, safe and quick. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  ensureServiceAccountKeys,
  openCertificateAuthority,
} from "../../../embedded/cluster/certificates.ts";
import { describeControlPlane } from "../../../embedded/cluster/control-plane.ts";
import type { ProcessSpec } from "../../../embedded/cluster/managed-process.ts";
import { StateDirectory } from "../../../embedded/cluster/state-directory.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const ports = {
  etcdClient: 40001,
  etcdPeer: 40002,
  apiServer: 40003,
  controllerManager: 40004,
  scheduler: 40005,
  kueueHealth: 40006,
  kueueMetrics: 40007,
  kueueWebhook: 40008,
};

async function plane() {
  const directory = temporaryDirectory();
  const state = new StateDirectory(join(directory, "state"));
  const described = await describeControlPlane(
    state,
    { layout: 1, createdAt: "2026-11-21T06:00:00.000Z", ports, controllers: {} },
    await openCertificateAuthority(state),
    await ensureServiceAccountKeys(state),
    {
      etcd: "/bin/etcd",
      kubeApiServer: "/bin/kube-apiserver",
      kubeControllerManager: "/bin/kube-controller-manager",
      kubeScheduler: "/bin/kube-scheduler",
      kwok: "/bin/kwok",
      kwokStages: temporaryDirectory(),
    },
  );
  return { state, ...described };
}

const flagsOf = ({ args }: ProcessSpec): Record<string, string> =>
  Object.fromEntries(args.map((arg) => arg.slice(2).split(/=(.*)/s).slice(0, 2)));

test("the parts, by name and program", async () => {
  const { etcd, apiServer, clients, serverUrl } = await plane();
  expect([etcd, apiServer, ...clients].map(({ name, command }) => [name, command])).toEqual([
    ["etcd", "/bin/etcd"],
    ["kube-apiserver", "/bin/kube-apiserver"],
    ["kube-controller-manager", "/bin/kube-controller-manager"],
    ["kube-scheduler", "/bin/kube-scheduler"],
    ["kwok", "/bin/kwok"],
  ]);
  expect(serverUrl).toBe("https://127.0.0.1:40003");
});

test("etcd listens on loopback only and asks everyone for a certificate", async () => {
  const { etcd, state } = await plane();
  expect(flagsOf(etcd)).toMatchObject({
    "listen-client-urls": "https://127.0.0.1:40001",
    "listen-peer-urls": "https://127.0.0.1:40002",
    "client-cert-auth": "true",
    "peer-client-cert-auth": "true",
    "trusted-ca-file": state.path("pki", "ca.crt"),
    "data-dir": state.path("etcd"),
  });
});

test("the API server knows nobody without credentials, and writes an audit log", async () => {
  const { apiServer, state } = await plane();
  expect(flagsOf(apiServer)).toMatchObject({
    "bind-address": "127.0.0.1",
    "secure-port": "40003",
    "anonymous-auth": "false",
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "client-ca-file": state.path("pki", "ca.crt"),
    "audit-log-path": state.path("logs", "audit.log"),
    profiling: "false",
  });
});

test("the configuration files are those that the processes are given", async () => {
  const { state, apiServer, clients } = await plane();
  const kinds = ["audit-policy.yaml", "admission.yaml", "scheduler.yaml"].map(
    (name) => parse(readFileSync(state.path("config", name), "utf8")).kind,
  );
  expect(kinds).toEqual(["Policy", "AdmissionConfiguration", "KubeSchedulerConfiguration"]);
  expect(flagsOf(apiServer)).toMatchObject({
    "audit-policy-file": state.path("config", "audit-policy.yaml"),
    "admission-control-config-file": state.path("config", "admission.yaml"),
  });
  expect(clients.map((client) => flagsOf(client).config)).toEqual([
    undefined,
    state.path("config", "scheduler.yaml"),
    state.path("config", "kwok-stages.yaml"),
  ]);
});

test("every client has an identity of its own", async () => {
  const { state, clients } = await plane();
  const user = (file: string) => parse(readFileSync(file, "utf8")).users[0].name;
  expect(user(state.kubeconfig)).toBe("admin");
  expect(
    ["controller-manager", "scheduler", "kwok"].map((name) =>
      user(state.path("config", `${name}.kubeconfig`)),
    ),
  ).toEqual(["controller-manager", "scheduler", "kwok"]);
  const [controllerManager, , kwok] = clients.map(flagsOf);
  expect(controllerManager?.["use-service-account-credentials"]).toBe("true");
  expect(kwok?.["manage-nodes-with-annotation-selector"]).toBe("kwok.x-k8s.io/node=fake");
});
