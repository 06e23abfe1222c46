/** Comma-separated values (RFC 4180), also with tabs or semicolons as spreadsheets save them. Blank lines are left out. */
export function parseCsv(text: string): string[][] {
  const clean = text.replace(/^\uFEFF/, '');
  const first = clean.split(/\r?\n/, 1)[0];
  const mark = ['\t', ';', ','].find((one) => first.includes(one)) ?? ',';
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;

  const endRow = () => {
    row.push(cell.trim());
    if (row.some((one) => one !== '')) rows.push(row);
    row = [];
    cell = '';
  };
  for (let at = 0; at < clean.length; at++) {
    const c = clean[at];
    if (quoted && c === '"' && clean[at + 1] === '"') cell += clean[++at];
    else if (quoted && c === '"') quoted = false;
    else if (quoted) cell += c;
    else if (c === '"' && cell.trim() === '') [quoted, cell] = [true, ''];
    else if (c === mark) {
      row.push(cell.trim());
      cell = '';
    } else if (c === '\n') endRow();
    else if (c !== '\r') cell += c;
  }
  if (cell !== '' || row.length) endRow();
  return rows;
}
