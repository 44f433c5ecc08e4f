/** The record of an installation: read back as written, or reported as damaged. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import {
  type InstallationRecord,
  StateDirectory,
  writeFileAtomically,
} from "../../../embedded/cluster/state-directory.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const record: InstallationRecord = {
  layout: 1,
  createdAt: "2026-11-21T06:00:00.000Z",
  ports: {
    etcdClient: 40001,
    etcdPeer: 40002,
    apiServer: 40003,
    controllerManager: 40004,
    scheduler: 40005,
    kueueHealth: 40006,
    kueueMetrics: 40007,
    kueueWebhook: 40008,
  },
  controllers: { jobset: { health: 40009, metrics: 40010, webhook: 40011 } },
};

afterEach(() => vi.unstubAllEnvs());

test.each([
  { case: "by default", variables: {}, want: join(homedir(), ".local/state/plinth") },
  { case: "under XDG_STATE_HOME", variables: { XDG_STATE_HOME: "/xdg" }, want: "/xdg/plinth" },
  {
    case: "where PLINTH_STATE_DIR says",
    variables: { XDG_STATE_HOME: "/xdg", PLINTH_STATE_DIR: "/own" },
    want: "/own",
  },
])("lies $case", ({ variables, want }) => {
  vi.stubEnv("XDG_STATE_HOME", undefined);
  vi.stubEnv("PLINTH_STATE_DIR", undefined);
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  expect(new StateDirectory().root).toBe(want);
});

test("a record comes back as it was written, privately", () => {
  const state = new StateDirectory(join(temporaryDirectory(), "state"));
  expect(state.readRecord()).toBeUndefined();
  state.writeRecord(record);
  expect(state.readRecord()).toEqual(record);
  expect(statSync(state.root).mode & 0o777).toBe(0o700);
  expect(statSync(state.recordFile).mode & 0o777).toBe(0o600);
});

test("a record from before there were controllers has none", () => {
  const state = new StateDirectory(temporaryDirectory());
  writeFileSync(state.recordFile, JSON.stringify({ ...record, controllers: undefined }));
  expect(state.readRecord()).toEqual({ ...record, controllers: {} });
});

test.each([
  {
    case: "truncated",
    text: JSON.stringify(record).slice(0, 40),
    want: "✖ Invalid input: expected object, received undefined",
  },
  {
    case: "of another layout",
    text: JSON.stringify({ ...record, layout: 2 }),
    want: "✖ Invalid input: expected 1",
  },
  {
    case: "with a port that only root may open",
    text: JSON.stringify({ ...record, ports: { ...record.ports, scheduler: 80 } }),
    want: "✖ Too small: expected number to be >=1024",
  },
  {
    case: "with a key that nobody knows",
    text: JSON.stringify({ ...record, colour: "red" }),
    want: '✖ Unrecognized key: "colour"',
  },
])("a record $case is refused and left alone", ({ text, want }) => {
  const state = new StateDirectory(temporaryDirectory());
  writeFileSync(state.recordFile, text);
  expect(() => state.readRecord()).toThrow(
    `${state.recordFile} is damaged (${want}). Nothing was changed. ` +
      "Restore the file, or give the cluster up with `npm run cluster -- reset`.",
  );
  expect(readFileSync(state.recordFile, "utf8")).toBe(text);
});

test("an atomic write replaces the content and leaves no part file", () => {
  const directory = temporaryDirectory();
  const file = join(directory, "file");
  writeFileAtomically(file, "first");
  writeFileAtomically(file, "second");
  expect(readFileSync(file, "utf8")).toBe("second");
  expect(readdirSync(directory)).toEqual(["file"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
