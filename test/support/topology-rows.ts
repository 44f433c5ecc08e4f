/** What gangs get that must share a network domain, while halves of domains are free. */
import { type Details, oneNvlink, oneRack, type Row, red } from "./queueing-row.ts";

/** Four gangs of half a domain each fill the pool; then the first half of either domain becomes free. */
function halves(name: string, pool: string, half: number, asked: Details, wider: Details): Row {
  const on = (first: number, count = half) =>
    `runs on ${Array.from({ length: count }, (_, index) => `${pool}-${first + index}`).join(", ")}`;
  const whole = 2 * half;
  const waits =
    "couldn't assign flavors to pod set main: " +
    `topology "default" allows to fit only ${half} out of ${whole} pod(s). ` +
    `Total nodes: ${4 * half}; excluded: resource "cpu": ${whole}`;
  const freed = { "red-a": "finished", "red-b": on(half), "red-c": "finished", "red-d": on(3 * half) };
  return {
    case: `quota free in two ${name} does not admit a gang that must share one; it runs once one is free`,
    pool,
    nodes: 4 * half,
    quotas: { red: { accelerators: 32 * half } },
    steps: [
      {
        submit: ["a", "b", "c", "d"].map((job) => red(job, { nodes: half })),
        want: { "red-a": on(0), "red-b": on(half), "red-c": on(whole), "red-d": on(3 * half) },
      },
      { finish: ["red-a", "red-c"], want: freed },
      { submit: [red("e", { nodes: whole, ...asked })], want: { ...freed, "red-e": waits } },
      {
        // The same gang that asks for less runs, so it is not quota that the first lacks.
        submit: [red("f", { nodes: whole, ...wider })],
        finish: ["red-f"],
        want: { ...freed, "red-e": waits, "red-f": "finished" },
      },
      {
        finish: ["red-d"],
        want: { ...freed, "red-d": "finished", "red-e": on(whole, whole), "red-f": "finished" },
      },
    ],
  };
}

export const rackRow = halves("racks", "racks", 2, oneRack, {});
export const nvlinkRow = halves("domains of NVLink", "nvlink", 1, oneNvlink, oneRack);
