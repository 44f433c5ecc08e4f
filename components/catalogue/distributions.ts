/** Distributions of Kubernetes by where their containerd keeps its configuration and its socket. */

interface ContainerRuntime {
  /** Variables by which the toolkit finds containerd; none where it lies where everybody looks. */
  readonly env: Readonly<Record<string, string>>;
  readonly source: string;
  /** Day of the check, as year-month-day. */
  readonly date: string;
}

const date = "2026-11-21";

export const distributions = {
  kubeadm: {
    env: {},
    source: "NVIDIA/cloud-native-docs gpu-operator, containerd options: the defaults of the toolkit",
    date,
  },
  k3s: {
    env: {
      CONTAINERD_CONFIG: "/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl",
      CONTAINERD_SOCKET: "/run/k3s/containerd/containerd.sock",
    },
    source: "NVIDIA/gpu-operator issue 406; the template, for k3s writes config.toml anew at every start",
    date,
  },
  rke2: {
    env: {
      CONTAINERD_CONFIG: "/var/lib/rancher/rke2/agent/etc/containerd/config.toml.tmpl",
      CONTAINERD_SOCKET: "/run/k3s/containerd/containerd.sock",
    },
    source: "RKE2 documentation, NVIDIA operator (socket); a public install script (template)",
    date,
  },
  k0s: {
    env: {
      RUNTIME_CONFIG: "/etc/k0s/containerd.d/nvidia.toml",
      RUNTIME_SOCKET: "/run/k0s/containerd.sock",
      RUNTIME_EXECUTABLE_PATH: "/var/lib/k0s/bin/containerd",
      NVIDIA_RUNTIME_NAME: "nvidia",
    },
    source: "NVIDIA/nvidia-container-toolkit PR 1029",
    date,
  },
  microk8s: {
    env: {
      CONTAINERD_CONFIG: "/var/snap/microk8s/current/args/containerd-template.toml",
      CONTAINERD_SOCKET: "/var/snap/microk8s/common/run/containerd.sock",
      RUNTIME_CONFIG_SOURCE: "file=/var/snap/microk8s/current/args/containerd.toml",
    },
    source: "NVIDIA/cloud-native-docs gpu-operator, containerd options @d045c43",
    date,
  },
} as const satisfies Record<string, ContainerRuntime>;

export type Distribution = keyof typeof distributions;
