import { expect, test } from "vitest";
import { librariesOf, sharedLibraries } from "../../../runtime/image/shared-libraries.ts";

const told = [
  "\tlinux-vdso.so.1 (0x00007f5a1d67f000)",
  "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f5a1d320000)",
  "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f5a1d13e000)",
  "\t/lib64/ld-linux-x86-64.so.2 (0x00007f5a1d681000)",
  "",
].join("\n");

test("the libraries and their loader are told, and not what the kernel brings", () => {
  expect(librariesOf("a", told)).toEqual([
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib/x86_64-linux-gnu/libm.so.6",
    "/lib64/ld-linux-x86-64.so.2",
  ]);
});

test("a library that is missing is named", () => {
  expect(() => librariesOf("a", "\tlibx.so.1 => not found\n")).toThrow(
    "a needs libx.so.1, which is not on this machine",
  );
});

test("this Node needs the C library", async () => {
  expect((await sharedLibraries(process.execPath)).some((path) => path.includes("/libc.so."))).toBe(true);
});
