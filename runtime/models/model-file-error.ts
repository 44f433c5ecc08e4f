/** A file of a model that is not what it has to be: which one, and what in it. */
export class ModelFileError extends Error {
  override name = "ModelFileError";
  readonly file: string;

  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
    this.file = file;
  }
}
