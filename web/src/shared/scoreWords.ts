import type { ComposerTranslation } from 'vue-i18n';
import { titleOf, type Lang } from './format';
import type { Scores } from './scores';

/** How a result is made, in one or two sentences, from the rule itself. */
export function ruleWords(scores: Scores, t: ComposerTranslation, lang: Lang): string {
  const { rule } = scores;
  const name = (field: string) =>
    titleOf(rule.criteria.find((one) => one.field === field)?.title ?? { zh: field, en: field }, lang);
  const list = rule.criteria
    .map((one) => `${titleOf(one.title, lang)} ${one.weight}`)
    .join(lang === 'en' ? ', ' : '、');
  const ties = rule.ties.length
    ? t('score.tieBy', { list: rule.ties.map(name).join(lang === 'en' ? ', ' : '、') })
    : t('score.tieShare');
  const [between, stop] = lang === 'en' ? ['; ', '.'] : ['。', '。'];
  return (
    [t('score.weights', { list }), t(`score.method.${rule.method}`, { n: rule.trim }), ties].join(between) +
    stop
  );
}
