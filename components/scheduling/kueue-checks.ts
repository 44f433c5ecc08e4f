/** What must hold beside quota before a job starts: nodes that come on order, or a cluster that takes it. */
import type { MultiKueue, Provisioning } from "./kueue-config.ts";

/** An object that a check consists of; those before it must exist first. */
export interface CheckObject {
  readonly kind: string;
  readonly name: string;
  readonly spec: object;
}

const apiGroup = "kueue.x-k8s.io";
const multiKueueName = "multikueue";

/** Names of the checks on the queues of a pool. */
export function checksOf(
  pool: string,
  provisioning: readonly Provisioning[],
  multiKueue: MultiKueue | undefined,
): string[] {
  const asked = provisioning.some((entry) => entry.pool === pool) ? [provisioningName(pool)] : [];
  return [...asked, ...(multiKueue?.pools.includes(pool) ? [multiKueueName] : [])];
}

/** All checks with what they need, in an order in which they can be made. */
export function checkObjects(
  provisioning: readonly Provisioning[],
  multiKueue: MultiKueue | undefined,
): CheckObject[] {
  return [...provisioning.flatMap(provisioningObjects), ...(multiKueue ? multiKueueObjects(multiKueue) : [])];
}

function provisioningName(pool: string): string {
  return `provision-${pool}`;
}

function provisioningObjects(entry: Provisioning): CheckObject[] {
  const name = provisioningName(entry.pool);
  const kind = "ProvisioningRequestConfig";
  const retryStrategy = {
    backoffLimitCount: entry.retries,
    backoffBaseSeconds: entry.backoffBaseSeconds,
    backoffMaxSeconds: entry.backoffMaxSeconds,
  };
  return [
    { kind, name, spec: { provisioningClassName: entry.provisioningClass, retryStrategy } },
    check(name, "provisioning-request", kind),
  ];
}

function multiKueueObjects({ clusters }: MultiKueue): CheckObject[] {
  const kind = "MultiKueueConfig";
  return [
    ...clusters.map(({ name, kubeconfigSecret }) => ({
      kind: "MultiKueueCluster",
      name,
      spec: { clusterSource: { kubeConfig: { locationType: "Secret", location: kubeconfigSecret } } },
    })),
    { kind, name: multiKueueName, spec: { clusters: clusters.map(({ name }) => name) } },
    check(multiKueueName, "multikueue", kind),
  ];
}

function check(name: string, controller: string, kind: string): CheckObject {
  const spec = { controllerName: `${apiGroup}/${controller}`, parameters: { apiGroup, kind, name } };
  return { kind: "AdmissionCheck", name, spec };
}
