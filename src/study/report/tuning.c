/* The section on tuning: what was chosen for each arm, from what, how near the others came, and
 * what tuning and the study's own runs cost. */
#include "base/file.h"
#include "run/config.h"
#include "run/run_directory.h"
#include "study/report/columns.h"
#include "study/work/sealed.h"
#include "study/work/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A point that an arm was tried with. */
typedef struct {
    const char *text; /* "0.01"; of several options "0.01, 0.9" */
    double value;     /* of one option */
    double score;     /* mean validation accuracy over the tuning's seeds */
    size_t diverged;  /* of its runs */
} tuned_point;

typedef struct {
    tuned_point *points;
    size_t count, chosen; /* chosen: index; count where nothing was */
    size_t runs, epochs;
    double macs;
} tuned_arm;

/* ---- tuning.json ---- */

static const char *values_text(rl_words *words, const json_t *values) {
    const size_t count = json_array_size(values);
    const char **items = rl_words_alloc(words, count, sizeof *items);
    for (size_t i = 0; items && i < count; i++) {
        const char *value = json_string_value(json_array_get(values, i));
        items[i] = rl_words_copy(words, value ? value : "");
    }
    return items ? rl_format_list(words, items, count) : "";
}

static size_t count_in(const json_t *object, const char *key) {
    return (size_t)json_integer_value(json_object_get(object, key));
}

static void read_arm(tuned_arm *arm, rl_words *words, const json_t *kept) {
    const json_t *points = json_object_get(kept, "points"),
                 *choice = json_object_get(kept, "choice");
    const size_t count = json_array_size(points);
    *arm = (tuned_arm){.points = rl_words_alloc(words, count, sizeof *arm->points),
                       .runs = count_in(kept, "runs"),
                       .epochs = count_in(kept, "epochs"),
                       .macs = json_number_value(json_object_get(kept, "macs"))};
    arm->chosen = count;
    for (size_t i = 0; arm->points && i < count; i++) {
        const json_t *point = json_array_get(points, i), *values = json_object_get(point, "values");
        const char *text = values_text(words, values);
        if (json_equal(values, choice))
            arm->chosen = i;
        arm->points[arm->count++] = (tuned_point){
            text, strtod(text, NULL), json_number_value(json_object_get(point, "score")),
            count_in(point, "diverged")};
    }
    arm->chosen = arm->chosen < arm->count ? arm->chosen : arm->count;
}

/* What was tuned for arm `index` of the group; without points where nothing was. */
static tuned_arm tuned_at(const rl_cell *at) {
    const rl_study_group *group = at->group->group;
    const json_t *arms = json_object_get(at->report->tuning, "arms");
    tuned_arm arm = {0};
    for (size_t i = 0; i < json_array_size(arms); i++) {
        const json_t *kept = json_array_get(arms, i);
        const char *its_group = json_string_value(json_object_get(kept, "group"));
        const char *its_arm = json_string_value(json_object_get(kept, "arm"));
        if (its_group && its_arm && strcmp(its_group, group->name) == 0 &&
            strcmp(its_arm, group->arms[at->index].name) == 0)
            read_arm(&arm, at->report->words, kept);
    }
    return arm;
}

/* ---- How it was done ---- */

static const char *option_list(rl_report *report, const rl_study_tuning *tuning) {
    rl_words *words = report->words;
    const char **names = rl_words_alloc(words, tuning->option_count, sizeof *names);
    for (size_t i = 0; names && i < tuning->option_count; i++)
        names[i] = tuning->options[i].option;
    return names ? rl_format_list(words, names, tuning->option_count) : "";
}

static void add_note(rl_report *report, const rl_study_tuning *tuning) {
    rl_words *words = report->words;
    const char *text = RL_SAY(
        words, tuning->option_count > 1 ? &rl_word_tuning_points_note : &rl_word_tuning_note,
        option_list(report, tuning), rl_format_count(words, tuning->point_count),
        rl_format_seeds(words, tuning->seed_count), rl_format_percent(words, tuning->validation));
    if (tuning->extend > 0)
        text =
            RL_SAY(words, &rl_word_two_sentences, text,
                   RL_SAY(words, &rl_word_tuning_extended, rl_format_count(words, tuning->extend)));
    rl_document_paragraph(report->document, text);
    text = rl_term(words,
                   tuning->confirm_on_whole ? &rl_word_tuning_on_whole : &rl_word_tuning_on_rest);
    rl_document_paragraph(report->document, RL_SAY(words, &rl_word_two_sentences, text,
                                                   rl_term(words, &rl_word_tuning_scores)));
}

