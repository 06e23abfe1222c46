/* pg_value.c -- values as PostgreSQL sends them, in its binary form. */
#include "sql/postgres.h"

#include <endian.h>
#include <string.h>

enum { DIGIT_BASE = 10000 };

static int16_t int16_at(const char *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return (int16_t)be16toh(v);
}

/* Counts added up: digits to base 10,000, of which the first stands for base^weight. */
static double read_numeric(const char *p)
{
    enum { NEGATIVE = 0x4000 };
    int n = int16_at(p), weight = int16_at(p + 2), sign = int16_at(p + 4);
    double v = 0, unit = 1;

    for (int i = 0; i < n; i++)
        v = v * DIGIT_BASE + int16_at(p + 8 + (ptrdiff_t)2 * i);
    for (int i = weight + 1 - n; i != 0; i += i < 0 ? 1 : -1)
        unit *= DIGIT_BASE;
    v = weight + 1 < n ? v / unit : v * unit;
    return sign == NEGATIVE ? -v : v;
}

static int64_t int64_at(const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return (int64_t)be64toh(v);
}

static double double_at(const char *p)
{
    int64_t bits = int64_at(p);
    double v;

    memcpy(&v, &bits, sizeof(v));
    return v;
}

static uint32_t uint32_at(const char *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return be32toh(v);
}

int64_t pg_int_at(const PGresult *res, int row, int col)
{
    const char *p = PQgetvalue(res, row, col);

    if (PQgetisnull(res, row, col))
        return 0;
    switch (PQftype(res, col)) {
    case PG_INT8:
        return int64_at(p);
    case PG_INT4:
        return (int32_t)uint32_at(p);
    case PG_XID:
        return uint32_at(p);
    case PG_BOOL:
        return *p != 0;
    case PG_FLOAT8:
        return (int64_t)double_at(p);
    case PG_NUMERIC:
        return (int64_t)read_numeric(p);
    default:
        return 0;
    }
}

double pg_real_at(const PGresult *res, int row, int col)
{
    const char *p = PQgetvalue(res, row, col);

    if (PQgetisnull(res, row, col))
        return 0;
    switch (PQftype(res, col)) {
    case PG_FLOAT8:
        return double_at(p);
    case PG_NUMERIC:
        return read_numeric(p);
    default:
        return (double)pg_int_at(res, row, col);
    }
}

struct sql_arg pg_value_at(const PGresult *res, int row, int col)
{
    const char *p = PQgetvalue(res, row, col);
    size_t n = (size_t)PQgetlength(res, row, col);

    if (PQgetisnull(res, row, col))
        return SQL_NULL;
    switch (PQftype(res, col)) {
    case PG_TEXT:
    case PG_JSON:
    case PG_VARCHAR:
    case PG_NAME:
        return (struct sql_arg){.type = SQL_T_TEXT, .s = p, .n = n};
    case PG_BYTEA:
        return SQL_BLOB(p, n);
    case PG_FLOAT8:
    case PG_NUMERIC:
        return SQL_REAL(pg_real_at(res, row, col));
    default:
        return SQL_INT(pg_int_at(res, row, col));
    }
}
