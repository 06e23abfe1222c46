import { onBeforeUnmount, onMounted, type Ref } from 'vue';

const FAR = 70;
/** Steeper is scrolling. */
const FLAT = 2.5;

/** A finger drawn across the page. */
export function useSwipe(
  target: Ref<HTMLElement | undefined>,
  does: { left?: () => void; right?: () => void },
): void {
  let from: Touch | undefined;
  const begin = (event: TouchEvent) => (from = event.touches.length === 1 ? event.touches[0] : undefined);
  const end = (event: TouchEvent) => {
    const to = event.changedTouches[0];
    if (!from || !to) return;
    const x = to.clientX - from.clientX;
    const y = to.clientY - from.clientY;
    from = undefined;
    if (Math.abs(x) < FAR || Math.abs(x) < Math.abs(y) * FLAT) return;
    if (x < 0) does.left?.();
    else does.right?.();
  };
  onMounted(() => {
    target.value?.addEventListener('touchstart', begin, { passive: true });
    target.value?.addEventListener('touchend', end, { passive: true });
  });
  onBeforeUnmount(() => {
    target.value?.removeEventListener('touchstart', begin);
    target.value?.removeEventListener('touchend', end);
  });
}