/* When: an arm is not tuned. */
static void add_untuned(rl_report *report) {
    rl_words *words = report->words;
    const rl_study *study = rl_report_study(report);
    for (size_t g = 0; g < study->group_count; g++) {
        const rl_study_group *group = &study->groups[g];
        const char **names = rl_words_alloc(words, group->arm_count, sizeof *names);
        size_t count = 0;
        for (size_t a = 0; names && a < group->arm_count; a++)
            if (group->arms[a].untuned)
                names[count++] = rl_format_arm(words, &group->arms[a]);
        if (count > 0)
            rl_document_paragraph(report->document, RL_SAY(words, &rl_word_tuning_untuned,
                                                           rl_format_list(words, names, count)));
    }
}

/* ---- What was chosen ---- */

static const char *arm_cell(const rl_cell *at) {
    return rl_format_arm(at->report->words, at->group->arms[at->index].arm);
}

static const char *chosen_cell(const rl_cell *at) {
    const tuned_arm arm = tuned_at(at);
    return arm.chosen < arm.count ? arm.points[arm.chosen].text
                                  : rl_term(at->report->words, &rl_word_tuning_none_chosen);
}

static const char *score_cell(const rl_cell *at) {
    const tuned_arm arm = tuned_at(at);
    return arm.chosen < arm.count
               ? rl_format_percent(at->report->words, arm.points[arm.chosen].score)
               : rl_format_number(at->report->words, NAN, 0);
}

static const char *tried_cell(const rl_cell *at) {
    return rl_format_count(at->report->words, tuned_at(at).count);
}

/* The values whose score is within a point of the best. */
static const char *near_cell(const rl_cell *at) {
    static const double near = 0.01;
    const tuned_arm arm = tuned_at(at);
    rl_words *words = at->report->words;
    const char **items = rl_words_alloc(words, arm.count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; items && arm.chosen < arm.count && i < arm.count; i++)
        if (arm.points[i].score >= arm.points[arm.chosen].score - near - 1e-9)
            items[count++] = arm.points[i].text;
    return items ? rl_format_list(words, items, count) : "";
}

static size_t diverged_of(const tuned_arm *arm) {
    size_t diverged = 0;
    for (size_t i = 0; i < arm->count; i++)
        diverged += arm->points[i].diverged;
    return diverged;
}

static const char *diverged_cell(const rl_cell *at) {
    const tuned_arm arm = tuned_at(at);
    return rl_format_count(at->report->words, diverged_of(&arm));
}

static void add_choices(const rl_cell *at) {
    static const rl_column columns[] = {
        {.header = &rl_word_arm, .is_text = true, .cell = arm_cell},
        {.header = &rl_word_tuning_chosen, .cell = chosen_cell},
        {.header = &rl_word_tuning_score, .cell = score_cell},
        {.header = &rl_word_tuning_tried, .cell = tried_cell},
        {.header = &rl_word_tuning_near, .cell = near_cell},
        {.header = &rl_word_tuning_diverged, .cell = diverged_cell}};
    rl_report_columns(at,
                      RL_SAY(at->report->words, &rl_word_tuning_caption,
                             rl_format_group(at->report->words, at->group->group)),
                      COLUMNS(columns), at->group->group->arm_count);
}

/* ---- What it cost ---- */

/* Runs, the epochs they did, and the multiply-adds of their forward passes. */
typedef struct {
    size_t runs, epochs;
    double macs;
} budget;

static budget own_budget(const rl_cell *at) {
    const rl_study_arm *arm = at->group->arms[at->index].arm;
    budget all = {0};
    for (size_t s = 0; s < rl_report_study(at->report)->seed_count; s++) {
        const rl_run_record *run = rl_results_record(at->report->numbers->results, arm, s);
        if (!run)
            continue;
        all.runs++;
        all.epochs += run->epoch_count;
        all.macs += (double)arm->macs * (double)run->train_images * (double)run->epoch_count;
    }
    return all;
}

static const char *macs_text(rl_words *words, double macs) {
    return macs < 1e12 ? RL_SAY(words, &rl_word_billions, rl_format_number(words, macs / 1e9, 2))
                       : RL_SAY(words, &rl_word_trillions, rl_format_number(words, macs / 1e12, 2));
}

static const char *tuning_runs_cell(const rl_cell *at) {
    return rl_format_count(at->report->words, tuned_at(at).runs);
}

static const char *tuning_epochs_cell(const rl_cell *at) {
    return rl_format_count(at->report->words, tuned_at(at).epochs);
}

static const char *tuning_macs_cell(const rl_cell *at) {
    return macs_text(at->report->words, tuned_at(at).macs);
}

static const char *own_runs_cell(const rl_cell *at) {
    return rl_format_count(at->report->words, own_budget(at).runs);
}

static const char *own_epochs_cell(const rl_cell *at) {
    return rl_format_count(at->report->words, own_budget(at).epochs);
}

static const char *own_macs_cell(const rl_cell *at) {
    return macs_text(at->report->words, own_budget(at).macs);
}

