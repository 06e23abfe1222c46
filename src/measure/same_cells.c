/* Whether a change leaves a gauge where it was. */
#include "measure/taken.h"

#include <string.h>

/* Whether the same organisations play the part, in the same order. */
static bool same_orgs(const struct party_role *role, const struct record *before, const struct record *after)
{
    size_t i = 0, k = 0;

    for (;; i++, k++) {
        while (i < before->n_parties && before->parties[i].role != role)
            i++;
        while (k < after->n_parties && after->parties[k].role != role)
            k++;
        if (i == before->n_parties || k == after->n_parties)
            return i == before->n_parties && k == after->n_parties;
        if (!uuid_eq(before->parties[i].org, after->parties[k].org))
            return false;
    }
}

bool measure_same_cells(const struct measure_def *m, const struct record *before, const struct record *after)
{
    if (strcmp(before->area, after->area) != 0)
        return false;
    for (size_t i = 0; i < m->n_by; i++) {
        const struct cel_value *was = &before->values[m->by[i]->index], *is = &after->values[m->by[i]->index];

        if ((was->type > CEL_NULL || is->type > CEL_NULL) && !cel_equal(was, is))
            return false;
    }
    for (size_t i = 0; i < m->n_by_orgs; i++)
        if (!same_orgs(m->by_orgs[i], before, after))
            return false;
    return true;
}
