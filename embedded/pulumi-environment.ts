/** Where Pulumi finds its plugins, its state and its passphrase on a machine with an embedded cluster. */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { versions } from "../components/catalogue/versions.ts";
import { type StateDirectory, writeFileAtomically } from "./cluster/state-directory.ts";
import { installLanguageHost } from "./language-host/launcher.ts";
import type { Toolchain } from "./toolchain/toolchain.ts";

export type PulumiToolchain = Pick<Toolchain, "binaries" | "directory" | "origins">;

const languageHostMain = fileURLToPath(new URL("./language-host/main.ts", import.meta.url));

/**
 * Variables for the Pulumi CLI. Its state lies in the state directory and is encrypted with a passphrase that
 * only this installation has. Built parts are used from a PULUMI_HOME of their own; official ones stay where
 * they are, and then the engine may fetch what else it needs.
 */
export function pulumiEnvironment(state: StateDirectory, toolchain: PulumiToolchain): Record<string, string> {
  const { binaries, directory, origins } = toolchain;
  const variables: Record<string, string> = {
    // Beside each file the backend would keep its attributes, and write those in place: cut off by a crash,
    // they make the state unreadable. Nothing reads them.
    PULUMI_BACKEND_URL: `file://${state.directory("pulumi", "backend")}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(state),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The state file is rewritten after every step; a second copy of each is not what makes it safe.
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    PULUMI_DIY_BACKEND_ZSTD: "true",
    // A stack that was once encrypted keeps its key, whatever its configuration file says.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    // Every creation applies under a name of its own. One that a crash cut off is repeated under another, and
    // would be refused the very fields that the first has set.
    PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
    // Program, pack and language host load the same thousand modules again in each preview and update.
    NODE_COMPILE_CACHE: join(directory, "node-compile-cache"),
    PLINTH_STATE_DIR: state.root,
    KUBECONFIG: state.kubeconfig,
    PATH: `${dirname(binaries.pulumi)}${delimiter}${process.env.PATH ?? ""}`,
  };
  if (origins.pulumi.kind !== "official") {
    installLanguageHost(dirname(binaries.pulumi));
    variables.PLINTH_NODE = process.execPath;
    variables.PLINTH_LANGUAGE_HOST = languageHostMain;
    variables.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION = "true";
    variables.PULUMI_DISABLE_REGISTRY_RESOLVE = "true";
    // A language host on PATH would win over the one beside the CLI.
    variables.PULUMI_IGNORE_AMBIENT_PLUGINS = "true";
  }
  if (origins["pulumi-resource-kubernetes"].kind !== "official") {
    variables.PULUMI_HOME = installProvider(state, binaries["pulumi-resource-kubernetes"]);
  }
  return variables;
}

function passphraseFile(state: StateDirectory): string {
  const file = join(state.directory("pulumi"), "passphrase");
  if (!existsSync(file)) writeFileAtomically(file, randomBytes(32).toString("base64url"));
  return file;
}

/** Plugins are found by folder name; the version must be the one that the npm package asks for. */
function installProvider(state: StateDirectory, binary: string): string {
  const home = state.directory("pulumi", "home");
  withoutAutomaticLogs(home);
  const folder = join(home, "plugins", `resource-kubernetes-v${versions.pulumiKubernetes.version}`);
  mkdirSync(folder, { recursive: true });
  const plugin = join(folder, "pulumi-resource-kubernetes");
  rmSync(plugin, { force: true });
  try {
    linkSync(binary, plugin);
  } catch {
    // Another file system than the cache's.
    symlinkSync(binary, plugin);
  }
  return home;
}

/**
 * The engine logs every message at its most verbose, several megabytes a run and a third of its time, and has
 * no option not to. It does without when its folder for logs cannot be made; `--logtostderr` still works.
 */
function withoutAutomaticLogs(home: string): void {
  const logs = join(home, "logs");
  if (statSync(logs, { throwIfNoEntry: false })?.isFile()) return;
  rmSync(logs, { recursive: true, force: true });
  writeFileSync(logs, "A file in the place of the folder for the engine's automatic logs: there are none.\n");
}
