/**
 * Preloaded by `--require` into the program and the policy pack. Pulumi's SDK loads a compiler, a package
 * manager and a translator of stack traces when it is imported: most of its start. The first two serve only
 * to serialise functions, which nothing here does; they are loaded when they are first used. The third finds
 * the lines of compiled programs: ours runs as it is written, and every promise would be translated.
 */
import Module from "node:module";

/** What the SDK requires, and the file of the SDK that does so. */
const unused: Readonly<Record<string, string>> = {
  typescript: "typescript-shim.js",
  "@npmcli/arborist": "codePaths.js",
  "source-map-support/register": "index.js",
};

type Load = (
  this: unknown,
  request: string,
  parent?: { filename?: string | null },
  ...rest: unknown[]
) => unknown;

/** Every `require` of Node goes through it; hooks of the public kind are told of no later use. */
const loader = Module as unknown as { _load: Load };
const load = loader._load;

loader._load = function (request, parent, ...rest) {
  const user = unused[request];
  if (user === undefined || !parent?.filename?.endsWith(user))
    return load.call(this, request, parent, ...rest);
  return lazily(() => load.call(this, request, parent, ...rest) as object);
};

function lazily(loadModule: () => object): object {
  let module: object | undefined;
  return new Proxy(
    {},
    {
      get(_, key) {
        // Asked by compiled imports before any use; with another answer they would copy every export.
        if (key === "__esModule") return true;
        module ??= loadModule();
        return Reflect.get(module, key);
      },
    },
  );
}
