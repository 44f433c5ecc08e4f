/** A valid stack with two models, which each test case spoils once. */

interface ModelFields {
  name: string;
  team: string;
  pool: string;
  model?: string;
  tensor?: number;
  context: number;
  replicas?: number;
  demand?: { requestsPerSecond: number; tpotSeconds: number; [field: string]: unknown };
  headroom?: { failover: number };
}

export function modelStack() {
  return {
    environment: "local",
    pricing: { region: "us-east-1" },
    pools: [
      { name: "l40s", accelerator: "nvidia-l40s", nodes: 4, acceleratorsPerNode: 4 },
      { name: "h100", accelerator: "nvidia-h100-80gb-sxm", nodes: 2, acceleratorsPerNode: 8 },
    ],
    queueing: { cohorts: ["platform"] },
    teams: [
      {
        name: "language",
        costCenter: "cc-1002",
        cohort: "platform",
        quotas: [
          { pool: "l40s", accelerators: 16 },
          { pool: "h100", accelerators: 16 },
        ],
      },
    ],
    models: [chat(), large()],
  };
}

/** Takes as many replicas as its demand. */
function chat(): ModelFields {
  return {
    name: "chat",
    team: "language",
    pool: "l40s",
    model: "meta-llama/Llama-3.1-8B-Instruct",
    context: 16_384,
    demand: {
      requestsPerSecond: 5,
      promptTokens: { mean: 1500, p95: 6000 },
      answerTokens: { mean: 250, p95: 800 },
      ttftSeconds: 2,
      tpotSeconds: 0.06,
    },
  };
}

/** Says its replicas itself. */
function large(): ModelFields {
  return {
    name: "large",
    team: "language",
    pool: "h100",
    model: "meta-llama/Llama-3.3-70B-Instruct",
    tensor: 4,
    context: 32_768,
    replicas: 2,
    headroom: { failover: 0 },
  };
}
