/** Runs once before all tests: builds what is missing of the toolchain, with its progress on standard error. */
import { ensureToolchain } from "../../embedded/toolchain/toolchain.ts";

export async function setup(): Promise<void> {
  await ensureToolchain();
}
