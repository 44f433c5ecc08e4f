/** Planning alone, without a cluster: does a model fit, how many replicas does it take, what do they cost? */
import { fitProblems, modelFacts, servingAlternatives } from "../components/index.ts";

const model = modelFacts("meta-llama/Llama-3.3-70B-Instruct");
const settings = { engine: "vllm" } as const;

/** Why it does not run on one L40S, and what does. */
export const refused = fitProblems({
  name: "Llama 3.3 70B",
  model,
  accelerator: "nvidia-l40s",
  parallelism: { tensor: 1, pipeline: 1, data: 1, expert: false },
  settings,
  context: 8192,
  path: ["model"],
});

/** Ways to serve two requests a second of it, cheapest first. */
export const { ranked } = servingAlternatives({
  model,
  settings,
  arrivals: { requestsPerSecond: 2, prompt: { mean: 1000, p95: 4000 }, answer: { mean: 300, p95: 900 } },
  objective: { ttftSeconds: 2, tpotSeconds: 0.05 },
  market: { regions: ["us-east-1"] },
});

const [cheapest] = ranked;
const told = refused.map(({ given, allowed, remedy }) => `${given}\n  allowed: ${allowed}\n  do: ${remedy}`);
process.stdout.write(
  `${told.join("\n")}\n` + `cheapest: ${cheapest?.description}, ${cheapest?.usdPerMonth} USD a month\n`,
);
