import { onBeforeUnmount, ref } from 'vue';
import { lang } from './i18n';

/** Whether this browser can read aloud at all; those inside some apps cannot. */
export const canSpeak = (): boolean =>
  typeof speechSynthesis !== 'undefined' && 'SpeechSynthesisUtterance' in window;

/** What a person would read on the page: its own words, without those of buttons' marks. */
function words(root: HTMLElement): string {
  return root.innerText
    .replace(/\s*\n+\s*/g, '。')
    .replace(/。{2,}/g, '。')
    .slice(0, 3000);
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
    const utterance = new SpeechSynthesisUtterance(words(root));
    utterance.lang = lang() === 'en' ? 'en' : 'zh-CN';
    utterance.rate = 0.9;
    utterance.onend = utterance.onerror = () => (speaking.value = false);
    speaking.value = true;
    speechSynthesis.speak(utterance);
  }
  onBeforeUnmount(stop);
  return { speaking, read, stop, able: canSpeak() };
}
