/** Check digits and shapes the form can tell at once; the server has the last word. */
const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CREDIT = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** GB 11643: 17 digits, a real date in 7–14, check character. */
export function citizenId(text: string): boolean {
  if (!/^\d{17}[\dX]$/.test(text)) return false;
  const date = `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`;
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return false;
  const sum = ID_WEIGHTS.reduce((total, weight, i) => total + weight * Number(text[i]), 0);
  return '10X98765432'[sum % 11] === text[17];
}

/** GB 32100: base 31, weights 3^i mod 31. */
export function creditCode(text: string): boolean {
  if (text.length !== 18 || [...text].some((c) => !CREDIT.includes(c))) return false;
  let sum = 0;
  for (let i = 0, weight = 1; i < 17; i++, weight = (weight * 3) % 31)
    sum += weight * CREDIT.indexOf(text[i]);
  return (31 - (sum % 31)) % 31 === CREDIT.indexOf(text[17]);
}

export function phone(text: string): boolean {
  return /^1\d{10}$/.test(text) || /^0\d{2,3}-?\d{7,8}$/.test(text);
}

export function mobile(text: string): boolean {
  return /^1\d{10}$/.test(text);
}

/** Reads like an e-mail address; the server looks closer. */
export function mail(text: string): boolean {
  return /^[^\s@]+@[^\s@]*\.[^\s@]*[^\s@.]$/.test(text);
}

export function plate(text: string): boolean {
  return /^[\u4e00-\u9fa5][A-Z][A-Z0-9]{4,5}[A-Z0-9\u4e00-\u9fa5]$/.test(text);
}

export const PASSWORD_MIN = 10;
/** The length only: what is too common the server knows. */
export const shortPassword = (text: string): boolean => [...text].length < PASSWORD_MIN;
