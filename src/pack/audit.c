/* Who may do what, kind by kind, as text for people: `wangge pack audit`. */
#include "pack/dump.h"
#include "pack/loader.h"

static void audit_who(struct buf *out, const char *word, const struct who *who, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%s%s", i == 0 ? word : ", ", who[i].text);
    }
}

static void audit_move(struct buf *out, const struct kind *k, const struct move *m)
{
    const char *comma = "";

    buf_printf(out, "  %-16s ", m->name);
    for (size_t i = 0; i < k->n_states; i++) {
        if ((m->from >> i & 1) != 0) {
            buf_printf(out, "%s%s", comma, k->states[i].name);
            comma = "|";
        }
    }
    buf_printf(out, "%s-> %s", m->raises ? "" : " ", m->to ? m->to->name : "(stays)");
    audit_who(out, "  by ", m->by, m->n_by);
    audit_who(out, "  not ", m->not_by, m->n_not);
    if (m->when_text != NULL) {
        buf_printf(out, "  when %s", m->when_text);
    }
    for (size_t i = 0; i < m->n_needs; i++) {
        buf_printf(out, "%s%s", i == 0 ? "  needs " : ", ", need_name(&m->needs[i]));
    }
    if (m->within_days > 0) {
        buf_printf(out, "  within %lld days", (long long)m->within_days);
    }
    buf_char(out, '\n');
}

static void audit_public(struct buf *out, const struct kind *k)
{
    const char *comma = "";

    if (k->published == 0) {
        return;
    }
    buf_str(out, "  public: anyone, in ");
    for (size_t i = 0; i < k->n_states; i++) {
        if ((k->published >> i & 1) != 0) {
            buf_printf(out, "%s%s", comma, k->states[i].name);
            comma = "|";
        }
    }
    for (size_t i = 0; i < k->n_public_fields; i++) {
        buf_printf(out, "%s%s", i == 0 ? ": " : ", ", k->public_fields[i]->name);
    }
    buf_str(out, k->public_place ? ", place\n" : "\n");
}

void packs_audit(struct buf *out, const struct packs *p)
{
    for (size_t i = 0; i < p->n_kinds; i++) {
        const struct kind *k = p->kinds[i];

        buf_printf(out, "%s\n", k->name);
        audit_who(out, "  see: ", k->see, k->n_see);
        buf_char(out, '\n');
        audit_who(out, "  reveal: ", k->reveal, k->n_reveal);
        buf_str(out, k->n_reveal > 0 ? "\n" : "  reveal: nobody\n");
        if (k->near != NULL) {
            buf_printf(out, "  near: anyone, when %s\n", cel_text(k->near));
        }
        audit_public(out, k);
        for (size_t j = 0; j < k->n_moves; j++) {
            audit_move(out, k, &k->moves[j]);
        }
    }
}
