/* What the checker says, in Chinese. It speaks English, with names in it; each of its sentences stands here
 * with a
 * `*` for what it puts in. */
#include "base/text.h"
#include "rules/rules_internal.h"

#include <string.h>

enum { HOLES = 3 };

struct sentence {
    const char *en, *zh; /* zh: $1 $2 $3 are what the stars stand for */
};

static const struct sentence found[] = {
    {"an amount goes from one account to another: '*' needs some",
     "金额总是从一个账户到另一个账户：“$1”须有账户"},
    {"an amount goes from one account to another", "金额总是从一个账户到另一个账户"},
    {"this is not whose account '*' could be", "“$1”不能是它的账户"},
    {"what '*' counts is not said", "没说“$1”记的是什么"},
    {"money is counted in fen", "钱按分记，不用写单位"},
    {"where does '*' begin?", "没说“$1”从多少开始"},
    {"tiers must rise", "分档须从低到高"},
    {"in which ledger?", "没说记在哪本账上"},
    {"how much is not said", "没说记多少"},
    {"'*' is not said", "没写“$1”"},
    {"'*' is no amount of money", "“$1”不是金额"},
    {"a payment provider cannot make the move '*'", "支付渠道不能办“$1”"},
    {"what stands in ledgers is known while a move is made, not here",
     "账上的余额只有办理时才知道，这里不能问"},
    {"'*' does not say *", "“$1”没有写 $2"},
    {"'*' has no children '*'", "“$1”下面没有“$2”"},
    {"a judge is a person who plays '*', on a sheet too", "评委须是担任“$1”的个人，评分表上也要有一位"},
    {"'*' are sheets of something else already", "“$1”已经是别的评分的评分表"},
    {"'*' is no criterion", "“$1”不能作评分项"},
    {"so many criteria are not judged by", "评分项太少或太多"},
    {"points by these criteria have no small common denominator", "这些评分项的满分凑不成简单的公分母"},
    {"no result is made so", "没有这样的算法"},
    {"'*' is a field of another sort", "“$1”是另一类字段"},
    {"result and place are not kept", "没说得分和名次放在哪里"},
    {"these prizes are kept nowhere", "没说奖项放在哪里"},
    {"how many go on, and what becomes of the others, belong together", "取前几名和其余的怎么办，要一起写"},
    {"'*' cannot take the result", "“$1”接不了结果"},
    {"'*' cannot stand on a certificate", "“$1”不能写在证书上"},
    {"'*' is no name for a certificate", "“$1”不能作证书上的名字"},
    {"how '*' is made comparable is not said", "没说“$1”怎么折算"},
    {"'full', 'zero' and 'better' do not fit together", "full、zero、better 搭配不对"},
    {"between these nothing can be told apart", "满分值和零分值要分得开"},
    {"this is no such number", "不是这样的数"},
    {"'*' does not lie in a dimension", "“$1”不在任何维度下面"},
    {"so many indicators are not weighed", "指标太少或太多"},
    {"so many years are not weighed", "年份太少或太多"},
    {"there is no indicator '*'", "没有指标“$1”"},
    {"a weight is not less than 0", "权重不能小于 0"},
    {"the weights come to *", "权重合计是 $1"},
    {"years must rise", "年份须从早到晚"},
    {"'*' is of another code list", "“$1”用的是另一张代码表"},
    {"the clock cannot raise '*'", "时钟不能登记“$1”"},
    {"'*' is no single figure", "“$1”不是单个数"},
    {"what is typed in has no span", "填报的指标没有取数期间"},
    {"points and place are not kept", "没说得分和名次放在哪里"},
    {"'*' ranks nothing", "“$1”不排名"},
    {"'*' need not say 'sheet'", "“$1”不用写 sheet，评分表本来就守规则"},
    {"the result of what?", "没说是哪项评分的结果"},
    {"'set' needs a map of fields", "set 要写成 {字段: 表达式}"},
    {"'party' needs a map of parties", "party 要写成 {角色: 表达式}"},
    {"'*' names nobody who could be told", "“$1”不是能通知到的人"},
    {"'ask' needs a map of parties", "ask 要写成 {角色: 字段}"},
    {"unknown key '*' in *", "$2里没有“$1”这一项"},
    {"* where a name or text belongs", "这里该是名字或文字，却是$1"},
    {"* where titles belong", "这里该是中英文名称，却是$1"},
    {"* is no whole number", "$1不是整数"},
    {"* is out of range", "$1超出了范围"},
    {"* is neither true nor false", "$1既不是 true 也不是 false"},
    {"'*' cannot name a *", "“$1”不能用作$2的名字"},
    {"no title in *", "$1没有名称"},
    {"this is no effect", "这不是一个效果"},
    {"too many *", "$1太多了"},
    {"clock '*' has no limit", "时钟“$1”没有时限"},
    {"'*' is no time limit", "“$1”不是时限"},
    {"this is no time limit", "这不是时限"},
    {"when it warns is not said", "没说到什么时候提醒"},
    {"'*' is no code", "“$1”不能做代码"},
    {"code '*' is in list * already", "代码“$1”在“$2”里已经有了"},
    {"other columns than a code list has", "列名与代码表的不同"},
    {"code '*' lacks a title", "代码“$1”没有名称"},
    {"unknown parent '*' of code '*'", "代码“$2”的上级“$1”不存在"},
    {"code '*' lies below itself", "代码“$1”成了自己的下级"},
    {"no code of list * begins with '*'", "“$1”里没有以“$2”开头的代码"},
    {"table '*' says nothing", "表“$1”是空的"},
    {"* '*' exists already", "$1“$2”已经有了"},
    {"* '*' cannot be added", "$1“$2”加不进去"},
    {"'*' is a role of every district already", "“$1”是每个区都有的岗位"},
    {"text after the closing quote", "右引号后面还有字"},
    {"a quoted cell without end", "引号没有收尾"},
    {"column '*' stands twice", "列“$1”出现了两次"},
    {"this row has *", "这一行有 $1 格"},
    {"'*' cannot be read", "读不到“$1”"},
    {"whose is '*'? its privacy is not said", "没说“$1”是否属于个人信息"},
    {"a citizen ID is always personal", "身份证号总是个人信息"},
    {"only text can be kept sealed", "只有文字能加密保存"},
    {"a personal field cannot be in the full text", "个人信息不能进全文检索"},
    {"the range is not made of numbers", "范围须是数"},
    {"half a range", "范围只写了一头"},
    {"an empty range", "范围是空的"},
    {"a * has no range", "$1没有范围可言"},
    {"'*' says nothing about a *", "“$1”对$2不起作用"},
    {"a code of which list?", "没说是哪张代码表的代码"},
    {"only words go into the full text", "只有文字能进全文检索"},
    {"such a field has no default", "这种字段没有默认值"},
    {"'*' is no value of this field", "“$1”不是这个字段的值"},
    {"'*' has a meaning already", "“$1”已另有含义"},
    {"field '*' has no type", "字段“$1”没有类型"},
    {"who can play '*'?", "没说谁能担任“$1”"},
    {"unknown * '*' in the line", "标题行里的“$2”不存在"},
    {"the line would show the personal field '*'", "标题行会露出个人信息“$1”"},
    {"a brace is not closed", "花括号没有收尾"},
    {"kind '*' has no flow", "事项类型“$1”没有流程"},
    {"state '*' has no light", "状态“$1”没有灯"},
    {"kind '*' has no moves", "事项类型“$1”没有动作"},
    {"move '*' leads nowhere", "动作“$1”不通向任何状态"},
    {"move '*' leads out of the final state '*'", "动作“$1”离开了终止状态“$2”"},
    {"that is no number of days", "这不是天数"},
    {"who may '*' is not said", "没说谁可以做“$1”"},
    {"who may see '*' is not said", "没说谁可以看“$1”"},
    {"'*' cannot say that of a booking", "“$1”不能用来说明预订"},
    {"a booking without '*'", "预订没有写“$1”"},
    {"of which kind is what is booked?", "没说订的是哪一类"},
    {"too many kinds book '*'", "预订“$1”的事项类型太多了"},
    {"that is no span of time", "这不是一段时间"},
    {"this is no route", "这不是一条派发规则"},
    {"move '*' routes '*', but no route finds one", "动作“$1”要按规则派“$2”，却没有一条规则能派出来"},
    {"the file cannot be read", "文件读不出来"},
    {"this pack has no *", "程序包没有写$1"},
    {"measure '*' measures two things", "指标“$1”同时算两样东西"},
    {"measure '*' measures nothing", "指标“$1”什么也没算"},
    {"when is measure '*' taken?", "没说指标“$1”在哪一步取数"},
    {"this cannot be added up", "这个没法相加"},
    {"'*' says nothing here", "“$1”在这里不起作用"},
    {"nothing can be counted by '*'", "不能按“$1”分别统计"},
    {"that is no ratio", "这不是比率"},
    {"'*' is itself made of others", "“$1”自己也是由别的指标算出来的"},
    {"measure '*' of which kind?", "没说指标“$1”是哪种事项的"},
    {"this is not YAML", "这不是 YAML"},
    {"anchors and aliases are not used in packs", "程序包里不用锚点和别名"},
    {"tags are not used in packs", "程序包里不用标签"},
    {"nested too deep", "套得太深"},
    {"a key must be a plain name", "键须是简单的名字"},
    {"'*' is said twice", "“$1”写了两遍"},
    {"the file is empty", "文件是空的"},
    /* libyaml's own words, of the mistakes people make */
    {"did not find expected ',' or ']'", "这里的 YAML 写错了：前面的 [ 没有用 ] 合上，或少了逗号"},
    {"did not find expected ',' or '}'", "这里的 YAML 写错了：前面的 { 没有用 } 合上，或少了逗号"},
    {"did not find expected key", "这里的 YAML 写错了：缩进没有对齐，或这里少了一个名字"},
    {"did not find expected '-' indicator", "这里的 YAML 写错了：列表的每一行要以 - 开头，缩进一致"},
    {"could not find expected ':'", "这里的 YAML 写错了：名字后面少了冒号"},
    {"mapping values are not allowed in this context", "这里的 YAML 写错了：缩进没有对齐，或一行里多了冒号"},
    {"found unexpected end of stream", "这里的 YAML 写错了：引号没有合上"},
    {"found character that cannot start any token", "这里的 YAML 写错了：有不能用的字符，例如制表符"},
    {"a second document begins", "这里开始了第二个文档"},
    {"no move reaches state '*'", "没有动作通到状态“$1”"},
    {"no move leaves state '*'", "没有动作离开状态“$1”"},
    {"final state '*' counts as open", "终止状态“$1”还算未办结"},
    {"nothing raises '*'", "没有动作能上报“$1”"},
    {"nothing starts clock '*'", "没有动作让时钟“$1”走起来"},
    {"'*' says nobody", "“$1”没说是谁"},
    {"unknown * '*'", "没有叫“$2”的$1"},
    {"* is *", "$1这里该换一种写法，现在是$2"},
};

