import { describe, expect, it } from 'vitest';
import { targetOf } from './scanTarget';

const ORIGIN = 'https://quhe.example.cn';
const ID = '019a9f00-0000-7000-8000-000000000001';
const of = (text: string) => targetOf(text, ORIGIN);

describe('what a code leads to', () => {
  it('knows our own pages', () => {
    expect(of(`${ORIGIN}/m/${ID}`)).toEqual({ to: 'matter', id: ID });
    expect(of(`${ORIGIN}/work/m/${ID.toUpperCase()}`)).toEqual({ to: 'matter', id: ID });
    expect(of(`${ORIGIN}/report?area=330803001001001`)).toEqual({ to: 'area', code: '330803001001001' });
    expect(of(`${ORIGIN}/?at=330803001001001`)).toEqual({ to: 'area', code: '330803001001001' });
    expect(of(`${ORIGIN}/a/330803001001`)).toEqual({ to: 'area', code: '330803001001' });
    expect(of(`${ORIGIN}/report?lng=118.9&lat=28.9`)).toEqual({ to: 'place', lng: 118.9, lat: 28.9 });
  });

  it('opens nobody else', () => {
    expect(of(`https://evil.example/m/${ID}`)).toBeNull();
    expect(of('javascript:alert(1)')).toBeNull();
    expect(of('WIFI:S:cafe;;')).toBeNull();
    expect(of('')).toBeNull();
  });

  it('takes points, areas, ids and numbers', () => {
    expect(of('geo:28.95,118.87')).toEqual({ to: 'place', lng: 118.87, lat: 28.95 });
    expect(of('geo:128.95,118.87')).toBeNull();
    expect(of(ID)).toEqual({ to: 'matter', id: ID });
    expect(of('330803001001001')).toEqual({ to: 'area', code: '330803001001001' });
    expect(of('衢江-2026-000123')).toEqual({ to: 'search', words: '衢江-2026-000123' });
  });
});
