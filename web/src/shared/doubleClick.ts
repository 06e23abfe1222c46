/** What sends something at once, or ends a form. */
const SENDS = 'button[type=submit], [data-move]';

/**
 * The second press of a double click counts only where the first did: what was sent by the first may have made room for
 * another button, which nobody meant.
 */
export function mindDoubleClicks(): void {
  let sent: Element | null = null;
  document.addEventListener(
    'click',
    (event) => {
      if (event.detail > 1 && sent && !sent.isConnected) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
      sent = (event.target as Element).closest(SENDS);
    },
    { capture: true },
  );
}
