const LONGEST = 1920;
const QUALITY = 0.85;
/** Below this a picture is sent as it is. */
const SMALL = 400_000;

/** A phone's photo is ten times what anybody needs to see a broken lamp: made smaller before it is sent. */
export async function downscale(file: File): Promise<Blob> {
  if (!file.type.startsWith('image/') || file.type === 'image/gif' || file.type === 'image/svg+xml')
    return file;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    return file;
  }
  try {
    const factor = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    if (factor === 1 && file.size <= SMALL) return file;
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(bitmap.width * factor);
    canvas.height = Math.round(bitmap.height * factor);
    const context = canvas.getContext('2d');
    if (!context) return file;
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const small = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
    return small && small.size < file.size ? small : file;
  } finally {
    bitmap.close();
  }
}

/** The name goes with the bytes: a JPEG made here must not be called .png. */
export function nameFor(file: File, blob: Blob): string {
  return blob === file || blob.type === file.type ? file.name : `${file.name.replace(/\.\w+$/, '')}.jpg`;
}
