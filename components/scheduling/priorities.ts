/** The one scale of priorities of pods and of waiting jobs. */

export const priorities = {
  /** Work that may wait and may be interrupted, such as sweeps. */
  low: { value: 100, description: "Batch work that may wait and may be interrupted." },
  /** Ordinary training. */
  normal: { value: 500, description: "Ordinary batch work." },
  /** Work that a person waits for. */
  high: { value: 1000, description: "Interactive work that a person waits for." },
} as const;

export type Priority = keyof typeof priorities;

export const priorityNames = Object.keys(priorities) as [Priority, ...Priority[]];
