import { expect, test } from "vitest";
import { type QuotaChain, quotaChainProblems } from "../../../components/planning/quota-chain.ts";
import { accountPool } from "../../support/serving/account-pools.ts";

const promised = [{ team: "research", pool: "h100", accelerators: 16 }];
const chain: QuotaChain = {
  pools: [accountPool()],
  quotas: promised,
  services: [{ path: ["models", 0], name: "chat", pool: "h100", mostMachines: 4 }],
  accountQuotas: [{ path: ["quotas", 0], region: "us-east-1", quota: "L-417A185B", limit: 768 }],
  budgets: {
    stack: { path: ["budget"], usdPerMonth: 80_358.4 },
    teams: { research: { path: ["teams", 0, "budget"], usdPerMonth: 80_358.4 } },
  },
};

test("a chain whose every link just holds", () => {
  expect(quotaChainProblems(chain)).toEqual([]);
  expect(quotaChainProblems({ pools: chain.pools, quotas: promised })).toEqual([]);
});

test.each<{
  case: string;
  change: Partial<QuotaChain>;
  path: (string | number)[];
  given: string;
  allowed: string;
}>([
  {
    case: "queues are promised more than the pool has",
    change: { quotas: [...promised, { team: "vision", pool: "h100", accelerators: 1 }] },
    path: ["pools", 0, "nodes"],
    given: "17 accelerators promised in pool h100 (research 16, vision 1)",
    allowed: "at most 16 (2 nodes of 8)",
  },
  {
    case: "more nodes than the pool may have",
    change: { pools: [accountPool({ nodes: 3, maxNodesPerZone: 1, zones: 2 })], services: [], budgets: {} },
    path: ["pools", 0, "nodes"],
    given: "3 nodes",
    allowed: "at most 2, 1 in each of 2 zones",
  },
  {
    case: "a rollout needs more than the pool may have (F115)",
    change: {
      services: [
        { path: ["models", 0], name: "chat", pool: "h100", mostMachines: 3 },
        { path: ["models", 1], name: "code", pool: "h100", mostMachines: 2 },
        { path: ["models", 2], name: "small", pool: "l4", mostMachines: 9 },
      ],
    },
    path: ["pools", 0, "maxNodesPerZone"],
    given: "5 nodes at the height of rollouts in pool h100 (chat 3, code 2)",
    allowed: "at most 4",
  },
  {
    case: "the account's quota is short by one",
    change: {
      accountQuotas: [{ path: ["quotas", 0], region: "us-east-1", quota: "L-417A185B", limit: 767 }],
    },
    path: ["quotas", 0],
    given:
      "768 vCPUs of Running On-Demand P instances in us-east-1 when all pools are at" +
      " their maximum (h100 768)",
    allowed: "at most 767, the declared quota L-417A185B",
  },
  {
    case: "the stack costs more than it may",
    change: { budgets: { stack: { path: ["budget"], usdPerMonth: 80_000 } } },
    path: ["budget"],
    given: "80,358.40 USD a month of 730 hours for the stack's pools (h100 80,358.40 USD)",
    allowed: "at most 80,000.00 USD",
  },
  {
    case: "a team costs more than it may",
    change: { budgets: { teams: { research: { path: ["teams", 0, "budget"], usdPerMonth: 80_000 } } } },
    path: ["teams", 0, "budget"],
    given: "80,358.40 USD a month of 730 hours for team research (h100 80,358.40 USD)",
    allowed: "at most 80,000.00 USD",
  },
])("one link breaks: $case", ({ change, path, given, allowed }) => {
  expect(quotaChainProblems({ ...chain, ...change })).toEqual([
    { path, given, allowed, remedy: expect.any(String) },
  ]);
});

test("all links that break are told at once", () => {
  const problems = quotaChainProblems({
    ...chain,
    pools: [accountPool({ nodes: 5 })],
    quotas: [{ team: "research", pool: "h100", accelerators: 41 }],
  });
  expect(problems.map(({ path }) => path.join("."))).toEqual([
    "pools.0.nodes",
    "pools.0.nodes",
    "budget",
    "teams.0.budget",
  ]);
});
