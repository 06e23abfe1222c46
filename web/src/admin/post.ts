import type { Complaints } from '@/shared/submit';
import type { Me, Who } from '@/shared/types';

/** A post as it is being filled in: the days are whole days of the district. */
export interface PostDraft {
  role: string;
  area: string | null;
  org: Who | null;
  from: string;
  until: string;
}

export const emptyPost = (): PostDraft => ({ role: '', area: null, org: null, from: '', until: '' });

type Translate = (key: string) => string;

export function checkPost(post: PostDraft, t: Translate): Complaints {
  const all: Complaints = {};
  if (!post.role) all.role = t('complaint.required');
  if (!post.area) all.area = t('complaint.required');
  if (post.from && post.until && post.until < post.from) all.until = t('admin.untilWrong');
  return all;
}

const start = (day: string, offset: string) => `${day}T00:00:00${offset}`;
export const endOf = (day: string, offset: string) => `${day}T23:59:59${offset}`;

export function postBody(account: string, post: PostDraft, offset: string): object {
  return {
    account,
    role: post.role,
    area: post.area,
    ...(post.org?.org ? { org: post.org.org } : {}),
    ...(post.from ? { from: start(post.from, offset) } : {}),
    ...(post.until ? { until: endOf(post.until, offset) } : {}),
  };
}

/** An account as the administrator sees it; `all_posts` only of one that is asked for by itself. */
export interface Account {
  id: string;
  login: string | null;
  name: string;
  active: boolean;
  phone: string | null;
  created_at: string;
  posts: Me['posts'];
  all_posts?: HeldPost[];
}
export type HeldPost = Me['posts'][number] & {
  from: string;
  until: string | null;
  held: 'now' | 'ended' | 'future';
};
