/** Sound from the microphone, in whatever form this browser makes: WebM or Ogg with Opus, MP4 with AAC. */
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
/** Speech needs no more; two minutes are half a megabyte. */
const BITS = 32_000;
export const VOICE_MOST_MS = 120_000;

export const canRecord = (): boolean =>
  typeof MediaRecorder !== 'undefined' && Boolean(navigator.mediaDevices?.getUserMedia);

export interface Recording {
  /** Ends it; the microphone is let go. */
  stop(): Promise<Blob>;
  cancel(): void;
}

/** Asks for the microphone and begins. `ended` is called when it stopped by itself, being long enough. */
export async function startRecording(ended: () => void): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS });
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', (event) => parts.push(event.data));
  const over = new Promise<Blob>((done) =>
    recorder.addEventListener('stop', () => {
      stream.getTracks().forEach((track) => track.stop());
      done(new Blob(parts, { type: recorder.mimeType.split(';')[0] }));
    }),
  );
  const timer = setTimeout(ended, VOICE_MOST_MS);
  const stop = () => {
    clearTimeout(timer);
    if (recorder.state !== 'inactive') recorder.stop();
    return over;
  };
  recorder.start(1000);
  return { stop, cancel: () => void stop() };
}

/** 0:07 */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
