/**
 * Answers as the dashboard of every simulated Ray cluster. Their heads run no program, so KubeRay's operator
 * is told of this server as its proxy, and what it asks any dashboard it asks here. A submitted program runs
 * as long as its metadata says, and then succeeds or fails.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { simulationAnnotations } from "../../components/catalogue/labels.ts";

interface Submission {
  readonly submission_id: string;
  readonly entrypoint: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Program extends Submission {
  readonly startedAt: number;
  stoppedAt?: number;
}

const jobsPath = /^\/api\/jobs\/([^/]*)(\/stop)?$/;

export class RayDashboards {
  private readonly server: Server;
  /** By cluster and submission. */
  private readonly programs = new Map<string, Program>();

  constructor() {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: Error) => reply(response, 500, error.message));
    });
  }

  start(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", () => resolve());
    });
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** A proxy is sent whole URLs: the host tells which cluster is meant. */
  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, pathname } = new URL(request.url ?? "", "http://dashboard");
    const [, id = "", stop] = jobsPath.exec(pathname) ?? [];
    if (request.method === "POST" && pathname === "/api/jobs/") {
      const submission = (await json(request)) as Submission;
      const key = `${host} ${submission.submission_id}`;
      if (!this.programs.has(key)) this.programs.set(key, { ...submission, startedAt: Date.now() });
      return reply(response, 200, { job_id: submission.submission_id });
    }
    const program = this.programs.get(`${host} ${id}`);
    if (!program) return reply(response, 404, `there is no job ${id}`);
    if (request.method === "DELETE") this.programs.delete(`${host} ${id}`);
    if (stop) program.stoppedAt ??= Date.now();
    return reply(response, 200, stop ? { stopped: true } : state(program, Date.now()));
  }
}

/** What a dashboard tells of a program, at a moment. */
export function state(program: Program, now: number) {
  const { submission_id, entrypoint, startedAt, stoppedAt, metadata = {} } = program;
  const duration = metadata[simulationAnnotations.finishAfter];
  const exitCode = metadata[simulationAnnotations.exitCode] ?? "0";
  const endsAt = duration === undefined ? Number.POSITIVE_INFINITY : startedAt + milliseconds(duration);
  const base = { submission_id, job_id: submission_id, entrypoint, start_time: startedAt };
  if (stoppedAt !== undefined && stoppedAt < endsAt) {
    return { ...base, status: "STOPPED", message: "stopped", end_time: stoppedAt };
  }
  if (now < endsAt) return { ...base, status: "RUNNING", message: "the program runs" };
  const ended = { ...base, end_time: endsAt };
  return exitCode === "0"
    ? { ...ended, status: "SUCCEEDED", message: "the program has ended" }
    : { ...ended, status: "FAILED", message: `the program ended with exit code ${exitCode}` };
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration of one unit, such as "30s". */
function milliseconds(duration: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration) ?? [];
  if (amount === undefined) throw new Error(`"${duration}" is not a duration such as 30s`);
  return Number(amount) * (units[unit] ?? 0);
}

function reply(response: ServerResponse, status: number, body: object | string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
