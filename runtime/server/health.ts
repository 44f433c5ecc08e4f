/** What probes ask: whether the process is to be restarted, and whether it is to get requests. */
import type { FastifyInstance } from "fastify";
import type { Service } from "./service.ts";

/** Whether it makes sense to restart: being stopped is no reason, a lost engine is. */
const livePaths = ["/health", "/health/live", "/ping", "/v2/health/live"];
const readyPaths = ["/health/ready", "/ready", "/v2/health/ready"];

/** Answered without the engine: a long step delays no probe. */
export function healthRoutes(app: FastifyInstance, { health }: Pick<Service, "health">): void {
  for (const path of livePaths) {
    app.get(path, (_, reply) =>
      health.isLost ? reply.status(503).send({ status: "lost" }) : { status: "live" },
    );
  }
  for (const path of readyPaths) {
    app.get(path, (_, reply) => {
      const obstacle = health.isLost ? "lost" : health.isDraining ? "draining" : undefined;
      return obstacle ? reply.status(503).send({ status: obstacle }) : { status: "ready" };
    });
  }
}
