/** A chart repository on this machine, as a site has one that reaches no other: charts of a test's own. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";

export interface ServedChart {
  readonly name: string;
  readonly version: string;
  /** Files of the chart beside its Chart.yaml. Default: none, so it makes no object. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface ChartRepository {
  readonly url: string;
  close(): Promise<void>;
}

/** Packs and serves the charts. */
export async function serveCharts(charts: readonly ServedChart[]): Promise<ChartRepository> {
  const directory = mkdtempSync(join(tmpdir(), "plinth-charts-"));
  const entries = charts.map((chart) => [chart.name, [pack(directory, chart)]]);
  const index = stringify({ apiVersion: "v1", entries: Object.fromEntries(entries) });
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? "";
    if (name === "index.yaml") response.end(index);
    else if (charts.some((chart) => archive(chart) === name))
      response.end(readFileSync(join(directory, name)));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
}

function archive({ name, version }: ServedChart): string {
  return `${name}-${version}.tgz`;
}

function pack(directory: string, chart: ServedChart) {
  const about = { apiVersion: "v2", name: chart.name, version: chart.version, description: "Of a test." };
  const files = { "Chart.yaml": stringify(about), ...chart.files };
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, chart.name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  execFileSync("tar", ["-czf", archive(chart), chart.name], { cwd: directory });
  return { ...about, urls: [archive(chart)] };
}
