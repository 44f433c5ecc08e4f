/** What the controller remembers of an ill node, in an annotation of it: clocks survive every restart. */
import { z } from "zod";
import { severities } from "../../components/catalogue/gpu-faults.ts";

const time = z.iso.datetime();

const healthRecord = z.object({
  /** The worst of its faults now; while it recovers, of the last ones. */
  severity: z.enum(severities),
  /** Those faults, in words. */
  faults: z.array(z.string()),
  /** When the first fault was seen. */
  since: time,
  /** Whether it has no taint yet: Kubernetes itself keeps pods off a node that is merely not Ready. */
  isUntainted: z.literal(true).optional(),
  /** Since when its faults call for a drain. */
  drainWanted: time.optional(),
  /** Whether it waits because enough nodes of its pool are drained. */
  isDeferred: z.literal(true).optional(),
  /** When its drain began. */
  draining: time.optional(),
  /** Whether this controller cordoned it, and so has to undo that. */
  isCordoned: z.literal(true).optional(),
  /** Whether its pods had their time. */
  isOverdue: z.literal(true).optional(),
  /** When it was empty. */
  drained: time.optional(),
  /** Since when it has had no fault. */
  healthy: time.optional(),
});
export type HealthRecord = z.output<typeof healthRecord>;

/** Undefined if there is none, or none that can be read. */
export function parseRecord(annotation: string | undefined): HealthRecord | undefined {
  if (annotation === undefined) return undefined;
  try {
    return healthRecord.safeParse(JSON.parse(annotation)).data;
  } catch {
    return undefined;
  }
}
