import type { Colour } from '@/shared/ui/palette';
import type { Bar, Trend } from './figures';

const FONT = "'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

function axes(colour: Colour, scale: number, keys: string[], label: (key: string) => string, few: number) {
  const text = { color: colour('ink-2'), fontSize: 12 * scale, fontFamily: FONT };
  return {
    animation: false,
    grid: { left: 4, right: 8, top: 10 * scale, bottom: 0, containLabel: true },
    textStyle: { fontFamily: FONT },
    xAxis: {
      type: 'category',
      data: keys.map(label),
      axisLabel: { ...text, hideOverlap: true, interval: Math.max(0, Math.ceil(keys.length / few) - 1) },
      axisLine: { lineStyle: { color: colour('line-strong') } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 3,
      axisLabel: text,
      splitLine: { lineStyle: { color: colour('line') } },
    },
    // Drawn on the canvas: the policy lets no markup with styles in.
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colour('sheet'),
      borderColor: colour('line-strong'),
      textStyle: { color: colour('ink'), fontSize: 13 * scale, fontFamily: FONT },
    },
  };
}

/** An hour a pair of bars: what came in is filled, what was closed is outlined. */
export function hoursOption(hours: Bar[], words: { received: string; closed: string }) {
  return (colour: Colour, scale: number) => ({
    ...axes(
      colour,
      scale,
      hours.map((bar) => bar.key),
      (key) => `${Number(key)}:00`,
      6,
    ),
    series: [
      {
        type: 'bar',
        name: words.received,
        data: hours.map((bar) => bar.received),
        itemStyle: { color: colour('accent') },
        barGap: '10%',
      },
      {
        type: 'bar',
        name: words.closed,
        data: hours.map((bar) => bar.closed),
        itemStyle: { color: colour('sheet'), borderColor: colour('ink-2'), borderWidth: 1.5 },
      },
    ],
  });
}

/** Lines of days: solid what came in, broken what was closed, dotted the year before. */
export function trendOption(trend: Trend, words: { received: string; closed: string; before: string }) {
  const line = (name: string, data: number[], color: string, type: string, width: number) => ({
    type: 'line',
    name,
    data,
    showSymbol: false,
    lineStyle: { color, type, width },
    itemStyle: { color },
  });
  return (colour: Colour, scale: number) => ({
    ...axes(
      colour,
      scale,
      trend.days.map((bar) => bar.key),
      (key) => key.slice(5).replace('-', '/'),
      6,
    ),
    series: [
      line(
        words.received,
        trend.days.map((bar) => bar.received),
        colour('accent'),
        'solid',
        2.5,
      ),
      line(
        words.closed,
        trend.days.map((bar) => bar.closed),
        colour('ink-2'),
        'dashed',
        2,
      ),
      ...(trend.before.length
        ? [
            line(
              words.before,
              trend.before.map((bar) => bar.received),
              colour('grey'),
              'dotted',
              2,
            ),
          ]
        : []),
    ],
  });
}
