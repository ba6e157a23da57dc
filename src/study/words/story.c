/* Templates, numbers and lists in English and Chinese. What is said is decided in the chapters. */
#include "study/words/story.h"

#include "base/memory.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct rl_kept {
    struct rl_kept *next;
    max_align_t data[];
};

void rl_story_clear(rl_story *story) {
    while (story->kept) {
        struct rl_kept *next = story->kept->next;
        rl_free(story->kept);
        story->kept = next;
    }
    rl_buffer_clear(&story->paragraph);
}

void *rl_story_keep(rl_story *story, size_t count, size_t size) {
    size_t bytes;
    struct rl_kept *kept =
        rl_multiply(count, size, &bytes) ? rl_alloc(1, sizeof *kept + bytes) : NULL;
    if (!kept) {
        story->failed = true;
        return NULL;
    }
    kept->next = story->kept;
    story->kept = kept;
    return kept->data;
}

/* Moves a buffer's text into the story. */
static const char *keep_text(rl_story *story, rl_buffer *buffer) {
    char *copy = buffer->failed ? NULL : rl_story_keep(story, buffer->length + 1, 1);
    if (copy && buffer->length > 0)
        memcpy(copy, buffer->text, buffer->length);
    story->failed = story->failed || !copy;
    rl_buffer_clear(buffer);
    return copy ? copy : "";
}

static const char *in_language(const rl_story *story, const char *english, const char *chinese) {
    return story->language == RL_LANGUAGE_CHINESE ? chinese : english;
}

/* Do the full-width quotes and brackets with which texts begin or end stand here? They bring their
 * own space, so that the one between Chinese and other scripts is left out beside them. */
static bool opens_wide(const char *text) {
    return strncmp(text, "“", strlen("“")) == 0 || strncmp(text, "（", strlen("（")) == 0;
}

static bool closes_wide(const char *text) {
    const size_t length = strlen(text), mark = strlen("”");
    return length >= mark &&
           (strcmp(text + length - mark, "”") == 0 || strcmp(text + length - mark, "）") == 0);
}

static void fill(const rl_story *story, rl_buffer *out, const char *template,
                 const char *const *texts) {
    const bool chinese = story->language == RL_LANGUAGE_CHINESE;
    for (const char *at = template; *at;) {
        const size_t plain = strcspn(at, "{");
        const char *text = at[plain] ? texts[at[plain + 1] - '1'] : NULL;
        const bool tight = chinese && text && plain > 0 && at[plain - 1] == ' ' && opens_wide(text);
        rl_buffer_add_bytes(out, at, plain - tight);
        if (!text)
            break;
        rl_buffer_add(out, text);
        at += plain + strlen("{1}");
        if (chinese && *at == ' ' && closes_wide(text))
            at++;
    }
}

const char *rl_story_fill(rl_story *story, const char *english, const char *chinese,
                          const char *const *texts) {
    rl_buffer buffer = {0};
    fill(story, &buffer, in_language(story, english, chinese), texts);
    return keep_text(story, &buffer);
}

void rl_story_say(rl_story *story, const char *english, const char *chinese,
                  const char *const *texts) {
    if (story->paragraph.length > 0)
        rl_buffer_add(&story->paragraph, in_language(story, " ", ""));
    fill(story, &story->paragraph, in_language(story, english, chinese), texts);
}

char *rl_story_take(rl_story *story) {
    char *text = story->paragraph.failed
                     ? NULL
                     : rl_strdup(story->paragraph.text ? story->paragraph.text : "");
    story->failed = story->failed || !text;
    rl_buffer_clear(&story->paragraph);
    return text;
}

void rl_story_end_paragraph(rl_story *story, rl_prose *prose) {
    if (story->paragraph.length == 0 && !story->paragraph.failed)
        return;
    char **more = rl_alloc(prose->count + 1, sizeof *more);
    char *text = rl_story_take(story);
    if (!more || !text) {
        story->failed = true;
        rl_free(more);
        rl_free(text);
        return;
    }
    for (size_t i = 0; i < prose->count; i++)
        more[i] = prose->paragraphs[i];
    more[prose->count++] = text;
    rl_free(prose->paragraphs);
    prose->paragraphs = more;
}

