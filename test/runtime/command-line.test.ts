import { expect, onTestFinished, test, vi } from "vitest";
import { type Commands, runCommand } from "../../runtime/command-line.ts";
import { ModelFileError } from "../../runtime/models/model-file-error.ts";
import { SettingsError } from "../../runtime/settings.ts";

const usage = `Usage: plinth COMMAND [FLAGS]

  go      goes
          --far  (default: near)
  return  comes back

Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

function commandsThat(run: () => Promise<number>): Commands {
  return { go: { run, usage: "goes\n--far  (default: near)" }, return: { run, usage: "comes back" } };
}

async function told(run: () => Promise<number>, ...args: string[]) {
  const said: string[] = [];
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  onTestFinished(() => write.mockRestore());
  return { code: await runCommand("plinth", commandsThat(run), args), said: said.join("") };
}

function failing(error: Error, code?: string): () => Promise<number> {
  return () => Promise.reject(Object.assign(error, code !== undefined && { code }));
}

test("a command has the words after its name, and answers the exit code", async () => {
  const run = vi.fn(async () => 3);
  expect(await told(run, "go", "--far", "x")).toEqual({ code: 3, said: "" });
  expect(run).toHaveBeenCalledExactlyOnceWith(["--far", "x"]);
});

test.each([
  { case: "no command", args: [], run: async () => 0, want: { code: 2, said: usage } },
  {
    case: "a command that is not known",
    args: ["fly"],
    run: async () => 0,
    want: { code: 2, said: `there is no command fly\n\n${usage}` },
  },
  {
    case: "a name that every object has",
    args: ["constructor"],
    run: async () => 0,
    want: { code: 2, said: `there is no command constructor\n\n${usage}` },
  },
  {
    case: "a flag that is not known",
    args: ["go"],
    run: failing(new Error("Unknown option"), "ERR_PARSE_ARGS_UNKNOWN_OPTION"),
    want: { code: 2, said: `Unknown option\n\n${usage}` },
  },
  {
    case: "a wrong setting",
    args: ["go"],
    run: failing(new SettingsError("--to: wanted")),
    want: { code: 2, said: "--to: wanted\n" },
  },
  {
    case: "a model that is none",
    args: ["go"],
    run: failing(new ModelFileError("config.json", "is not there")),
    want: { code: 1, said: "config.json: is not there\n" },
  },
])("$case is told with its exit code", async ({ args, run, want }) => {
  expect(await told(run, ...args)).toEqual(want);
});

test("what nobody expected is told with the place where it happened", async () => {
  const { code, said } = await told(failing(new Error("broken")), "go");
  expect([code, said]).toEqual([1, expect.stringMatching(/^Error: broken\n {4}at /)]);
});
