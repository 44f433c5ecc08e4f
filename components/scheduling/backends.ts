/** The queueing systems by the name that a configuration gives. */
import type { BackendName, QueueingBackend } from "./backend.ts";
import { kai } from "./kai.ts";
import { kueue } from "./kueue.ts";
import { volcano } from "./volcano.ts";

export const queueingBackends: Readonly<Record<BackendName, QueueingBackend>> = { kueue, volcano, kai };
