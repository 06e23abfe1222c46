import { computed, onMounted, reactive, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute, useRouter } from 'vue-router';
import { locate } from '@/shared/areas';
import { sentence } from '@/shared/errors';
import type { LocalFile } from '@/shared/files';
import { complaintsOf, fieldsForMove, fieldsForRaise, payloadOf, type Complaint } from '@/shared/form';
import { titleOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import { debounced } from '@/shared/live';
import { moveOf } from '@/shared/moves';
import { useOutbox } from '@/shared/outboxStore';
import { say } from '@/shared/toast';
import type { Fields, Kind, Matter } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';
import { useHere } from './here';
import {
  dropReport,
  emptyReport,
  isWorthKeeping,
  loadReports,
  saveReport,
  type KeptReport,
} from './reportDrafts';

const SAVE_MS = 300;

/** A report on its way: kept as it is typed, sent through the outbox, settled in the same go if it was mended at
 * once. */
export function useReport() {
  const { t } = useI18n();
  const route = useRoute();
  const router = useRouter();
  const outbox = useOutbox();
  const kind = shallowRef<Kind | null>(null);
  const loadProblem = shallowRef<unknown>(null);
  const draft = reactive(emptyReport());
  const files = ref<LocalFile[]>([]);
  const busy = ref(false);
  const problem = ref('');
  const placeless = ref('');
  const areaName = ref('');
  const complaints = shallowRef<Record<string, Complaint>>({});
  let over = false;

  const settle = computed(() => kind.value?.flow.transitions.find((move) => move.name === 'settle'));
  const raise = computed(() => (kind.value ? fieldsForRaise(kind.value) : []));
  const isFile = (name: string) => kind.value?.schema.properties[name]?.['x-type'] === 'file';
  const photoField = computed(() => raise.value.find((field) => isFile(field.name)));
  const fields = computed(() => {
    const more =
      draft.settle && kind.value && settle.value
        ? fieldsForMove(kind.value, moveOf(kind.value, 'settle'))
        : [];
    const all = new Map([...raise.value, ...more].map((field) => [field.name, field]));
    return [...all.values()].filter(
      ({ name, schema, required }) => !isFile(name) && (required || schema['x-type'] === 'code'),
    );
  });

  async function load(): Promise<void> {
    loadProblem.value = null;
    try {
      kind.value = await useKinds().main();
      setSource(kind.value);
    } catch (cause) {
      loadProblem.value = cause;
    }
  }
  /** Who is on the beat has seen it there; nobody has to say so each time. */
  function setSource(of: Kind): void {
    const seen = of.schema.properties.source?.['x-codes']?.find(({ code }) => /patrol/.test(code));
    if (seen && draft.fields.source === undefined) draft.fields.source = seen.code;
  }

  const save = debounced(
    () => {
      if (!over && isWorthKeeping({ draft, files: files.value })) saveReport(draft, files.value);
    },
    SAVE_MS,
    true,
  );
  watch([draft, files], save, { deep: 1 });
  watch(() => draft.fields, save, { deep: true });

  function open(one: KeptReport): void {
    Object.assign(draft, one.draft);
    files.value = one.files;
    if (draft.point) take(draft.point);
    router.replace({ path: '/report', query: { draft: one.draft.id } });
  }
  async function drop(id: string): Promise<void> {
    await dropReport(id);
    if (id === draft.id) begin();
  }
  /** A new one; what was begun stays among the drafts. */
  function begin(): void {
    Object.assign(draft, emptyReport());
    files.value = [];
    areaName.value = '';
    if (kind.value) setSource(kind.value);
    router.replace('/report');
    here();
  }

  onMounted(async () => {
    load();
    const kept = await loadReports().catch(() => []);
    const wanted = kept.find((one) => one.draft.id === route.query.draft);
    const { lng, lat } = route.query;
    if (wanted) open(wanted);
    else if (lng && lat) take({ lng: Number(lng), lat: Number(lat) });
    else if (!draft.point) here();
  });

  const noPlace = ref(false);
  async function here(): Promise<void> {
    const found = await useHere().find(true);
    if (found && !draft.point) take(found);
    else if (!found) noPlace.value = true;
  }
  async function take(point: { lng: number; lat: number } | null): Promise<void> {
    draft.point = point;
    if (point) placeless.value = '';
    areaName.value = point ? ((await locate(point.lng, point.lat).catch(() => null))?.name ?? '') : '';
  }

  const hasPicture = () => files.value.some((file) => !file.type.startsWith('audio/'));
  function check(): boolean {
    complaints.value = complaintsOf(fields.value, draft.fields);
    problem.value = '';
    placeless.value = !draft.point && kind.value?.place === 'required' ? t('complaint.place') : '';
    if (draft.settle && !hasPicture()) problem.value = t('complaint.files');
    else if (draft.settle && !draft.note.trim()) problem.value = t('complaint.required');
    return !problem.value && !placeless.value && !Object.keys(complaints.value).length;
  }

  const blobs = () =>
    files.value.flatMap((file) => (file.blob ? [{ name: file.name, blob: file.blob }] : []));
  const words = () => String(draft.fields.description ?? '');
  const about = (of: Kind) => ({ kind: of.kind, title: words() || titleOf(of.title, lang()) });

  async function raiseIt(of: Kind, all: Fields) {
    const place =
      draft.point || draft.address
        ? { ...draft.point, ...(draft.address ? { address: draft.address } : {}) }
        : undefined;
    const given = Object.fromEntries(
      Object.entries(all).filter(([name]) => raise.value.some((field) => field.name === name)),
    );
    const outcome = await outbox.submit({
      id: draft.id,
      path: 'records',
      label: t('work.report'),
      about: about(of),
      body: { kind: of.kind, fields: given, ...(place ? { place } : {}) },
      files: blobs(),
      field: photoField.value?.name,
    });
    if (outcome?.refused) {
      await outbox.discard(draft.id);
      throw outcome.problem;
    }
    return outcome;
  }

  async function settleIt(of: Kind, all: Fields): Promise<void> {
    const takes = settle.value
      ? [...settle.value.takes, ...settle.value.needs.map((need) => need.replace(/^field:/, ''))]
      : [];
    const outcome = await outbox.submit({
      id: draft.settleId,
      path: `records/${draft.id}/settle`,
      label: titleOf(settle.value?.title, lang()),
      about: about(of),
      body: {
        note: draft.note.trim(),
        fields: Object.fromEntries(Object.entries(all).filter(([name]) => takes.includes(name))),
      },
      files: blobs(),
      field: takes.filter(isFile).at(-1),
    });
    const reason = outcome?.refused;
    const said = reason ? t('work.refused', { reason }) : t(outcome ? 'work.settled' : 'work.queued');
    say(said, reason ? 'bad' : 'ok');
  }

  async function submit(): Promise<void> {
    if (busy.value || !kind.value || !check()) return;
    busy.value = true;
    const all = payloadOf(fields.value, draft.fields);
    try {
      const outcome = await raiseIt(kind.value, all);
      if (draft.settle) await settleIt(kind.value, all);
      else say(outcome ? t('work.sent') : t('work.queued'));
      over = true;
      await dropReport(draft.id);
      const made = outcome?.answer as Matter | undefined;
      router.replace(made ? `/m/${made.id}` : '/');
    } catch (cause) {
      problem.value = sentence(cause, t);
      const old = draft.id;
      draft.id = uuid7();
      dropReport(old);
    } finally {
      busy.value = false;
    }
  }

  return {
    kind,
    loadProblem,
    load,
    draft,
    files,
    fields,
    settle,
    complaints,
    problem,
    placeless,
    busy,
    areaName,
    noPlace,
    take,
    open,
    drop,
    begin,
    submit,
  };
}
