/** The queueing systems by the name that a configuration gives. */
import type { BackendName, QueueingBackend } from "./backend.ts";
import { kueue } from "./kueue.ts";

export const queueingBackends: Readonly<Record<BackendName, QueueingBackend>> = { kueue };
