/** Puts stand-ins for clouds where the engine looks for their providers. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clouds } from "./clouds.ts";
import { Declarations } from "./declarations.ts";

export interface InstalledClouds {
  /** Ids of what exists in a cloud, by type token. */
  existing(cloud: string): Record<string, string[]>;
  /** Makes resources of a type say this from now on, beside what is invented. */
  give(cloud: string, outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void;
}

/** `pulumiHome` is the engine's PULUMI_HOME; `directory` keeps what exists, one folder for each cloud. */
export function installClouds(pulumiHome: string, directory: string): InstalledClouds {
  for (const name of Object.keys(clouds)) {
    const own = join(directory, name);
    mkdirSync(join(own, "resources"), { recursive: true });
    writeFileSync(join(own, "outputs.json"), "{}");
    const folder = join(pulumiHome, "plugins", `resource-${name}-v${new Declarations(name).version}`);
    mkdirSync(folder, { recursive: true });
    const launcher = join(folder, `pulumi-resource-${name}`);
    const main = join(import.meta.dirname, "main.ts");
    // The engine passes its own address, of which a stand-in has no need.
    writeFileSync(launcher, `#!/bin/sh\nexec '${process.execPath}' '${main}' '${name}' '${own}'\n`);
    chmodSync(launcher, 0o755);
  }
  return {
    existing: (cloud) => {
      const resources = join(directory, cloud, "resources");
      const ids = (folder: string) =>
        readdirSync(join(resources, folder)).map((file) => decodeURIComponent(file.replace(/\.json$/, "")));
      const folders = readdirSync(resources).map(
        (folder) => [decodeURIComponent(folder), ids(folder)] as const,
      );
      return Object.fromEntries(folders.filter(([, found]) => found.length > 0));
    },
    give: (cloud, outputs) => writeFileSync(join(directory, cloud, "outputs.json"), JSON.stringify(outputs)),
  };
}
