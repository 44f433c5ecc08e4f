/** What the tiny model says beyond explaining words: how things are done, and what people just say. */

/** Something that somebody wants to do. */
export interface Task {
  /** As they stand in "How do I ...?". */
  readonly wishes: readonly string[];
  readonly answer: string;
}

/** Whatever is asked in words of its own. */
export interface Saying {
  readonly questions: readonly string[];
  readonly answer: string;
}

export const tasks: readonly Task[] = [
  {
    wishes: ["start Plinth", "start the platform", "bring it up", "begin", "install Plinth"],
    answer: "Type npm run up. It builds what is missing, starts the cluster and brings the platform up.",
  },
  {
    wishes: ["see the plan", "show the plan", "read the plan", "know what a stack costs"],
    answer: "Type npm run plan. It shows pools, promises, models, replicas and costs, and touches nothing.",
  },
  {
    wishes: ["preview a change", "see what would change", "check a change"],
    answer: "Type npm run preview. It shows every object that would change, checked by the policies.",
  },
  {
    wishes: ["see what runs", "see why my job waits", "see the status", "list the jobs"],
    answer: "Type npm run status. It shows what runs, what waits, and why.",
  },
  {
    wishes: ["stop Plinth", "stop the cluster", "take it down", "remove everything"],
    answer: "Type npm run down. It destroys the stack and stops the cluster.",
  },
  {
    wishes: ["run the tests", "test Plinth"],
    answer: "Type npm test. The whole suite runs against the same real programs.",
  },
  {
    wishes: ["know how many nodes I need", "plan the capacity", "size a pool"],
    answer: "Type npm run capacity with a trace of your jobs. It tells how many nodes each pool needs.",
  },
  {
    wishes: ["add a team", "make a new team"],
    answer: "Add it under teams in the stack file, with a cost center and quotas. Then type npm run up.",
  },
  {
    wishes: ["change a quota", "give a team more GPUs"],
    answer: "Change the number under quotas in the stack file and type npm run up. One object changes.",
  },
  {
    wishes: ["add a pool", "get more GPUs", "add GPUs"],
    answer: "Add a row under pools in the stack file: a name, an accelerator and the number of nodes.",
  },
  {
    wishes: ["share a GPU", "split a GPU", "use a part of a GPU"],
    answer: "Choose MIG if each part needs memory of its own, and time slicing if the pods trust each other.",
  },
  {
    wishes: ["serve a model", "deploy a model"],
    answer: "Name the model and its load in the stack file. The plan tells how many replicas it takes.",
  },
  {
    wishes: ["talk to you from a program", "use the API", "send a request"],
    answer: "Use any OpenAI client. Point its base URL at this server and call chat completions.",
  },
];

export const sayings: readonly Saying[] = [
  {
    questions: ["Hello", "Hi", "Hello there", "Hey", "Good morning", "Good evening", "Hi there"],
    answer: "Hello! I am the tiny model of Plinth. Ask me about queues, GPUs or the runtime.",
  },
  {
    questions: [
      "Who are you?",
      "What are you?",
      "What is your name?",
      "Tell me about yourself.",
      "Are you an AI?",
      "Introduce yourself.",
    ],
    answer:
      "I am a tiny language model. A script of Plinth trained me in about a minute on one processor core.",
  },
  {
    questions: ["How are you?", "How is it going?", "How do you do?"],
    answer: "I am fine, thank you, and ready to answer. Ask me something about Plinth.",
  },
  {
    questions: ["Thank you", "Thanks", "Thanks a lot", "Thank you very much", "Great, thanks", "Many thanks"],
    answer: "You are welcome. Ask me more about Plinth whenever you like.",
  },
  {
    questions: ["Bye", "Bye bye", "Goodbye", "See you", "Good night", "See you later"],
    answer: "Goodbye! May your queues be short and your GPUs be busy.",
  },
  {
    questions: [
      "What can you do?",
      "What do you know?",
      "What can I ask you?",
      "Help",
      "Help me",
      "Can you help me?",
      "I need help",
    ],
    answer:
      "I can tell you what the words of Plinth mean, such as ClusterQueue or MIG, and which command to use.",
  },
  {
    questions: ["How big are you?", "How many parameters do you have?", "How large are you?", "Are you big?"],
    answer:
      "I have about half a million parameters in three layers. That is very little for a language model.",
  },
  {
    questions: ["How were you made?", "How were you trained?", "Who made you?", "Where do you come from?"],
    answer: "A script of Plinth made me: it wrote a small text, learned its tokens and trained my weights.",
  },
  {
    questions: ["Where does Plinth run?", "Which clouds does Plinth know?", "Does it run on AWS?"],
    answer: "Plinth runs on AWS, on Google Cloud, on a cluster that you have, and on one machine by itself.",
  },
  {
    questions: [
      "Do I need a GPU?",
      "Do I need a GPU for this?",
      "Do I need a GPU to try Plinth?",
      "Does it work without a GPU?",
      "Does it need a GPU?",
      "Must I have a GPU?",
      "Can I try it on my laptop?",
      "Does it run on one machine?",
    ],
    answer: "No GPU is needed to try Plinth. The local nodes are simulated and I run on a processor core.",
  },
  {
    questions: [
      "Is Plinth free?",
      "What is the license?",
      "Is it open source?",
      "Which license does it have?",
    ],
    answer: "Plinth is open source under the Apache License 2.0.",
  },
  {
    questions: [
      "What is the difference between MIG and time slicing?",
      "MIG or time slicing?",
      "Should I use MIG or time slicing?",
      "Which is better, MIG or time slicing?",
      "How does MIG differ from time slicing?",
    ],
    answer: "MIG walls the parts of a GPU off from each other. With time slicing the pods share all of it.",
  },
  {
    questions: [
      "What is the difference between a ClusterQueue and a LocalQueue?",
      "ClusterQueue or LocalQueue?",
      "How does a LocalQueue differ from a ClusterQueue?",
    ],
    answer: "A ClusterQueue holds the quota. A LocalQueue is the door to it in a team's namespace.",
  },
  {
    questions: [
      "Why does my job wait?",
      "Why is my job not running?",
      "My job does not start",
      "My job waits",
      "Why is my job waiting?",
    ],
    answer: "Most often its quota is used up. npm run status tells the reason in the words of Kueue.",
  },
  {
    questions: ["Can I trust you?", "Are you always right?", "Do you make mistakes?", "Are you clever?"],
    answer: "Do not trust me too much. I am tiny, I know few sentences, and the docs know better.",
  },
  {
    questions: [
      "What is the weather like?",
      "Who won the game?",
      "Tell me a joke",
      "What is two plus two?",
      "Write a poem",
      "What is the capital of France?",
      "How old is the moon?",
      "Write a program in Python",
      "Do you like music?",
      "What should I eat today?",
      "Who is the president?",
      "Translate this into German",
      "What time is it?",
      "Tell me a story",
      "What is the capital of Spain?",
      "What is the biggest city in the world?",
      "Who wrote this book?",
      "What is three times seven?",
      "How far is the sun?",
      "Who was Napoleon?",
      "Do you love me?",
      "Do you have a cat?",
      "How do I cook rice?",
      "How do I fix my car?",
      "Explain the stars.",
      "Tell me about the sea.",
      "What is the best phone?",
      "Where is my dog?",
      "When is the next train?",
      "What do you think of football?",
      "Can you sing?",
      "How many people live in Rome?",
      "Which film should I watch?",
      "What does a bird do?",
    ],
    answer: "I do not know that. I am tiny and know only a few things about Plinth.",
  },
];
