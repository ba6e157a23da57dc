/* The sections about the study as a whole: data and task, and conclusions. */
#include "base/file.h"
#include "base/memory.h"
#include "base/notice.h"
#include "data/sheet.h"
#include "run/config.h"
#include "run/run_directory.h"
#include "study/report/parts.h"
#include "study/words/format.h"

#include <string.h>

enum { NAMED_CLASSES = 20 };          /* more would be a list that no one reads */
#define SAMPLES_MAX ((size_t)4 << 20) /* bytes of samples.png; ours have some 200 kB */

void rl_report_prose(rl_report *report, const rl_prose *prose) {
    for (size_t i = 0; i < prose->count; i++)
        rl_document_paragraph(report->document, prose->paragraphs[i]);
}

/* A run that is done, for what all have in common; NULL when there is none. */
static const rl_run_record *any_done(const rl_results *results) {
    for (size_t i = 0; i < results->study->run_count; i++)
        if (results->records[i] && results->records[i]->state == RL_RUN_DONE)
            return results->records[i];
    return NULL;
}

/* ---- Data and task ---- */

/* Is something there to be shown? What is not there is left out, and the report is whole without
 * it; so is what cannot be read, with a notice that says why. */
static bool is_there(rl_document *d, const char *path, rl_status status, const rl_error *error) {
    if (status == RL_ERROR_MEMORY)
        d->words->failed = true;
    else if (status != RL_OK && rl_file_exists(path))
        rl_notice("%s; left out of the report", error->message);
    return status == RL_OK;
}

/* The names of the classes, from the model that a run left; "" when there is none. */
static const char *class_names(rl_document *d, const rl_run_record *record) {
    char path[RL_PATH_SIZE];
    rl_model *model;
    rl_error error;
    if (rl_path_join(path, sizeof path, record->directory, RL_MODEL_FILE, NULL) != RL_OK ||
        !is_there(d, path, rl_model_load(&model, path, 1, &error), &error))
        return "";
    const size_t count = rl_model_class_count(model);
    const char **names = rl_words_alloc(d->words, count, sizeof *names);
    for (size_t i = 0; names && i < count; i++)
        names[i] = rl_model_class_name(model, i);
    const char *list = names ? rl_format_list(d->words, names, count) : "";
    rl_model_free(model);
    return list;
}

const char *rl_report_file(rl_report *report, const char *name, size_t limit, size_t *size) {
    rl_document *d = report->document;
    char path[RL_PATH_SIZE];
    uint8_t *bytes;
    rl_error error;
    if (rl_path_join(path, sizeof path, report->numbers->results->directory, name, NULL) != RL_OK ||
        !is_there(d, path, rl_file_read(path, limit, &bytes, size, &error), &error))
        return NULL;
    char *copy = rl_words_alloc(d->words, *size + 1, 1);
    if (copy)
        memcpy(copy, bytes, *size);
    rl_free(bytes);
    return copy;
}

static void add_samples(rl_report *report, size_t class_count) {
    rl_document *d = report->document;
    size_t size;
    const char *bytes = rl_report_file(report, "samples.png", SAMPLES_MAX, &size);
    if (!bytes)
        return;
    const char *caption =
        class_count > RL_SHEET_ROWS
            ? RL_SAY(d->words, &rl_word_samples_of_some, rl_format_count(d->words, RL_SHEET_ROWS))
            : rl_term(d->words, &rl_word_samples);
    rl_document_image(d, &(rl_image){"samples", caption, bytes, size});
}

static void add_data_paragraph(rl_report *report, const rl_run_record *record) {
    rl_document *d = report->document;
    const char *classes = rl_format_count(d->words, record->class_count);
    const char *train = rl_format_count(d->words, record->train_images);
    const char *test = rl_format_count(d->words, record->test_images);
    const char *text =
        RL_SAY(d->words, &rl_word_data_sentence, record->data_format, train, test, classes);
    const char *names = record->class_count <= NAMED_CLASSES ? class_names(d, record) : "";
    if (*names)
        text = RL_SAY(d->words, &rl_word_two_sentences, text,
                      RL_SAY(d->words, &rl_word_classes, names));
    rl_document_paragraph(d, text);
    if (record->train_images < record->data_train_images ||
        record->test_images < record->data_test_images)
        rl_document_paragraph(d, RL_SAY(d->words, &rl_word_limited_data,
                                        rl_format_count(d->words, record->data_train_images),
                                        rl_format_count(d->words, record->data_test_images)));
}

