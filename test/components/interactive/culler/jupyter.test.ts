/** What is asked of a Jupyter server, and what its answers mean. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { askJupyter } from "../../../../components/interactive/culler/jupyter.ts";

/** As Jupyter Server 2.21.1 wrote them, a kernel and a terminal after their start. */
const recorded = {
  "/api/status":
    '{"connections": 0, "kernels": 1, "last_activity": "2026-11-21T12:12:32.286905Z", ' +
    '"started": "2026-11-21T12:12:25.609421Z"}',
  "/api/kernels":
    '[{"id": "f49510cd", "name": "python3", "last_activity": "2026-11-21T12:12:27.983099Z", ' +
    '"execution_state": "starting", "connections": 0}]',
  "/api/terminals": '[{"name": "1", "last_activity": "2026-11-21T12:12:31.223761Z"}]',
};

async function serve(answers: Readonly<Record<string, string>>, status = 200) {
  const asked: { url: string; host: string; authorization: string }[] = [];
  const server = createServer(({ url = "", headers }, response) => {
    asked.push({ url, host: headers.host ?? "", authorization: headers.authorization ?? "" });
    const answer = answers[new URL(url, "http://unknown").pathname];
    response.writeHead(answer === undefined ? 404 : status).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { asked, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test("three questions with the token, none of which counts as activity", async () => {
  const { address, asked } = await serve(recorded);
  const { status, kernels, terminals } = await askJupyter({ address, token: "secret" });
  expect(status.started).toBe("2026-11-21T12:12:25.609421Z");
  expect(kernels.map((kernel) => kernel.execution_state)).toEqual(["starting"]);
  expect(terminals.map((terminal) => terminal.last_activity)).toEqual(["2026-11-21T12:12:31.223761Z"]);
  expect(asked.sort((a, b) => a.url.localeCompare(b.url))).toEqual(
    ["kernels", "status", "terminals"].map((name) => ({
      url: `/api/${name}?no_track_activity=1`,
      host: address,
      authorization: "token secret",
    })),
  );
});

test("a proxy is sent whole addresses", async () => {
  const { address, asked } = await serve(recorded);
  await askJupyter({ address: "lab.research.svc:8888", token: "secret" }, `http://${address}`);
  expect(asked.map(({ url, host }) => `${host} ${url}`).sort()).toEqual(
    ["kernels", "status", "terminals"].map(
      (name) => `lab.research.svc:8888 http://lab.research.svc:8888/api/${name}?no_track_activity=1`,
    ),
  );
});

test("a server without terminals has none", async () => {
  const { "/api/terminals": _, ...rest } = recorded;
  const { address } = await serve(rest);
  expect((await askJupyter({ address, token: "" })).terminals).toEqual([]);
});

test.each([
  {
    case: "no Jupyter server",
    answers: {},
    status: 200,
    want: "/api/status?no_track_activity=1 is not there; is it a Jupyter server?",
  },
  {
    case: "more than a megabyte",
    answers: { ...recorded, "/api/kernels": `[${" ".repeat(1 << 20)}]` },
    status: 200,
    want: "its answer is longer than 1048576 bytes",
  },
  {
    case: "a wrong token",
    answers: recorded,
    status: 403,
    want: /^\/api\/\w+\?no_track_activity=1 answers 403$/,
  },
  {
    case: "no JSON",
    answers: { ...recorded, "/api/kernels": "<html>" },
    status: 200,
    want: "Unexpected token",
  },
])("$case is an error, not an answer", async ({ answers, status, want }) => {
  const { address } = await serve(answers, status);
  await expect(askJupyter({ address, token: "secret" })).rejects.toThrow(want);
});
