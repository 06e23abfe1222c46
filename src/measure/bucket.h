/* bucket.h -- values in logarithmic buckets, 16 an octave: a percentile read from
 * them is at most 2.2 % from the true one, whatever the number of values. */
#ifndef MEASURE_BUCKET_H
#define MEASURE_BUCKET_H

#include "base/base.h"

enum { BUCKETS_MAX = 1024 };
int bucket_of(double value); /* 0 for 0 and less */
double bucket_value(int bucket);
/* The value below which `share` (0..1) of all lie; counts has BUCKETS_MAX items. */
double bucket_percentile(const int64_t *counts, double share);

#endif
