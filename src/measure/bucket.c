#include "measure/bucket.h"

#include <math.h>

static const double PER_OCTAVE = 16;

int bucket_of(double value)
{
    double b = value <= 0 ? 0 : floor(log2(1 + value) * PER_OCTAVE);

    return b >= BUCKETS_MAX ? BUCKETS_MAX - 1 : (int)b;
}

double bucket_value(int bucket)
{
    return bucket <= 0 ? 0 : exp2((bucket + 0.5) / PER_OCTAVE) - 1;
}

double bucket_percentile(const int64_t *counts, double share)
{
    int64_t all = 0, wanted, seen = 0;

    for (int i = 0; i < BUCKETS_MAX; i++)
        all += counts[i];
    wanted = (int64_t)ceil(share * (double)all);
    for (int i = 0; i < BUCKETS_MAX; i++) {
        seen += counts[i];
        if (seen >= wanted && seen > 0)
            return bucket_value(i);
    }
    return 0;
}
