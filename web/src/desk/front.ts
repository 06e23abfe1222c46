import { citizenId } from '@/shared/checks';
import type { Fields } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';

/** One of a family at the front desk. */
export interface Person {
  id: string;
  name: string;
  id_number: string;
  phone: string;
  registered_at: string;
  errors: Record<string, string>;
  problem: string;
  /** Once registered. */
  number: string;
}

export function blankPerson(): Person {
  return {
    id: uuid7(),
    name: '',
    id_number: '',
    phone: '',
    registered_at: 'beyond',
    errors: {},
    problem: '',
    number: '',
  };
}

/** The day of birth that an ID number tells; empty while it is none. */
export function bornOf(id: string): string {
  const text = id.trim().toUpperCase();
  return citizenId(text) ? `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}` : '';
}

/** What is sent of one person. */
export function fieldsOfPerson(one: Person, room: string, from: string): Fields {
  const all: Fields = {
    name: one.name.trim(),
    id_number: one.id_number.trim().toUpperCase(),
    phone: one.phone.trim(),
    registered_at: one.registered_at,
    moved_in: from,
    room,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}
