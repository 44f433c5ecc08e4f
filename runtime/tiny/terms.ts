/** The words of Plinth that the tiny model can explain, in plain short sentences written for this project. */

/** Something that is asked about by name. */
export interface Term {
  /** As it stands in "What is ...?". */
  readonly names: readonly string[];
  readonly answer: string;
}

export const terms: readonly Term[] = [
  {
    names: ["Plinth", "this project", "this platform"],
    answer: "Plinth is an AI platform written as typed code: GPU pools, queues, teams, training and serving.",
  },
  {
    names: ["Pulumi"],
    answer:
      "Pulumi turns a program into infrastructure. Plinth is a library of Pulumi components in TypeScript.",
  },
  {
    names: ["Kubernetes"],
    answer: "Kubernetes runs containers on many machines. Plinth puts its queues and jobs on it.",
  },
  {
    names: ["Kueue"],
    answer: "Kueue decides which job may start and which has to wait. It knows the quotas of all teams.",
  },
  {
    names: ["a ClusterQueue", "a cluster queue", "the ClusterQueue"],
    answer: "A ClusterQueue holds the quota of a team: how many GPUs of each pool its jobs may use.",
  },
  {
    names: ["a LocalQueue", "a local queue"],
    answer:
      "A LocalQueue is where a team sends its jobs. It lies in the namespace and points to a ClusterQueue.",
  },
  {
    names: ["a ResourceFlavor", "a resource flavor"],
    answer:
      "A ResourceFlavor names one kind of node, such as those with H100 GPUs, by its labels and taints.",
  },
  {
    names: ["a cohort"],
    answer:
      "A cohort is a group of queues. Queues of one cohort may borrow the quota that others leave idle.",
  },
  {
    names: ["borrowing", "a borrowing limit"],
    answer:
      "A team borrows idle GPUs of its cohort, up to its limit. They go back when their owner wants them.",
  },
  {
    names: ["preemption"],
    answer: "Preemption stops a job of lower priority so that a more important one can start.",
  },
  {
    names: ["a priority class", "priority"],
    answer: "A priority class tells how important a job is. Higher ones start first.",
  },
  {
    names: ["gang scheduling", "a gang"],
    answer: "With gang scheduling all pods of a job start together, or none of them does.",
  },
  {
    names: ["a quota"],
    answer: "A quota is the number of GPUs that a team is promised in a pool.",
  },
  {
    names: ["a team", "a tenant"],
    answer: "A team has a namespace, its own queues, a quota and a cost center.",
  },
  {
    names: ["a GPU pool", "a node pool", "a pool"],
    answer: "A pool is a set of equal nodes: one machine type with one kind of accelerator.",
  },
  {
    names: ["a GPU"],
    answer: "A GPU is a processor for many small sums at once. Training and inference run on it.",
  },
  {
    names: ["MIG", "a MIG profile"],
    answer: "MIG cuts one NVIDIA GPU into up to seven parts. Each has memory and processors of its own.",
  },
  {
    names: ["time slicing", "GPU time slicing"],
    answer: "With time slicing several pods take turns on one GPU. They share its memory without a wall.",
  },
  {
    names: ["the GPU Operator", "the NVIDIA GPU Operator"],
    answer: "The GPU Operator installs the driver and the device plugin, so that pods can ask for GPUs.",
  },
  {
    names: ["a training job", "a TrainingJob"],
    answer: "A training job runs pods on several nodes as one gang, from one queue of a team.",
  },
  {
    names: ["a checkpoint"],
    answer: "A checkpoint is a saved state of training. After a failure the job goes on from there.",
  },
  {
    names: ["node health", "the health controller"],
    answer: "Node health watches the nodes, takes broken ones out of service and tells why.",
  },
  {
    names: ["a policy", "the policy pack", "a policy pack"],
    answer: "A policy pack is a list of rules that are checked before anything is created.",
  },
  {
    names: ["a stack", "a stack file"],
    answer: "A stack file is the whole configuration of one environment. Every field has a bound and a unit.",
  },
  {
    names: ["KWOK"],
    answer: "KWOK simulates nodes. The local cluster of Plinth has H100 nodes that way, without any GPU.",
  },
  {
    names: ["the runtime", "the inference runtime"],
    answer:
      "The runtime answers requests in the way of the OpenAI API. It is TypeScript with kernels in C++.",
  },
  {
    names: ["inference"],
    answer: "Inference is using a trained model: it reads a prompt and writes an answer, token by token.",
  },
  {
    names: ["a token"],
    answer: "A token is a piece of text, often a short word or a part of one. I read and write tokens.",
  },
  {
    names: ["a tokenizer", "the tokenizer"],
    answer: "A tokenizer cuts text into tokens and puts tokens together to text again.",
  },
  {
    names: ["the KV cache", "a KV cache"],
    answer: "The KV cache keeps the keys and values of tokens that were read, so that none is read twice.",
  },
  {
    names: ["paged attention", "PagedAttention"],
    answer: "Paged attention keeps the KV cache in small blocks, so that almost no memory is wasted.",
  },
  {
    names: ["continuous batching"],
    answer:
      "With continuous batching new requests join the running batch at every step and nobody waits for all.",
  },
  {
    names: ["the prefix cache", "prefix caching"],
    answer: "The prefix cache finds prompts that begin alike and computes their common part only once.",
  },
  {
    names: ["chunked prefill", "prefill"],
    answer: "Prefill reads the prompt. It is done in chunks, so that running answers go on beside it.",
  },
  {
    names: ["TTFT", "the time to first token"],
    answer: "TTFT is the time to first token: how long you wait until an answer begins.",
  },
  {
    names: ["temperature", "the temperature"],
    answer: "Temperature tells how much chance decides. At 0 the likeliest token is always taken.",
  },
  {
    names: ["safetensors", "a safetensors file"],
    answer:
      "A safetensors file holds the weights of a model: a header that tells each place, then the numbers.",
  },
  {
    names: ["a replica", "autoscaling"],
    answer: "A replica is one running copy of a model. Autoscaling adds some when the load grows.",
  },
  {
    names: ["a notebook"],
    answer: "A notebook is a Jupyter server of a team. It is stopped when nobody has used it for a while.",
  },
];
