/** Official binaries that already are on this machine and so need not be built. */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Part, type ProgramName, parts } from "./parts.ts";
import { compareVersions, pinnedVersion } from "./pins.ts";

export type OfficialPlace = "PATH" | "PULUMI_HOME" | "KUBEBUILDER_ASSETS";

export interface OfficialProgram {
  readonly path: string;
  readonly place: OfficialPlace;
  readonly version: string;
}

/** What was found of a program: something usable, or why what is there is not used, or nothing. */
export type OfficialFinding = { use: OfficialProgram } | { passedOver: string } | undefined;

interface Candidate {
  readonly place: OfficialPlace;
  readonly path: (environment: NodeJS.ProcessEnv, version: string) => string | undefined;
  /** Arguments that make the program say its version; absent when its path states it. */
  readonly versionArguments?: readonly string[];
  readonly accepts: keyof typeof acceptance;
  /** A file that must lie beside it. */
  readonly companion?: string;
}

const leading = (version: string, numbers: number) => version.split(".").slice(0, numbers).join(".");

/** Which releases can stand in for the pinned one: the test, and how a sentence names them. */
export const acceptance = {
  exact: {
    test: (version: string, pinned: string) => version === pinned,
    words: (pinned: string) => `exactly ${pinned}`,
  },
  sameMinor: {
    test: (version: string, pinned: string) => leading(version, 2) === leading(pinned, 2),
    words: (pinned: string) => `a release of ${leading(pinned, 2)}`,
  },
  newerInMajor: {
    test: (version: string, pinned: string) =>
      leading(version, 1) === leading(pinned, 1) && compareVersions(version, pinned) >= 0,
    words: (pinned: string) => `${pinned} or newer with major version ${leading(pinned, 1)}`,
  },
};

const asset = (program: string) => (environment: NodeJS.ProcessEnv) =>
  environment.KUBEBUILDER_ASSETS && join(environment.KUBEBUILDER_ASSETS, program);

const candidates: Partial<Readonly<Record<ProgramName, Candidate>>> = {
  etcd: {
    place: "KUBEBUILDER_ASSETS",
    path: asset("etcd"),
    versionArguments: ["--version"],
    accepts: "sameMinor",
  },
  "kube-apiserver": {
    place: "KUBEBUILDER_ASSETS",
    path: asset("kube-apiserver"),
    versionArguments: ["--version"],
    accepts: "sameMinor",
  },
  kubectl: {
    place: "KUBEBUILDER_ASSETS",
    path: asset("kubectl"),
    versionArguments: ["version", "--client"],
    accepts: "sameMinor",
  },
  pulumi: {
    place: "PATH",
    path: (environment) => onPath("pulumi", environment),
    versionArguments: ["version"],
    accepts: "newerInMajor",
    companion: "pulumi-language-nodejs",
  },
  "pulumi-resource-kubernetes": {
    place: "PULUMI_HOME",
    path: (environment, version) =>
      join(
        environment.PULUMI_HOME ?? join(environment.HOME ?? homedir(), ".pulumi"),
        "plugins",
        `resource-kubernetes-v${version}`,
        "pulumi-resource-kubernetes",
      ),
    accepts: "exact",
  },
};

/** A program that hangs is not usable. */
const versionTimeoutMilliseconds = 20_000;

/** Looks for an official binary of a program and checks its version. */
export async function findOfficial(
  program: ProgramName,
  modules: string,
  environment: NodeJS.ProcessEnv,
): Promise<OfficialFinding> {
  const candidate = candidates[program];
  if (candidate === undefined) return undefined;
  const pinned = pinnedVersion(partOf(program), modules);
  const path = candidate.path(environment, pinned);
  if (path === undefined || path === "" || !isExecutable(path)) return undefined;

  const { place, accepts, companion, versionArguments } = candidate;
  if (companion !== undefined && !isExecutable(join(dirname(realpathSync(path)), companion))) {
    return { passedOver: `${path} is not used: ${companion} is missing beside it.` };
  }
  // The engine's own mark of a plugin whose installation did not end.
  if (existsSync(`${dirname(path)}.partial`)) {
    return { passedOver: `${path} is not used: its installation is not finished.` };
  }
  const version =
    versionArguments === undefined ? pinned : await askVersion(path, versionArguments, environment);
  if (version === undefined) return { passedOver: `${path} is not used: it does not say its version.` };
  if (!acceptance[accepts].test(version, pinned)) {
    const wanted = acceptance[accepts].words(pinned);
    return { passedOver: `${path} is not used: it is ${version}, but must be ${wanted}.` };
  }
  return { use: { path, place, version } };
}

function partOf(program: ProgramName): Part {
  const part = parts.find(({ programs }) => programs.includes(program));
  if (part === undefined) throw new Error(`no part makes ${program}`);
  return part;
}

async function askVersion(path: string, versionArguments: readonly string[], environment: NodeJS.ProcessEnv) {
  const env = { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const options = { env, timeout: versionTimeoutMilliseconds };
  const answer = await promisify(execFile)(path, versionArguments, options).catch(() => undefined);
  return /v?(\d+\.\d+\.\d+)/.exec(answer?.stdout ?? "")?.[1];
}

function onPath(program: string, environment: NodeJS.ProcessEnv): string | undefined {
  const folders = (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
