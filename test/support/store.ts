/** An object store that exists, with keys of two teams, and what a team's pods are given of it. */
import * as pulumi from "@pulumi/pulumi";
import { type S3StoreArgs, type StoreGrant, s3Store } from "../../components/index.ts";

export const storeEntry = {
  url: "s3://models/checkpoints",
  endpoint: "https://s3.example.com",
  region: "eu-west-1",
  cidrs: ["192.0.2.0/24"],
};

export const storeKeys = {
  research: { accessKeyId: "research-id", secretAccessKey: "research-secret" },
  vision: { accessKeyId: "vision-id", secretAccessKey: "vision-secret" },
};

export function makeStore(change: Partial<S3StoreArgs> = {}, keys: unknown = storeKeys) {
  return s3Store({ ...storeEntry, ...change }, pulumi.secret(keys));
}

export const grant: StoreGrant = {
  url: "s3://models/checkpoints/research",
  environment: { AWS_ENDPOINT_URL: "https://s3.example.com" },
  secret: { name: "object-store", keys: { AWS_ACCESS_KEY_ID: "accessKeyId" } },
  resources: [],
};
