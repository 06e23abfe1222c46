import { autocompletion, completeAnyWord, type CompletionContext } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, type Text } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { lang } from '@/shared/i18n';
import schema from '../../../../docs/pack.schema.json';
import type { Finding } from './types';

/**
 * An editor lives in a shadow root: there its styles are constructed sheets, which the policy of the page allows.
 */
const theme = EditorView.theme({
  '&': {
    height: '100%',
    color: 'var(--ink)',
    backgroundColor: 'var(--sheet)',
    fontSize: 'var(--f14)',
  },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--ink)', paddingBlock: '8px' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '2px' },
  '.cm-gutters': { color: 'var(--ink-3)', backgroundColor: 'var(--paper)', borderRightColor: 'var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused': { outline: '3px solid var(--focus)', outlineOffset: '-3px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft)',
  },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--red)',
    textUnderlineOffset: '4px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--amber)',
    textUnderlineOffset: '4px',
  },
  '.cm-lint-marker-error': { content: '"●"', color: 'var(--red)' },
  '.cm-lint-marker-warning': { content: '"▲"', color: 'var(--amber)' },
  '.cm-tooltip': {
    color: 'var(--ink)',
    backgroundColor: 'var(--sheet)',
    border: '1px solid var(--line)',
    borderRadius: 'var(--radius)',
    boxShadow: 'var(--float)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--accent-ink)',
    backgroundColor: 'var(--accent)',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--red)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--amber)' },
  '.cm-panels': { color: 'var(--ink)', backgroundColor: 'var(--paper)' },
  '.cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--green-soft) !important' },
  '.cm-deletedChunk, .cm-merge-a .cm-changedLine': { backgroundColor: 'var(--red-soft) !important' },
  '.cm-changedText': {
    background: 'color-mix(in srgb, var(--green) 24%, transparent) !important',
    borderRadius: 'var(--radius-s)',
  },
  '.cm-merge-a .cm-changedText': {
    background: 'color-mix(in srgb, var(--red) 24%, transparent) !important',
  },
  '.cm-deletedText': { background: 'none !important', textDecoration: 'line-through' },
  '.cm-changedLineGutter': { backgroundColor: 'var(--green)' },
  '.cm-deletedLineGutter': { backgroundColor: 'var(--red)' },
  '.cm-collapsedLines': { color: 'var(--ink-2)', background: 'var(--sunken)', fontFamily: 'var(--font)' },
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"⋯"', padding: '0 8px' },
});
const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent-text)' },
    { tag: [tags.string, tags.special(tags.string)], color: 'var(--green)' },
    { tag: [tags.number, tags.bool, tags.null], color: 'var(--series-3)' },
    { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
    { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--ink-2)' },
  ]),
);

/** The keys that the schema knows, each with what it says of it. */
function schemaKeys(): { label: string; type: string; info?: string }[] {
  const found = new Map<string, string | undefined>();
  const visit = (one: unknown): void => {
    if (Array.isArray(one)) return one.forEach(visit);
    if (!one || typeof one !== 'object') return;
    for (const [key, value] of Object.entries(one)) {
      if (key === 'properties' && value && typeof value === 'object')
        for (const [name, about] of Object.entries(value as Record<string, { description?: string }>))
          found.set(name, found.get(name) ?? about.description);
      visit(value);
    }
  };
  visit(schema);
  return [...found].map(([label, info]) => ({ label, type: 'property', info }));
}
const keys = schemaKeys();
function completeKey(context: CompletionContext) {
  const word = context.matchBefore(/(?:^\s*|[{,]\s*)[a-z_]*$/);
  if (!word || (!context.explicit && !/[a-z_]$/.test(word.text))) return null;
  return { from: word.to - (/[a-z_]*$/.exec(word.text)?.[0].length ?? 0), options: keys };
}

/** What the editor itself says. */
const chinese = EditorState.phrases.of({
  '$ unchanged lines': '$ 行没有变',
  Find: '查找',
  Replace: '替换',
  next: '下一处',
  previous: '上一处',
  all: '全部',
  'match case': '区分大小写',
  'by word': '整词',
  regexp: '正则',
  replace: '替换',
  'replace all': '全部替换',
  close: '关闭',
});
const isYaml = (name: string) => name.endsWith('.yaml');
function common(name: string): Extension[] {
  return [
    lineNumbers(),
    drawSelection(),
    EditorView.lineWrapping,
    EditorState.tabSize.of(2),
    indentUnit.of('  '),
    theme,
    colours,
    lang() === 'zh' ? chinese : [],
    isYaml(name) ? yaml() : [],
  ];
}

/** Code points, as the checker counts, to where that is in the text. */
function offset(doc: Text, line: number, column: number): number {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const before = [...at.text].slice(0, column - 1).join('').length;
  return at.from + before;
}

export interface Marked {
  finding: Finding;
  text: string;
  soft: boolean;
}

export interface Editor {
  mark(all: Marked[]): void;
  goTo(line: number, column: number): void;
  text(): string;
  destroy(): void;
}

export function startEditor(
  host: HTMLElement,
  name: string,
  text: string,
  label: string,
  changed: (text: string) => void,
): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        ...common(name),
        history(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        search({ top: true }),
        lintGutter(),
        autocompletion({ override: isYaml(name) ? [completeKey, completeAnyWord] : [completeAnyWord] }),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    mark(all) {
      const doc = view.state.doc;
      const found: Diagnostic[] = all.map(({ finding, text, soft }) => {
        const from = offset(doc, finding.line, finding.column);
        const end = offset(doc, finding.line, finding.column + Math.max(finding.width, 1));
        return { from, to: Math.max(end, from), severity: soft ? 'warning' : 'error', message: text };
      });
      view.dispatch(setDiagnostics(view.state, found));
    },
    goTo(line, column) {
      const at = offset(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
      view.focus();
    },
    text: () => view.state.doc.toString(),
    destroy: () => view.destroy(),
  };
}

/** Both texts side by side, or one below the other where that is too narrow. */
export function startDiff(
  host: HTMLElement,
  name: string,
  before: string,
  after: string,
  wide: boolean,
  labels: { before: string; after: string },
): { destroy(): void } {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  const fixed = (label: string) => [
    ...common(name),
    EditorState.readOnly.of(true),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
  ];
  const collapseUnchanged = { margin: 3, minSize: 6 };
  if (wide)
    return new MergeView({
      parent: root,
      root,
      a: { doc: before, extensions: fixed(labels.before) },
      b: { doc: after, extensions: fixed(labels.after) },
      collapseUnchanged,
      gutter: true,
    });
  return new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: after,
      extensions: [
        ...fixed(labels.after),
        unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged, gutter: true }),
      ],
    }),
  });
}
