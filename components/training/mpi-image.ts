/** Files of the MPI images of Kubeflow, and of those that are made from them; all have one user. */
const user = "mpiuser";
const home = `/home/${user}`;

export const mpiImage = {
  /** Where the user's keys are mounted. */
  keys: `${home}/.ssh`,
  /** Starts the server that a launcher reaches, without root. */
  server: ["/usr/sbin/sshd", "-De", "-f", `${home}/.sshd_config`],
} as const;
