/** The value of a token by its name, without the dashes. */
export type Colour = (token: string) => string;

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
      const style = getComputedStyle(this.element() ?? document.documentElement);
      value = style.getPropertyValue(`--${token}`).trim() || '#888888';
      this.values.set(token, value);
    }
    return value;
  };
}
