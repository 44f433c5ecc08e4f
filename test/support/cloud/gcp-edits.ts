/** Edits of the shipped stack of Google Cloud, and every step that an update takes for each. */
import type { makeGcpStack } from "../gcp-stack.ts";

type Stack = ReturnType<typeof makeGcpStack>;

interface Edit {
  readonly edit: string;
  readonly change: (stack: Stack) => void;
  readonly want: readonly string[];
}

interface RefusedEdit {
  readonly edit: string;
  readonly change: (stack: Stack) => void;
  readonly path: string;
  readonly given: string;
  readonly allowed: string;
}

/** Another pool beside the old one, in each of its parts. */
function anew(pool: string, ...parts: string[]): string[] {
  return parts.flatMap((part) => ["create", "delete"].map((op) => `${op} NodePool ${pool}-${part}-#`));
}

export const gcpEdits: readonly Edit[] = [
  { edit: "nothing", change: () => {}, want: [] },
  {
    edit: "a larger pool",
    change: ({ pools, quotas }) => {
      pools[1].nodes = 8;
      quotas[1].accelerators = 16;
    },
    want: ["update NodePool l4-a-#", "update NodePool l4-b-#"],
  },
  {
    edit: "nodes that stay",
    change: ({ pools }) => Object.assign(pools[1], { minNodes: 2 }),
    want: ["update NodePool l4-a-#", "update NodePool l4-b-#"],
  },
  {
    edit: "a further zone, with the nodes of its own",
    change: ({ pools, quotas }) => {
      pools[1].nodes = 6;
      pools[1].zones.push("us-central1-c");
      quotas[1].accelerators = 12;
    },
    want: ["create NodePool l4-c-#"],
  },
  {
    edit: "another machine",
    change: ({ pools }) => Object.assign(pools[0], { machine: "a3-megagpu-8g" }),
    want: anew("h100", "a"),
  },
  {
    edit: "another driver (F106)",
    change: ({ pools }) => Object.assign(pools[0], { driver: "LATEST" }),
    want: anew("h100", "a"),
  },
  {
    edit: "machines on demand instead of spot",
    change: ({ pools }) => Object.assign(pools[1], { capacity: { type: "on-demand" }, minNodes: 0 }),
    want: anew("l4", "a", "b"),
  },
  {
    edit: "no placement any more",
    change: ({ pools }) => Object.assign(pools[0], { compact: false }),
    want: anew("h100", "a"),
  },
  {
    edit: "a larger disk",
    change: ({ pools }) => Object.assign(pools[0], { diskGiB: 500 }),
    want: anew("h100", "a"),
  },
  {
    edit: "nodes made anew without any other change",
    change: ({ pools }) => Object.assign(pools[0], { generation: 2 }),
    want: anew("h100", "a"),
  },
  {
    edit: "a third slice",
    change: ({ pools }) => Object.assign(pools[2], { nodes: 12 }),
    want: ["create NodePool tpu-a2-#"],
  },
  {
    edit: "slices of another shape",
    change: ({ pools }) => Object.assign(pools[2], { sliceTopology: "2x4" }),
    want: [...anew("tpu", "a0", "a1"), "create NodePool tpu-a2-#", "create NodePool tpu-a3-#"],
  },
  {
    edit: "a new pool",
    change: ({ pools }) =>
      pools.push({ name: "a100", machine: "a2-highgpu-8g", nodes: 1, zones: ["us-central1-f"] }),
    want: [
      "create NodePool a100",
      "create NodePool a100-f-#",
      "create ResourceFlavor kueue-resourceflavor-a100",
    ],
  },
  {
    edit: "another release channel",
    change: (stack) => Object.assign(stack, { releaseChannel: "STABLE" }),
    want: ["update Cluster ai"],
  },
  {
    edit: "weeks without upgrades",
    change: (stack) =>
      Object.assign(stack, {
        maintenance: {
          exclusions: [{ name: "run", start: "2027-01-01T00:00:00Z", end: "2027-02-01T00:00:00Z" }],
        },
      }),
    want: ["update Cluster ai"],
  },
  {
    edit: "larger machines for the system",
    change: ({ systemPool }) => Object.assign(systemPool, { machine: "e2-standard-16" }),
    want: ["update NodePool ai-system"],
  },
  {
    edit: "a budget",
    change: (stack) =>
      Object.assign(stack, {
        budget: { billingAccount: "012345-6789AB-CDEF01", usdPerMonth: 300_000 },
        prices: [
          { pool: "l4", usdPerHour: 1 },
          { pool: "tpu", usdPerHour: 5 },
        ],
      }),
    want: ["create Budget ai"],
  },
  {
    edit: "a further registry",
    change: ({ registries }) => registries.push("quay"),
    want: ["create Repository ai-quay", "create RepositoryIamMember ai-quay"],
  },
  {
    edit: "old versions that stay longer",
    change: ({ objectStore }) => Object.assign(objectStore, { oldVersionDays: 90 }),
    want: ["update Bucket ai-data", "update Bucket ai-models"],
  },
  {
    edit: "people of a team (F104)",
    change: ({ teams }) => Object.assign(teams[0], { memberGroups: ["ml@acme.com"] }),
    want: ["update RoleBinding research-member"],
  },
];

/** Edits that nothing is done about, each with what its preview says. */
export const gcpRefusedEdits: readonly RefusedEdit[] = [
  {
    edit: "more addresses for nodes",
    change: (stack) => Object.assign(stack, { network: { nodes: "10.0.0.0/18" } }),
    path: "network.nodes",
    given: "10.0.0.0/18",
    allowed: "10.0.0.0/20",
  },
  {
    edit: "other addresses for pods",
    change: (stack) => Object.assign(stack, { network: { pods: "10.32.0.0/12" } }),
    path: "network.pods",
    given: "10.32.0.0/12",
    allowed: "10.64.0.0/12",
  },
  {
    edit: "other addresses for Services",
    change: (stack) => Object.assign(stack, { network: { services: "10.112.0.0/20" } }),
    path: "network.services",
    given: "10.112.0.0/20",
    allowed: "10.96.0.0/20",
  },
  {
    edit: "other addresses in a stack that may be destroyed",
    change: (stack) => Object.assign(stack, { deletionProtection: false, network: { nodes: "10.0.0.0/18" } }),
    path: "network.nodes",
    given: "10.0.0.0/18",
    allowed: "10.0.0.0/20",
  },
  {
    edit: "another project",
    change: (stack) => Object.assign(stack, { project: { id: "acme-more", number: "123456789013" } }),
    path: "project.id",
    given: "acme-more",
    allowed: "acme-ai",
  },
];
