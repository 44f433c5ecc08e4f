import { expect, test } from "vitest";
import { leastNodes } from "../../../components/planning/packing.ts";

const perNode = 8;

function pods(nodes: number, acceleratorsPerNode: number) {
  return { nodes, acceleratorsPerNode };
}

test.each([
  { case: "whole nodes", groups: [pods(4, 8)], want: 4 },
  { case: "halves, two on a node", groups: [pods(4, 4)], want: 2 },
  { case: "single accelerators, eight on a node", groups: [pods(16, 1)], want: 2 },
  { case: "thirds, of which two leave a rest that nobody can use", groups: [pods(9, 3)], want: 5 },
  { case: "the same in two groups", groups: [pods(5, 3), pods(4, 3)], want: 5 },
  { case: "more than half, one on a node", groups: [pods(3, 5), pods(2, 5)], want: 5 },
  { case: "what fits beside more than half", groups: [pods(2, 5), pods(2, 3)], want: 2 },
  { case: "what does not", groups: [pods(2, 6), pods(2, 3)], want: 3 },
  {
    case: "large ones, and small ones that fill what these leave",
    groups: [pods(2, 7), pods(2, 1)],
    want: 2,
  },
])("$case", ({ groups, want }) => {
  expect(leastNodes(groups, perNode)).toBe(want);
});

test("nodes of one accelerator", () => {
  expect(leastNodes([pods(3, 1)], 1)).toBe(3);
});

/** All ways to have so many pods of one to eight accelerators, each the sizes from the largest on. */
function mixes(count: number, largest = perNode): number[][] {
  if (count === 0) return [[]];
  return Array.from({ length: largest }, (_, index) => largest - index).flatMap((size) =>
    mixes(count - 1, size).map((rest) => [size, ...rest]),
  );
}

/** The fewest nodes, by trying every place of every pod. */
function fewest(sizes: readonly number[], free: readonly number[] = []): number {
  const [size, ...rest] = sizes;
  if (size === undefined) return free.length;
  const places = free.flatMap((room, node) => (room >= size && free.indexOf(room) === node ? [node] : []));
  const tried = places.map((place) =>
    fewest(
      rest,
      free.map((room, node) => (node === place ? room - size : room)),
    ),
  );
  return Math.min(fewest(rest, [...free, perNode - size]), ...tried);
}

test("for every mix of up to six pods it is neither too high nor too low", () => {
  const all = [1, 2, 3, 4, 5, 6].flatMap((count) => mixes(count));
  const counted = (sizes: readonly number[]) =>
    leastNodes(
      sizes.map((size) => pods(1, size)),
      perNode,
    );
  expect(all.length).toBe(3002);
  expect(all.filter((sizes) => counted(sizes) !== fewest(sizes))).toEqual([]);
});
