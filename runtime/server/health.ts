/** What probes ask: whether the process is to be restarted, and whether it is to get requests. */
import type { FastifyInstance } from "fastify";
import type { Service } from "./service.ts";

/** Answered with 200 for as long as this process answers at all: it starts a lost engine again itself. */
export const livePaths = ["/health/live", "/v2/health/live"];
/**
 * With 503 while the engine is lost, as vLLM's /health (vllm/entrypoints/serve/instrumentator/health.py,
 * 2026-11-22); a server that drains is well.
 */
export const enginePaths = ["/health", "/ping"];
export const readyPaths = ["/health/ready", "/ready", "/v2/health/ready"];

/** None waits for the engine: a long step delays no probe. */
export function healthRoutes(app: FastifyInstance, service: Pick<Service, "health" | "engine">): void {
  for (const path of livePaths) app.get(path, () => ({ status: "live" }));
  for (const path of enginePaths) {
    app.get(path, (_, reply) =>
      service.engine.isReady ? { status: "live" } : reply.status(503).send({ status: "starting" }),
    );
  }
  for (const path of readyPaths) {
    app.get(path, (_, reply) => {
      const obstacle = obstacleOf(service);
      return obstacle ? reply.status(503).send({ status: obstacle }) : { status: "ready" };
    });
  }
}

/** Why no request should come here. */
export function obstacleOf({ health, engine }: Pick<Service, "health" | "engine">): string | undefined {
  if (health.isDraining) return "draining";
  return engine.isReady ? undefined : "starting";
}
