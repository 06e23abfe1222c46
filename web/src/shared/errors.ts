import { ApiError } from './api';

type Translate = (key: string) => string;

/** What went wrong and what to do, as a plain sentence. */
export function sentence(problem: unknown, t: Translate): string {
  if (!(problem instanceof ApiError)) return t('error.unknown');
  if (problem.status === 0) return t('error.network');
  if (problem.detail) return problem.detail;
  const known: Record<number, string> = {
    401: 'session.expired',
    403: 'error.forbidden',
    404: 'error.notFound',
    409: 'error.conflict',
    503: 'error.busy',
  };
  return t(known[problem.status] ?? 'error.unknown');
}

/** The server's complaints by field name. */
export function fieldErrors(problem: unknown): Record<string, string> {
  if (!(problem instanceof ApiError)) return {};
  return Object.fromEntries(problem.errors.map((one) => [one.field.replace(/^fields\./, ''), one.message]));
}

/** Whether the same question may be answered another time: not if what it asks for is not there, or is no question. */
export function mayHelp(problem: unknown): boolean {
  return !(problem instanceof ApiError && [400, 403, 404, 410, 413, 415, 422].includes(problem.status));
}

/** What has a line of its own beside the fields and parties of a form. */
const BESIDE = ['note', 'mentions', 'until', 'here', 'other', 'files'];

/** What no line of a form shows is said below it: “see what is said of each field” would point nowhere. */
export function formComplaint(
  problem: unknown,
  t: Translate,
  fields: { name: string }[],
  parties: { role: string }[] = [],
): string {
  const lines = new Set([...fields.map((one) => one.name), ...parties.map((one) => one.role), ...BESIDE]);
  const away = Object.entries(fieldErrors(problem)).find(([name]) => !lines.has(name));
  return away ? away[1] : sentence(problem, t);
}

/** Where no field shows its own complaint: the first of them, for “see what is said of each field” helps nobody there. */
export function complaintOf(problem: unknown, t: Translate): string {
  return Object.values(fieldErrors(problem))[0] ?? sentence(problem, t);
}
