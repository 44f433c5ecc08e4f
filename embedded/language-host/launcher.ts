/** Places the launcher that makes the Pulumi CLI find this language host. */
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The name under which the CLI looks beside its own binary. */
const launcherName = "pulumi-language-nodejs";

const marker = "# Plinth's stand-in for Pulumi's language host for Node.";

/** Paths come from the environment, so that one launcher serves every checkout that shares the toolchain. */
const launcher = `#!/bin/sh
${marker}
if [ -z "$PLINTH_NODE" ] || [ -z "$PLINTH_LANGUAGE_HOST" ]; then
  echo "PLINTH_NODE and PLINTH_LANGUAGE_HOST are not set: run what \\\`npm run env\\\` prints." >&2
  exit 1
fi
exec "$PLINTH_NODE" "$PLINTH_LANGUAGE_HOST" "$@"
`;

/** Writes the launcher beside the CLI. An official host that stands there stays, and is used. */
export function installLanguageHost(binDirectory: string): "stand-in" | "official" {
  const path = join(binDirectory, launcherName);
  if (existsSync(path)) {
    const present = readFileSync(path);
    if (!present.includes(marker)) return "official";
    if (present.equals(Buffer.from(launcher))) return "stand-in";
  }
  // A half-written launcher must never be found, not even by a CLI that starts right now.
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, launcher);
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, path);
  return "stand-in";
}