/* How arms are compared, and how to read the tables of all groups. */
static void add_method(rl_report *report) {
    rl_document *d = report->document;
    rl_words *words = report->words;
    const size_t seeds = rl_report_study(report)->seed_count;
    rl_document_subheading(d, rl_term(words, &rl_word_method_heading));
    rl_document_paragraph(d, RL_SAY(words, &rl_word_fairness, rl_format_seeds(words, seeds)));
    rl_document_paragraph(d, rl_term(words, &rl_word_intervals_note));
    rl_document_paragraph(d, rl_term(words, &rl_word_verdicts_note));
    rl_document_paragraph(d, rl_term(words, &rl_word_diverged_note));
}

void rl_report_data(rl_report *report) {
    rl_document *d = report->document;
    const rl_run_record *record = any_done(report->numbers->results);
    rl_document_section(d, "data", rl_term(d->words, &rl_word_data_heading));
    if (record) {
        add_data_paragraph(report, record);
        add_samples(report, record->class_count);
    }
    rl_document_paragraph(d, rl_term(d->words, &rl_word_task));
    rl_report_settings(report);
    add_method(report);
}

/* ---- Conclusions ---- */

/* After how many seeds the claims are judged; "" where only at the end. */
static const char *looks_note(rl_report *report) {
    rl_words *words = report->words;
    const rl_study *study = rl_report_study(report);
    const char **seeds = rl_words_alloc(words, study->look_count, sizeof *seeds);
    for (size_t i = 0; seeds && i < study->look_count; i++)
        seeds[i] = rl_format_count(words, study->looks[i]);
    return seeds && study->look_count > 1 && study->claim_count > 0
               ? RL_SAY(words, &rl_word_looks_note, rl_format_list(words, seeds, study->look_count))
               : "";
}

/* How many words are spoken at once, and in which order; or that nothing was declared. */
static const char *claims_note(rl_report *report) {
    rl_words *words = report->words;
    const rl_study *study = rl_report_study(report);
    const char *count = rl_format_count(words, study->claim_count);
    if (study->claim_count == 0)
        return rl_term(words, &rl_word_nothing_declared);
    if (study->claim_count == 1)
        return rl_term(words, &rl_word_claims_note_one);
    return RL_SAY(words,
                  study->claims_in_order ? &rl_word_claims_note_in_order : &rl_word_claims_note,
                  count);
}

void rl_report_conclusions(rl_report *report) {
    static const char *const kinds[] = {[RL_CLAIM_WAITING] = "waiting",
                                        [RL_CLAIM_UNDECIDED] = "undecided",
                                        [RL_CLAIM_SUPPORTED] = "supported",
                                        [RL_CLAIM_REFUTED] = "refuted",
                                        [RL_CLAIM_NOT_ASKED] = "waiting"};
    rl_document *d = report->document;
    const rl_findings *findings = report->findings;
    rl_document_section(d, "conclusions", rl_term(report->words, &rl_word_conclusions_heading));
    rl_document_paragraph(d, claims_note(report));
    rl_document_paragraph(d, looks_note(report));
    for (size_t i = 0; i < findings->judgement_count; i++) {
        const rl_judgement *judgement = &findings->judgements[i];
        rl_document_claim(d, &(rl_claim){.claim = judgement->claim,
                                         .outcome = judgement->name,
                                         .reason = judgement->reason,
                                         .kind = kinds[judgement->outcome]});
    }
    if (findings->limits.count > 0)
        rl_document_subheading(d, rl_term(report->words, &rl_word_limits_heading));
    rl_report_prose(report, &findings->limits);
}
