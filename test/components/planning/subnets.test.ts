import { expect, test } from "vitest";
import { zoneLetters, zoneRanges } from "../../../components/planning/subnets.ts";

test("a zone's addresses follow from its letter alone", () => {
  expect(zoneRanges("10.20.0.0/16", "us-east-1a")).toEqual({
    zone: "us-east-1a",
    nodes: "10.20.0.0/19",
    public: "10.20.224.0/24",
    services: "10.20.240.0/24",
  });
  expect(zoneRanges("172.16.0.0/16", "ap-northeast-1d")).toEqual({
    zone: "ap-northeast-1d",
    nodes: "172.16.96.0/19",
    public: "172.16.227.0/24",
    services: "172.16.243.0/24",
  });
  expect(() => zoneRanges("10.0.0.0/16", "us-east-1h")).toThrow("us-east-1h has no range in 10.0.0.0/16");
});

test("no two ranges of a network overlap", () => {
  const ranges = [...zoneLetters].flatMap((letter) => {
    const { nodes, public: open, services } = zoneRanges("10.0.0.0/16", `us-east-1${letter}`);
    return [nodes, open, services];
  });
  const spans = ranges.map((range) => {
    const [, third = 0] = range.split(".").slice(1).map(Number);
    return { from: third, to: third + 2 ** (24 - Number(range.split("/")[1])) };
  });
  const sorted = spans.sort((a, b) => a.from - b.from);
  expect(sorted.every(({ from }, index) => index === 0 || from >= (sorted[index - 1]?.to ?? 0))).toBe(true);
  expect(sorted.at(-1)?.to).toBeLessThanOrEqual(256);
});
