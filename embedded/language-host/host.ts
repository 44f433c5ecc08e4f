/** Answers the calls that the engine makes to a language host for Node. */
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { version } from "@pulumi/pulumi/version.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { ChildProcesses } from "./child-processes.ts";
import { streaming, unary } from "./handlers.ts";
import type { EngineConnection } from "./host-arguments.ts";
import { installDependencies } from "./install-dependencies.ts";
import { dependenciesOf } from "./installed-packages.ts";
import { requiredPackages } from "./required-packages.ts";
import { runPlugin } from "./run-plugin.ts";
import { runProgram } from "./run-program.ts";

/** Handlers by name. Code generation and packing have none, so that the engine hears UNIMPLEMENTED. */
export function languageHost(started: EngineConnection, children: ChildProcesses) {
  const cancellation = new AbortController();
  let connection = started;
  return {
    /** Only an engine that attaches to a running host calls this: no address was on the command line. */
    handshake: unary((request: language.LanguageHandshakeRequest) => {
      connection = { ...connection, engineAddress: request.getEngineAddress() };
      return new language.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary((_request: empty.Empty) => new plugin.PluginInfo().setVersion(version)),
    about: unary(about),
    getRequiredPackages: unary(getRequiredPackages),
    getProgramDependencies: unary(getProgramDependencies),
    installDependencies: streaming((request: language.InstallDependenciesRequest, cancelled, send) =>
      installDependencies({ request, children, cancelled, send }),
    ),
    runtimeOptionsPrompts: unary(
      (_request: language.RuntimeOptionsRequest) => new language.RuntimeOptionsResponse(),
    ),
    template: unary((_request: language.TemplateRequest) => new language.TemplateResponse()),
    run: unary((request: language.RunRequest, gone) => {
      const cancelled = AbortSignal.any([gone, cancellation.signal]);
      return runProgram({ request, connection, children, cancelled });
    }),
    runPlugin: streaming((request: language.RunPluginRequest, cancelled, send) =>
      runPlugin({ request, children, cancelled, send }),
    ),
    /** Stops programs. Policy packs stay: the engine still asks them about what is under way. */
    cancel: unary((_request: empty.Empty) => {
      cancellation.abort();
      return new empty.Empty();
    }),
  };
}

function about(_request: language.AboutRequest): language.AboutResponse {
  return new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version);
}

function getRequiredPackages(
  request: language.GetRequiredPackagesRequest,
): language.GetRequiredPackagesResponse {
  const directory = request.getInfo()?.getProgramDirectory() ?? ".";
  const packages = requiredPackages(directory, process.env);
  return new language.GetRequiredPackagesResponse().setPackagesList(packages);
}

function getProgramDependencies(
  request: language.GetProgramDependenciesRequest,
): language.GetProgramDependenciesResponse {
  const directory = request.getInfo()?.getProgramDirectory() ?? ".";
  const depth = request.getTransitivedependencies() ? Number.POSITIVE_INFINITY : 1;
  const dependencies = dependenciesOf(directory, depth).installed.map(({ manifest }) =>
    new language.DependencyInfo().setName(manifest.name).setVersion(manifest.version),
  );
  return new language.GetProgramDependenciesResponse().setDependenciesList(dependencies);
}
