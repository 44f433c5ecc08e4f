/** Is there an input that the runtime neither takes nor refuses? */
import { tinyModelDirectory } from "../runtime/tiny/tiny-directory.ts";
import { machine, rounded, seconds } from "./support/measure.ts";
import { type FuzzResult, play } from "./support/runtime-fuzz/fuzz-run.ts";
import { fuzzedSettings } from "./support/runtime-fuzz/wire-kinds.ts";
import { StressedRuntime } from "./support/runtime-load/stressed-runtime.ts";
import { BenchRefusal, type Options, type Table } from "./support/table.ts";

export const options: Options = {
  /** Of all kinds together. */
  inputs: { type: "string", default: "10000" },
  seed: { type: "string", default: "1" },
  /** One, or several with commas between them. Default: all. */
  kind: { type: "string" },
};

/**
 * Of a thousand inputs. Whatever comes from outside has its tens of thousands in a million; beyond that cheap
 * kinds have more.
 */
const shares: Readonly<Record<string, number>> = {
  http: 40,
  json: 40,
  template: 60,
  tokenizer: 60,
  safetensors: 400,
  config: 200,
  "stop strings": 190,
  grammar: 10,
};

export async function run(values: Readonly<Record<string, unknown>>): Promise<Table> {
  const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
  if (!(Number.isSafeInteger(inputs) && inputs >= 100 && Number.isSafeInteger(seed))) {
    throw new BenchRefusal("--inputs: a whole number from 100 on, --seed: a whole number");
  }
  const kinds = typeof values.kind === "string" ? values.kind.split(",") : Object.keys(shares);
  const unknown = kinds.find((kind) => !(kind in shares));
  if (unknown !== undefined) {
    throw new BenchRefusal(`--kind: ${unknown}, where ${Object.keys(shares).join(", ")} are known`);
  }
  const model = await tinyModelDirectory();
  const stressed = await StressedRuntime.start(model, fuzzedSettings);
  const total = kinds.reduce((sum, kind) => sum + (shares[kind] ?? 0), 0);
  const results: (FuzzResult & { readonly took: number })[] = [];
  for (const kind of kinds) {
    const share = Math.ceil((inputs * (shares[kind] ?? 0)) / total);
    let result: FuzzResult | undefined;
    const { url } = stressed;
    const playing = async () => {
      result = await play({ kind, inputs: share, seed, model, url });
    };
    const took = await seconds(() => stressed.whileItRuns(playing));
    if (!result) continue;
    results.push({ ...result, took });
    const played = result.taken + result.refused;
    const end = result.failure === undefined ? "" : ", and then a failure";
    process.stderr.write(`${kind}: ${played} of ${share} inputs in ${rounded(took, 1)} s${end}\n`);
  }
  const { losses } = stressed;
  const code = await stressed.stop();
  return tableOf(results, losses, code);
}

function tableOf(
  results: readonly (FuzzResult & { readonly took: number })[],
  losses: number,
  code: number | null,
): Table {
  const failures = results.flatMap(({ kind, failure }) =>
    failure === undefined ? [] : [`${kind}: ${failure}`],
  );
  const played = results.reduce((sum, { taken, refused }) => sum + taken + refused, 0);
  const end = `${losses} losses of the engine; the server ended with ${code}`;
  return {
    question: "Is there an input that the runtime neither takes nor refuses?",
    machine: machine(),
    rows: results.map(({ kind, taken, refused, slowestMs, took, failure }) => ({
      kind,
      inputs: taken + refused,
      taken,
      refused,
      failures: failure === undefined ? 0 : 1,
      slowestMs: rounded(slowestMs, 0),
      seconds: rounded(took, 1),
      perSecond: rounded((taken + refused) / took, 0),
    })),
    notes: [`${played} inputs; ${failures.length} kinds failed; ${end}.`, ...failures],
    summary: { inputs: played, failures: failures.length, losses, exitCode: code ?? -1 },
  };
}
