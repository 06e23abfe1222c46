/** Reads a QR code out of a picture: the browser's own reader where it has one, else jsQR, fetched when needed. */
export type Reader = (picture: HTMLCanvasElement) => Promise<string | null>;

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
declare const BarcodeDetector: {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
};

async function own(): Promise<Reader | null> {
  if (!('BarcodeDetector' in window)) return null;
  const formats = await BarcodeDetector.getSupportedFormats().catch((): string[] => []);
  if (!formats.includes('qr_code')) return null;
  const detector = new BarcodeDetector({ formats: ['qr_code'] });
  return async (picture) => (await detector.detect(picture))[0]?.rawValue ?? null;
}

async function fetched(): Promise<Reader> {
  const { default: jsQR } = await import('jsqr');
  return async (picture) => {
    const context = picture.getContext('2d', { willReadFrequently: true });
    const image = context?.getImageData(0, 0, picture.width, picture.height);
    return image ? (jsQR(image.data, image.width, image.height)?.data ?? null) : null;
  };
}

export const makeReader = async (): Promise<Reader> => (await own()) ?? fetched();

const LONGEST = 720;
/** Draws a frame or a photo small enough to be read quickly. */
export function draw(
  source: CanvasImageSource,
  width: number,
  height: number,
  canvas: HTMLCanvasElement,
): boolean {
  if (!width || !height) return false;
  const factor = Math.min(1, LONGEST / Math.max(width, height));
  canvas.width = Math.round(width * factor);
  canvas.height = Math.round(height * factor);
  canvas.getContext('2d', { willReadFrequently: true })?.drawImage(source, 0, 0, canvas.width, canvas.height);
  return true;
}
