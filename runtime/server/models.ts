/** GET /v1/models and /v1/models/{model}: the names that requests may give. */
import type { FastifyInstance } from "fastify";
import { checkModel, type Service, servedNames } from "./service.ts";

export function modelRoutes(app: FastifyInstance, service: Service): void {
  const [name] = service.settings.models;
  const adapters = service.engine.facts.adapters ?? [];
  const told = (id: string) => ({
    id,
    object: "model",
    /** vLLM's fields, which tell adapters from the model that they change. */
    ...(adapters.includes(id) && { root: id, parent: name }),
    created: service.loadedAt,
    owned_by: "plinth",
    /** vLLM's field, which routers read. */
    max_model_len: service.engine.facts.sequenceTokens,
  });
  app.get("/v1/models", () => ({
    object: "list",
    data: servedNames(service).map(told),
  }));
  // Names may have slashes, so the rest of the path is the name.
  app.get<{ Params: { "*": string } }>("/v1/models/*", ({ params }) => {
    const name = params["*"];
    checkModel(service, name);
    return told(name);
  });
}