static const struct sentence todo[] = {
    {"a number with at most six decimals", "最多六位小数的数"},
    {"a percentage with at most two decimals", "最多两位小数的百分数"},
    {"range: neither; given: full; target: full and zero, which say what is better",
     "range：都不写；given：写 full；target：写 full 和 zero，好坏由它们定"},
    {"two numbers that differ; given: more than 0", "两个不同的数；given 要大于 0"},
    {"parent: DIMENSION, a code at the top", "parent: 维度，维度是最上层的代码"},
    {"100 in all", "合计 100"},
    {"a later year than the one before it", "比上一个晚的年份"},
    {"one of those under indicators:", "indicators: 下面的一个"},
    {"a move without from:, by: clock, that takes what it is given",
     "一个没有 from:、by: clock、takes 要填的字段的动作"},
    {"a count, sum, average, gauge or ratio", "次数、合计、平均、存量或比例"},
    {"normal: range, target or given", "normal: range、target 或 given"},
    {"the code list that the lines have", "与 lines 同一张代码表"},
    {"do: collect or rank", "do: collect 或 rank"},
    {"appraisal: {…} on the kind", "在这种事项上写 appraisal: {…}"},
    {"while parsing *", "看看前后的括号、引号和缩进"},
    {"did you mean '*'?", "是不是“$1”？"},
    {"another name", "请换一个名字"},
    {"one of: *", "可以是：$1"},
    {"one of *", "可以是：$1"},
    {"each name once", "每个名字只出现一次"},
    {"each code once", "每个代码只出现一次"},
    {"each column once", "每列只出现一次"},
    {"at most *", "至多 $1"},
    {"both min and max", "min 和 max 都要写"},
    {"max above min", "max 要大于 min"},
    {"a whole number", "整数"},
    {"true or false", "true 或 false"},
    {"* to *", "$1 到 $2"},
    {"write it out", "请写全"},
    {"leave it out", "请去掉"},
    {"a comma", "该是逗号"},
    {"a name", "名字"},
    {"numbers", "数"},
    {"one document", "一个文件一个文档"},
    {"it stands in line * already", "第 $1 行已经写过"},
    {"a move that leads to it", "加一个通到它的动作"},
    {"a move from it, or final: true", "加一个离开它的动作，或写 final: true"},
    {"a move without from: makes one", "没有 from 的动作就是上报"},
    {"a-z first, then a-z 0-9 _, at most 40", "先是 a-z，后面 a-z 0-9 _，至多 40 个"},
    {"a code of the same list", "同一张表里的代码"},
    {"a .csv file in the pack's own folder, UTF-8, at most 1 MiB",
     "本程序包里的 .csv 文件，UTF-8，至多 1 MiB"},
    {"UTF-8 text of at most 1 MiB", "至多 1 MiB 的 UTF-8 文本"},
    {"a field of type: time", "类型为 time 的字段"},
    {"a field of type: record", "类型为 record 的字段"},
    {"kind: on that field", "在那个字段上写 kind:"},
    {"30m, 12h or 7d, at most 366d", "如 30m、12h、7d，至多 366d"},
    {"an integer of the resource", "被订的那一类的 integer 字段"},
    {"a text of the resource, such as 08:00-22:00", "被订的那一类的 text 字段，值如 08:00-22:00"},
    {"from: a field of type time", "from: 一个 time 字段"},
    {"to: a field of type time", "to: 一个 time 字段"},
    {"resource: a field of type record", "resource: 一个 record 字段"},
    {"holds: the states in which the resource is taken", "holds: 占用期间的那些状态"},
    {"an integer", "integer 字段"},
    {"an open field", "不涉个人信息的字段"},
    {"add *", "加上 $1"},
    {"* if that is meant", "确实要这样，就写 $1"},
};