/* With a real minus sign, which no line break parts from its number. */
static void add_number(rl_buffer *buffer, double value, int decimals) {
    rl_buffer digits = {0};
    rl_buffer_number(&digits, value, decimals);
    const bool negative = digits.text && digits.text[0] == '-';
    if (negative)
        rl_buffer_add(buffer, "−");
    rl_buffer_add(buffer, digits.text ? digits.text + negative : "");
    buffer->failed = buffer->failed || digits.failed;
    rl_buffer_clear(&digits);
}

const char *rl_story_number(rl_story *story, double value, int decimals) {
    rl_buffer buffer = {0};
    add_number(&buffer, value, decimals);
    return keep_text(story, &buffer);
}

const char *rl_story_percent(rl_story *story, double share) {
    rl_buffer buffer = {0};
    add_number(&buffer, 100 * share, 1);
    rl_buffer_add(&buffer, "%");
    return keep_text(story, &buffer);
}

const char *rl_story_points(rl_story *story, double difference) {
    return FILL(story, "{1} points", "{1} 个百分点", rl_story_number(story, 100 * difference, 1));
}

/* Two significant digits; a third where two would round a verdict's p up to its limit of 0.05. */
const char *rl_story_p(rl_story *story, double p) {
    if (p < 0.001)
        return FILL(story, "p < {1}", "p < {1}", "0.001");
    const int digits = p < 0.05 && p >= 0.0495 ? 3 : 2;
    const int decimals = p >= 1 ? 0 : digits - 1 - (int)floor(log10(p));
    return FILL(story, "p = {1}", "p = {1}", rl_story_number(story, p, decimals));
}

const char *rl_story_time(rl_story *story, double seconds) {
    if (seconds < 120)
        return FILL(story, "{1} s", "{1} 秒", rl_story_number(story, seconds, seconds < 10));
    if (seconds < 7200)
        return FILL(story, "{1} min", "{1} 分钟",
                    rl_story_number(story, seconds / 60, seconds < 600));
    return FILL(story, "{1} h", "{1} 小时", rl_story_number(story, seconds / 3600, 1));
}

const char *rl_story_count(rl_story *story, uint64_t count) {
    char digits[32];
    rl_buffer buffer = {0};
    const size_t length =
        (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            rl_buffer_add(&buffer, ",");
        rl_buffer_add_bytes(&buffer, digits + i, 1);
    }
    return keep_text(story, &buffer);
}

const char *rl_story_nouns(rl_story *story, size_t count, const char *one, const char *many,
                           const char *chinese) {
    return FILL(story, "{1} {2}", "{1} {2}", rl_story_count(story, count),
                in_language(story, count == 1 ? one : many, chinese));
}

const char *rl_story_seeds(rl_story *story, size_t count) {
    return rl_story_nouns(story, count, "seed", "seeds", "个随机种子");
}

const char *rl_story_epochs(rl_story *story, size_t count) {
    return rl_story_nouns(story, count, "epoch", "epochs", "轮");
}

/* With a second decimal where one would hide the width, or on which side of zero an end lies. */
const char *rl_story_interval(rl_story *story, const rl_sample *difference) {
    const bool narrow = difference->high - difference->low < 0.002;
    const bool at_zero = fmin(fabs(difference->low), fabs(difference->high)) < 0.0005;
    const int decimals = narrow || at_zero ? 2 : 1;
    return FILL(story, "95% interval {1} to {2} points", "95% 置信区间 {1} 至 {2} 个百分点",
                rl_story_number(story, 100 * difference->low, decimals),
                rl_story_number(story, 100 * difference->high, decimals));
}

