/** The value of a token by its name, without the dashes; `scale` is how large type is on this page. */
export type Colour = (token: string) => string;

/** What somebody asked for, times the page's own: the root of a wall is larger than the 16 px of a desk. */
function scaleOf(element: Element): string {
  const asked = Number(getComputedStyle(element).getPropertyValue('--scale')) || 1;
  return String((asked * parseFloat(getComputedStyle(document.documentElement).fontSize)) / 16);
}

/** The tokens where an element stands, so that what is drawn by hand is light or dark with what is around it. Each is
 * read once. */
export class Palette {
  private values = new Map<string, string>();

  constructor(private readonly element: () => Element | undefined) {}

  /** They have changed: another theme, another size. */
  forget(): void {
    this.values.clear();
  }

  readonly colour: Colour = (token) => {
    let value = this.values.get(token);
    if (!value) {
      const element = this.element() ?? document.documentElement;
      value =
        token === 'scale'
          ? scaleOf(element)
          : getComputedStyle(element).getPropertyValue(`--${token}`).trim() || '#888888';
      this.values.set(token, value);
    }
    return value;
  };
}
