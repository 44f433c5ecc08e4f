/** The endpoints that do work for a body, by their paths. */
import { chatEndpoint } from "./chat.ts";
import { completionEndpoint } from "./completions.ts";
import { embeddingEndpoint } from "./embeddings.ts";
import { responseEndpoint } from "./responses.ts";
import type { Endpoint, Service } from "./service.ts";
import { detokenizeEndpoint, tokenizeEndpoint } from "./tokenize.ts";

export function endpointsOf(service: Service): Record<string, Endpoint> {
  return {
    "/v1/chat/completions": chatEndpoint(service),
    "/v1/completions": completionEndpoint(service),
    "/v1/responses": responseEndpoint(service),
    "/v1/embeddings": embeddingEndpoint(service),
    "/tokenize": tokenizeEndpoint(service),
    "/detokenize": detokenizeEndpoint(service),
  };
}
