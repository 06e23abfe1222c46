import { api, listed, query } from '@/shared/api';
import type { CodeItem, Kind, Matter, Title } from '@/shared/types';

/** A group of the menu and what is in it, with prices in fen. */
export interface MenuGroup {
  code: string;
  title: Title;
  items: { code: string; title: Title; words: string; price: number }[];
}

interface Table {
  columns: string[];
  rows: string[][];
}

/** The row that names the most of a code says its price, as table() does in the packs. */
export function priceOf(rows: string[][], code: string): number {
  let best = -1;
  let price = 0;
  for (const [key, value] of rows)
    if (code.startsWith(key) && key.length > best) {
      best = key.length;
      price = Number(value);
    }
  return price;
}

export function menuOf(codes: CodeItem[], prices: string[][]): MenuGroup[] {
  return codes
    .filter((one) => !one.parent)
    .map((group) => ({
      code: group.code,
      title: group.title,
      items: codes
        .filter((one) => one.parent === group.code)
        .map((one) => ({
          code: one.code,
          title: one.title,
          words: one.words ?? '',
          price: priceOf(prices, one.code),
        })),
    }));
}

export async function menu(kind: Kind): Promise<MenuGroup[]> {
  const table = await api.get<Table>('tables/service_price');
  return menuOf(kind.schema.properties.service?.['x-codes'] ?? [], table.rows);
}

/** Those of the caller's household, the newest first. */
export async function homes(): Promise<Matter[]> {
  const page = await listed<Matter>(`records${query({ kind: 'service_home', party: 'me', limit: 50 })}`, 20);
  return page.items.filter((one) => one.state === 'served');
}

export async function estates(): Promise<Matter[]> {
  const page = await listed<Matter>(`records${query({ kind: 'service_estate', limit: 100 })}`, 200);
  return page.items.filter((one) => one.state === 'served');
}
