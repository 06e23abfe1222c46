/** Sound and vibration. A browser lets a page sound only after somebody has touched it. */
const PATTERN = [400, 150, 400, 150, 700];
const EVERY_MS = 2500;
const TONES = [880, 1175, 880, 1175];
const TONE_S = 0.18;

let context: AudioContext | undefined;
let timer: ReturnType<typeof setInterval> | undefined;
/** What rings now: an order, a call. It is quiet when nothing does. */
const ringing = new Set<string>();

/** The first touch anywhere allows it for as long as the page lives. */
export function allowSound(): void {
  const touched = () => {
    context ??= new AudioContext();
    context.resume().catch(() => undefined);
  };
  for (const event of ['pointerdown', 'keydown']) document.addEventListener(event, touched);
}

function sound(): void {
  if (!context || context.state !== 'running') return;
  const volume = context.createGain();
  volume.gain.value = 0.6;
  volume.connect(context.destination);
  TONES.forEach((frequency, n) => {
    const tone = (context as AudioContext).createOscillator();
    tone.type = 'square';
    tone.frequency.value = frequency;
    tone.connect(volume);
    const begin = (context as AudioContext).currentTime + n * TONE_S * 1.2;
    tone.start(begin);
    tone.stop(begin + TONE_S);
  });
}

function ringOnce(): void {
  navigator.vibrate?.(PATTERN);
  sound();
}

export function startRinging(what: string): void {
  ringing.add(what);
  if (timer) return;
  ringOnce();
  timer = setInterval(ringOnce, EVERY_MS);
}

export function stopRinging(what: string): void {
  ringing.delete(what);
  if (!timer || ringing.size) return;
  clearInterval(timer);
  timer = undefined;
  navigator.vibrate?.(0);
}