static const struct sentence nouns[] = {
    {"a pack", "程序包"},
    {"a kind", "事项类型"},
    {"a field", "字段"},
    {"a state", "状态"},
    {"a move", "动作"},
    {"a clock", "时钟"},
    {"a measure", "指标"},
    {"a party", "角色"},
    {"a role", "岗位"},
    {"a code", "代码"},
    {"a route", "派发规则"},
    {"a booking", "预订"},
    {"kind", "事项类型"},
    {"kinds", "事项类型"},
    {"field", "字段"},
    {"fields", "字段"},
    {"state", "状态"},
    {"states", "状态"},
    {"move", "动作"},
    {"moves", "动作"},
    {"clock", "时钟"},
    {"clocks", "时钟"},
    {"measure", "指标"},
    {"measures", "指标"},
    {"party", "角色"},
    {"parties", "角色"},
    {"role", "岗位"},
    {"roles", "岗位"},
    {"code", "代码"},
    {"codes", "代码"},
    {"list", "代码表"},
    {"table", "表"},
    {"tables", "表"},
    {"level", "层级"},
    {"effect", "效果"},
    {"type", "类型"},
    {"light", "灯"},
    {"pack", "程序包"},
    {"name", "名字 pack"},
    {"version", "版本 version"},
    {"a list", "列表"},
    {"a map", "映射"},
    {"a text", "文字"},
    {"text", "文字"},
    {"nothing", "空的"},
    {"columns", "列"},
    {"rows", "行"},
    {"values", "值"},
    {"a name", "名字"},
    {"an expression", "条件"},
    {"'type'", "类型"},
    {"'light'", "灯"},
    {"'place'", "place"},
    {"'privacy'", "privacy"},
    {"who may", "谁可以"},
    {"code list", "代码表"},
    {"sort of party", "角色类别"},
    {"privacy class", "隐私级别"},
    {"a title", "名称"},
    {"account", "账户"},
    {"certificate", "证书"},
    {"count of earlier ones", "先后计数"},
    {"criterion", "评分项"},
    {"field type", "字段类型"},
    {"format", "格式"},
    {"ledger", "账本"},
    {"records", "登记的事项"},
    {"round", "轮次"},
    {"schedule", "派发规则"},
    {"score", "评分"},
    {"tier", "分档"},
};

