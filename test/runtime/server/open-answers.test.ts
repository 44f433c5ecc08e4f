import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { OpenAnswers } from "../../../runtime/server/open-answers.ts";
import { until } from "../../support/runtime/served.ts";

const request = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const refusal = "HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\nconnection: close\r\n\r\nno no";

/** A client, what it has heard, and the answers that the server has open. */
async function connected() {
  const answers: ServerResponse[] = [];
  const server = createServer((request, response) => {
    answers.push(response);
    request.resume();
  });
  const open = new OpenAnswers(server);
  server.on("clientError", (_, socket: Socket) => open.refuse(socket, refusal));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => {
    socket.destroy();
    server.close();
    server.closeAllConnections();
  });
  const heard: string[] = [];
  socket.on("data", (bytes) => heard.push(bytes.toString("latin1")));
  const closed = once(socket, "close");
  const send = async (bytes: string, answersOpen: number) => {
    socket.write(bytes);
    await until(() => answers.length === answersOpen);
  };
  const text = () => heard.join("");
  return { socket, server, answers, send, closed, text, bodies: () => text().match(/[a-z]+ no|<\w+>/g) };
}

test("bytes that are no HTTP are refused where nothing is owed", async () => {
  const { send, closed, text } = await connected();
  await send("nonsense\r\n\r\n", 0);
  await closed;
  expect(text()).toBe(refusal);
});

test("behind answers that are owed they are refused after these, begun or not", async () => {
  const { socket, send, answers, closed, text, bodies } = await connected();
  await send(`${request}${request}`, 2);
  answers[0]?.write("<first>");
  await until(() => text().includes("<first>"));
  await send("nonsense\r\n\r\n", 2);
  socket.write("and more of it\r\n\r\n");
  // What is no HTTP has been read by now.
  await new Promise((resolve) => setTimeout(resolve, 50));
  answers[0]?.end("<end>");
  answers[1]?.end("<second>");
  await closed;
  expect(bodies()).toEqual(["<first>", "<end>", "<second>", "no no"]);
  expect(text().match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 400"]);
});

const broken = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\nno length\r\n\r\n";

test.each([
  { case: "alone", before: "", owed: 1, want: ["no no"] },
  { case: "behind another", before: request, owed: 2, want: ["<first>", "no no"] },
])("a request whose body is broken is refused in its own place: $case", async (row) => {
  const { send, answers, closed, bodies } = await connected();
  await send(`${row.before}${broken}`, row.owed);
  if (row.owed === 2) answers[0]?.end("<first>");
  await closed;
  expect(bodies()).toEqual(row.want);
});

test("where its own answer has begun, the connection ends", async () => {
  const { send, answers, closed, text, bodies } = await connected();
  const [head = "", rest = ""] = broken.split("no length");
  await send(head, 1);
  answers[0]?.write("<own>");
  await until(() => text().includes("<own>"));
  await send(`no length${rest}`, 1);
  await closed;
  expect(bodies()).toEqual(["<own>"]);
});

test("a request that was answered before its body came hears no second answer", async () => {
  const { send, answers, closed, text, bodies } = await connected();
  await send(`${request}${broken.split("1\r\na")[0]}`, 2);
  answers[0]?.end("<first>");
  answers[1]?.writeHead(401).end("<refused>");
  await until(() => text().includes("<refused>"));
  await send("no length\r\n\r\n", 2);
  await closed;
  expect(bodies()).toEqual(["<first>", "<refused>"]);
  expect(text().match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 401"]);
});
