import { onBeforeUnmount, watch, type Ref } from 'vue';

/**
 * While `root` is on the page, nothing beside it can be reached by keys or be read aloud; what is said in passing
 * can. Afterwards the focus is where it was.
 */
export function useModal(root: Ref<HTMLElement | null | undefined>): void {
  let beside: HTMLElement[] = [];
  let before: HTMLElement | null = null;

  function release(): void {
    beside.forEach((one) => (one.inert = false));
    beside = [];
    if (before?.isConnected) before.focus();
    before = null;
  }
  function hold(element: HTMLElement): void {
    before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    const all = [...(element.parentElement?.children ?? [])] as HTMLElement[];
    beside = all.filter((one) => one !== element && !one.inert && !one.matches('[role=status]'));
    beside.forEach((one) => (one.inert = true));
  }
  watch(
    root,
    (now) => {
      release();
      if (now) hold(now);
    },
    { flush: 'post', immediate: true },
  );
  onBeforeUnmount(release);
}
