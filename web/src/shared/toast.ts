import { reactive } from 'vue';

export interface Toast {
  id: number;
  text: string;
  tone: 'ok' | 'bad';
}

let next = 1;
export const toasts = reactive<Toast[]>([]);

export function say(text: string, tone: Toast['tone'] = 'ok'): void {
  const id = next++;
  const again = toasts.findIndex((one) => one.text === text);
  if (again >= 0) toasts.splice(again, 1);
  toasts.push({ id, text, tone });
  if (toasts.length > 3) toasts.shift();
  setTimeout(
    () => {
      const at = toasts.findIndex((one) => one.id === id);
      if (at >= 0) toasts.splice(at, 1);
    },
    tone === 'ok' ? 4000 : 8000,
  );
}
