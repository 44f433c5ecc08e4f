/** Stops notebooks that nobody uses, so that what they hold goes back to their queue. */
import { notebookLabels } from "../../catalogue/labels.ts";
import { type Activity, lastActive } from "./idleness.ts";
import type { Server } from "./jupyter.ts";
import type { Kube } from "./kube.ts";

export interface CullerOptions {
  readonly kube: Kube;
  readonly ask: (server: Server) => Promise<Activity>;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

interface Notebook {
  readonly metadata: {
    readonly uid: string;
    readonly namespace: string;
    readonly name: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly readyReplicas?: number };
}

/** The port that Jupyter servers listen on unless told otherwise. */
const port = 8888;
const minute = 60_000;
const most = 1000;
const atOnce = 50;

export class Culler {
  private readonly options: CullerOptions;
  /** When each notebook that runs was last active, as far as it was seen. */
  private readonly known = new Map<string, number>();

  constructor(options: CullerOptions) {
    this.options = options;
  }

  /** Looks at every notebook once. One that cannot be asked runs on: it may be at work. */
  async round(): Promise<void> {
    const selector = encodeURIComponent(notebookLabels.notebook);
    const { items } = await this.options.kube.get<{ items: Notebook[] }>(
      `/apis/apps/v1/statefulsets?labelSelector=${selector}&limit=${most}`,
    );
    const uids = new Set(items.map(({ metadata }) => metadata.uid));
    for (const uid of this.known.keys()) if (!uids.has(uid)) this.known.delete(uid);
    for (let first = 0; first < items.length; first += atOnce) {
      await Promise.all(items.slice(first, first + atOnce).map((notebook) => this.try(notebook)));
    }
  }

  private async try(notebook: Notebook): Promise<void> {
    const { namespace, name } = notebook.metadata;
    await this.look(notebook).catch((error: Error) => {
      this.options.log(`${namespace}/${name} is left running: ${error.message}`);
    });
  }

  private async look(notebook: Notebook): Promise<void> {
    const { uid, annotations } = notebook.metadata;
    // Waiting, starting or stopped: what it did before says nothing of what comes.
    if (notebook.spec.replicas === 0 || !notebook.status?.readyReplicas) {
      this.known.delete(uid);
      return;
    }
    await this.forgetStop(notebook);
    const limit = Number(annotations?.[notebookLabels.cullAfterIdle]);
    if (!Number.isInteger(limit) || limit < 1) throw new Error("it does not say after how many minutes");
    const activity = await this.options.ask(await this.server(notebook));
    const now = this.options.now();
    const active = lastActive(activity, this.known.get(uid), now);
    this.known.set(uid, active);
    if (now - active >= limit * minute) await this.cull(notebook, Math.floor((now - active) / minute));
  }

  /** It runs again: should its people stop it next, it was not stopped for being idle. */
  private async forgetStop({ metadata }: Notebook): Promise<void> {
    if (metadata.annotations?.[notebookLabels.culledAt] === undefined) return;
    await this.patch(metadata, { metadata: { annotations: { [notebookLabels.culledAt]: null } } });
  }

  private patch({ namespace, name }: Notebook["metadata"], body: object): Promise<void> {
    return this.options.kube.patch(`/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`, body);
  }

  private async server({ metadata: { namespace, name } }: Notebook): Promise<Server> {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}-token`;
    const { data } = await this.options.kube.get<{ data?: { token?: string } }>(path);
    const token = Buffer.from(data?.token ?? "", "base64").toString();
    return { address: `${name}.${namespace}.svc:${port}`, token };
  }

  /** In one write, and only if nobody changed the notebook meanwhile. */
  private async cull({ metadata }: Notebook, minutes: number): Promise<void> {
    const { namespace, name, resourceVersion, uid } = metadata;
    const culledAt = new Date(this.options.now()).toISOString();
    await this.patch(metadata, {
      metadata: { resourceVersion, annotations: { [notebookLabels.culledAt]: culledAt } },
      spec: { replicas: 0 },
    });
    this.known.delete(uid);
    this.options.log(`${namespace}/${name} is stopped: nobody used it for ${minutes} minutes`);
  }
}
