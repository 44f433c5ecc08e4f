import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { serving } from "../../support/runtime/served.ts";

/** kserve/kserve, docs/predict-api/v2/rest_predict_v2.yaml, of 2026-08-21, Apache-2.0. */
const file =
  process.env.PLINTH_KSERVE_OIP ??
  resolve(import.meta.dirname, "../../../../shared/data/kserve-oip/rest_predict_v2.yaml");
const isMissing = !existsSync(file);

const input = { name: "text_input", datatype: "BYTES", shape: [2], data: ["ab", "c"] };

test("texts in, answers out", async () => {
  const script = (_: unknown, index: number) => ({ tokens: `answer ${index}` });
  await serving({ script }, {}, async ({ post, engine }) => {
    const asked = { id: "7", inputs: [input], parameters: { max_tokens: 8, temperature: 0 } };
    for (const path of ["/v2/models/tiny/infer", "/v2/models/tiny/versions/1/infer"]) {
      const response = await post(path, asked);
      expect([response.status, await response.json()]).toEqual([
        200,
        {
          model_name: "tiny",
          model_version: "1",
          id: "7",
          outputs: [
            {
              name: "text_output",
              datatype: "BYTES",
              shape: [2],
              data: path.includes("versions") ? ["answer 2", "answer 3"] : ["answer 0", "answer 1"],
            },
          ],
        },
      ]);
    }
    expect(engine.requests.map(({ answerTokens }) => answerTokens)).toEqual([8, 8, 8, 8]);
    expect(engine.requests[1]?.sampling.temperature).toBe(0);
  });
});

test("names may have slashes, escaped or not, those of adapters too", async () => {
  const models = ["Qwen/Qwen3-0.6B", "tiny"];
  const options = { script: () => ({ tokens: "ok" }), facts: { adapters: ["of/law"] } };
  await serving(options, { models }, async ({ post, url, engine }) => {
    for (const at of ["Qwen/Qwen3-0.6B", "Qwen%2FQwen3-0.6B", "of/law"]) {
      const name = at.replace("%2F", "/");
      const told = (await (await fetch(`${url}/v2/models/${at}`)).json()) as { name: string };
      const ready = await (await fetch(`${url}/v2/models/${at}/ready`)).json();
      const answered = await post(`/v2/models/${at}/versions/1/infer`, { inputs: [input] });
      const { model_name } = (await answered.json()) as { model_name: string };
      expect([told.name, ready, answered.status, model_name]).toEqual([
        name,
        { name, ready: true },
        200,
        name,
      ]);
    }
    expect(engine.requests.map(({ adapter }) => adapter)).toEqual([0, 0, 0, 0, 1, 1]);
    expect((await post("/v2/models/Qwen/other/infer", { inputs: [input] })).status).toBe(404);
    expect((await post("/v2/models/Qwen/Qwen3-0.6B", {})).status).toBe(405);
  });
});

test.each([
  { case: "no input", body: { inputs: [] }, status: 400 },
  { case: "another tensor", body: { inputs: [{ ...input, name: "x" }] }, status: 400 },
  { case: "another type", body: { inputs: [{ ...input, datatype: "FP32" }] }, status: 400 },
  { case: "another shape", body: { inputs: [{ ...input, shape: [3] }] }, status: 400 },
  { case: "no text", body: { inputs: [{ ...input, data: [1, 2] }] }, status: 400 },
  { case: "another output", body: { inputs: [input], outputs: [{ name: "x" }] }, status: 400 },
  { case: "an unknown parameter", body: { inputs: [input], parameters: { speed: 1 } }, status: 400 },
  {
    case: "too many texts",
    body: { inputs: [{ ...input, shape: [65], data: Array(65).fill("a") }] },
    status: 400,
  },
  { case: "another model", path: "/v2/models/other/infer", body: { inputs: [input] }, status: 404 },
  {
    case: "another version",
    path: "/v2/models/tiny/versions/2/infer",
    body: { inputs: [input] },
    status: 404,
  },
])("$case is refused", async ({ path = "/v2/models/tiny/infer", body, status }) => {
  await serving({ script: () => ({ tokens: "" }) }, {}, async ({ post, engine }) => {
    const response = await post(path, body);
    expect([response.status, await response.json()]).toEqual([status, { error: expect.any(String) }]);
    expect(engine.requests.length).toBe(0);
  });
});

test("what is served is told to nobody without a key", async () => {
  const keys = [{ name: "red", sha256: [createHash("sha256").update("secret").digest("hex")] }];
  const options = { script: () => ({ tokens: "" }), facts: { adapters: ["law"] } };
  await serving(options, { keys }, async ({ url, post }) => {
    for (const path of ["/v2/models/war", "/v2/models/war/ready", "/v2/models/war/versions/1"]) {
      const response = await fetch(url + path);
      const error = 'the model "war" is not served here';
      expect([response.status, await response.json()]).toEqual([404, { error }]);
    }
    expect((await fetch(`${url}/v2/models/law/ready`)).status).toBe(200);
    const asked = { inputs: [input] };
    expect((await post("/v2/models/war/infer", asked)).status).toBe(401);
    const told = await post("/v2/models/war/infer", asked, { authorization: "Bearer secret" });
    expect(await told.json()).toEqual({ error: 'the model "war" is not served here; known: tiny, law' });
  });
});

test.skipIf(isMissing)(
  "answers fit KServe's schemas (need ../shared/data, or PLINTH_KSERVE_OIP)",
  async () => {
    const ajv = new Ajv({ strict: false });
    ajv.addSchema(parse(readFileSync(file, "utf8")), "oip");
    const problems = (schema: string, value: unknown) => {
      const validate = ajv.getSchema(`oip#/components/schemas/${schema}`);
      if (!validate) throw new Error(`there is no schema ${schema}`);
      return validate(value) ? [] : validate.errors;
    };
    await serving({ script: () => ({ tokens: "ok" }) }, {}, async ({ post, url }) => {
      const get = async (path: string) => (await fetch(url + path)).json();
      const infer = async (body: object) => (await post("/v2/models/tiny/infer", body)).json();
      expect(problems("inference_request", { inputs: [input] })).toEqual([]);
      expect(problems("metadata_server_response", await get("/v2/"))).toEqual([]);
      expect(problems("metadata_model_response", await get("/v2/models/tiny/versions/1"))).toEqual([]);
      expect(problems("inference_response", await infer({ inputs: [input] }))).toEqual([]);
      expect(problems("inference_error_response", await infer({}))).toEqual([]);
      expect(problems("inference_response", {})?.length).toBeGreaterThan(0);
    });
  },
);
