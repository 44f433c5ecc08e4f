/** The path by which a request finds its route: OpenAI under another prefix, and names that have slashes. */

const openai = /^\/openai\/v1\//;
const models = "/v2/models/";

/**
 * In `/v1/models/NAME` the name is the end of the path. KServe's has more behind it, so that the slashes of a
 * name would part it (`/v2/models/Qwen/Qwen3-0.6B/infer`): of a name that is known they are escaped.
 */
export function routedUrl(url: string, names: readonly string[]): string {
  if (!url.startsWith(models)) return url.replace(openai, "/v1/");
  const rest = url.slice(models.length);
  const [name = ""] = names
    .flatMap((name) => [name, name.split("/").map(encodeURIComponent).join("/")])
    .filter((name) => name.includes("/") && isBeginning(name, rest))
    // One name may begin with another.
    .sort((one, other) => other.length - one.length);
  return `${models}${name.replaceAll("/", "%2F")}${rest.slice(name.length)}`;
}

function isBeginning(name: string, path: string): boolean {
  const next = path[name.length];
  return path.startsWith(name) && (next === undefined || next === "/" || next === "?");
}
