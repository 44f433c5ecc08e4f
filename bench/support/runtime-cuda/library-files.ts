/** Where cuBLASLt may lie on a machine whose CUDA came with PyTorch. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const script = "import nvidia; print(*nvidia.__path__, sep='\\n')";
const seconds = 30;
/** Of NVIDIA's wheels: since CUDA 13 all in one folder, before one for each library. */
const places = [
  join("cu13", "lib", "libcublasLt.so.13"),
  join("cublas", "lib", "libcublasLt.so.13"),
  join("cublas", "lib", "libcublasLt.so.12"),
];

/** Files to try in turn; none where this python has none of NVIDIA's wheels. */
export function pythonLibraryFiles(python = "python3"): readonly string[] {
  try {
    const folders = execFileSync(python, ["-c", script], {
      encoding: "utf8",
      timeout: seconds * 1000,
      stdio: ["ignore", "pipe", "ignore"],
    }).split("\n");
    return folders
      .filter((folder) => folder !== "")
      .flatMap((folder) => places.map((place) => join(folder, place)));
  } catch {
    return [];
  }
}
