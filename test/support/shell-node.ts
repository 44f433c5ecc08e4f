/** A cluster's host node whose images are the machine's own shell, to run real programs as pods. */
import { existsSync, readFileSync } from "node:fs";
import type { V1Pod } from "@kubernetes/client-node";
import { onTestFinished } from "vitest";
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { type HostNodeContext, PodProcess } from "../../embedded/host-node/pod-process.ts";
import { eventually, type TestPlatform } from "./platform.ts";

export const shellFiles = ["/bin", "/usr", "/lib", "/lib64"].filter((path) => existsSync(path));
export const shellImage = "test/shell:1";

/** Runs `script` when the pod starts. */
export const shellContainer = (script: string, more: object = {}) => ({
  name: "main",
  image: shellImage,
  args: [script],
  ...more,
});

export class ShellNode {
  readonly namespace = "programs";
  readonly context: HostNodeContext;
  readonly api: KubeApi;

  constructor(platform: TestPlatform) {
    const { state } = platform;
    this.api = platform.api;
    const files = Object.fromEntries(shellFiles.map((path) => [path, path]));
    this.context = {
      api: this.api,
      programs: [{ repository: "test/shell", files, entrypoint: ["/bin/sh", "-c"] }],
      apiServer: { host: "127.0.0.1", port: state.readRecord()?.ports.apiServer ?? 0 },
      podsDirectory: state.directory("test-pods"),
      logsDirectory: state.directory("test-logs"),
    };
  }

  /** Makes the namespace with a ConfigMap `settings` and a Secret `keys`. */
  async prepare(): Promise<void> {
    const { api, namespace } = this;
    const labels = { "plinth.dev/system": "true", "pod-security.kubernetes.io/enforce": "privileged" };
    await api.create("/api/v1/namespaces", { metadata: { name: namespace, labels } });
    await api.create(`/api/v1/namespaces/${namespace}/configmaps`, {
      metadata: { name: "settings" },
      data: { level: "debug", "deep.conf": "a=b" },
    });
    await api.create(`/api/v1/namespaces/${namespace}/secrets`, {
      metadata: { name: "keys" },
      stringData: { token: "s3cret" },
    });
    await eventually(
      () => api.list(`/api/v1/namespaces/${namespace}/serviceaccounts`),
      (accounts) => accounts.length === 1,
    );
  }

  /** Runs a pod as the agent would; it is bound to a node that does not exist, so that nobody else does. */
  async run(name: string, spec: object): Promise<PodProcess> {
    const pod = await this.api.create<V1Pod>(`/api/v1/namespaces/${this.namespace}/pods`, {
      metadata: { name, labels: { app: "program" } },
      spec: { nodeName: "nowhere", terminationGracePeriodSeconds: 5, ...spec },
    });
    const running = new PodProcess(pod, this.context);
    onTestFinished(() => running.stop(0));
    await running.start();
    return running;
  }

  read(name: string): Promise<V1Pod> {
    return this.api.get<V1Pod>(`/api/v1/namespaces/${this.namespace}/pods/${name}`);
  }

  log(name: string): string {
    return readFileSync(`${this.context.logsDirectory}/${this.namespace}_${name}_main.log`, "utf8");
  }

  /** What a program that ends by itself has written. */
  async output(name: string, script: string, more: object = {}, spec: object = {}): Promise<string> {
    await this.run(name, { restartPolicy: "Never", containers: [shellContainer(script, more)], ...spec });
    await eventually(
      () => this.read(name),
      ({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed",
    );
    return this.log(name);
  }
}
