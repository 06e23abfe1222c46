/** The kind this face is made for; everything about it is read from its pack. */
export const ORDER = 'order';
/** Parts that are neither units nor the commander's. */
export const UNITS = ['lead', 'co'];
