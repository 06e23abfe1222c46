/* The sample district's people: who would be there, so that every matter finds its
 * way. All names are made up; only the dozen accounts of the table can sign in. */
#include "app/app.h"
#include "calendar/calendar.h"
#include "identity/identity.h"
#include "identity/password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISTRICT_LEN = 6, SAMPLE_SEED = 20220613 };
/* 2010-01-01: everybody is in office before any story told here begins, and every sample
 * district has the same ids. */
static const int64_t SINCE = INT64_C(1262275200000);

struct person {
    const char *login, *name;
    struct {
        const char *role, *area, *org;
    } post[4];
    const char *what; /* for people who read the list */
};

#define LINJIANG "330803001001"
#define GRID     "330803001001001"
#define CENTRE   "衢江区社会治理中心"
#define RAILWAY  "铁路轨道交通建设管理中心"

static const struct person people[] = {
    {"admin", "系统管理员", {{"admin", "330803", CENTRE}}, "管理员 administrator"},
    {"leader", "周明远", {{"leader", "330803", CENTRE}}, "值班领导 duty leader of the district"},
    {"commander",
     "吴国强",
     {{"commander", "330803", CENTRE}, {"leader", "330803", CENTRE}},
     "指挥长 commander"},
    {"clerk", "郑晓燕", {{"clerk", "330803", CENTRE}}, "中心受理员 clerk at the centre"},
    {"worker", "陈丽华", {{"grid_worker", GRID, "临江社区"}}, "网格员 grid worker, 临江社区第1网格"},
    {"patrol", "徐志刚", {{"patrol", GRID, "临江社区"}}, "巡查队员 patrol, 临江社区第1网格"},
    {"verifier", "方静", {{"verifier", "330803", CENTRE}}, "核查员 verifier"},
    {"town",
     "雷义",
     {{"clerk", "330803103", "莲花镇"},
      {"leader", "330803103", "莲花镇"},
      {"handler", "330803103", "莲花镇"}},
     "莲花镇 township"},
    {"village",
     "黄根富",
     {{"clerk", "330803103243", "耿山村"},
      {"grid_worker", "330803103243001", "耿山村"},
      {"handler", "330803103243", "耿山村"}},
     "耿山村 village"},
    {"dept", "余建平", {{"handler", "330803", RAILWAY}}, RAILWAY " department"},
    {"resident", "李辉", {{0}}, "居民 resident"},
    {"resident2", "张秀英", {{0}}, "居民 resident"},
};

/* Made by the samples of packs (sample.yaml), each by the first that names it. */
static const struct {
    const char *login, *what;
} others[] = {
    {"judge", "社区书记、评委 village secretary, judges contests; judge2 to judge4, too"},
    {"owner", "业主委员会、管账人 owners' committee and treasurer"},
    {"manager", "物业经理 manager of services by order"},
    {"mender", "水电工 electrician of services by order"},
    {"bank", "银行客户经理 bank clerk (carbon accounts)"},
    {"jobs", "就业服务 employment clerk (job fair)"},
    {"insurance", "医保经办 insurance clerk"},
    {"election", "选举委员会 election committee"},
};

static const char *const departments[] = {
    RAILWAY,
    "应急管理局",
    "综合行政执法局",
    "住房和城乡建设局",
    "交通运输局",
    "水利局",
    "农业农村局",
    "市场监督管理局",
    "生态环境分局",
    "自然资源和规划分局",
    "公安分局",
    "交警大队",
    "消防救援大队",
    "民政局",
    "人力资源和社会保障局",
    "卫生健康局",
    "教育局",
    "文化和广电旅游体育局",
    "司法局",
    "信访局",
    "供电公司",
    "水务集团",
    "燃气公司",
};

void sample_print_accounts(bool programmes)
{
    (void)printf("示例账号 sample accounts, password %s:\n", SAMPLE_PASSWORD);
    for (size_t i = 0; i < COUNT_OF(people); i++)
        (void)printf("  %-10s %s\n", people[i].login, people[i].what);
    for (size_t i = 0; programmes && i < COUNT_OF(others); i++)
        (void)printf("  %-10s %s\n", others[i].login, others[i].what);
}

/* --- filling --- */

struct filling {
    struct sql *db;
    const struct privacy *pv;
    const char *password;
    char hash[PASSWORD_HASH_MAX];
    int64_t district, now;
    struct rng rng;
    struct area_tree *areas;
    struct org *orgs; /* units and departments as they are added */
    size_t n_orgs;
};

static bool add_org(struct filling *f, const char *name, const char *area, enum area_level level,
                    struct uuid parent, struct err *e)
{
    struct org *o = &f->orgs[f->n_orgs++];

    *o = (struct org){.id = rng_uuid(&f->rng, SINCE),
                      .name = name,
                      .area = area,
                      .level = level,
                      .parent = parent,
                      .unit = level != AREA_UNSET};
    return org_add(f->db, f->district, o, f->now, e);
}

