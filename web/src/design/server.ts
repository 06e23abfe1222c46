import { useSession } from '@/shared/session';
import type { Matter } from '@/shared/types';
import { account, log, matters } from './sample';
import { picture, sound } from './sampleFiles';
import { appraisal, files, league, reach, statement, tokens, whole, wholeKind } from './sampleRecord';

/**
 * The page of components has a server of its own in the page: what the components ask for is made up, what would
 * change something is refused. Who is signed in, the district and its areas are the real ones.
 */
const page = <T>(items: T[]) => ({ items, next: null });
const people = [
  { id: 'a1', name: '张*' },
  { id: 'a2', name: '王*' },
];
const orgs = [
  { id: 'o1', name: '临江社区' },
  { id: 'o2', name: '市政管理处' },
];

/** The first that fits the path below /api/v1/ answers; `true`: the real server is asked. */
const ANSWERS: [RegExp, (search: URLSearchParams) => unknown][] = [
  [/^(me|district|map|roles|areas(\/.*)?|kinds)$/, () => true],
  [/^stream$/, () => new Response(new ReadableStream())],
  [/^records\/sample-whole\/log$/, () => page(log)],
  [
    /^records\/sample-whole\/accounts$/,
    () => page([account, { ...account, account: 'repair', balance: 60_000 }]),
  ],
  [/^records\/sample-whole\/propose$/, () => ({ parties: [{ role: 'lead', account: 'a1', name: '张*' }] })],
  [/^records\/sample-appraisal\/appraisal$/, () => appraisal],
  [/^records\/sample-whole$/, () => mine(whole)],
  [/^records\/[\w-]+$/, () => matters[0]],
  [/^records$/, () => page(matters.slice(0, 3))],
  [/^measures$/, (search) => page([league((search.get('from') ?? '') < thisMonth())])],
  [/^ledgers\//, () => statement],
  [/^reach$/, () => reach],
  [/^tokens$/, () => page(tokens)],
  [/^accounts$/, () => page(people)],
  [/^orgs$/, () => page(orgs)],
  [/^payment-providers$/, () => page([{ name: 'alipay', title: '支付宝', active: true }])],
  [/^files$/, () => page([{ id: files.voice, type: 'audio/wav' }])],
  [/^files\/sample-voice/, () => sound()],
  [/^files\/sample-/, () => picture(true)],
];
/** Its bill is paid by whoever looks. */
const mine = (record: Matter): Matter => ({
  ...record,
  parties: record.parties?.map((one) =>
    one.role === wholeKind.pay?.by ? { ...one, account: useSession().me?.id ?? null } : one,
  ),
});
const thisMonth = () => new Date().toISOString().slice(0, 7);

const problem = (status: number, title: string) =>
  Response.json({ type: 'sample', title, detail: title }, { status });

/** Answers here what is of the sample; `real` answers the rest. */
export function sampleServer(real: typeof fetch, refusal: () => string): typeof fetch {
  return async (input, init) => {
    const url = new URL(String(input instanceof Request ? input.url : input), window.location.href);
    const path = /^\/api\/v1\/(.*)$/.exec(url.pathname)?.[1];
    if (path === undefined) return real(input, init);
    if ((init?.method ?? 'GET') !== 'GET') return problem(422, refusal());
    if (path.startsWith(`files/${files.before}`)) return picture(false);
    const answer = ANSWERS.find(([pattern]) => pattern.test(path))?.[1](url.searchParams);
    if (answer === true) return real(input, init);
    if (answer instanceof Response) return answer;
    return answer ? Response.json(answer) : problem(404, path);
  };
}
