/** The rules that every stack of the platform keeps. */
import type { Policies } from "@pulumi/policy";
import { forbidQueuedPlacement } from "../../gpu/forbid-queued-placement.ts";
import { forbidVisibleDevices } from "../../gpu/forbid-visible-devices.ts";
import { limitSlices } from "../../gpu/limit-slices.ts";
import { requireLimit } from "../../gpu/require-limit.ts";
import { requirePlacement } from "../../gpu/require-placement.ts";
import { requireQueue } from "../../gpu/require-queue.ts";
import { forbidTwoSchedulers } from "../../scheduling/forbid-two-schedulers.ts";
import { limitClusterQueueQuota } from "../../scheduling/limit-cluster-queue-quota.ts";
import { requireFlavorNodes } from "../../scheduling/require-flavor-nodes.ts";
import { requireImageDigest } from "../../supply-chain/require-image-digest.ts";
import { requirePinnedImage } from "../../supply-chain/require-pinned-image.ts";
import { forbidHostAccess } from "../../tenancy/forbid-host-access.ts";
import { forbidPlainSecrets } from "../../tenancy/forbid-plain-secrets.ts";
import { forbidPrivileged } from "../../tenancy/forbid-privileged.ts";
import { forbidWildcardRights } from "../../tenancy/forbid-wildcard-rights.ts";
import { requireCostLabels } from "../../tenancy/require-cost-labels.ts";
import { requireDefaultDeny } from "../../tenancy/require-default-deny.ts";
import { requireQuota } from "../../tenancy/require-quota.ts";

export const rules: Policies = [
  requireLimit,
  requirePlacement,
  forbidQueuedPlacement,
  limitSlices,
  requireQueue,
  forbidVisibleDevices,
  requireCostLabels,
  forbidPrivileged,
  forbidHostAccess,
  forbidPlainSecrets,
  forbidWildcardRights,
  requireQuota,
  requireDefaultDeny,
  requirePinnedImage,
  requireImageDigest,
  limitClusterQueueQuota,
  requireFlavorNodes,
  forbidTwoSchedulers,
];
