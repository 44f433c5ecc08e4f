/** The scheduler extender: ranks the nodes that the scheduler found for a pod, over HTTP on this machine. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { schedulerNames } from "../../components/catalogue/schedulers.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { SchedulablePod } from "./kube-objects.ts";
import { LearnedMix } from "./learned-mix.ts";
import { scorePlacement } from "./waste-score.ts";

/** What the scheduler gives at most (MaxExtenderPriority); the best node gets it, and no other. */
const bestPriority = 10;
/** The names of five thousand nodes with long names, and a pod. */
const bodyLimitBytes = 8 * 2 ** 20;

/** Field names are Go's: the scheduler's types have no JSON names. */
export interface HostPriority {
  readonly Host: string;
  readonly Score: number;
}

const extenderArgs = z.object({
  Pod: z.custom<SchedulablePod>((value) => typeof value === "object" && value !== null),
  NodeNames: z.array(z.string()),
});

export class SchedulerExtender {
  private readonly view: ClusterView;
  private readonly learned = new LearnedMix();
  private server: Server | undefined;

  constructor(view: ClusterView) {
    this.view = view;
  }

  /** Listens on loopback and resolves with the address for the scheduler's configuration. */
  async listen(port = 0): Promise<string> {
    const server = createServer((request, response) => {
      this.answer(request).then(
        ({ status, body }) => response.writeHead(status, { "content-type": "application/json" }).end(body),
        () => response.writeHead(500).end(),
      );
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
  }

  /** Every pod with a choice of nodes teaches what is typical; only those of its own profile are ranked. */
  prioritize(pod: SchedulablePod, nodeNames: readonly string[]): HostPriority[] {
    const requestOn = this.view.requests(pod);
    // All of them fit, so on any of them the claims mean devices.
    this.learned.observe(requestOn(nodeNames[0] ?? ""));
    const isOwn = pod.spec?.schedulerName === schedulerNames.waste;
    const scores = nodeNames.map((name) => {
      const node = isOwn ? this.view.freeNode(name) : undefined;
      const placed = node && scorePlacement(node, requestOn(name), this.learned.mix);
      return placed?.score ?? Number.NEGATIVE_INFINITY;
    });
    return priorities(scores, nodeNames).map((Score, index) => ({ Host: nodeNames[index] ?? "", Score }));
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    if (request.method === "GET" && request.url === "/healthz") return { status: 200, body: '"ok"' };
    if (request.method !== "POST" || request.url !== "/prioritize") return { status: 404, body: "{}" };
    const text = await read(request);
    if (text === undefined) return { status: 413, body: "{}" };
    const parsed = extenderArgs.safeParse(JSON.parse(text));
    if (!parsed.success) return { status: 400, body: JSON.stringify(z.prettifyError(parsed.error)) };
    const { Pod, NodeNames } = parsed.data;
    return { status: 200, body: JSON.stringify(this.prioritize(Pod, NodeNames)) };
  }
}

/**
 * The best gets the most, the others less in proportion, nodes without a score nothing. Of equally good ones
 * the first by name is best: pods of a gang come faster than the view hears where the last one went, and so
 * go to the same node until the scheduler finds it full.
 */
export function priorities(scores: readonly number[], names: readonly string[]): number[] {
  const known = scores.filter(Number.isFinite);
  const best = known.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
  const range = best - known.reduce((one, other) => Math.min(one, other), best);
  const [first] = names.filter((_, index) => scores[index] === best).toSorted();
  return scores.map((score, index) => {
    if (!Number.isFinite(score)) return 0;
    if (names[index] === first) return bestPriority;
    const behind = range === 0 ? 0 : (best - score) / range;
    return Math.floor((bestPriority - 1) * (1 - behind));
  });
}

/** The body, or undefined if it is longer than any that a scheduler sends. */
async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    // Read to its end all the same: who is still sending does not hear an answer.
    if (bytes <= bodyLimitBytes) chunks.push(chunk as Buffer);
  }
  return bytes > bodyLimitBytes ? undefined : Buffer.concat(chunks).toString();
}
