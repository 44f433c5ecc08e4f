/** Runs a program under Pulumi mocks and writes down every resource that it registers. */
import * as pulumi from "@pulumi/pulumi";
import { disconnect, getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import * as untypedState from "@pulumi/pulumi/runtime/state.js";

export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** `type name` of the parent, or "" for a resource at the top. */
  readonly parent: string;
  /** Names of the resources that must exist first. */
  readonly dependsOn: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly replaceOnChanges: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly retainOnDelete: boolean;
  /** Whether the engine refuses to delete or to replace it. */
  readonly protect: boolean;
  /** Name of the provider, or "" where none is given. */
  readonly provider: string;
  /** How many functions see what its children register. */
  readonly transforms: number;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getParent(): string;
  getDependenciesList(): string[];
  getDeletebeforereplace(): boolean;
  getReplaceonchangesList(): string[];
  getIgnorechangesList(): string[];
  getRetainondelete(): boolean;
  getProtect(): boolean;
  getProvider(): string;
  getTransformsList(): unknown[];
}

/** The SDK declares none of its own state. */
const state = untypedState as unknown as { getStore(): { supportsTransforms: boolean } };

/** Everything that `program` registers, in order of name; `told` are outputs beside the inputs, by token. */
export async function record(
  program: () => unknown,
  told: Readonly<Record<string, object>> = {},
): Promise<Registration[]> {
  const requests: RegisterRequest[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs, id }) => ({
      id: id || `${name}-id`,
      state: { ...inputs, ...told[type] },
    }),
    call: ({ token, inputs }) => ({ ...inputs, ...told[token] }),
  });
  // Mocks deny it; the engine can, and a transform is no more than registered here.
  state.getStore().supportsTransforms = true;
  const monitor = getMonitor() as unknown as Record<string, (...args: unknown[]) => unknown>;
  // Mocks promise hooks and have no answer to one.
  monitor.registerResourceHook = (_request, done) =>
    (done as (error: null, answer: object) => void)(null, {});
  const register = monitor.registerResource?.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    requests.push(request as RegisterRequest);
    return register?.(request, ...rest);
  };
  await program();
  await disconnect(false);
  return requests
    .map(registration)
    .sort((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`));
}

function registration(request: RegisterRequest): Registration {
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    parent: typeAndName(request.getParent()),
    dependsOn: request.getDependenciesList().map(nameOf).sort(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    replaceOnChanges: request.getReplaceonchangesList(),
    ignoreChanges: request.getIgnorechangesList(),
    retainOnDelete: request.getRetainondelete(),
    protect: request.getProtect(),
    provider: request.getProvider() ? nameOf(request.getProvider()) : "",
    transforms: request.getTransformsList().length,
  };
}

function typeAndName(urn: string): string {
  if (urn === "") return "";
  const type = urn.split("::")[2]?.split("$").at(-1);
  return `${type} ${nameOf(urn)}`;
}

/** The last part of a URN; a provider reference has its id after that. */
function nameOf(urn: string): string {
  return urn.split("::")[3] ?? urn;
}

/** A copy of an object without one of its fields. */
export function without<Value extends object, Key extends keyof Value>(
  value: Value,
  key: Key,
): Omit<Value, Key> {
  const { [key]: _, ...rest } = value;
  return rest;
}