static const struct org *unit_of(const struct filling *f, const char *area)
{
    for (size_t i = 0; i < f->n_orgs; i++)
        if (f->orgs[i].unit && strcmp(f->orgs[i].area, area) == 0)
            return &f->orgs[i];
    return NULL;
}

static const struct org *org_named(const struct filling *f, const char *name, const char *area)
{
    for (size_t i = 0; i < f->n_orgs; i++)
        if (strncmp(f->orgs[i].name, name, strlen(name)) == 0 &&
            (area == NULL || area_covers(f->orgs[i].area, area)))
            return &f->orgs[i];
    return NULL;
}

/* 临江社区居委会 -> 临江社区 */
static const char *unit_name(const struct area *area)
{
    static const char *const endings[] = {"居委会", "村委会"};
    size_t len = strlen(area->name);

    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        size_t n = strlen(endings[i]);

        if (len > n && strcmp(area->name + len - n, endings[i]) == 0) {
            char *name = xcalloc(len - n + 1, 1);

            memcpy(name, area->name, len - n);
            return name;
        }
    }
    return area->name;
}

static bool add_units(struct filling *f, struct err *e)
{
    char code[AREA_CODE_MAX];

    (void)snprintf(code, sizeof(code), "%lld", (long long)f->district);
    if (!add_org(f, CENTRE, area_find(f->areas, code)->code, AREA_DISTRICT, (struct uuid){0}, e))
        return false;
    for (size_t i = 0; i < area_count(f->areas); i++) {
        const struct area *a = area_at(f->areas, i);

        if (a->level == AREA_TOWNSHIP && !add_org(f, a->name, a->code, AREA_TOWNSHIP, f->orgs[0].id, e))
            return false;
    }
    for (size_t i = 0; i < area_count(f->areas); i++) {
        const struct area *a = area_at(f->areas, i);

        if (a->level == AREA_COMMUNITY &&
            !add_org(f, unit_name(a), a->code, AREA_COMMUNITY, unit_of(f, a->parent->code)->id, e))
            return false;
    }
    for (size_t i = 0; i < COUNT_OF(departments); i++)
        if (!add_org(f, departments[i], f->orgs[0].area, AREA_UNSET, f->orgs[0].id, e))
            return false;
    return true;
}

static bool add_person(struct filling *f, const struct person *p, struct err *e)
{
    struct new_account n = {
        .login = p->login, .name = p->name, .password = f->password, .hash = f->hash, .sample = true};
    struct uuid id;

    n.id = rng_uuid(&f->rng, SINCE);
    if (!account_add(f->db, f->pv, f->district, &n, f->now, &id, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(p->post) && p->post[i].role != NULL; i++) {
        const struct org *o = org_named(f, p->post[i].org, p->post[i].area);
        struct post post = {.role = p->post[i].role, .area = p->post[i].area, .from = SINCE};

        post.account = id;
        if (o != NULL)
            post.org = o->id;
        if (!post_add(f->db, f->district, &post, f->now, e))
            return false;
    }
    return true;
}

static const char *make_name(struct filling *f, char out[32])
{
    static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴",
                                           "周", "徐", "孙", "马", "朱", "胡", "郑", "余", "方"};
    static const char *const given[] = {"伟",   "芳",   "娜",   "敏",   "静",   "丽",   "强",   "磊",
                                        "军",   "洋",   "勇",   "艳",   "杰",   "娟",   "涛",   "明",
                                        "超",   "霞",   "平",   "刚",   "桂英", "建国", "志强", "秀兰",
                                        "海燕", "国华", "晓东", "玉梅", "春生", "文斌"};

    (void)snprintf(out, 32, "%s%s", surnames[rng_below(&f->rng, COUNT_OF(surnames))],
                   given[rng_below(&f->rng, COUNT_OF(given))]);
    return out;
}

/* Staff that simulated days need; nobody can sign in as them. */
static bool add_staff_as(struct filling *f, const char *role, const char *suffix, const struct area *area,
                         const struct org *org, struct err *e)
{
    char name[32], login[64];
    struct new_account n = {.login = login, .name = make_name(f, name), .sample = true};
    struct post post = {.role = role, .area = area->code, .from = SINCE};

    if (org != NULL)
        post.org = org->id;
    n.id = rng_uuid(&f->rng, SINCE);
    (void)snprintf(login, sizeof(login), "%s-%s", role, suffix);
    return account_add(f->db, f->pv, f->district, &n, f->now, &post.account, e) &&
           post_add(f->db, f->district, &post, f->now, e);
}

static bool add_staff(struct filling *f, const char *role, const struct area *area, const struct org *org,
                      struct err *e)
{
    return add_staff_as(f, role, area->code, area, org, e);
}

