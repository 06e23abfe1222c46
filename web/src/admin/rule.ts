type Say = (key: string, values?: Record<string, unknown>) => string;

const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** "MO", "1MO", "-1MO" in words. */
function dayWords(day: string, t: Say): string {
  const name = t(`schedules.day.${DAYS.indexOf(day.slice(-2))}`);
  const nth = day.slice(0, -2);
  return nth
    ? t(nth.startsWith('-') ? 'schedules.lastOf' : 'schedules.nthOf', {
        n: nth.replace(/[-+]/, ''),
        day: name,
      })
    : name;
}

/** An iCalendar rule as a person would say it; parts without words stand as they are. */
export function ruleWords(rule: string, at: string, workdays: string, t: Say): string {
  const parts = new Map(rule.split(';').map((part) => part.split('=') as [string, string]));
  const n = Number(parts.get('INTERVAL') ?? 1);
  const freq = parts.get('FREQ') ?? '';
  const words = [t(n > 1 ? `schedules.every.${freq}` : `schedules.freq.${freq}`, { n })];
  const months = parts.get('BYMONTH');
  const dates = parts.get('BYMONTHDAY');
  const days = parts.get('BYDAY');
  if (months) words.push(t('schedules.months', { list: months.replaceAll(',', t('common.comma')) }));
  if (dates) {
    const list = dates
      .split(',')
      .map((one) => (one === '-1' ? t('schedules.lastDay') : t('schedules.date', { n: one })));
    words.push(list.join(t('common.comma')));
  }
  if (days)
    words.push(
      days
        .split(',')
        .map((day) => dayWords(day, t))
        .join(t('common.comma')),
    );
  for (const key of ['BYYEARDAY', 'BYSETPOS']) if (parts.has(key)) words.push(`${key}=${parts.get(key)}`);
  words.push(at);
  if (workdays !== 'any') words.push(t(`schedules.workdays.${workdays}`));
  return words.join(' ');
}
