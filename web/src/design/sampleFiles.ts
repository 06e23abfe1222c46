/** A street lamp, out or mended. */
export function picture(lit: boolean): Response {
  const [sky, lamp] = lit ? ['#22406b', '#ffe08a'] : ['#1c2733', '#4a5560'];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" width="320" height="240">
<rect width="320" height="240" fill="${sky}"/><rect y="190" width="320" height="50" fill="#3b4246"/>
<rect x="156" y="60" width="8" height="140" fill="#8b9499"/><circle cx="160" cy="54" r="22" fill="${lamp}"/></svg>`;
  return new Response(svg, { headers: { 'Content-Type': 'image/svg+xml' } });
}

/** Two seconds of a quiet tone. */
export function sound(): Response {
  const [RATE, SECONDS, HEAD] = [8000, 2, 44];
  const bytes = new DataView(new ArrayBuffer(HEAD + RATE * SECONDS));
  const text = (where: number, words: string) =>
    [...words].forEach((letter, n) => bytes.setUint8(where + n, letter.charCodeAt(0)));
  text(0, 'RIFF');
  bytes.setUint32(4, bytes.byteLength - 8, true);
  text(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, RATE, true);
  bytes.setUint32(28, RATE, true);
  bytes.setUint16(32, 1, true);
  bytes.setUint16(34, 8, true);
  text(36, 'data');
  bytes.setUint32(40, RATE * SECONDS, true);
  for (let n = 0; n < RATE * SECONDS; n++)
    bytes.setUint8(HEAD + n, 128 + 20 * Math.sin((n * 440 * 6.2832) / RATE));
  return new Response(bytes.buffer, { headers: { 'Content-Type': 'audio/wav' } });
}
