import { nextTick, provide, ref, shallowRef, type InjectionKey, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { fieldErrors, sentence } from './errors';

export type Complaints = Record<string, string>;

/** How often a form has been judged: what was said of a line holds until it is changed, or judged again. */
export const judged: InjectionKey<Ref<number>> = Symbol('judged');

/** Brings the first thing that is wrong into sight, with the focus where it takes one; false where nothing is. */
export async function showWrong(form: HTMLElement | undefined): Promise<boolean> {
  await nextTick();
  const wrong = form?.querySelector<HTMLElement>('[aria-invalid=true], .field-error');
  wrong?.scrollIntoView({ block: 'center' });
  wrong?.focus();
  return Boolean(wrong);
}

/**
 * Sending a small form: what is wrong is said at its field, and the first wrong one gets the focus. `about` tells
 * which field a refusal concerns that names none.
 */
export function useSubmit(
  form: Ref<HTMLFormElement | undefined>,
  check: () => Complaints,
  send: () => Promise<void>,
  about: Complaints = {},
) {
  const { t } = useI18n();
  const errors = shallowRef<Complaints>({});
  const problem = ref('');
  const busy = ref(false);
  const times = ref(0);
  provide(judged, times);

  async function show(complaints: Complaints): Promise<void> {
    errors.value = complaints;
    times.value += 1;
    await nextTick();
    form.value?.querySelector<HTMLElement>('[aria-invalid=true], .wrong button')?.focus();
  }

  async function submit(): Promise<void> {
    if (busy.value) return;
    problem.value = '';
    await show(check());
    if (Object.keys(errors.value).length) return;
    busy.value = true;
    try {
      await send();
    } catch (cause) {
      const key = (cause as { key?: string }).key ?? '';
      const complaints = about[key] ? { [about[key]]: sentence(cause, t) } : fieldErrors(cause);
      if (!Object.keys(complaints).length) problem.value = sentence(cause, t);
      await show(complaints);
    } finally {
      busy.value = false;
    }
  }

  return { errors, problem, busy, submit };
}
