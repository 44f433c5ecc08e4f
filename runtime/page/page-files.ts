/** The page that the server shows to a browser: its files, and what a browser may do with them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/** Nothing from anywhere else, nothing inline, in nobody's frame. */
export const pageSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const script = "text/javascript; charset=utf-8";
const types = {
  "page.css": "text/css; charset=utf-8",
  "page.js": script,
  "chat-request.js": script,
  "event-stream.js": script,
  "figures.js": script,
  "icon.svg": "image/svg+xml",
} as const;

/** By the path of the request. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const file = (name: string, type: string) => ({
    type,
    body: readFileSync(join(import.meta.dirname, name)),
  });
  return new Map([
    ["/", file("index.html", "text/html; charset=utf-8")],
    ...Object.entries(types).map(([name, type]): [string, PageFile] => [`/page/${name}`, file(name, type)]),
  ]);
}
