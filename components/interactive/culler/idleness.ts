/** When somebody last did something in a notebook, from what its Jupyter server says. */

/** Answers of Jupyter Server 2: /api/status, /api/kernels and /api/terminals. */
export interface Activity {
  readonly status: { readonly started: string };
  readonly kernels: readonly { readonly last_activity: string; readonly execution_state: string }[];
  readonly terminals: readonly { readonly last_activity: string }[];
}

/**
 * In milliseconds since the epoch. A kernel that computes is activity, now. The server's own `last_activity`
 * is not asked for: a browser tab that somebody forgot keeps it fresh for ever. A server without kernels and
 * terminals does not remember those that it had: then it is as `known` from an earlier look, or as of now.
 */
export function lastActive(activity: Activity, known: number | undefined, now: number): number {
  const { status, kernels, terminals } = activity;
  if (kernels.some((kernel) => kernel.execution_state === "busy")) return now;
  const open = [...kernels, ...terminals].map((session) => moment(session.last_activity));
  const unknown = open.length === 0 ? now : 0;
  return Math.min(now, Math.max(moment(status.started), known ?? unknown, ...open));
}

function moment(text: string): number {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw new Error(`"${text}" is not a time`);
  return milliseconds;
}
