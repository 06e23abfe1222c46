/** Camera and microphone for a call, as good as this device has them. */
const SOUND: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};
const PICTURE: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { max: 30 },
};

export type Facing = 'user' | 'environment';

const asked = async (constraints: MediaStreamConstraints): Promise<MediaStream | null> =>
  navigator.mediaDevices?.getUserMedia(constraints).catch(() => null) ?? null;

/** What there is and is allowed: picture and sound, sound alone, or nothing, and then one still sees the other. */
export async function openMedia(facing: Facing): Promise<MediaStream> {
  return (
    (await asked({ audio: SOUND, video: { ...PICTURE, facingMode: facing } })) ??
    (await asked({ audio: SOUND })) ??
    (await asked({ video: { ...PICTURE, facingMode: facing } })) ??
    new MediaStream()
  );
}

export function closeMedia(stream: MediaStream | null): void {
  stream?.getTracks().forEach((track) => track.stop());
}

export async function cameras(): Promise<MediaDeviceInfo[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return all.filter((one) => one.kind === 'videoinput');
}

/**
 * The next camera instead of the present one; a new stream with the same sound. Phones open one camera at a time, so
 * the present one is let go first, and taken again when the other cannot be had.
 */
export async function nextCamera(now: MediaStream): Promise<MediaStream> {
  const present = now.getVideoTracks()[0];
  const list = await cameras();
  const id = present?.getSettings().deviceId;
  const at = list.findIndex((one) => one.deviceId === id);
  const next = list[(at + 1) % list.length];
  if (!present || !next || next.deviceId === id) return now;
  present.stop();
  const open = (deviceId: string | undefined) =>
    asked({ video: { ...PICTURE, ...(deviceId ? { deviceId: { exact: deviceId } } : {}) } });
  const got = (await open(next.deviceId)) ?? (await open(id));
  return new MediaStream([...now.getAudioTracks(), ...(got?.getVideoTracks() ?? [])]);
}

const QUALITY = 0.9;

/** What the film shows at this moment. */
export function pictureOf(film: HTMLVideoElement): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  canvas.width = film.videoWidth;
  canvas.height = film.videoHeight;
  if (!canvas.width || !canvas.height) return Promise.resolve(null);
  canvas.getContext('2d')?.drawImage(film, 0, 0);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
}
