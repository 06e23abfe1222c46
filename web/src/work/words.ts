import type { Lang } from '@/shared/format';

/** 80 米, 1.2 公里 */
export function distanceWords(metres: number, lang: Lang): string {
  const near = Math.round(metres / 10) * 10;
  if (near < 1000) return lang === 'zh' ? `${near} 米` : `${near} m`;
  const far = (metres / 1000).toFixed(1);
  return lang === 'zh' ? `${far} 公里` : `${far} km`;
}
