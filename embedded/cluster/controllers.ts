/** Controllers of training kinds in an installation: it gets those that a stack asks for, and keeps them. */
import type { ControllerName } from "../../components/catalogue/controllers.ts";
import { images } from "../../components/catalogue/versions.ts";
import type { HostProgram } from "../host-node/programs.ts";
import { chooseControllerPorts } from "./ports.ts";
import type { ClusterPrograms, ControllerPrograms } from "./programs.ts";
import type { InstallationRecord, StateDirectory } from "./state-directory.ts";

/** What the installation already has; objects of their kinds need them for as long as there are any. */
export function installedControllers(state: StateDirectory): ControllerName[] {
  return Object.keys(state.readRecord()?.controllers ?? {}) as ControllerName[];
}

/** The record with ports for each of these controllers; those that have some keep them. */
export async function withControllerPorts(
  record: InstallationRecord,
  controllers: ControllerPrograms,
): Promise<InstallationRecord> {
  const ports = { ...record.controllers };
  for (const name of Object.keys(controllers) as ControllerName[]) {
    ports[name] ??= await chooseControllerPorts();
  }
  return { ...record, controllers: ports };
}

/** Those of `asked` that `known` lacks. */
export function missingControllers(known: ControllerPrograms, asked: ControllerPrograms): ControllerPrograms {
  const missing = Object.entries(asked).filter(([name]) => known[name as ControllerName] === undefined);
  return Object.fromEntries(missing);
}

/** One row per image that the toolchain can stand in for. */
export function hostPrograms(programs: Pick<ClusterPrograms, "kueue" | "controllers">): HostProgram[] {
  const controllers = Object.entries(programs.controllers).map(([name, { program }]) => ({
    ...images[name as ControllerName],
    program,
  }));
  return [{ ...images.kueue, program: programs.kueue }, ...controllers].map(({ repository, program }) => ({
    repository,
    files: { "/manager": program },
    entrypoint: ["/manager"],
  }));
}
