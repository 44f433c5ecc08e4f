/** What the node-health controller is told; the component and the stack file use the same bounds. */
import { z } from "zod";

/** Fields that people set. */
export const nodeHealthFields = {
  /** Seconds that a fault must last before its node is drained. Default: 60. */
  graceSeconds: z.int().min(1).max(3600).default(60),
  /** Seconds that pods get to leave a node, disruption budgets respected, before they must. Default: 600. */
  drainTimeoutSeconds: z.int().min(5).max(86_400).default(600),
  /** Seconds without any fault after which a node takes work again. Default: 300. */
  healthySeconds: z.int().min(1).max(86_400).default(300),
  /** The most nodes of one pool that are drained at once; further ones only get no new work. Default: 1. */
  maxUnavailable: z.int().min(1).max(1000).default(1),
};

const labels = z.record(z.string(), z.string());

/** The whole settings, as the program reads them. */
export const nodeHealthSettings = z.strictObject({
  ...nodeHealthFields,
  /** Labels that ask the cloud to repair a drained node. Default: none, people repair. */
  repairLabels: z.strictObject({ reset: labels, replace: labels }).optional(),
});
export type NodeHealthSettings = z.output<typeof nodeHealthSettings>;
