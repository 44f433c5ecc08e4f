/** Stacks whose teams or jobs want a store that they have not, one mistake each. */
import type { Mistake } from "./refusals.ts";
import { storeEntry } from "./store.ts";

export const storeMistakes: Mistake[] = [
  {
    case: "a team let into a store that the stack does not have",
    spoil: (stack) => Object.assign(stack.teams[0], { objectStore: true }),
    want: [
      ["teams", 0, "objectStore"],
      "true",
      "false in a stack without objectStore",
      "add the section objectStore to the stack, or leave it out here",
    ],
  },
  {
    case: "checkpoints of a team that the store does not let in",
    spoil: (stack) => {
      Object.assign(stack, { objectStore: storeEntry });
      Object.assign(stack.teams[1], { objectStore: true });
      Object.assign(stack.jobs[0], { checkpoints: { graceSeconds: 60 } });
    },
    want: [
      ["jobs", 0, "checkpoints"],
      "graceSeconds: 60",
      "nothing for team research, which has no object store",
      "let the team into the object store with objectStore: true, or leave checkpoints out",
    ],
  },
  {
    case: "pods that go too late",
    spoil: (stack) => {
      Object.assign(stack, { objectStore: storeEntry });
      Object.assign(stack.queueing, { podsReady: { timeoutSeconds: 90 } });
      Object.assign(stack.teams[0], { objectStore: true });
      Object.assign(stack.jobs[0], { checkpoints: {} });
    },
    want: [
      ["jobs", 0, "checkpoints", "graceSeconds"],
      "120",
      "less than 90: so long a job waits for the pods before it, then it is put back",
      "lower graceSeconds, or raise queueing.podsReady.timeoutSeconds",
    ],
  },
];
