/** The settings file of `runtime serve`, and what the command line adds to it. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { engineSettings } from "./engine-settings.ts";
import { type ApiKey, serverSettings } from "./server/settings.ts";

const runtimeSettings = z
  .strictObject({
    engine: engineSettings,
    server: serverSettings,
    host: z.string().min(1).max(255).default("127.0.0.1"),
    /** 0: one that is free. */
    port: z.int().min(0).max(65_535).default(8000),
    /** Serves other machines although nobody needs a key. Default: false. */
    isOpen: z.boolean().default(false),
  })
  .superRefine(({ engine, server }, context) => {
    const both = engine.adapters.find(({ name }) => server.models.includes(name));
    if (!both) return;
    const message = `${both.name} is already what requests call the model`;
    context.addIssue({ code: "custom", path: ["engine", "adapters"], message });
  })
  .superRefine(({ host, server, isOpen }, context) => {
    if (isLoopback(host) || server.keys.length > 0 || isOpen) return;
    context.addIssue({
      code: "custom",
      path: ["host"],
      message: `${host} is reached by other machines, and nobody needs a key: set server.keys, or isOpen`,
    });
  });
export type RuntimeSettings = z.output<typeof runtimeSettings>;

export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** From the command line; where it names a file, that file's fields where the command line says nothing. */
export interface SettingsFlags {
  readonly model?: string | undefined;
  readonly settings?: string | undefined;
  /** File of API keys alone, which are kept apart from what everybody may read. */
  readonly keys?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly name?: string | undefined;
  /** Where traces go, as OpenTelemetry's own variable tells every program. */
  readonly tracesEndpoint?: string | undefined;
}

const tracesVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

/**
 * Where that variable sends traces. It is often set for every program of a cluster: one that is no place for
 * traces over HTTP is told, and they are not sent; the server is wanted all the same.
 */
export function tracesEndpointOf(
  environment: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): string | undefined {
  const given = environment[tracesVariable];
  if (!given) return undefined;
  if (serverSettings.shape.tracesEndpoint.safeParse(given).success) return given;
  const wanted = "where http://HOST:PORT or https://HOST:PORT is wanted";
  warn(`${tracesVariable}: ${given}, ${wanted}: no traces are sent`);
  return undefined;
}

type KeyFlags = Pick<SettingsFlags, "settings" | "keys">;

/** Files that name keys, as far as they are given and do. */
export function keyFilesOf(flags: KeyFlags): readonly string[] {
  const settings = flags.settings !== undefined && ownKeys(flags.settings).length > 0 ? [flags.settings] : [];
  return [...settings, ...(flags.keys === undefined ? [] : [flags.keys])];
}

/** The keys of both files as they are now. Throws a SettingsError with every mistake and its path. */
export function readKeys(flags: KeyFlags): readonly ApiKey[] {
  const own = flags.settings === undefined ? [] : ownKeys(flags.settings);
  const further = flags.keys === undefined ? [] : readFile(flags.keys, z.array(z.looseObject({})));
  const parsed = serverSettings.safeParse({ models: ["any"], keys: [...own, ...further] });
  if (parsed.success) return parsed.data.keys;
  throw problemsOf(parsed.error, "server");
}

const fileWithKeys = z.looseObject({
  server: z.looseObject({ keys: z.array(z.looseObject({})).optional() }).optional(),
});

function ownKeys(file: string): readonly object[] {
  return readFile(file, fileWithKeys).server?.keys ?? [];
}

function problemsOf({ issues }: z.ZodError, ...above: readonly string[]): SettingsError {
  const lines = issues.map(
    ({ path, message }) => `  ${[...above, ...path].join(".") || "settings"}: ${message}`,
  );
  return new SettingsError(`${lines.length} problems in the settings\n${lines.join("\n")}`);
}

/** Throws a SettingsError with every mistake and its path. */
export function readSettings(flags: SettingsFlags, modelName: string): RuntimeSettings {
  const file = flags.settings === undefined ? {} : readFile(flags.settings, z.looseObject({}));
  const { engine = {}, server = {}, ...rest } = file as { engine?: object; server?: { keys?: object[] } };
  const keys = flags.keys === undefined ? [] : readFile(flags.keys, z.array(z.looseObject({})));
  const { model, host, port, name, tracesEndpoint } = flags;
  const parsed = runtimeSettings.safeParse({
    ...rest,
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port: Number(port) }),
    engine: { ...engine, ...(model !== undefined && { model }) },
    server: {
      models: [modelName],
      ...(tracesEndpoint && { tracesEndpoint }),
      ...server,
      ...(flags.keys !== undefined && { keys: [...(server.keys ?? []), ...keys] }),
      ...(name !== undefined && { models: [name] }),
    },
  });
  if (parsed.success) return parsed.data;
  throw problemsOf(parsed.error);
}

function readFile<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    // What a file with keys says instead is nobody else's business.
    const isSyntax = error instanceof SyntaxError;
    throw new SettingsError(`${file}: ${isSyntax ? "is no JSON" : (error as Error).message}`);
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}
