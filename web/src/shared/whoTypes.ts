export interface Who {
  account?: string | null;
  org?: string | null;
  name: string;
  /** Where they belong: tells apart those of one name. */
  about?: string;
}

export interface PartyChoice extends Who {
  role: string;
}
