/** Pods of the host node as real processes: what a program is given and what it can see. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { KubeApiError } from "../../embedded/cluster/kube-api.ts";
import { eventually, TestPlatform } from "../support/platform.ts";
import { ShellNode, shellFiles, shellImage } from "../support/shell-node.ts";

let platform: TestPlatform;
let node: ShellNode;
beforeAll(async () => {
  platform = new TestPlatform();
  await platform.must("cluster", "up");
  node = new ShellNode(platform);
  await node.prepare();
});
afterAll(() => platform.remove());

test("environment and arguments are those that the pod states, expanded", async () => {
  const env = [
    { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "level" } } },
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } },
    { name: "WHO", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "WHERE", value: "$(WHO) at $(LEVEL)" },
  ];
  const output = await node.output("environment", "env; echo $(WHERE) $$(WHO)", { env });
  expect(output.trim().split("\n").sort()).toEqual(
    [
      "HOSTNAME=environment",
      `KUBERNETES_SERVICE_HOST=127.0.0.1`,
      `KUBERNETES_SERVICE_PORT=${node.context.apiServer.port}`,
      `KUBERNETES_SERVICE_PORT_HTTPS=${node.context.apiServer.port}`,
      "LEVEL=debug",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "PWD=/",
      "TOKEN=s3cret",
      "WHERE=environment at debug",
      "WHO=environment",
      // The shell itself looks for a program called WHO: $$ is how a pod escapes the reference.
      "/bin/sh: 1: WHO: not found",
      "environment at debug",
    ].sort(),
  );
});

test("volumes lie at the pod's own paths, and the token opens the API server", async () => {
  const script = [
    "cat /settings/level /settings/deep.conf /keys/token /only/renamed; echo",
    "ls /settings /only",
    "cat /etc/podinfo/app; echo",
    "cat /var/run/secrets/kubernetes.io/serviceaccount/namespace; echo",
    "cut -d. -f2 /var/run/secrets/kubernetes.io/serviceaccount/token",
  ].join("\n");
  const volumeMounts = [
    { name: "settings", mountPath: "/settings" },
    { name: "keys", mountPath: "/keys", readOnly: true },
    { name: "only", mountPath: "/only" },
    { name: "info", mountPath: "/etc/podinfo" },
  ];
  const volumes = [
    { name: "settings", configMap: { name: "settings" } },
    { name: "keys", secret: { secretName: "keys" } },
    { name: "only", configMap: { name: "settings", items: [{ key: "level", path: "renamed" }] } },
    {
      name: "info",
      downwardAPI: { items: [{ path: "app", fieldRef: { fieldPath: "metadata.labels['app']" } }] },
    },
  ];
  const lines = (await node.output("volumes", script, { volumeMounts }, { volumes })).trim().split("\n");
  const claims = JSON.parse(Buffer.from(lines.pop() ?? "", "base64url").toString());
  expect(lines).toEqual([
    "debuga=bs3cretdebug",
    "/only:",
    "renamed",
    "",
    "/settings:",
    "deep.conf",
    "level",
    "program",
    node.namespace,
  ]);
  expect(claims).toMatchObject({
    iss: "https://kubernetes.default.svc",
    sub: `system:serviceaccount:${node.namespace}:default`,
    "kubernetes.io": { namespace: node.namespace, pod: { name: "volumes" } },
  });
});

test("a program sees its image and its volumes, and nothing of the machine", async () => {
  const { state } = platform;
  const script = `for path in /root /home ${state.root} /etc/passwd /proc/${process.pid}/root/etc; do
    ls "$path" 2>/dev/null && echo "sees $path"; done; ls /`;
  const lines = (await node.output("isolated", script)).trim().split("\n");
  expect(lines.filter((line) => line.startsWith("sees"))).toEqual([]);
  const own = ["dev", "etc", "proc", "tmp", "var", ...shellFiles.map((path) => path.slice(1))];
  expect(lines.sort()).toEqual(own.sort());
});

test("a read-only root takes no file, an emptyDir and /dev/null do", async () => {
  const script = "echo x > /dev/null && echo x > /scratch/file && echo scratch; echo x > /file && echo root";
  const more = {
    securityContext: { readOnlyRootFilesystem: true },
    volumeMounts: [{ name: "scratch", mountPath: "/scratch" }],
  };
  const output = await node.output("read-only", script, more, {
    volumes: [{ name: "scratch", emptyDir: {} }],
  });
  expect(output).toBe("scratch\n/bin/sh: 1: cannot create /file: Read-only file system\n");
});

test.each([
  {
    case: "success",
    name: "succeeds",
    script: "exit 0",
    phase: "Succeeded",
    exitCode: 0,
    reason: "Completed",
  },
  { case: "failure", name: "fails", script: "exit 7", phase: "Failed", exitCode: 7, reason: "Error" },
])("the exit code of a $case is the pod's", async ({ name, script, phase, exitCode, reason }) => {
  await node.output(name, script);
  const { status } = await node.read(name);
  expect(status?.phase).toBe(phase);
  expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode, reason });
  expect(status?.containerStatuses?.[0]?.restartCount).toBe(0);
});

test("an image that the host node does not know fails the pod with the images that it knows", async () => {
  await node.run("unknown", { containers: [{ name: "main", image: "nginx:1" }] });
  const { status } = await eventually(
    () => node.read("unknown"),
    (pod) => pod.status?.phase === "Failed",
  );
  expect({ reason: status?.reason, message: status?.message }).toEqual({
    reason: "HostNodeCannotRun",
    message: "the host node has no program for the image nginx:1; it knows test/shell",
  });
});

test("only pods of the platform's namespaces may run on the host node", async () => {
  await node.api.create("/api/v1/namespaces", { metadata: { name: "strangers" } });
  await eventually(
    () => node.api.list("/api/v1/namespaces/strangers/serviceaccounts"),
    (accounts) => accounts.length === 1,
  );
  const spec = { nodeName: "host", containers: [{ name: "main", image: shellImage }] };
  const refusal = await node.api
    .create("/api/v1/namespaces/strangers/pods", { metadata: { name: "p" }, spec })
    .catch((error) => error);
  expect(refusal).toBeInstanceOf(KubeApiError);
  expect((refusal as KubeApiError).message).toContain(
    "only pods of namespaces labelled plinth.dev/system=true may run on the node host",
  );
});
