/** A stack of a cloud on this machine: stand-ins for the cloud, the embedded API server for its cluster. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parse, stringify } from "yaml";
import { type CommandResult, eventually, TestPlatform } from "../platform.ts";
import { type InstalledClouds, installClouds } from "./install.ts";

export interface Step {
  readonly op: string;
  readonly urn: string;
}

/** Server, authority and client certificate of the embedded cluster. */
export interface ClusterLogin {
  readonly server: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** The least stack that brings Kueue. */
const local = {
  environment: "local",
  pools: [{ name: "tiny", accelerator: "nvidia-t4", nodes: 1, acceleratorsPerNode: 1 }],
  queueing: { cohorts: ["own"] },
};

export class CloudPlatform {
  readonly platform: TestPlatform;
  readonly clouds: InstalledClouds;
  readonly login: ClusterLogin;
  private readonly directory: string;
  private readonly stack: string;

  private constructor(stack: string, directory: string, platform: TestPlatform, home: string) {
    this.stack = stack;
    this.directory = directory;
    this.platform = platform;
    this.clouds = installClouds(home, join(directory, "clouds"));
    this.login = readLogin(platform.state.kubeconfig);
  }

  /** With a cluster that already runs Kueue, which a local stack brought. */
  static async start(stack: string): Promise<CloudPlatform> {
    const directory = mkdtempSync(join(tmpdir(), "plinth-cloud-"));
    const bin = join(directory, "bin");
    mkdirSync(bin);
    const platform = new TestPlatform({ PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` });
    await platform.must("up", "--stack-file", platform.stackFile(local), "--json");
    const { PULUMI_HOME } = JSON.parse((await platform.must("env", "--json")).stdout);
    await forgetTopology(platform);
    return new CloudPlatform(stack, directory, platform, PULUMI_HOME);
  }

  /** A command of a cloud by which kubeconfigs log in; it answers with the embedded cluster's certificate. */
  loginCommand(name: string): void {
    const { certificate, key } = this.login;
    const credential = {
      apiVersion: "client.authentication.k8s.io/v1beta1",
      kind: "ExecCredential",
      status: { clientCertificateData: certificate, clientKeyData: key },
    };
    const file = join(this.directory, "bin", name);
    writeFileSync(`${file}.json`, JSON.stringify(credential));
    writeFileSync(file, `#!/bin/sh\nexec cat '${file}.json'\n`);
    chmodSync(file, 0o755);
  }

  preview(platform: object): Promise<CommandResult> {
    return this.platform.run("preview", "--stack", this.stack, "--stack-file", this.file(platform), "--json");
  }

  /** What a preview would do, as "update NodeGroup l4-#": generations are told apart by # alone. */
  async steps(platform: object): Promise<string[]> {
    const result = await this.preview(platform);
    if (result.code !== 0) throw new Error(`${result.stdout}\n${result.stderr}`);
    const found: Step[] = JSON.parse(result.stdout).steps;
    return found
      .filter(({ op, urn }) => op !== "same" && !urn.includes("pulumi:pulumi:Stack"))
      .map(({ op, urn }) => `${op} ${shortName(urn)}`)
      .sort();
  }

  up(platform: object): Promise<CommandResult> {
    return this.platform.run("up", "--stack", this.stack, "--stack-file", this.file(platform), "--json");
  }

  async remove(): Promise<void> {
    await this.platform.remove();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private file(platform: object): string {
    const file = join(this.directory, `Pulumi.${this.stack}.yaml`);
    writeFileSync(file, stringify({ config: { "plinth:platform": platform } }));
    return file;
  }
}

/** The local stack's levels, which no other cluster has, and which cannot be changed. */
async function forgetTopology({ api }: TestPlatform): Promise<void> {
  const root = "/apis/kueue.x-k8s.io/v1beta2";
  await api.remove(`${root}/resourceflavors/tiny`);
  await api.remove(`${root}/topologies/default`);
  const left = () => api.list(`${root}/topologies`);
  await eventually(left, (topologies) => topologies.length === 0);
}

/** The innermost type and the name, whose generation may be any: "NodeGroup l4-#". */
function shortName(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split(":").at(-1)} ${name.replace(/-[0-9a-f]{6}(?=-|$)/, "-#")}`;
}

function readLogin(kubeconfig: string): ClusterLogin {
  const { clusters, users } = parse(readFileSync(kubeconfig, "utf8"));
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  return {
    server: cluster.server,
    authority: cluster["certificate-authority-data"],
    certificate: Buffer.from(user["client-certificate-data"], "base64").toString(),
    key: Buffer.from(user["client-key-data"], "base64").toString(),
  };
}
