/** How somebody wants to be told: GET /reach. */
export interface Reach {
  quiet_from: string | null;
  quiet_to: string | null;
  /** "notify:push" */
  wants: string[];
  /** The ways there are in this district: push, mail, sms. */
  ways: string[];
  push_key: string | null;
  mail: string | null;
  mail_ok: boolean;
  phone: string | null;
  devices: { id: string; agent: string; at: string }[];
  version: number;
}
