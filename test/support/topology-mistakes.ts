/** Stacks whose room cannot be so, or whose jobs ask for a domain that there is not, one mistake each. */
import type { Mistake, Stack } from "./refusals.ts";

const joined = { nodesPerRack: 4, nodesPerNvlinkDomain: 2 };

function run(stack: Stack, domain: string, change: object = {}): void {
  Object.assign(stack.jobs[0], { topology: { mode: "required", domain }, ...change });
}

export const topologyMistakes: Mistake[] = [
  {
    case: "domains of NVLink that two racks would share",
    spoil: (stack) => Object.assign(stack, { topology: { ...joined, nodesPerRack: 3 } }),
    want: [
      ["topology", "nodesPerNvlinkDomain"],
      "2, with 3 nodes in a rack",
      "a number that divides nodesPerRack: NVLink joins nodes of one rack",
      "choose a divisor of 3, or larger racks",
    ],
  },
  {
    case: "a gang in one domain of NVLink, which ends at the machine (F48)",
    spoil: (stack) => run(stack, "nvlink"),
    want: [
      ["jobs", 0, "topology", "domain"],
      '"nvlink"',
      "block, rack, node: what nodes of pool h100 tell of their place",
      "name one of these, leave topology out, or run the job in a pool whose nodes tell it",
    ],
  },
  {
    case: "the same in a pool of GPUs without NVLink (F48)",
    spoil: (stack) => {
      Object.assign(stack, { topology: joined });
      run(stack, "nvlink", { team: "vision", pool: "l40s", acceleratorsPerNode: 4 });
    },
    want: [
      ["jobs", 0, "topology", "domain"],
      '"nvlink"',
      "block, rack, node: what nodes of pool l40s tell of their place",
      "name one of these, leave topology out, or run the job in a pool whose nodes tell it",
    ],
  },
  {
    case: "a gang that no domain of NVLink can hold",
    spoil: (stack) => {
      Object.assign(stack, { topology: joined });
      run(stack, "nvlink", { nodes: 3 });
    },
    want: [
      ["jobs", 0, "topology"],
      "3 pods of 8 accelerators in one domain of NVLink",
      "at most 2 (a domain of NVLink of pool h100 has 2 nodes)",
      "require a wider domain, prefer this one instead of requiring it, or make the job smaller",
    ],
  },
];
