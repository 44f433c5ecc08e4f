/** Runs a Pulumi program for one preview or update. */
import language from "@pulumi/pulumi/proto/language_pb.js";
import { type Child, type ChildProcesses, type Exit, exitOf } from "./child-processes.ts";
import { entryPointPath } from "./entry-point.ts";
import type { EngineConnection } from "./host-arguments.ts";
import { runtimeOptionsOf, typescriptEnvironment } from "./runtime-options.ts";

/** The SDK ends with this code when it has already shown the user why the program failed. */
const alreadyReportedCode = 32;

export interface ProgramRun {
  readonly request: language.RunRequest;
  readonly connection: EngineConnection;
  readonly children: ChildProcesses;
  /** Fires when the engine gives up. */
  readonly cancelled: AbortSignal;
}

/** A program that fails is an answer to the engine and no error of this host. */
export async function runProgram(run: ProgramRun): Promise<language.RunResponse> {
  try {
    const child = startProgram(run);
    // The engine shows what its language host prints. The program gets pipes of its own, because Node
    // makes a pipe that it is given non-blocking for everybody who shares it.
    child.stdout.pipe(process.stdout, { end: false });
    child.stderr.pipe(process.stderr, { end: false });
    return runResponse(await exitOf(child));
  } catch (error) {
    return new language.RunResponse().setError(error instanceof Error ? error.message : String(error));
  }
}

function startProgram({ request, connection, children, cancelled }: ProgramRun): Child {
  const program = request.getInfo();
  if (program === undefined) throw new Error("the engine named no program to run");
  if (request.getAttachDebugger()) {
    throw new Error(
      "this language host attaches no debugger; the one that comes with Pulumi's releases does",
    );
  }
  const cwd = program.getProgramDirectory();
  const options = runtimeOptionsOf(program);
  const flags = programArguments(request, program, connection);
  const args = [...options.nodeargs, entryPointPath(cwd, "run"), ...flags];
  const env = { ...process.env, ...typescriptEnvironment(options), ...configEnvironment(request) };
  return children.start(args, { cwd, env, cancelled });
}

/** What the SDK's entry point expects after its own path. */
export function programArguments(
  request: language.RunRequest,
  program: language.ProgramInfo,
  connection: EngineConnection,
): string[] {
  const flags: Record<string, string | undefined> = {
    monitor: request.getMonitorAddress(),
    engine: connection.engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": program.getRootDirectory(),
    stack: request.getStack(),
    pwd: program.getProgramDirectory(),
    parallel: String(request.getParallel()),
    tracing: connection.tracingEndpoint,
  };
  const given = Object.entries(flags).filter(([, value]) => value);
  return [
    ...given.map(([name, value]) => `--${name}=${value}`),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    program.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
}

/** Configuration travels in the environment, where every copy of the SDK in the process finds it. */
function configEnvironment(request: language.RunRequest): NodeJS.ProcessEnv {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

export function runResponse(exit: Exit): language.RunResponse {
  const response = new language.RunResponse();
  if ("signal" in exit) return response.setError(`the program was ended by ${exit.signal}`);
  if (exit.code === alreadyReportedCode) return response.setBail(true);
  if (exit.code !== 0) return response.setError(`the program ended with exit code ${exit.code}`);
  return response;
}
