/** Images and the programs that stand in for them. */
import { expect, test } from "vitest";
import { findProgram, type HostProgram, imageRepository } from "../../../embedded/host-node/programs.ts";

test.each([
  { image: "busybox", want: "busybox" },
  { image: "busybox:1.37", want: "busybox" },
  { image: "registry.k8s.io/kueue/kueue:v0.19.2", want: "registry.k8s.io/kueue/kueue" },
  { image: "registry.k8s.io/pause:3.10@sha256:ee65", want: "registry.k8s.io/pause" },
  { image: "registry.k8s.io/pause@sha256:ee65", want: "registry.k8s.io/pause" },
  { image: "localhost:5000/team/app", want: "localhost:5000/team/app" },
  { image: "localhost:5000/team/app:v1", want: "localhost:5000/team/app" },
])("the repository of $image", ({ image, want }) => {
  expect(imageRepository(image)).toBe(want);
});

const kueue: HostProgram = { repository: "registry.k8s.io/kueue/kueue", files: {}, entrypoint: ["/manager"] };

test.each([
  { case: "any tag of its repository", image: "registry.k8s.io/kueue/kueue:main", want: kueue },
  { case: "another registry's image of that name", image: "evil.example/kueue/kueue:main", want: undefined },
  { case: "a repository below it", image: "registry.k8s.io/kueue/kueue/viz:1", want: undefined },
])("a program stands in for $case", ({ image, want }) => {
  expect(findProgram([kueue], image)).toBe(want);
});
