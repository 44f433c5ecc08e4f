import { expect, test } from "vitest";
import { forbidPlainSecrets, plainSecrets } from "../../../policies/tenancy/forbid-plain-secrets.ts";
import { workloadsOf } from "../../../policies/workloads.ts";
import { findings, only } from "../../support/policy-findings.ts";
import { makeQueued } from "../../support/policy-objects.ts";

const value = "s3cr3t-value";

test.each([
  "DB_PASSWORD",
  "PGPASSWORD",
  "MYSQL_PASSWD",
  "HF_TOKEN",
  "HUGGING_FACE_HUB_TOKEN",
  "AWS_SESSION_TOKEN",
  "AWS_SECRET_ACCESS_KEY",
  "CLIENT_SECRET",
  "OPENAI_API_KEY",
  "wandb-api-key",
  "apiKey",
  "SSH_PRIVATE_KEY",
  "S3_ACCESS_KEY",
])("%s in clear is refused without repeating its value", (name) => {
  const job = makeQueued("batch/v1:Job", { container: { env: [{ name, value }] } });
  const want = [
    `Job "train": container "main" has the variable ${name} in clear; ` +
      "take it from a Secret with valueFrom.secretKeyRef.",
  ];
  const workload = workloadsOf(job)[0];
  expect(workload && [...plainSecrets(workload)]).toEqual(want);
  expect(findings([job])).toEqual(only(forbidPlainSecrets, want));
});

test.each([
  {
    case: "from a Secret",
    variable: { name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "hub", key: "t" } } },
  },
  { case: "empty", variable: { name: "HF_TOKEN", value: "" } },
  { case: "a switch", variable: { name: "USE_AUTH_TOKEN", value: "true" } },
  { case: "a reference", variable: { name: "OPENAI_API_KEY", value: "$(GATEWAY_KEY)" } },
  { case: "a count of tokens", variable: { name: "MAX_TOKENS", value: "4096" } },
  { case: "a length in tokens", variable: { name: "MAX_TOKEN_LENGTH", value: "4096" } },
  { case: "a special token's number", variable: { name: "PAD_TOKEN_ID", value: "0" } },
  { case: "a tokenizer's setting", variable: { name: "TOKENIZERS_PARALLELISM", value: "4" } },
  { case: "the path of a secret", variable: { name: "DB_PASSWORD_FILE", value: "/run/secrets/db" } },
  { case: "the name of a Secret", variable: { name: "TLS_SECRET_NAME", value: "tls" } },
  { case: "something else", variable: { name: "LOG_LEVEL", value } },
])("$case is allowed", ({ variable }) => {
  expect(findings([makeQueued("batch/v1:Job", { container: { env: [variable] } })])).toEqual([]);
});
