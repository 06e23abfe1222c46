/** What a code leads to. Only our own pages, areas, points and numbers: a code never opens somebody else's site. */
export type Target =
  | { to: 'matter'; id: string }
  | { to: 'area'; code: string }
  | { to: 'place'; lng: number; lat: number }
  | { to: 'search'; words: string };

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const AREA = /^\d{9}(\d{3}){0,3}$/;
/** 衢江-2026-000123: what people write on a door, too. */
const WORDS = 60;

function ofPoint(lng: string | null, lat: string | null): Target | null {
  if (!lng || !lat) return null;
  const point = { lng: Number(lng), lat: Number(lat) };
  const fine = Math.abs(point.lng) <= 180 && Math.abs(point.lat) <= 90;
  return fine && Number.isFinite(point.lng) ? { to: 'place', ...point } : null;
}

function ofPage(url: URL): Target | null {
  const matter = UUID.exec(url.pathname);
  if (matter) return { to: 'matter', id: matter[0].toLowerCase() };
  const last = url.pathname.split('/').filter(Boolean).at(-1) ?? '';
  const area = url.searchParams.get('at') ?? url.searchParams.get('area') ?? last;
  if (AREA.test(area)) return { to: 'area', code: area };
  return ofPoint(url.searchParams.get('lng'), url.searchParams.get('lat'));
}

export function targetOf(text: string, origin: string): Target | null {
  const clean = text.trim();
  if (/^https?:/i.test(clean)) {
    const url = URL.parse ? URL.parse(clean) : new URL(clean);
    return url?.origin === origin ? ofPage(url) : null;
  }
  const geo = /^geo:(-?[\d.]+),(-?[\d.]+)/i.exec(clean);
  if (geo) return ofPoint(geo[2], geo[1]);
  if (UUID.test(clean) && clean.length === 36) return { to: 'matter', id: clean.toLowerCase() };
  if (AREA.test(clean)) return { to: 'area', code: clean };
  return clean && clean.length <= WORDS && !/[:<>]/.test(clean) ? { to: 'search', words: clean } : null;
}
