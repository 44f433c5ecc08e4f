/** RuntimeClasses that the GPU Operator makes, on a cluster where its programs cannot run. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Makes one when it is first named, and only once: it belongs to the cluster, not to a pool. The API server
 * refuses pods of a class that is not there.
 */
export function runtimeClasses(provider: k8s.Provider): (name: string) => pulumi.Resource {
  const made = new Map<string, pulumi.Resource>();
  return (name) => {
    const known = made.get(name);
    if (known) return known;
    const runtimeClass = new k8s.node.v1.RuntimeClass(
      `runtime-${name}`,
      { metadata: { name }, handler: name },
      // A handler cannot be changed in place.
      { provider, deleteBeforeReplace: true },
    );
    made.set(name, runtimeClass);
    return runtimeClass;
  };
}
