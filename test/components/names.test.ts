import { expect, test } from "vitest";
import {
  dnsLabel,
  extendedResourceName,
  labelKey,
  labelValue,
  migProfileName,
  variableName,
} from "../../components/names.ts";

test.each([
  { name: "research", want: true },
  { name: "a", want: true },
  { name: "team-2", want: true },
  { name: "a".repeat(40), want: true },
  { name: "a".repeat(41), want: false },
  { name: "", want: false },
  { name: "Team", want: false },
  { name: "2team", want: false },
  { name: "team-", want: false },
  { name: "team_a", want: false },
  { name: "team.a", want: false },
])("name '$name': $want", ({ name, want }) => {
  expect(dnsLabel.safeParse(name).success).toBe(want);
});

test.each([
  { value: "CC-100.a_b", want: true },
  { value: "a".repeat(63), want: true },
  { value: "a".repeat(64), want: false },
  { value: "", want: false },
  { value: "-a", want: false },
  { value: "cost centre", want: false },
])("label value '$value': $want", ({ value, want }) => {
  expect(labelValue.safeParse(value).success).toBe(want);
});

test.each([
  { profile: "1g.10gb", want: true },
  { profile: "7g.141gb", want: true },
  { profile: "1g.5gb+me", want: true },
  { profile: "8g.10gb", want: false },
  { profile: "1g.10GB", want: false },
  { profile: "1g.10gb.me", want: false },
  { profile: "mig-1g.10gb", want: false },
])("MIG profile '$profile': $want", ({ profile, want }) => {
  expect(migProfileName.safeParse(profile).success).toBe(want);
});

test.each([
  { resource: "rdma/ib", want: true },
  { resource: "vpc.amazonaws.com/efa", want: true },
  { resource: "memory", want: false },
  { resource: "hugepages-2Mi", want: false },
  { resource: "kubernetes.io/batch-cpu", want: false },
  { resource: "node.kubernetes.io/disk", want: false },
  { resource: "requests.example.com/nic", want: false },
  { resource: "rdma/", want: false },
  { resource: "rdma/ib/0", want: false },
])("extended resource '$resource': $want", ({ resource, want }) => {
  expect(extendedResourceName.safeParse(resource).success).toBe(want);
});

test.each([
  { name: "NCCL_IB_HCA", want: true },
  { name: "_debug2", want: true },
  { name: "2NCCL", want: false },
  { name: "NCCL-IB", want: false },
])("variable '$name': $want", ({ name, want }) => {
  expect(variableName.safeParse(name).success).toBe(want);
});

test.each([
  ["pool", true],
  ["example.org/pool", true],
  ["nvidia.com/gpu.product", true],
  ["Example.org/pool", false],
  ["example.org/", false],
  ["example.org/a/b", false],
  ["", false],
])("the key of a label: %s", (key, want) => {
  expect(labelKey.safeParse(key).success).toBe(want);
});
