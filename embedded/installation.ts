/** What a stack must know of the embedded cluster on this machine; read from its state directory. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import type { OptionalController } from "../components/catalogue/controllers.ts";
import { clusterPrograms } from "./cluster/programs.ts";
import { StateDirectory, StateDirectoryError } from "./cluster/state-directory.ts";

export interface Installation {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Chart directories of the toolchain: Kueue's, and those of the controllers that this installation has. */
  readonly charts: Readonly<Partial<Record<"kueue" | OptionalController, string>>>;
  /** Fits rendered charts to controllers that run as processes. */
  readonly postRenderer: { readonly command: string; readonly args: readonly string[] };
  /** Answers for the pods of simulated nodes. */
  readonly podProxy?: string;
  /** Names of the profiles with which its scheduler was started last. */
  readonly schedulers?: readonly string[];
}

const postRender = fileURLToPath(new URL("./host-node/post-render.ts", import.meta.url));

/** Fails with one sentence that says what to do if no cluster was ever started here. */
export function readInstallation(state = new StateDirectory()): Installation {
  if (!state.readRecord()) {
    throw new StateDirectoryError(
      `No embedded cluster is installed in ${state.root}; start one with \`npm run cluster -- up\`.`,
    );
  }
  const programs = clusterPrograms.parse(JSON.parse(readFileSync(state.path("programs.json"), "utf8")));
  const charts = Object.fromEntries(
    Object.entries(programs.controllers).map(([name, { chart }]) => [name, chart]),
  );
  const podProxy = podProxyUrl(process.env);
  const schedulers = startedProfiles(state);
  return {
    kubeconfig: state.kubeconfig,
    charts: { kueue: programs.kueueChart, ...charts },
    postRenderer: { command: process.execPath, args: [postRender, state.root] },
    ...(podProxy === undefined ? {} : { podProxy }),
    ...(schedulers.length === 0 ? {} : { schedulers }),
  };
}

const schedulerConfiguration = z.object({ profiles: z.array(z.object({ schedulerName: z.string() })) });

/** From the file that the scheduler itself reads; none before the cluster's first start. */
function startedProfiles(state: StateDirectory): string[] {
  const file = state.path("config", "scheduler.yaml");
  if (!existsSync(file)) return [];
  const { profiles } = schedulerConfiguration.parse(parse(readFileSync(file, "utf8")));
  return profiles.map(({ schedulerName }) => schedulerName);
}

/**
 * Where the platform's own programs ask what they would ask a notebook of a simulated node, as of an HTTP
 * proxy; stated anew with every command.
 */
function podProxyUrl(environment: NodeJS.ProcessEnv): string | undefined {
  const url = environment.PLINTH_POD_PROXY;
  if (url === undefined || url === "") return undefined;
  // Tokens of notebooks are sent there.
  if (/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(url)) return url;
  throw new StateDirectoryError(
    `PLINTH_POD_PROXY is "${url}"; it must be an address of this machine, as http://127.0.0.1:8889`,
  );
}
