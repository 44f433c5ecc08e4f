/** GET /v1/models and /v1/models/{model}: the names that requests may give. */
import type { FastifyInstance } from "fastify";
import { checkModel, type Service } from "./service.ts";

export function modelRoutes(app: FastifyInstance, service: Service): void {
  const told = (id: string) => ({
    id,
    object: "model",
    created: service.loadedAt,
    owned_by: "plinth",
    /** vLLM's field, which routers read. */
    max_model_len: service.engine.facts.sequenceTokens,
  });
  app.get("/v1/models", () => ({ object: "list", data: service.settings.models.map(told) }));
  // Names may have slashes, so the rest of the path is the name.
  app.get<{ Params: { "*": string } }>("/v1/models/*", ({ params }) => {
    const name = params["*"];
    checkModel(service, name);
    return told(name);
  });
}
