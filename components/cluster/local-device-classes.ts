/** DeviceClasses that the chart of NVIDIA's DRA driver makes, on a cluster where its programs cannot run. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { deviceClassObject, driverClasses } from "../catalogue/dra.ts";

/**
 * Makes them when first asked, and only once: they belong to the cluster, not to a pool, so that no pool
 * takes them along when it goes.
 */
export function driverDeviceClasses(provider: k8s.Provider): () => readonly pulumi.Resource[] {
  let made: readonly pulumi.Resource[] | undefined;
  return () => {
    made ??= Object.values(driverClasses).map(
      (deviceClass) =>
        new k8s.apiextensions.CustomResource(deviceClass.name, deviceClassObject(deviceClass), {
          provider,
          deleteBeforeReplace: true,
        }),
    );
    return made;
  };
}
