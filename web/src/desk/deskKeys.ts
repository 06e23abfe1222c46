import { useKeys } from './keys';

/** What the keys of the desk do; the page gives the deeds, this says which key is which. */
export interface Deeds {
  go: (path: string) => void;
  view: (name: string) => void;
  stateView: (n: number) => void;
  step: (by: number) => void;
  toStart: () => void;
  toEnd: () => void;
  choose: (through: boolean) => void;
  all: () => void;
  bulk: () => void;
  compare: () => void;
  seeMap: () => void;
  save: () => void;
  search: () => void;
  notices: () => void;
  help: () => void;
  load: () => void;
  matter: (key: string) => boolean;
  escape: () => void;
  palette: () => void;
}

function intoMatter(): void {
  document.querySelector<HTMLElement>('#record [data-move], #record button')?.focus();
}

export function useDeskKeys(to: Deeds) {
  const states = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [String(n), () => to.stateView(n - 1)] as const);
  return useKeys({
    single: {
      j: () => to.step(1),
      k: () => to.step(-1),
      ArrowDown: () => to.step(1),
      ArrowUp: () => to.step(-1),
      Home: to.toStart,
      End: to.toEnd,
      G: to.toEnd,
      x: () => to.choose(false),
      X: () => to.choose(true),
      '*': to.all,
      B: to.bulk,
      C: to.compare,
      V: to.seeMap,
      S: to.save,
      n: () => to.go('/new'),
      '/': to.search,
      '?': to.help,
      '.': to.load,
      Enter: intoMatter,
    },
    go: {
      g: to.toStart,
      e: to.toEnd,
      o: () => to.view('open'),
      m: () => to.view('mine'),
      l: () => to.view('late'),
      s: () => to.view('soon'),
      u: () => to.view('unassigned'),
      c: () => to.view('closed'),
      a: () => to.view('all'),
      n: to.notices,
      h: () => to.go('/new'),
      t: () => to.go('/templates'),
      ...Object.fromEntries(states),
    },
    matter: to.matter,
    escape: to.escape,
    palette: to.palette,
  });
}
