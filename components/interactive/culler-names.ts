/** How notebooks and the program that stops idle ones know each other. */
export const culler = {
  namespace: "notebook-system",
  account: "notebook-culler",
  /** Annotation of its pod: which program it runs. */
  program: "plinth.dev/program",
  labels: { "app.kubernetes.io/name": "notebook-culler" },
} as const;
