import { expect, test } from "vitest";
import { goFailure } from "../../../embedded/toolchain/go-failure.ts";

const download = (reason: string) =>
  `Cannot download k8s.io/kubernetes v1.36.4 for the build of kubernetes (${reason}): ` +
  "connect to the network or set GOPROXY to a proxy you can reach, and run again; finished parts are kept.";

test.each([
  {
    case: "no name service",
    output: [
      'go: k8s.io/kubernetes@v1.36.4: Get "https://proxy.example/v1.36.4.mod": ' +
        "dial tcp: lookup proxy.example on 192.0.2.1:53: no such host",
    ],
    code: "network",
    message: download("dial tcp: lookup proxy.example on 192.0.2.1:53: no such host"),
  },
  {
    case: "a refused connection, seen from a source file",
    output: [
      "go: downloading k8s.io/kubernetes v1.36.4",
      'main.go:9:2: k8s.io/kubernetes@v1.36.4: Get "https://proxy.example/x": ' +
        "dial tcp 192.0.2.1:443: connect: connection refused",
    ],
    code: "network",
    message: download("dial tcp 192.0.2.1:443: connect: connection refused"),
  },
  {
    case: "a slow handshake",
    output: ['go: k8s.io/kubernetes@v1.36.4: Get "https://proxy.example/x": net/http: TLS handshake timeout'],
    code: "network",
    message: download("TLS handshake timeout"),
  },
  {
    case: "a download in JSON",
    output: [
      "{",
      '\t"Path": "k8s.io/kubernetes",',
      '\t"Error": "k8s.io/kubernetes@v1.36.4: Get \\"https://proxy.example/x\\": ' +
        'dial tcp 192.0.2.1:443: i/o timeout"',
      "}",
    ],
    code: "network",
    message: download("dial tcp 192.0.2.1:443: i/o timeout"),
  },
  {
    case: "downloads switched off",
    output: ["go: downloading k8s.io/kubernetes v1.36.4", "module lookup disabled by GOPROXY=off"],
    code: "network",
    message:
      "GOPROXY is off, but the build of kubernetes must download modules: unset GOPROXY or set it to a " +
      "proxy you can reach, and run again; finished parts are kept.",
  },
  {
    case: "a proxy that refuses",
    output: ["go: k8s.io/kubernetes@v1.36.4: reading https://proxy.example/v1.36.4.zip: 403 Forbidden"],
    code: "network",
    message:
      "Cannot download k8s.io/kubernetes v1.36.4 for the build of kubernetes " +
      "(https://proxy.example answers 403 Forbidden): " +
      "set GOPROXY to a proxy that serves it, and run again; finished parts are kept.",
  },
  {
    case: "a full disk",
    output: ["k8s.io/api/core/v1: write /tmp/b001/_pkg_.a: no space left on device"],
    code: "disk-full",
    message:
      "The disk became full during the build of kubernetes: free some space, or point XDG_CACHE_HOME, " +
      "GOCACHE and GOMODCACHE at a larger disk, and run again; finished parts are kept.",
  },
  {
    case: "no memory",
    output: ["k8s.io/api/core/v1: /usr/lib/go/pkg/tool/compile: signal: killed"],
    code: "memory",
    message:
      "The system killed the compiler during the build of kubernetes, most likely for lack of memory: " +
      "free 4 GiB, or set GOMAXPROCS=1, and run again; finished parts are kept.",
  },
  {
    case: "a compile error, without the packages that went well",
    output: ["k8s.io/api/core/v1", "# plinth/kubernetes", "kubernetes/main.go:9:2: undefined: nothing"],
    code: "compile",
    message:
      "Go failed at the build of kubernetes; the whole output is in /cache/logs/kubernetes.log:\n" +
      "# plinth/kubernetes\nkubernetes/main.go:9:2: undefined: nothing",
  },
])("$case", ({ output, code, message }) => {
  const error = goFailure(output, "the build of kubernetes", "/cache/logs/kubernetes.log");
  expect({ code: error.code, message: error.message }).toEqual({ code, message });
});

test("a long compile error ends with its last 20 lines", () => {
  const output = Array.from({ length: 50 }, (_, i) => `main.go:${i + 1}:1: wrong here`);
  const [, ...shown] = goFailure(output, "the build of etcd", "/etcd.log").message.split("\n");
  expect(shown).toEqual(output.slice(30));
});
