/** Where things lie in the image, and how it is started. */
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("../../", import.meta.url));
export const home = "/app";
export const node = "/usr/bin/node";
export const imageEntrypoint: readonly string[] = [
  ...[node, "--disable-warning=ExperimentalWarning", `${home}/runtime/main.ts`],
  ...["serve", "--model", "/model"],
];
export const imageEnvironment: Readonly<Record<string, string>> = {
  PATH: "/usr/bin",
  HOME: "/tmp",
  NODE_ENV: "production",
};