static void add_budget(const rl_cell *at) {
    static const rl_column columns[] = {
        {.header = &rl_word_arm, .is_text = true, .cell = arm_cell},
        {.header = &rl_word_tuning_runs, .cell = tuning_runs_cell},
        {.header = &rl_word_tuning_epochs, .cell = tuning_epochs_cell},
        {.header = &rl_word_tuning_macs, .cell = tuning_macs_cell},
        {.header = &rl_word_own_runs, .cell = own_runs_cell},
        {.header = &rl_word_tuning_epochs, .cell = own_epochs_cell},
        {.header = &rl_word_tuning_macs, .cell = own_macs_cell}};
    rl_report_columns(at,
                      RL_SAY(at->report->words, &rl_word_tuning_budget_caption,
                             rl_format_group(at->report->words, at->group->group)),
                      COLUMNS(columns), at->group->group->arm_count);
}

/* ---- Curves ---- */

static rl_series curve_of(const rl_cell *at) {
    rl_words *words = at->report->words;
    const tuned_arm arm = tuned_at(at);
    double *x = rl_words_alloc(words, 2 * arm.count, sizeof *x);
    bool *marked = rl_words_alloc(words, arm.count, sizeof *marked);
    rl_series series = {.label = arm_cell(at), .color = at->index};
    if (!x || !marked)
        return series;
    for (size_t i = 0; i < arm.count; i++) {
        x[i] = arm.points[i].value;
        x[arm.count + i] = arm.points[i].score;
        marked[i] = i == arm.chosen;
    }
    series.count = arm.count;
    series.x = x;
    series.y = x + arm.count;
    series.marked = marked;
    return series;
}

/* "sgd at 1, adam at 0.1": where runs diverged; "" for nowhere. */
static const char *list_diverged(const rl_cell *at) {
    rl_words *words = at->report->words;
    rl_buffer list = {0};
    rl_cell cell = *at;
    for (; cell.index < at->group->group->arm_count; cell.index++) {
        const tuned_arm arm = tuned_at(&cell);
        for (size_t i = 0; i < arm.count; i++)
            if (arm.points[i].diverged > 0) {
                rl_buffer_add(&list, list.length > 0 ? rl_term(words, &rl_word_comma) : "");
                rl_buffer_add(&list,
                              RL_SAY(words, &rl_word_aside, arm_cell(&cell), arm.points[i].text));
            }
    }
    return rl_words_take(words, &list);
}

static void add_curves(const rl_cell *at, const char *option) {
    rl_report *report = at->report;
    rl_words *words = report->words;
    const size_t arms = at->group->group->arm_count;
    const size_t index = (size_t)(at->group - report->numbers->groups);
    rl_series *series = rl_words_alloc(words, arms, sizeof *series);
    rl_cell cell = *at;
    for (; series && cell.index < arms; cell.index++)
        series[cell.index] = curve_of(&cell);
    const char *caption = RL_SAY(words, &rl_word_tuning_curve_caption, option,
                                 rl_format_group(words, at->group->group));
    const char *diverged = list_diverged(at);
    if (*diverged)
        caption = RL_SAY(words, &rl_word_tuning_curve_diverged, caption, diverged);
    if (words->failed)
        return;
    const rl_chart chart = {.id = rl_report_figure_id(report, index, "tuning"),
                            .title = rl_term(words, &rl_word_tuning_curve),
                            .x_title = option,
                            .y_title = rl_term(words, &rl_word_tuning_curve_axis),
                            .series = series,
                            .series_count = arms,
                            .percent = true,
                            .log_x = true,
                            .caption = caption};
    rl_report_add_chart(report, &chart, caption);
}

/* Each group: the choices, and their cost; with one option, the curves. */
static void add_group(rl_report *report, const rl_study_tuning *tuning, size_t index) {
    const rl_cell at = {report, &report->numbers->groups[index], RL_QUANTITY_TEST_ACCURACY, 0};
    if (tuning->option_count == 1)
        add_curves(&at, tuning->options[0].option);
    add_choices(&at);
    add_budget(&at);
}

void rl_report_tuning(rl_report *report) {
    const rl_study *study = rl_report_study(report);
    char path[RL_PATH_SIZE];
    rl_error error;
    if (!study->tuning)
        return;
    rl_document_section(report->document, "tuning",
                        rl_term(report->words, &rl_word_tuning_heading));
    add_note(report, study->tuning);
    add_untuned(report);
    if (rl_path_join(path, sizeof path, report->numbers->results->directory, RL_TUNING_FILE,
                     &error) != RL_OK ||
        rl_sealed_read(&report->tuning, path, &error) != RL_OK || !report->tuning)
        return; /* nothing is chosen yet: a changed file was refused when results were read */
    for (size_t g = 0; g < study->group_count; g++)
        add_group(report, study->tuning, g);
    json_decref(report->tuning);
    report->tuning = NULL;
}
