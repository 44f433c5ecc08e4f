/** The stack file that the engine is given: the project's own, with this installation's encryption salt. */
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isSeq, parse, parseDocument } from "yaml";
import { type OptionalController, optionalControllers } from "../components/catalogue/controllers.ts";
import { type StateDirectory, StateDirectoryError, writeFileAtomically } from "./cluster/state-directory.ts";

/**
 * Pulumi writes the salt of its passphrase into the stack file. Each installation has its own passphrase, so
 * the salt is kept beside the state and the project's file stays as its author wrote it. A file that holds
 * encrypted values brings its own salt, which is then used as it is.
 */
export function ensureStackConfig(state: StateDirectory, stack: string, source: string): string {
  const target = join(state.directory("pulumi"), `Pulumi.${stack}.yaml`);
  if (!existsSync(source)) {
    throw new StateDirectoryError(
      `There is no stack file ${source}. Copy stacks/config/Pulumi.local.yaml and edit the copy.`,
    );
  }
  const document = parseDocument(readFileSync(source, "utf8"));
  const [malformed] = document.errors;
  if (malformed) {
    throw new StateDirectoryError(
      `The stack file ${source} is no YAML: ${malformed.message.split(":\n")[0]}. Mend it there.`,
    );
  }
  const salt = existsSync(target) ? parse(readFileSync(target, "utf8"))?.encryptionsalt : undefined;
  if (!holdsSecrets(document.toJS())) {
    if (salt) document.set("encryptionsalt", salt);
    else document.delete("encryptionsalt");
  }
  writeFileAtomically(target, document.toString());
  return target;
}

/**
 * The controllers that a stack file names, for the cluster to serve their kinds before the engine runs. What
 * is wrong with the file is the schema's to tell.
 */
export function namedControllers(source: string): OptionalController[] {
  if (!existsSync(source)) return [];
  const document = parseDocument(readFileSync(source, "utf8"));
  if (document.errors.length > 0) return [];
  const named = document.getIn(["config", "plinth:platform", "training", "controllers"]);
  const list: unknown = isSeq(named) ? named.toJSON() : [];
  const backend = document.getIn(["config", "plinth:platform", "queueing", "backend"]);
  const asked = [...(Array.isArray(list) ? list : []), backend];
  return optionalControllers.filter((name) => asked.includes(name));
}

/** A directory that `pulumi stack init` takes for the project, so that it writes its salt there. */
export function prepareStackDirectory(state: StateDirectory, projectDirectory: string): string {
  const directory = state.directory("pulumi");
  copyFileSync(join(projectDirectory, "Pulumi.yaml"), join(directory, "Pulumi.yaml"));
  return directory;
}

function holdsSecrets(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === "secure" || holdsSecrets(inner));
}
