/**
 * The Open Inference Protocol over REST: one tensor of texts in, one of answers out
 * (kserve/kserve, docs/predict-api/v2/rest_predict_v2.yaml; 2026-08-21).
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ApiError } from "./api-error.ts";
import type { Exchange } from "./exchange.ts";
import { endFields, samplingFields } from "./generation-fields.ts";
import { obstacleOf } from "./health.ts";
import { parseBody } from "./request-body.ts";
import { checkModel, choicesOf, generate, type Service, takeModel } from "./service.ts";

/** The one version there is of a model. */
const version = "1";
const input = { name: "text_input", datatype: "BYTES", shape: [-1] };
const output = { name: "text_output", datatype: "BYTES", shape: [-1] };

const parameters = z.record(z.string(), z.unknown()).optional();

const inferFields = z.strictObject({
  id: z.string().max(256).optional(),
  parameters: z
    .strictObject({
      ...samplingFields,
      ...endFields,
      max_tokens: z.int().min(1).nullish(),
    })
    .optional(),
  inputs: z
    .array(
      z.strictObject({
        name: z.literal(input.name),
        datatype: z.literal(input.datatype),
        shape: z.array(z.int().min(0)).min(1).max(8),
        parameters,
        data: z.array(z.unknown()),
      }),
    )
    .length(1, "wants one tensor"),
  outputs: z.array(z.strictObject({ name: z.literal(output.name), parameters })).optional(),
});

export interface ModelPath {
  readonly name: string;
  readonly version?: string;
}

function checkVersion(path: ModelPath): void {
  if (path.version === undefined || path.version === version) return;
  const message = `"${path.name}" has version ${version} alone`;
  throw new ApiError("model_not_found", message, { param: "version" });
}

/** Of routes that are asked without a key. */
function checkPath(service: Service, path: ModelPath): void {
  checkModel(service, path.name, false);
  checkVersion(path);
}

const modelPaths = ["/v2/models/:name", "/v2/models/:name/versions/:version"];
export const inferPaths = modelPaths.map((path) => `${path}/infer`);

/** What the server and the model are; requests for answers are work, and routed with it. */
export function openInferenceRoutes(app: FastifyInstance, service: Service, serverVersion: string): void {
  app.get("/v2", () => ({ name: "plinth-runtime", version: serverVersion, extensions: [] }));
  for (const path of modelPaths) {
    app.get<{ Params: ModelPath }>(path, ({ params }) => {
      checkPath(service, params);
      const { name } = params;
      return { name, versions: [version], platform: "plinth", inputs: [input], outputs: [output] };
    });
    app.get<{ Params: ModelPath }>(`${path}/ready`, ({ params }, reply) => {
      checkPath(service, params);
      const isReady = obstacleOf(service) === undefined;
      return reply.status(isReady ? 200 : 503).send({ name: params.name, ready: isReady });
    });
  }
}

export async function infer(
  service: Service,
  exchange: Exchange,
  path: ModelPath,
  body: unknown,
): Promise<object> {
  const adapter = takeModel(service, exchange, path.name);
  checkVersion(path);
  const { id, parameters: fields = {}, inputs } = parseBody(inferFields, body);
  const prompts = inputs.flatMap(textsOf);
  if (prompts.length > service.settings.prompts) {
    const message = `inputs: ${prompts.length} texts, where ${service.settings.prompts} are allowed`;
    throw new ApiError("invalid_value", message, { param: "inputs" });
  }
  const encoded = await service.reader.encode(exchange, prompts, { isPrompt: true });
  const choices = encoded.flatMap((prompt) =>
    choicesOf(service, exchange, {
      adapter,
      prompt,
      promptParam: "inputs",
      choices: 1,
      fields,
      answer: { param: "parameters.max_tokens", tokens: fields.max_tokens },
      logprobs: -1,
    }),
  );
  const texts = prompts.map(() => "");
  await generate(service, exchange, choices, {
    piece: (choice, { text }) => {
      texts[choice] += text;
    },
    end: () => undefined,
  });
  const { name, datatype } = output;
  const answered = { name, datatype, shape: [texts.length], data: texts };
  return { model_name: path.name, model_version: version, ...(id && { id }), outputs: [answered] };
}

function textsOf({ shape, data }: z.output<typeof inferFields>["inputs"][number]): string[] {
  const texts = data.flat(7);
  const wanted = shape.reduce((product, length) => product * length, 1);
  const isText = (value: unknown): value is string => typeof value === "string";
  if (texts.length === wanted && texts.length > 0 && texts.every(isText)) return texts;
  const message = `inputs[0].data: wants as many texts as the shape says, ${wanted}, and at least one`;
  throw new ApiError("invalid_value", message, { param: "inputs[0].data" });
}
