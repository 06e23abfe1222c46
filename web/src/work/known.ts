import type { Matter } from '@/shared/types';
import { useWorkList } from './listStore';
import { useRegisters } from './registerStore';

/** What the phone itself knows of one, in the day's list or the registers. */
export const knownHere = (id: string): Matter | undefined =>
  useWorkList().copyOf(id) ?? useRegisters().copyOf(id);
