/** A chat's request as it goes over the wire. */

export const chatPath = "/v1/chat/completions";

export function wire(body: object, connection: "keep-alive" | "close" = "keep-alive"): string {
  const text = JSON.stringify(body);
  const head = [
    `POST ${chatPath} HTTP/1.1`,
    "host: a",
    `connection: ${connection}`,
    "content-type: application/json",
    `content-length: ${text.length}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${text}`;
}
