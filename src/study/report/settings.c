/* The settings that all runs of a study share, in words: the ones that every reader asks for in
 * sentences, and behind them, as a list, whatever else is not the program's default. */
#include "run/options.h"
#include "study/report/parts.h"
#include "study/words/format.h"

#include <string.h>

/* Options that the sentences name, and those that say nothing about how the runs train. */
static const char *const named[] = {
    "model",     "width",       "activation",         "epochs",       "batch-size",
    "optimizer", "lr",          "schedule",           "weight-decay", "augment",
    "data",      "limit-train", "limit-test",         "recipe",       "seed",
    "threads",   "out",         "checkpoint-minutes", "last-batch"};

static bool is_named(const char *option) {
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(option, named[i]) == 0)
            return true;
    return false;
}

static bool is_default(const rl_config *settings, const rl_config *defaults, const char *option) {
    return strcmp(rl_config_get(settings, option), rl_config_get(defaults, option)) == 0;
}

/* "flip = alternating, cutout = 8"; "" where there is nothing to list. */
static const char *list_others(rl_document *d, const rl_config *settings,
                               const rl_config *defaults) {
    const char *items[RL_MAX_OPTIONS];
    size_t count, listed = 0;
    const rl_option_row *rows = rl_option_rows(&count);
    for (size_t i = 0; i < count; i++) {
        const char *name = rows[i].option.name;
        if (is_named(name) || is_default(settings, defaults, name))
            continue;
        rl_buffer item = {0};
        rl_buffer_print(&item, "%s = %s", name, rl_config_get(settings, name));
        items[listed++] = rl_words_take(d->words, &item);
    }
    return listed > 0 ? rl_format_list(d->words, items, listed) : "";
}

/* The sentence about the usual augmentation, or that the list tells of another one. */
static const rl_word0 *augmentation_word(const rl_config *settings, const rl_config *defaults) {
    static const char *const options[] = {"crop",   "crop-pad",       "flip",
                                          "cutout", "random-erasing", "mixup"};
    if (!settings->augment)
        return &rl_word_not_augmented;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (!is_default(settings, defaults, options[i]))
            return &rl_word_augmented_otherwise;
    return &rl_word_augmented;
}

/* What becomes of the images that fill no whole batch; "" where there are none, or no run tells how
 * many images there are. */
static const char *left_over_text(rl_report *report, const rl_config *settings) {
    const rl_results *results = report->numbers->results;
    size_t images = 0;
    for (size_t i = 0; i < results->study->run_count && images == 0; i++)
        images = results->records[i] ? results->records[i]->train_images : 0;
    const size_t batch = settings->batch_size, left = batch > 0 ? images % batch : 0;
    if (images < batch || left == 0)
        return "";
    const bool dropped = strcmp(rl_config_get(settings, "last-batch"), "drop") == 0;
    return RL_SAY(report->words, dropped ? &rl_word_batch_dropped : &rl_word_batch_kept,
                  rl_format_count(report->words, left));
}

void rl_report_settings(rl_report *report) {
    rl_document *d = report->document;
    const rl_config *s = rl_report_study(report)->settings;
    rl_config *defaults = rl_config_create();
    if (!defaults) {
        d->words->failed = true;
        return;
    }
    const char *text =
        RL_SAY(d->words, &rl_word_training_sentence, s->model, rl_format_count(d->words, s->width),
               s->activation, rl_format_count(d->words, s->epochs),
               rl_format_count(d->words, s->batch_size), s->optimizer,
               rl_words_copy(d->words, rl_config_get(s, "lr")), s->schedule,
               rl_words_copy(d->words, rl_config_get(s, "weight-decay")));
    text = RL_SAY(d->words, &rl_word_two_sentences, text,
                  rl_term(d->words, augmentation_word(s, defaults)));
    const char *left_over = left_over_text(report, s);
    if (*left_over)
        text = RL_SAY(d->words, &rl_word_two_sentences, text, left_over);
    const char *others = list_others(d, s, defaults);
    if (*others)
        text = RL_SAY(d->words, &rl_word_two_sentences, text,
                      RL_SAY(d->words, &rl_word_other_settings, others));
    rl_document_paragraph(d, text);
    rl_config_free(defaults);
}