/* Somebody in each department, so that what is dispatched to it is taken up. */
static bool staff_of_departments(struct filling *f, struct err *e)
{
    const struct area *district = area_find(f->areas, f->orgs[0].area);

    for (size_t i = 0; i < f->n_orgs; i++) {
        char suffix[24];

        (void)snprintf(suffix, sizeof(suffix), "%s-%zu", district->code, i);
        if (!f->orgs[i].unit && strcmp(f->orgs[i].name, RAILWAY) != 0 &&
            !add_staff_as(f, "handler", suffix, district, &f->orgs[i], e))
            return false;
    }
    return true;
}

static bool staff_of_area(struct filling *f, const struct area *a, struct err *e)
{
    switch (a->level) {
    case AREA_TOWNSHIP:
        return add_staff(f, "clerk", a, unit_of(f, a->code), e) &&
               add_staff(f, "verifier", a, unit_of(f, a->code), e) &&
               add_staff(f, "leader", a, unit_of(f, a->code), e);
    case AREA_COMMUNITY:
        return add_staff(f, "clerk", a, unit_of(f, a->code), e) &&
               add_staff(f, "patrol", a, unit_of(f, a->code), e);
    case AREA_GRID:
        return strcmp(a->code, GRID) == 0 || strcmp(a->code, "330803103243001") == 0 ||
               add_staff(f, "grid_worker", a, unit_of(f, a->parent->code), e);
    case AREA_UNSET:
    case AREA_PROVINCE:
    case AREA_CITY:
    case AREA_DISTRICT:
    case AREA_MICROGRID:
    case AREA__MAX:
        break;
    }
    return true;
}

static bool add_people(struct filling *f, struct err *e)
{
    const struct area_tree *t = f->areas;
    struct progress p;

    for (size_t i = 0; i < COUNT_OF(people); i++)
        if (!add_person(f, &people[i], e))
            return false;
    progress_begin(&p, "示例人员 sample staff", (int64_t)area_count(t));
    for (size_t i = 0; i < area_count(t); i++) {
        if (!staff_of_area(f, area_at(t, i), e))
            return false;
        progress_step(&p, (int64_t)i);
    }
    progress_end(&p, (int64_t)area_count(t));
    return staff_of_departments(f, e);
}

static bool import_data(struct filling *f, struct err *e)
{
    const struct embedded *areas = embedded_find("sample/areas.csv"),
                          *shapes = embedded_find("sample/boundaries.geojson"),
                          *days = embedded_find("sample/calendar.csv");
    struct area_import_result r;
    int64_t n_days;

    if (areas == NULL || shapes == NULL || days == NULL)
        return ERR(e, ERR_INTERNAL, "sample.missing", "程序里没有示例数据",
                   "this program was built without the sample data");
    return area_import_csv(f->db, f->district, (const char *)areas->bytes, areas->size, &r, e) &&
           area_import_geojson(f->db, f->district, (const char *)shapes->bytes, shapes->size, DATUM_WGS84,
                               true, &r, e) &&
           calendar_import_csv(f->db, f->district, (const char *)days->bytes, days->size, &n_days, e);
}

static bool import_streets(const struct filling *f, struct err *e)
{
    const struct embedded *streets = embedded_find("sample/streets.geojson");
    struct street_import_result r;

    if (streets == NULL)
        return ERR(e, ERR_INTERNAL, "sample.missing", "程序里没有示例数据",
                   "this program was built without the sample data");
    return area_import_streets(f->db, f->district, f->areas, (const char *)streets->bytes, streets->size,
                               DATUM_WGS84, true, &r, e);
}

static void free_names(struct filling *f)
{
    for (size_t i = 0; i < f->n_orgs; i++)
        if (f->orgs[i].level == AREA_COMMUNITY &&
            f->orgs[i].name != area_find(f->areas, f->orgs[i].area)->name) {
            char *name;

            memcpy(&name, &f->orgs[i].name, sizeof(name));
            free(name);
        }
}

bool sample_fill(struct sql *db, const struct privacy *pv, int64_t district, int64_t now,
                 const char *password, struct err *e)
{
    struct filling f = {.db = db,
                        .pv = pv,
                        .password = password,
                        .district = district,
                        .now = now,
                        .rng = rng_seed(SAMPLE_SEED)};
    bool ok;

    /* One known password: hashed once, not for each of them. */
    if ((password != NULL && !password_hash(password, f.hash, e)) || !import_data(&f, e) ||
        !area_tree_load(db, district, now, &f.areas, e))
        return false;
    if (!import_streets(&f, e)) {
        area_tree_free(&f.areas);
        return false;
    }
    f.orgs = xcalloc(area_count(f.areas) + COUNT_OF(departments) + 1, sizeof(*f.orgs));
    ok = add_units(&f, e) && add_people(&f, e);
    free_names(&f);
    free(f.orgs);
    area_tree_free(&f.areas);
    return ok;
}
