/** Reads the parts of an image reference that say which image will run. */

export interface ImageReference {
  readonly tag?: string;
  readonly digest?: string;
}

/** Tag and digest; a colon before the last slash belongs to the registry's port. */
export function parseImage(image: string): ImageReference {
  const [name = "", digest] = image.split("@");
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  return { tag, digest };
}

/** Whether the reference names one release at least, rather than whatever is newest. */
export function isPinned({ tag, digest }: ImageReference): boolean {
  return digest !== undefined || (tag !== undefined && tag !== "latest");
}
