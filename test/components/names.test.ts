import { expect, test } from "vitest";
import { dnsLabel, labelValue, migProfileName } from "../../components/names.ts";

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
