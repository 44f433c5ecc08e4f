import { createServer } from "node:net";
import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { podAddress, serviceAddress, withAddress } from "../../../embedded/host-node/pod-address.ts";

test("a pod has one address for as long as it lives, and others have others", () => {
  const uids = Array.from({ length: 1000 }, (_, index) => `uid-${index}`);
  const addresses = uids.map(podAddress);
  expect(uids.map(podAddress)).toEqual(addresses);
  expect(new Set(addresses).size).toBe(1000);
  for (const address of addresses) {
    expect(address).toMatch(/^127\.(12[89]|1[3-8]\d|19[01])\.\d{1,3}\.\d{1,3}$/);
    expect(Number(address.split(".")[3])).toBeGreaterThan(0);
    expect(Number(address.split(".")[3])).toBeLessThan(255);
  }
});

test("anybody may listen there, several on the same port", async () => {
  const [first, second] = [createServer(), createServer()];
  const listen = (server: typeof first, host: string, port: number) =>
    new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => resolve((server.address() as { port: number }).port));
    });
  try {
    const port = await listen(first, podAddress("a"), 0);
    expect(await listen(second, podAddress("b"), port)).toBe(port);
  } finally {
    first.close();
    second.close();
  }
});

test("a Service is reached where its cluster address points, on this machine", () => {
  expect(serviceAddress("10.96.143.7")).toBe("127.96.143.7");
});

test("variables and probes of a pod have its address, unless a probe names another host", () => {
  const pod: V1Pod = {
    metadata: { name: "p" },
    spec: {
      containers: [
        {
          name: "server",
          readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 2 },
          livenessProbe: { tcpSocket: { host: "127.0.0.1", port: 1 } },
        },
      ],
    },
    status: { phase: "Pending" },
  };
  const addressed = withAddress(pod, "127.130.0.1");
  expect(addressed.status).toEqual({ phase: "Pending", podIP: "127.130.0.1" });
  expect(addressed.spec?.containers[0]).toMatchObject({
    readinessProbe: { httpGet: { host: "127.130.0.1", path: "/ready", port: "http" }, periodSeconds: 2 },
    livenessProbe: { tcpSocket: { host: "127.0.0.1", port: 1 } },
  });
});
