/** Who may import what: the order in which the project's folders build on each other. */
import { type Import, type Source, violation } from "./project.ts";

type Area =
  | "catalogue"
  | "planning"
  | "components"
  | "controllers"
  | "policies"
  | "embedded"
  | "stacks"
  | "runtime"
  | "bench"
  | "examples"
  | "test";

interface Direction {
  /** Areas beside its own. */
  readonly areas: readonly Area[];
  /** Single files of other areas. */
  readonly files?: readonly string[];
  readonly instead: string;
}

const everything: readonly Area[] = [
  "catalogue",
  "planning",
  "components",
  "controllers",
  "policies",
  "embedded",
];
const controllerSettings = "controllers/node-health/settings.ts";

const directions: Readonly<Record<Area, Direction>> = {
  catalogue: { areas: [], instead: "hold facts only" },
  planning: { areas: ["catalogue"], instead: "pass it as an argument: planning is pure" },
  components: {
    areas: ["catalogue", "planning"],
    files: [controllerSettings],
    instead: "pass it as an argument",
  },
  controllers: {
    areas: ["catalogue", "planning"],
    files: ["embedded/cluster/kube-api.ts"],
    instead: "let the component that deploys it say it in its settings",
  },
  policies: {
    areas: ["catalogue"],
    instead: "read the object, not the code that made it",
  },
  embedded: {
    areas: ["catalogue"],
    instead: "let the stack pass it",
  },
  stacks: {
    areas: ["catalogue", "planning", "components"],
    files: ["embedded/installation.ts", controllerSettings],
    instead: "use what embedded/installation.ts tells",
  },
  runtime: { areas: [], instead: "keep the inference runtime free of the platform" },
  bench: {
    areas: [...everything, "runtime"],
    files: [
      ...["platform", "gangs", "gang-watch", "gcp-stack", "chart-repository"],
      ...["cloud/cloud-platform", "cloud/aws-stack", "runtime/served-runtime"],
    ].map((name) => `test/support/${name}.ts`),
    instead: "measure through the commands, as a user would",
  },
  examples: {
    areas: ["components"],
    files: ["embedded/installation.ts"],
    instead: "show what the library's index has",
  },
  test: {
    areas: [...everything, "stacks", "runtime", "bench", "examples"],
    instead: "test the project's own code",
  },
};

/** Everything but catalogue, planning, controllers, runtime and most of the embedded cluster. */
const pulumiHome =
  /^(components\/(?!(catalogue|planning)\/)|embedded\/language-host\/|(policies|stacks|test|bench|examples))/;

/** Where each package with a price or a purpose of its own may be loaded. */
const packageHomes: readonly {
  readonly name: RegExp;
  readonly home: RegExp;
  readonly typesAnywhere?: boolean;
  readonly instead: string;
}[] = [
  {
    name: /^@pulumi\/aws$/,
    home: /(^|\/)aws(-[a-z-]+)?(\.test)?\.ts$|^(policies|stacks)\//,
    instead: "put it behind a contract, in an adapter called aws.ts",
  },
  {
    name: /^@pulumi\/gcp$/,
    home: /(^|\/)gcp(-[a-z-]+)?(\.test)?\.ts$|^(policies|stacks)\//,
    instead: "put it behind a contract, in an adapter called gcp.ts",
  },
  {
    name: /^@kubernetes\/client-node$/,
    home: /^test\//,
    typesAnywhere: true,
    instead: "import only its types, and use KubeApi",
  },
  {
    name: /^@pulumi\//,
    home: pulumiHome,
    instead: "keep catalogue, planning and runtime free of Pulumi",
  },
  {
    name: /^vitest$/,
    home: /^(test\/|vitest\.config\.ts$)/,
    instead: "keep test code in test/",
  },
];

export function directionViolations(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, imports }) =>
    imports.flatMap((found) => (found.isPackage ? packageProblem(path, found) : areaProblem(path, found))),
  );
}

function areaProblem(path: string, { target, line }: Import): string[] {
  const from = areaOf(path);
  const to = areaOf(target);
  if (from === undefined || to === undefined || from === to) return [];
  const { areas, files = [], instead } = directions[from];
  if (areas.includes(to) || files.includes(target)) return [];
  return [violation(path, line, `${from} must not import ${target}`, instead)];
}

function packageProblem(path: string, { target, line, isTypeOnly }: Import): string[] {
  return packageHomes
    .filter(({ name, home, typesAnywhere }) => {
      return name.test(target) && !home.test(path) && !(typesAnywhere && isTypeOnly);
    })
    .map(({ instead }) => violation(path, line, `${target} must not be imported here`, instead));
}

function areaOf(path: string): Area | undefined {
  const [first = "", second = ""] = path.split("/");
  if (first === "components" && (second === "catalogue" || second === "planning")) return second;
  return first in directions ? (first as Area) : undefined;
}

/** Files that need each other to load: neither can be understood or tested alone. */
export function cycleViolations(sources: readonly Source[]): string[] {
  const edges = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter(({ isPackage, isTypeOnly }) => !isPackage && !isTypeOnly).map(({ target }) => target),
    ]),
  );
  const finished = new Set<string>();
  const found: string[] = [];
  const follow = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      const cycle = [...trail.slice(trail.indexOf(path)), path].join(" -> ");
      found.push(
        violation(path, 1, `imports itself through ${cycle}`, "move the shared part to a third file"),
      );
    } else if (!finished.has(path)) {
      for (const next of edges.get(path) ?? []) follow(next, [...trail, path]);
      finished.add(path);
    }
  };
  for (const path of edges.keys()) follow(path, []);
  return found;
}
