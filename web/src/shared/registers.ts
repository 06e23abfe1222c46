/** What kinds of registers say beside what all kinds do. */
declare module './types' {
  interface Kind {
    /** The days on which what it describes begins and is over. */
    interval?: { from: string; to: string };
    /** Children that whoever knows a record's code may raise below it. */
    by_code?: string[];
  }
}

export {};
