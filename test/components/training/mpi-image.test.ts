import { expect, test } from "vitest";
import { mpiImage } from "../../../components/training/mpi-image.ts";

test("keys and server are those of the images' own user, never root's", () => {
  const { keys, server } = mpiImage;
  expect([keys, ...server].filter((part) => part.startsWith("/root"))).toEqual([]);
  expect(server.at(-1)).toBe(keys.replace(".ssh", ".sshd_config"));
});
