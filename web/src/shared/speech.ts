import { onBeforeUnmount, ref } from 'vue';
import { lang } from './i18n';

/** Whether this browser can read aloud at all; those inside some apps cannot. */
export const canSpeak = (): boolean =>
  typeof speechSynthesis !== 'undefined' && 'SpeechSynthesisUtterance' in window;

const MOST = 3000;

/**
 * What a person would read on the page, sentence by sentence: some voices fall silent in the middle of a long text.
 * Numbers to call are said figure by figure; what is marked `data-silent` is not said.
 */
export function sentences(text: string): string[] {
  return text
    .slice(0, MOST)
    .replace(/(?<!\d)(110|119|120|12345)(?!\d)/g, (number) => number.split('').join(' '))
    .split(/[\n。！？；]+/)
    .map((one) => one.trim())
    .filter((one) => /[\p{L}\p{N}]/u.test(one));
}
function words(root: HTMLElement): string {
  const silent = [...root.querySelectorAll<HTMLElement>('[data-silent]')];
  silent.forEach((one) => (one.hidden = true));
  const text = root.innerText;
  silent.forEach((one) => (one.hidden = false));
  return text;
}

/** Reads a part of the page aloud, slowly, and stops when the page is left. */
export function useSpeech() {
  const speaking = ref(false);

  function stop(): void {
    speaking.value = false;
    if (canSpeak()) speechSynthesis.cancel();
  }
  function read(root: HTMLElement | null): void {
    stop();
    if (!root || !canSpeak()) return;
    const all = sentences(words(root)).map((one) => new SpeechSynthesisUtterance(one));
    const last = all.at(-1);
    if (!last) return;
    all.forEach((one) => {
      one.lang = lang() === 'en' ? 'en' : 'zh-CN';
      one.rate = 0.9;
      one.onerror = () => (speaking.value = false);
    });
    last.onend = () => (speaking.value = false);
    speaking.value = true;
    all.forEach((one) => speechSynthesis.speak(one));
  }
  onBeforeUnmount(stop);
  return { speaking, read, stop, able: canSpeak() };
}
