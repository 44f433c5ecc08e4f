/** Which methods each path knows: who asks with another one is told them. */
import type { FastifyInstance } from "fastify";
import { escaped } from "../text/escaped.ts";
import { ApiError } from "./api-error.ts";

interface Route {
  readonly path: RegExp;
  readonly methods: readonly string[];
}

/** How much of a path is told back. */
const toldMost = 200;

export class KnownRoutes {
  private readonly routes: Route[] = [];

  /** Hears of every route that is added from now on. */
  constructor(app: FastifyInstance) {
    app.addHook("onRoute", ({ url, method }) => {
      this.routes.push({ path: patternOf(url), methods: [method].flat() });
    });
  }

  /** Of a request that no route has taken. */
  refusalOf({ method, url }: { readonly method: string; readonly url: string }): ApiError {
    const path = url.split("?")[0] ?? url;
    const methods = this.routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods);
    const told = path.slice(0, toldMost);
    if (methods.length === 0) return new ApiError("not_found", `there is no ${method} ${told}`);
    const allowed = [...new Set(methods)].sort();
    // HEAD goes without saying where there is GET.
    const wanted = allowed.filter((name) => name !== "HEAD").join(" or ");
    return new ApiError("method_not_allowed", `${told} wants ${wanted}, not ${method}`, { allowed });
  }
}

/** Of a path with parameters, which may end with a slash. */
function patternOf(url: string): RegExp {
  const parts = url.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : escaped(part)));
  return new RegExp(`^${parts.join("/")}/?$`);
}
