/** The variables of the Pulumi CLI, for a built toolchain and for an official one. */
import { mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { versions } from "../../components/catalogue/versions.ts";
import { StateDirectory } from "../../embedded/cluster/state-directory.ts";
import { type PulumiToolchain, pulumiEnvironment } from "../../embedded/pulumi-environment.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

function setUp(kind: "official" | "built") {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "bin"));
  const binaries = {
    pulumi: join(directory, "bin", "pulumi"),
    "pulumi-resource-kubernetes": join(directory, "bin", "pulumi-resource-kubernetes"),
  };
  for (const file of Object.values(binaries)) writeFileSync(file, "program", { mode: 0o755 });
  const origins = { pulumi: { kind }, "pulumi-resource-kubernetes": { kind } };
  const state = new StateDirectory(join(directory, "state"));
  return {
    state,
    bin: join(directory, "bin"),
    toolchain: { binaries, directory, origins } as unknown as PulumiToolchain,
  };
}

const always = (state: StateDirectory, bin: string) => ({
  PULUMI_BACKEND_URL: `file://${state.path("pulumi", "backend")}?metadata=skip`,
  PULUMI_CONFIG_PASSPHRASE_FILE: state.path("pulumi", "passphrase"),
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
  PULUMI_DIY_BACKEND_ZSTD: "true",
  PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
  PULUMI_K8S_ENABLE_PATCH_FORCE: "true",
  NODE_COMPILE_CACHE: join(dirname(bin), "node-compile-cache"),
  PLINTH_STATE_DIR: state.root,
  KUBECONFIG: state.kubeconfig,
  PATH: `${bin}:${process.env.PATH}`,
});

test("an official toolchain is left to find its own parts", () => {
  const { state, bin, toolchain } = setUp("official");
  expect(pulumiEnvironment(state, toolchain)).toEqual(always(state, bin));
});

test("a built one brings the language host and the provider, and asks nothing of the network", () => {
  const { state, bin, toolchain } = setUp("built");
  expect(pulumiEnvironment(state, toolchain)).toEqual({
    ...always(state, bin),
    PLINTH_NODE: process.execPath,
    PLINTH_LANGUAGE_HOST: realpathSync("embedded/language-host/main.ts"),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_HOME: state.path("pulumi", "home"),
  });
  const folder = `resource-kubernetes-v${versions.pulumiKubernetes.version}`;
  const plugin = state.path("pulumi", "home", "plugins", folder, "pulumi-resource-kubernetes");
  expect(readFileSync(plugin, "utf8")).toBe("program");
  expect(statSync(join(bin, "pulumi-language-nodejs")).mode & 0o111).toBe(0o111);
});

test("the engine finds no folder for its automatic logs, and what it logged before is gone", () => {
  const { state, toolchain } = setUp("built");
  const logs = state.path("pulumi", "home", "logs");
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(logs, "pulumi-20261121T080000-1-up.log"), "old");
  pulumiEnvironment(state, toolchain);
  expect(statSync(logs).isFile()).toBe(true);
  pulumiEnvironment(state, toolchain);
  expect(statSync(logs).isFile()).toBe(true);
});

test("the passphrase is made once, is long and private", () => {
  const { state, toolchain } = setUp("official");
  pulumiEnvironment(state, toolchain);
  const file = state.path("pulumi", "passphrase");
  const passphrase = readFileSync(file, "utf8");
  expect(Buffer.from(passphrase, "base64url")).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  pulumiEnvironment(state, toolchain);
  expect(readFileSync(file, "utf8")).toBe(passphrase);
});
