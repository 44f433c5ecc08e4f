/** Controllers of training kinds in an installation: it gets those that a stack asks for, and keeps them. */
import { existsSync } from "node:fs";
import type { OptionalController } from "../../components/catalogue/controllers.ts";
import { ownImages } from "../../components/catalogue/own-images.ts";
import { images } from "../../components/catalogue/versions.ts";
import type { HostProgram } from "../host-node/programs.ts";
import { projectProgram } from "../host-node/project-program.ts";
import { runtimeProgram } from "../host-node/runtime-program.ts";
import { chooseControllerPorts } from "./ports.ts";
import type { ClusterPrograms, ControllerPrograms } from "./programs.ts";
import type { InstallationRecord, StateDirectory } from "./state-directory.ts";

/** What the installation already has; objects of their kinds need them for as long as there are any. */
export function installedControllers(state: StateDirectory): OptionalController[] {
  return Object.keys(state.readRecord()?.controllers ?? {}) as OptionalController[];
}

/** The record of an installation with ports for each of these controllers; those that have some keep them. */
export async function withControllerPorts(
  owner: string,
  record: InstallationRecord,
  controllers: ControllerPrograms,
): Promise<InstallationRecord> {
  const ports = { ...record.controllers };
  for (const name of Object.keys(controllers) as OptionalController[]) {
    ports[name] ??= await chooseControllerPorts(owner);
  }
  return { ...record, controllers: ports };
}

/** Those of `asked` that `known` lacks. */
export function missingControllers(known: ControllerPrograms, asked: ControllerPrograms): ControllerPrograms {
  const missing = Object.entries(asked).filter(([name]) => known[name as OptionalController] === undefined);
  return Object.fromEntries(missing);
}

/** One row per image that the toolchain or this project can stand in for. */
export function hostPrograms(programs: Pick<ClusterPrograms, "kueue" | "controllers">): HostProgram[] {
  const kueue = hostProgram(images.kueue, programs.kueue);
  const controllers = Object.entries(programs.controllers).flatMap(([name, { program }]) =>
    imagesOf(name as OptionalController).map((image) => hostProgram(image, program)),
  );
  return [kueue, ...controllers, runtimeProgram(), projectProgram(nodeHealth), nodeProgram()];
}

const nodeHealth = {
  repository: ownImages.nodeHealth.repository,
  main: "controllers/node-health/main.ts",
  sources: ["controllers/node-health", "components/catalogue", "embedded/cluster/kube-api.ts"],
  packages: ["yaml", "zod"],
};

/** A program is started by a name; Volcano's goes by the name of either of its images. */
function hostProgram({ repository }: { readonly repository: string }, program: string): HostProgram {
  const isVolcano = [images.volcanoScheduler, images.volcanoControllers].some(
    (image) => image.repository === repository,
  );
  const path = isVolcano ? repository.slice(repository.lastIndexOf("/")) : "/manager";
  return { repository, files: { [path]: program }, entrypoint: [path] };
}

function imagesOf(name: OptionalController) {
  return name === "volcano" ? [images.volcanoScheduler, images.volcanoControllers] : [images[name]];
}

/** Libraries that Node is linked with. */
const libraries = ["/lib", "/lib64", "/usr/lib"];

/** The Node that runs this, for the platform's own programs; the image calls it the same. */
function nodeProgram(): HostProgram {
  const node = "/usr/local/bin/node";
  const linked = libraries.filter((directory) => existsSync(directory)).map((path) => [path, path]);
  return {
    repository: images.node.repository,
    files: { [node]: process.execPath, ...Object.fromEntries(linked) },
    entrypoint: [node],
  };
}
