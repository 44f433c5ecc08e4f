/** Runs once before all tests: builds what is missing of the toolchain, and shows its progress. */
import { ensureToolchain } from "../../embedded/toolchain/toolchain.ts";

export async function setup(): Promise<void> {
  await ensureToolchain();
}
