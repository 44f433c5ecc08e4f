import { expect, test } from "vitest";
import { Arena, type Matrix, type ProductSize } from "../../../runtime/tiny/matrix.ts";
import { seededRandom } from "../../../runtime/tiny/random.ts";
import { fillRandom } from "../../support/runtime/gradients.ts";

function at(matrix: Matrix, row: number, column: number): number {
  const { values, start = 0, rowStride, columnStride = 1 } = matrix;
  return values[start + row * rowStride + column * columnStride] as number;
}

function slowProduct({ rows, columns, terms }: ProductSize, left: Matrix, right: Matrix): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => {
      let sum = 0;
      for (let term = 0; term < terms; term += 1) {
        sum = Math.fround(sum + Math.fround(at(left, row, term) * at(right, term, column)));
      }
      return sum;
    }),
  );
}

function made(arena: Arena, length: number): Float32Array {
  return fillRandom(arena.floats(length), seededRandom(length));
}

test.each([
  { case: "the smallest", size: { rows: 4, columns: 8, terms: 1 } },
  { case: "several blocks of rows and columns", size: { rows: 12, columns: 24, terms: 7 } },
  { case: "many terms", size: { rows: 8, columns: 8, terms: 300 } },
])("every element is the sum in order, rounded each time: $case", ({ size }) => {
  const arena = new Arena(1);
  const left = { values: made(arena, size.rows * size.terms), rowStride: size.terms };
  const right = { values: made(arena, size.terms * size.columns), rowStride: size.columns };
  const into = { values: arena.floats(size.rows * size.columns), rowStride: size.columns };
  arena.multiply(size, left, right, into);
  expect([...into.values]).toEqual(slowProduct(size, left, right).flat());
});

test("factors and product may be parts of wider matrices, and the left one turned", () => {
  const arena = new Arena(1);
  const size = { rows: 8, columns: 16, terms: 5 };
  const left = { values: made(arena, 100), start: 3, rowStride: 1, columnStride: 11 };
  const right = { values: made(arena, 5 * 21), start: 4, rowStride: 21 };
  const into = { values: arena.floats(8 * 19 + 2), start: 2, rowStride: 19 };
  arena.multiply(size, left, right, into);
  slowProduct(size, left, right).forEach((row, index) => {
    const start = 2 + index * 19;
    expect([...into.values.subarray(start, start + 19)]).toEqual([...row, 0, 0, 0]);
  });
  expect([...into.values.subarray(0, 2)]).toEqual([0, 0]);
});

test("a product can be added to what is there", () => {
  const arena = new Arena(1);
  const size = { rows: 4, columns: 8, terms: 1 };
  const left = { values: arena.floats(4).fill(2), rowStride: 1 };
  const right = { values: arena.floats(8).fill(3), rowStride: 8 };
  const into = { values: arena.floats(32).fill(10), rowStride: 8 };
  arena.multiply(size, left, right, into, true);
  expect(new Set(into.values)).toEqual(new Set([16]));
  arena.multiply(size, left, right, into);
  expect(new Set(into.values)).toEqual(new Set([6]));
});

test.each([
  { case: "rows", size: { rows: 6, columns: 8, terms: 1 }, want: "no product of 6 rows" },
  { case: "columns", size: { rows: 4, columns: 12, terms: 1 }, want: "12 columns" },
  { case: "no terms", size: { rows: 4, columns: 8, terms: 0 }, want: "0 terms" },
  { case: "a factor that ends early", size: { rows: 8, columns: 8, terms: 8 }, want: "element 63 of 32" },
])("refused: $case", ({ size, want }) => {
  const arena = new Arena(1);
  const matrix = { values: arena.floats(32), rowStride: 8 };
  expect(() => arena.multiply(size, matrix, matrix, matrix)).toThrow(want);
});

test("refused: an array of somebody else, and more than there is", () => {
  const arena = new Arena(1);
  const size = { rows: 4, columns: 8, terms: 1 };
  const own = { values: arena.floats(32), rowStride: 8 };
  const foreign = { values: new Float32Array(32), rowStride: 8 };
  expect(() => arena.multiply(size, own, own, foreign)).toThrow("not in the arena");
  expect(() => arena.floats(262_144)).toThrow("no room for 1048576 bytes");
});

test("scratch of one name is one array, as long as it has to be", () => {
  const arena = new Arena(1);
  const first = arena.scratch("a", 8);
  expect(arena.scratch("a", 4)).toBe(first);
  expect(arena.scratch("b", 4)).not.toBe(first);
  expect(arena.scratch("a", 9)).toHaveLength(9);
});