static const char *join(rl_story *story, const char *const *items, size_t count,
                        const char *between) {
    rl_buffer buffer = {0};
    for (size_t i = 0; i < count; i++) {
        rl_buffer_add(&buffer, i > 0 ? between : "");
        rl_buffer_add(&buffer, items[i]);
    }
    return keep_text(story, &buffer);
}

const char *rl_story_list(rl_story *story, const char *const *items, size_t count) {
    const char *between = in_language(story, ", ", "、");
    if (count < 2)
        return join(story, items, count, between);
    return FILL(story, "{1} and {2}", "{1} 和 {2}", join(story, items, count - 1, between),
                items[count - 1]);
}

const char *rl_story_series(rl_story *story, const char *const *items, size_t count) {
    return join(story, items, count, in_language(story, "; ", "；"));
}

const char *rl_story_arm(rl_story *story, const rl_study_group *group, size_t arm) {
    const char *label = group->arms[arm].label;
    const unsigned char first = (unsigned char)label[0];
    const bool is_number = strchr("+-.0123456789", first) != NULL;
    if (is_number || strcmp(label, "true") == 0 || strcmp(label, "false") == 0)
        return FILL(story, "{1}={2}", "{1}={2}", group->factor, label);
    return strchr(label, ' ') ? FILL(story, "“{1}”", "“{1}”", label)
                              : FILL(story, "{1}", "{1}", label);
}

rl_sample rl_seen(const rl_comparison *comparison, double sign) {
    const rl_sample *d = &comparison->difference;
    return sign > 0 ? *d : (rl_sample){d->count, -d->mean, d->deviation, -d->high, -d->low};
}

const char *rl_story_difference(rl_story *story, const rl_comparison *comparison, double sign,
                                bool with_test) {
    const rl_sample seen = rl_seen(comparison, sign);
    const char *points = rl_story_points(story, seen.mean);
    if (seen.count < 2)
        return points;
    points = FILL(story, "{1}, {2}", "{1}，{2}", points, rl_story_interval(story, &seen));
    return with_test
               ? FILL(story, "{1}, {2}", "{1}，{2}", points, rl_story_p(story, comparison->p_holm))
               : points;
}

const rl_sample *rl_arm_sample(const rl_arm_analysis *arm, size_t offset) {
    return (const rl_sample *)((const char *)arm + offset);
}

const size_t *rl_story_order(rl_story *story, const rl_group_analysis *group, size_t offset,
                             double sign, size_t *count) {
    const size_t arms = group->group->arm_count;
    size_t *order = rl_story_keep(story, arms, sizeof *order);
    *count = 0;
    for (size_t a = 0; order && a < arms; a++) {
        const double mean = rl_arm_sample(&group->arms[a], offset)->mean;
        size_t place = *count;
        if (isnan(mean))
            continue;
        for (; place > 0; place--) {
            const rl_arm_analysis *other = &group->arms[order[place - 1]];
            const double before = rl_arm_sample(other, offset)->mean;
            const bool lacks = group->arms[a].diverged > 0, other_lacks = other->diverged > 0;
            if (lacks == other_lacks ? sign * before <= sign * mean : lacks)
                break;
            order[place] = order[place - 1];
        }
        order[place] = a;
        ++*count;
    }
    return order;
}

rl_curve_band rl_story_curve(rl_story *story, const rl_group_analysis *group, size_t arm,
                             rl_curve curve) {
    rl_curve_band band;
    const rl_status status =
        rl_results_band(&band, story->analysis->results, &group->group->arms[arm], curve, NULL);
    double *mean = status == RL_OK ? rl_story_keep(story, band.count, sizeof *mean) : NULL;
    rl_curve_band kept = {0};
    if (mean) {
        memcpy(mean, band.mean, band.count * sizeof *mean);
        kept = (rl_curve_band){.count = band.count, .seeds = band.seeds, .mean = mean};
    } else {
        story->failed = true;
    }
    rl_curve_band_clear(&band);
    return kept;
}
