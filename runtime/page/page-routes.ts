/** The page and its parts as routes of the server. */
import type { FastifyInstance } from "fastify";
import { pageFiles, pageSecurityPolicy } from "./page-files.ts";

export function pageRoutes(app: FastifyInstance): void {
  for (const [path, { type, body }] of pageFiles()) {
    app.get(path, (_, reply) =>
      reply
        .header("content-security-policy", pageSecurityPolicy)
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
        .type(type)
        .send(body),
    );
  }
}
