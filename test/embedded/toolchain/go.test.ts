import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { findGo, goCaches, goEnvironment, runGo } from "../../../embedded/toolchain/go.ts";
import { fakeGo } from "../../support/fake-go.ts";

const advice = "install Go 1.26 or newer from https://go.dev/dl and put it on PATH.";

test.each([
  {
    case: "a release",
    says: "go version go1.26.8 linux/amd64",
    want: { version: "1.26.8", os: "linux", arch: "amd64" },
  },
  {
    case: "a later minor",
    says: "go version go1.30 darwin/arm64",
    want: { version: "1.30", os: "darwin", arch: "arm64" },
  },
  {
    case: "a release with experiments",
    says: "go version go1.26.8 X:nodwarf5 linux/amd64",
    want: { version: "1.26.8", os: "linux", arch: "amd64" },
  },
])("finds $case", async ({ says, want }) => {
  const { modules, environment, setVersion } = fakeGo();
  setVersion(`${says}\n`);
  expect(await findGo(modules, "etcd", environment)).toEqual(want);
});

test.each([
  {
    case: "too old",
    says: "go version go1.19.8 linux/amd64",
    want: { code: "go-too-old", message: `Go 1.19.8 is too old to build etcd, kueue: ${advice}` },
  },
  {
    case: "something else",
    says: "the game of go",
    want: { code: "go-missing", message: `Go is not installed, but etcd, kueue must be built: ${advice}` },
  },
])("refuses a go that is $case", async ({ says, want }) => {
  const { modules, environment, setVersion } = fakeGo();
  setVersion(`${says}\n`);
  await expect(findGo(modules, "etcd, kueue", environment)).rejects.toMatchObject(want);
});

test("says so when there is no go", async () => {
  const { modules, home } = fakeGo();
  await expect(findGo(modules, "etcd", { PATH: home })).rejects.toMatchObject({
    code: "go-missing",
    message: `Go is not installed, but etcd must be built: ${advice}`,
  });
});

test("the caches are those that go names", async () => {
  const { modules, environment } = fakeGo();
  expect(await goCaches(modules, environment)).toEqual({
    compiled: join(environment.FAKE_GO ?? "", "compiled"),
    sources: join(environment.FAKE_GO ?? "", "sources"),
  });
});

test("a caller's settings cannot change the result", () => {
  const callers = {
    GOFLAGS: "-tags=mine",
    GOOS: "plan9",
    CGO_ENABLED: "1",
    GOPROXY: "https://proxy.example",
  };
  expect(goEnvironment(callers, "/scratch")).toEqual({
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOOS: "",
    GOARCH: "",
    GOWORK: "off",
    CGO_ENABLED: "0",
    GOPROXY: "https://proxy.example",
    GOTMPDIR: "/scratch",
  });
});

function buildRun(fake: ReturnType<typeof fakeGo>, signal: AbortSignal, lines: string[] = []) {
  return {
    folder: fake.home,
    environment: fake.environment,
    work: "the build of etcd",
    log: join(fake.home, "log"),
    signal,
    onLine: (line: string) => lines.push(line),
  };
}

test("a failure carries the end of the output, the log all of it", async () => {
  const fake = fakeGo();
  fake.beforeBuild("echo example.com/fine >&2", "echo './main.go:1:2: wrong here' >&2", "exit 1");
  const lines: string[] = [];
  const run = buildRun(fake, new AbortController().signal, lines);
  await expect(runGo(["build", "-o", join(fake.home, "etcd"), "./etcd"], run)).rejects.toMatchObject({
    code: "compile",
    message: `Go failed at the build of etcd; the whole output is in ${run.log}:\n./main.go:1:2: wrong here`,
  });
  expect(lines).toEqual(["example.com/fine", "./main.go:1:2: wrong here"]);
  expect(readFileSync(run.log, "utf8")).toBe("example.com/fine\n./main.go:1:2: wrong here\n");
});

test("an abort ends go and its children, then throws its reason", async () => {
  const fake = fakeGo();
  const beat = join(fake.home, "beat");
  fake.beforeBuild(`(while :; do date +%N > ${beat}; sleep 0.02; done) &`, "wait");
  const abort = new AbortController();
  const building = runGo(["build", "-o", join(fake.home, "etcd"), "./etcd"], buildRun(fake, abort.signal));
  const reason = new Error("enough");
  const failed = expect(building).rejects.toBe(reason);
  await expect.poll(() => existsSync(beat)).toBe(true);
  abort.abort(reason);
  await failed;
  const last = readFileSync(beat, "utf8");
  await sleep(200);
  expect(readFileSync(beat, "utf8")).toBe(last);
});

test("nothing starts after an abort", async () => {
  const fake = fakeGo();
  const reason = new Error("enough");
  await expect(runGo(["build"], buildRun(fake, AbortSignal.abort(reason)))).rejects.toBe(reason);
  expect(fake.builds()).toEqual([]);
});
