export interface Who {
  account?: string | null;
  org?: string | null;
  /** The word for a resident who was found by their number. */
  person?: string;
  name: string;
  /** Where they belong: tells apart those of one name. */
  about?: string;
}

export interface PartyChoice extends Who {
  role: string;
}
