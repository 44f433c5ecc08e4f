/** Stands in for an autoscaler: it sees what nodes are asked for, and a test says what becomes of that. */
import type { KubeApi } from "../../embedded/cluster/kube-api.ts";
import { eventually } from "./platform.ts";

interface Condition {
  readonly type: "Accepted" | "Provisioned" | "Failed" | "CapacityRevoked";
  readonly status: "True" | "False";
  readonly message: string;
}

/** The fields of a ProvisioningRequest that tests read (autoscaling.x-k8s.io/v1). */
export interface ProvisioningRequest {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
  readonly spec: {
    readonly provisioningClassName: string;
    readonly podSets: readonly {
      readonly count: number;
      readonly podTemplateRef: { readonly name: string };
    }[];
  };
}

export class StandInAutoscaler {
  private readonly api: KubeApi;
  private readonly path: string;

  /** Answers the requests of one namespace. */
  constructor(api: KubeApi, namespace: string) {
    this.api = api;
    this.path = `/apis/autoscaling.x-k8s.io/v1/namespaces/${namespace}/provisioningrequests`;
  }

  /** What is asked for, by the numbers of its tries. */
  async requests(): Promise<ProvisioningRequest[]> {
    const found = await this.api.list<ProvisioningRequest>(this.path);
    return found.sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));
  }

  /** The request of this try of a job, once it is made. */
  async request(job: string, attempt: number): Promise<ProvisioningRequest> {
    const name = new RegExp(`^job-${job}-.*-${attempt}$`);
    const isAsked = ({ metadata }: ProvisioningRequest) => name.test(metadata.name);
    const found = (
      await eventually(
        () => this.requests(),
        (all) => all.some(isAsked),
        60_000,
      )
    ).find(isAsked);
    if (!found) throw new Error(`${job} asked for nothing`);
    return found;
  }

  /** Writes what an autoscaler would: a request is accepted, and then granted or not. */
  async answer({ metadata }: ProvisioningRequest, ...conditions: readonly Condition[]): Promise<void> {
    const lastTransitionTime = new Date().toISOString();
    const stamped = conditions.map((condition) => ({
      ...condition,
      reason: condition.type,
      lastTransitionTime,
    }));
    const status = { conditions: stamped };
    await this.api.mergePatch(`${this.path}/${metadata.name}/status`, { status });
  }
}