/* Whether `s` is the sentence; what its stars stand for, in `a`. The last star takes all that is left before
 * its ending. */
static bool fits(const char *s, const char *pattern, struct arena *a, const char *holes[HOLES])
{
    size_t n = 0;

    while (*pattern != '\0') {
        const char *next, *at;

        if (*pattern != '*') {
            if (*pattern++ != *s++)
                return false;
            continue;
        }
        next = ++pattern;
        size_t len = strcspn(next, "*");
        const char *part = arena_strndup(a, next, len);

        at = len == 0 ? s + strlen(s) : strstr(s, part);
        if (at != NULL && next[len] == '\0' && len > 0)
            at = str_ends(s, part) ? s + strlen(s) - len : NULL;
        if (at == NULL || n == HOLES)
            return false;
        holes[n++] = arena_strndup(a, s, (size_t)(at - s));
        s = at + len;
        pattern = next + len;
    }
    return *s == '\0';
}

static const char *noun(const char *en)
{
    for (size_t i = 0; i < COUNT_OF(nouns); i++)
        if (strcmp(nouns[i].en, en) == 0)
            return nouns[i].zh;
    return en;
}

static const char *fill(const char *zh, const char *const holes[HOLES], struct arena *a)
{
    const char *out = "";

    while (*zh != '\0') {
        size_t len = strcspn(zh, "$");

        out = arena_printf(a, "%s%s", out, arena_strndup(a, zh, len));
        zh += len;
        if (zh[0] == '$' && zh[1] >= '1' && zh[1] < '1' + HOLES) {
            const char *hole = holes[zh[1] - '1'];

            out = arena_printf(a, "%s%s", out, hole == NULL ? "" : noun(hole));
            zh += 2;
        }
    }
    return out;
}

static const char *say(const struct sentence *list, size_t n, const char *en, struct arena *a)
{
    for (size_t i = 0; i < n; i++) {
        const char *holes[HOLES] = {NULL};

        if (fits(en, list[i].en, a, holes))
            return fill(list[i].zh, holes, a);
    }
    return NULL;
}

const char *complaint_zh(const struct complaint *c, struct arena *a)
{
    const char *zh = c->zh != NULL ? c->zh : say(found, COUNT_OF(found), c->found, a);

    if (zh == NULL && strcmp(c->key, "pack.yaml") == 0) /* libyaml's own words */
        return arena_printf(a, "这里的 YAML 写错了（%s）", c->found);
    return zh != NULL ? zh : c->found;
}

const char *complaint_todo_zh(const struct complaint *c, struct arena *a)
{
    const char *zh = c->expected == NULL || c->zh != NULL ? NULL : say(todo, COUNT_OF(todo), c->expected, a);

    return zh != NULL || c->zh != NULL ? zh : c->expected;
}
