/**
 * The voter's side of RSA blind signatures (RFC 9474, RSABSSA-SHA384-PSS-Deterministic) in BigInt: browsers offer
 * RSA-PSS, but no blinding. Random numbers and SHA-384 are the browser's. The arithmetic takes a different time for
 * different numbers; it works on the voter's own device, for one token.
 */
const HASH = 48;
const SALT = 48;

export interface PublicKey {
  n: bigint;
  e: bigint;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: text.length / 2 }, (_, n) => parseInt(text.slice(2 * n, 2 * n + 2), 16));
}

export function randomBytes(n: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(n));
}

const bitsOf = (n: bigint) => n.toString(2).length;
const sizeOf = (key: PublicKey) => Math.ceil(bitsOf(key.n) / 8);
export const numberHex = (value: bigint, key: PublicKey) => value.toString(16).padStart(2 * sizeOf(key), '0');

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Its inverse, or 0 if it has none. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next] = [modulus, value % modulus];
  let [t, nextT] = [0n, 1n];
  while (next !== 0n) {
    const q = r / next;
    [r, next] = [next, r - q * next];
    [t, nextT] = [nextT, t - q * nextT];
  }
  return r === 1n ? ((t % modulus) + modulus) % modulus : 0n;
}

async function sha384(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-384', bytes));
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function mgf1(seed: Uint8Array, length: number): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  for (let n = 0; n * HASH < length; n++)
    blocks.push(await sha384(joined(seed, Uint8Array.of(n >> 24, n >> 16, n >> 8, n))));
  return joined(...blocks).slice(0, length);
}

/** EMSA-PSS-ENCODE (RFC 8017, 9.1.1). */
export async function encode(
  message: Uint8Array<ArrayBuffer>,
  salt: Uint8Array,
  key: PublicKey,
): Promise<bigint> {
  const bits = bitsOf(key.n) - 1;
  const length = Math.ceil(bits / 8);
  const hash = await sha384(joined(new Uint8Array(8), await sha384(message), salt));
  const block = joined(new Uint8Array(length - SALT - HASH - 2), Uint8Array.of(1), salt);
  const mask = await mgf1(hash, block.length);
  const masked = block.map((byte, n) => byte ^ mask[n]);
  masked[0] &= 0xff >> (8 * length - bits);
  return BigInt(`0x${toHex(joined(masked, hash, Uint8Array.of(0xbc)))}`);
}

/** A number below the modulus that has an inverse, all equally likely. */
function unit(key: PublicKey): bigint {
  for (;;) {
    const value = BigInt(`0x${toHex(randomBytes(sizeOf(key) + 8))}`) % key.n;
    if (inverse(value, key.n)) return value;
  }
}

export interface Blinded {
  /** What the signer sees: it says nothing of the message. */
  blinded: bigint;
  /** What makes a signature of the message from that of the blinded one. */
  inverse: bigint;
}

export async function blind(
  message: Uint8Array<ArrayBuffer>,
  key: PublicKey,
  r = unit(key),
  salt: Uint8Array = randomBytes(SALT),
): Promise<Blinded> {
  const encoded = await encode(message, salt, key);
  return { blinded: (encoded * power(r, key.e, key.n)) % key.n, inverse: inverse(r, key.n) };
}

/** The signature of the message; throws when the signer did not sign what was asked. */
export async function finalize(
  message: Uint8Array<ArrayBuffer>,
  key: PublicKey,
  blindSignature: bigint,
  inv: bigint,
): Promise<bigint> {
  const signature = (blindSignature * inv) % key.n;
  if (!(await isSigned(message, key, signature))) throw new Error('the signature does not fit');
  return signature;
}

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');

/** An ordinary RSASSA-PSS verification: the browser's own. */
export async function isSigned(
  message: Uint8Array<ArrayBuffer>,
  key: PublicKey,
  signature: bigint,
): Promise<boolean> {
  const even = (hex: string) => (hex.length % 2 ? `0${hex}` : hex);
  const jwk = {
    kty: 'RSA',
    n: base64url(fromHex(even(key.n.toString(16)))),
    e: base64url(fromHex(even(key.e.toString(16)))),
  };
  const how = { name: 'RSA-PSS', hash: 'SHA-384' };
  const imported = await crypto.subtle.importKey('jwk', jwk, how, false, ['verify']);
  const bytes = fromHex(numberHex(signature, key));
  return crypto.subtle.verify({ name: 'RSA-PSS', saltLength: SALT }, imported, bytes, message);
}
