import { computed, type ComputedRef, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { assignKeys } from '@/shared/form';
import { titleOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import { moveOf, sortMoves } from '@/shared/moves';
import { usePrefs } from '@/shared/prefs';
import { say } from '@/shared/toast';
import type { Kind, Matter } from '@/shared/types';
import type { Command } from './commands';
import { fromText, viewsOf, type Filter } from './filter';
import type { Layout } from './layout';
import type { useSaved } from './saved';
import { useViewTitle } from './viewTitle';

interface Desk {
  record: () => { record: Matter | null; kind: Kind | undefined; start: (name: string) => void } | undefined;
  kind: Ref<Kind | undefined>;
  saved: ReturnType<typeof useSaved>;
  chosen: Ref<Set<string>>;
  act: {
    view: (name: string) => void;
    go: (path: string, push?: boolean, more?: Record<string, string>) => void;
    change: (part: Partial<Filter>) => void;
    bulk: () => void;
    compare: () => void;
    clear: () => void;
    load: () => Promise<void>;
    toStart: () => Promise<void>;
    toEnd: () => Promise<void>;
    seeMap: () => void;
  };
  save: () => void;
  help: () => void;
  layout: Ref<Layout>;
  dense: Ref<boolean>;
}

const GO: Record<string, string> = {
  open: 'g o',
  mine: 'g m',
  late: 'g l',
  soon: 'g s',
  unassigned: 'g u',
  closed: 'g c',
  all: 'g a',
};

/** Everything that can be done at the desk now, for the palette. */
export function useCommands(desk: Desk): ComputedRef<Command[]> {
  const { t } = useI18n();
  const prefs = usePrefs();
  const viewTitle = useViewTitle();

  function moves(): Command[] {
    const shown = desk.record();
    const { record, kind } = shown ?? {};
    if (!shown || !record || !kind) return [];
    const { first, later } = sortMoves(kind, record.allowed ?? []);
    const letters = assignKeys([...first, ...later]);
    return [...first, ...later].map((name) => ({
      id: `move-${name}`,
      group: record.number,
      title: titleOf(moveOf(kind, name).title, lang()) || t(`move.${name}`, name),
      key: letters[name],
      run: () => shown.start(name),
    }));
  }
  function matter(): Command[] {
    const record = desk.record()?.record;
    if (!record) return [];
    const one = (id: string, key: string | undefined, run: () => void): Command => ({
      id,
      key,
      group: record.number,
      title: t(`command.${id}`),
      run,
    });
    return [
      one('child', undefined, () => desk.act.go('/new', true, { parent: record.id })),
      one('link', undefined, () => document.querySelector<HTMLElement>('[data-link]')?.click()),
      one('copy', undefined, async () => {
        await navigator.clipboard?.writeText(`${location.origin}/desk/r/${record.id}`).catch(() => undefined);
        say(t('desk.copied'));
      }),
    ];
  }
  function views(): Command[] {
    const { kind } = desk;
    const group = t('desk.views');
    const own = desk.saved.views.map((view) => ({
      id: `saved-${view.id}`,
      group: t('desk.saved'),
      title: view.title,
      run: () => desk.act.change(fromText(view.text, kind.value?.kind ?? '')),
    }));
    let n = 0;
    const every = (kind.value ? viewsOf(kind.value) : []).map(({ name }) => {
      return {
        id: `view-${name}`,
        group,
        title: viewTitle(kind.value, name),
        key: name.startsWith('state:') ? `g ${++n}` : GO[name],
        run: () => desk.act.view(name),
      };
    });
    return [...own, ...every];
  }
  function actions(): Command[] {
    const { act } = desk;
    const one = (id: string, key: string | undefined, run: () => void): Command => ({
      id,
      key,
      group: t('desk.groupActions'),
      title: t(`command.${id}`),
      run,
    });
    const many = desk.chosen.value.size
      ? [one('bulk', 'B', act.bulk), one('compare', 'C', act.compare), one('unchoose', 'Esc', act.clear)]
      : [];
    return [
      one('hotline', 'n', () => act.go('/new')),
      ...many,
      one('saveView', 'S', desk.save),
      one('templates', 'g t', () => act.go('/templates')),
      one('import', undefined, () => act.go('/import')),
      one('front', undefined, () => act.go('/front')),
      one('present', undefined, () => act.go('/present')),
      one('ledgers', undefined, () => act.go('/ledgers')),
      one('labels', undefined, () => act.go('/labels')),
      one('refresh', '.', () => void act.load()),
      one('start', 'g g', () => void act.toStart()),
      one('end', 'G', () => void act.toEnd()),
      one('help', '?', desk.help),
    ];
  }
  function settings(): Command[] {
    const group = t('common.settings');
    const one = (id: string, title: string, run: () => void, key?: string): Command => ({
      id,
      group,
      title,
      run,
      key,
    });
    return [
      ...(['split', 'list', 'map'] as const).map((name) =>
        one(
          `layout-${name}`,
          `${t('desk.layout')}：${t(`desk.layout_${name}`)}`,
          () => (desk.layout.value = name),
          name === 'map' ? 'V' : undefined,
        ),
      ),
      one(
        'dense',
        t(desk.dense.value ? 'command.roomy' : 'command.dense'),
        () => (desk.dense.value = !desk.dense.value),
      ),
      ...(['light', 'dark', 'auto'] as const).map((name) =>
        one(`theme-${name}`, `${t('prefs.theme')}：${t(`prefs.${name}`)}`, () => (prefs.theme = name)),
      ),
      ...(['normal', 'large', 'larger'] as const).map((name) =>
        one(`size-${name}`, `${t('prefs.size')}：${t(`prefs.${name}`)}`, () => (prefs.size = name)),
      ),
      one('language', prefs.language === 'zh' ? 'English' : '中文', () => {
        prefs.language = prefs.language === 'zh' ? 'en' : 'zh';
      }),
    ];
  }
  return computed(() => [...moves(), ...matter(), ...actions(), ...views(), ...settings()]);
}
