/** A stand-in for the `go` command: instant builds, all calls recorded, failures on request. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { parts } from "../../embedded/toolchain/parts.ts";

const realModules = join(import.meta.dirname, "..", "..", "embedded", "toolchain");

const script = `#!/bin/sh
PATH=/usr/bin:/bin
case "$1" in
version) cat "$FAKE_GO/version"; exit ;;
env) printf '{"GOCACHE":"%s","GOMODCACHE":"%s"}' "$FAKE_GO/compiled" "$FAKE_GO/sources"; exit ;;
mod) printf '{"Dir":"%s"}' "$FAKE_GO/sources/$4"; exit ;;
list) exit ;;
esac
while [ "$1" != -o ]; do shift; done
echo "$3" >> "$FAKE_GO/builds"
[ ! -f "$FAKE_GO/before-build" ] || . "$FAKE_GO/before-build"
printf '#!/bin/sh\\necho %s\\n' "$3" > "$2"
chmod +x "$2"
`;

export interface FakeGo {
  /** For ensureToolchain: the fake is the only program on PATH, and every cache is inside the root. */
  readonly environment: NodeJS.ProcessEnv;
  /** A copy of our Go modules that a test may change. */
  readonly modules: string;
  /** The toolchain directory that results. */
  readonly directory: string;
  /** Empties to begin with; a home folder. */
  readonly home: string;
  /** The packages that were built, in order. */
  builds(): string[];
  /** What "go version" prints. */
  setVersion(text: string): void;
  /** Shell lines that run at the start of each build, with the package in $3; no lines: none. */
  beforeBuild(...lines: string[]): void;
}

/** Makes the fake in a folder of its own, which goes when the test ends. */
export function fakeGo(): FakeGo {
  const root = mkdtempSync(join(tmpdir(), "plinth-fake-go-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
  };

  write("bin/go", script, 0o755);
  write("version", "go version go1.26.8 linux/amd64\n");
  for (const part of parts) {
    cpSync(join(realModules, part.module), join(root, "modules", part.module), { recursive: true });
    for (const copied of [...(part.embeds ?? []), ...Object.values(part.assets ?? {}).flat()]) {
      if ("text" in copied) continue;
      const { module, from } = copied;
      // A name with a suffix is a file, any other a folder.
      const file = /\.\w+$/.test(from) ? from : `${from}/some.yaml`;
      write(`sources/${module}/${file}`, `${file}\n`, 0o444);
    }
  }

  const home = join(root, "home");
  mkdirSync(home);
  const builds = join(root, "builds");
  return {
    environment: { PATH: join(root, "bin"), HOME: home, FAKE_GO: root },
    modules: join(root, "modules"),
    directory: join(home, ".cache", "plinth", "toolchain"),
    home,
    builds: () => (existsSync(builds) ? readFileSync(builds, "utf8").trim().split("\n") : []),
    setVersion: (text) => write("version", text),
    beforeBuild: (...lines) => write("before-build", lines.join("\n")),
  };
}
