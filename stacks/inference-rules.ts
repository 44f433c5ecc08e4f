/** Rules about the inference servers of a stack file: what they refer to exists, and they can run there. */
import type { z } from "zod";
import type { Path, Problem } from "../components/planning/problem.ts";
import { repeatedName, unknownName } from "../components/planning/reference.ts";
import {
  type InferencePlace,
  inferenceProblems,
  inferenceRequest,
} from "../components/planning/serving/inference-plan.ts";
import { roomProblems } from "../components/planning/serving/inference-room.ts";
import { serverBackendProblems } from "../components/planning/serving/queue-room.ts";
import { type PodsWait, startProblems } from "../components/planning/serving/start-time.ts";
import type { inferenceServerEntry } from "./entries.ts";
import type { AskedModel } from "./model-rules.ts";

type PlacedServer = z.output<typeof inferenceServerEntry> & { readonly path: Path };

/** What the rest of the stack offers a server. */
export interface InferenceRoom {
  readonly backend: string;
  readonly inferencePlace: InferencePlace;
  /** How long its queues wait for pods. */
  readonly wait: PodsWait;
  /** All names that are written, also those of malformed entries. */
  readonly names: {
    readonly teams: readonly string[];
    readonly jobs: readonly string[];
    readonly notebooks: readonly string[];
    readonly servers: readonly string[];
  };
}

/** Servers on accelerators are counted with the models of their pool, which are judged together. */
export function askedServers(servers: readonly PlacedServer[]): AskedModel[] {
  return servers.flatMap((server) => {
    const { path, team, pool, profile } = server;
    if (pool === undefined) return [];
    const request = inferenceRequest({ ...server, pool });
    return [{ path, team, pool, profile, read: { request, problems: [] } }];
  });
}

export function inferenceServerProblems(servers: readonly PlacedServer[], room: InferenceRoom): Problem[] {
  const { names, inferencePlace, backend, wait } = room;
  return [
    ...names.servers.flatMap((_, index) =>
      repeatedName(["inferenceServers", index, "name"], index, names.servers),
    ),
    ...servers.flatMap((server) => [
      ...(server.pool === undefined ? unknownName([...server.path, "team"], server.team, names.teams) : []),
      ...(server.pool === undefined ? [] : sharedNamespaceProblems(server, backend, names)),
      ...inferenceProblems(server, inferencePlace),
      ...(server.pool === undefined ? [] : startProblems(server, wait)),
    ]),
    ...roomProblems(servers, inferencePlace),
  ];
}

/** On accelerators it stands in its team's namespace, where jobs and notebooks have Services as well. */
function sharedNamespaceProblems(
  { path, name }: PlacedServer,
  backend: string,
  names: InferenceRoom["names"],
): Problem[] {
  const isTaken = [...names.jobs, ...names.notebooks].includes(name);
  return [
    ...(isTaken
      ? [
          {
            path: [...path, "name"],
            given: `"${name}", which a job or a notebook already has`,
            allowed: "a name that no job and no notebook has",
            remedy: "rename one of the two",
          },
        ]
      : []),
    ...serverBackendProblems(path, backend),
  ];
}
