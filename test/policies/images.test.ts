import { expect, test } from "vitest";
import { isPinned, parseImage } from "../../policies/images.ts";

const digest = "sha256:ee6521f290b2168b6e0935a181d4cff9be1ac3f505666ef0e3c98fae8199917a";

test.each([
  { image: "pause", want: {}, pinned: false },
  { image: "pause:latest", want: { tag: "latest" }, pinned: false },
  { image: "pause:3.10", want: { tag: "3.10" }, pinned: true },
  { image: "registry.example:5000/pause", want: {}, pinned: false },
  { image: "registry.example:5000/pause:3.10", want: { tag: "3.10" }, pinned: true },
  { image: `registry.example:5000/pause@${digest}`, want: { digest }, pinned: true },
  { image: `pause:latest@${digest}`, want: { tag: "latest", digest }, pinned: true },
])("$image", ({ image, want, pinned }) => {
  expect(parseImage(image)).toEqual(want);
  expect(isPinned(parseImage(image))).toBe(pinned);
});
