/** A chart repository on this machine, as a site without internet has one: an index and packed charts. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";

export interface ServedChart {
  readonly name: string;
  readonly version: string;
  /** A chart folder as its makers wrote it; without one the chart is empty. */
  readonly folder?: string;
  /** What is left out of the folder, as paths in it. */
  readonly without?: readonly string[];
  /** What is added to it: texts by their path. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface ChartRepository {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** Serves this chart instead of the one of its name and version. */
  replace(chart: ServedChart): void;
  close(): Promise<void>;
}

/** Packs the charts and serves them on a free port of this machine. */
export async function serveCharts(charts: readonly ServedChart[]): Promise<ChartRepository> {
  const root = mkdtempSync(join(tmpdir(), "plinth-charts-"));
  const packed = new Map(charts.map((chart) => [`/${archiveName(chart)}`, pack(chart, root)]));
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const body = url === "/index.yaml" ? index(charts) : packed.get(url);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    replace: (chart) => {
      packed.set(`/${archiveName(chart)}`, pack(chart, root));
    },
    close: () => {
      rmSync(root, { recursive: true });
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function archiveName({ name, version }: ServedChart): string {
  return `${name}-${version}.tgz`;
}

function pack(chart: ServedChart, root: string): Buffer {
  const folder = join(root, chart.name);
  rmSync(folder, { recursive: true, force: true });
  if (chart.folder === undefined) mkdirSync(join(folder, "templates"), { recursive: true });
  else {
    cpSync(chart.folder, folder, { recursive: true });
    // Go's module cache, where makers' charts lie, is read-only.
    execFileSync("chmod", ["-R", "u+w", folder]);
  }
  for (const path of chart.without ?? []) rmSync(join(folder, path), { recursive: true });
  for (const [path, text] of Object.entries(chart.files ?? {})) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { name, version } = chart;
  const about = join(folder, "Chart.yaml");
  const makers = existsSync(about) ? parse(readFileSync(about, "utf8")) : {};
  // Source trees of a release may have the version of an earlier one.
  writeFileSync(about, stringify({ apiVersion: "v2", ...makers, name, version }));
  const archive = join(root, archiveName(chart));
  execFileSync("tar", ["--create", "--gzip", `--file=${archive}`, `--directory=${root}`, name]);
  return readFileSync(archive);
}

function index(charts: readonly ServedChart[]): string {
  const entries = charts.map((chart) => {
    const { name, version } = chart;
    return [name, [{ apiVersion: "v2", name, version, urls: [archiveName(chart)] }]];
  });
  return stringify({ apiVersion: "v1", entries: Object.fromEntries(entries) });
}
