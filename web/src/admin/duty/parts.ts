type Translate = (key: string) => string;

const choices = (t: Translate, prefix: string, values: string[]) =>
  values.map((value) => ({ value, title: t(`${prefix}.${value}`) }));

/** What part somebody has in a duty. */
export const partChoices = (t: Translate) => choices(t, 'duty.parts', ['duty', 'lead', 'standby']);

/** Whether a shift comes on any day, on working days, or on days off only. */
export const workdayChoices = (t: Translate) => choices(t, 'duty.workday', ['any', 'only', 'off']);
