/* checkpoint.safetensors: a model file with the optimizer's slabs ("optimizer.buffer", ...), the
 * position ("run.position", float64, bit for bit) and the data set's fingerprint. With option ema
 * its model is the average, as everywhere outside of training, and the weights that training goes
 * on with are "run.parameters" and "run.statistics". Two equal runs leave equal bytes, so times are
 * kept beside it, in clock.json. */
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/notice.h"
#include "format/json_file.h"
#include "run/extend.h"
#include "run/objective.h"
#include "run/run_events.h"
#include "run/training.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Those behind the first 12 came after version 0.1.0, the last four later still. */
enum { POSITION_FIELDS = 18, NO_VALIDATION_FIELDS = 14, OLD_POSITION_FIELDS = 12, MAX_EXTRA = 8 };

#define PARAMETERS "run.parameters"
#define STATISTICS "run.statistics"

/* Counters are below 2^53: exact as doubles. */
static void position_to_fields(const rl_training *t, double fields[POSITION_FIELDS]) {
    const rl_position *p = &t->position;
    const double values[POSITION_FIELDS] = {(double)p->epoch,
                                            (double)p->step,
                                            (double)p->total_step,
                                            (double)p->correct,
                                            (double)p->images,
                                            p->loss_sum,
                                            p->train_loss,
                                            p->train_accuracy,
                                            p->test_loss,
                                            p->test_accuracy,
                                            (double)rl_optimizer_steps(t->optimizer),
                                            (double)rl_net_batches_tracked(t->net),
                                            p->cross_entropy_sum,
                                            p->train_cross_entropy,
                                            p->validation_loss,
                                            p->validation_accuracy,
                                            p->best_accuracy,
                                            (double)p->best_epoch};
    memcpy(fields, values, sizeof values);
}

static bool is_count(double value) {
    return value >= 0 && value < 0x1p53 && value == floor(value);
}

static bool position_from_fields(rl_training *t, const double fields[POSITION_FIELDS]) {
    const size_t counters[] = {0, 1, 2, 3, 4, 10, 11, 17};
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        if (!is_count(fields[counters[i]]))
            return false;
    const size_t steps = rl_loader_steps_per_epoch(t->train);
    const double whole = fields[0] * (double)steps + fields[1];
    /* A last epoch that ran out of time has at least one step. */
    const double least = t->config->max_seconds > 0 && fields[0] > 0 && fields[1] == 0
                             ? whole - (double)steps + 1
                             : whole;
    if (fields[0] > (double)t->config->epochs || fields[1] > (double)steps || fields[2] < least ||
        fields[2] > whole || fields[17] > fields[0])
        return false;
    t->position = (rl_position){.epoch = (uint64_t)fields[0],
                                .step = (uint64_t)fields[1],
                                .total_step = (uint64_t)fields[2],
                                .correct = (uint64_t)fields[3],
                                .images = (uint64_t)fields[4],
                                .loss_sum = fields[5],
                                .train_loss = fields[6],
                                .train_accuracy = fields[7],
                                .test_loss = fields[8],
                                .test_accuracy = fields[9],
                                .cross_entropy_sum = fields[12],
                                .train_cross_entropy = fields[13],
                                .validation_loss = fields[14],
                                .validation_accuracy = fields[15],
                                .best_accuracy = fields[16],
                                .best_epoch = (uint64_t)fields[17]};
    rl_optimizer_set_steps(t->optimizer, (uint64_t)fields[10]);
    rl_net_set_batches_tracked(t->net, (uint64_t)fields[11]);
    return true;
}

/* Beside the checkpoint, and worth no failure of its own when it cannot be read. */
static rl_status write_clock(const rl_training *t, rl_error *error) {
    char path[RL_PATH_SIZE], text[160];
    const rl_status status = rl_run_directory_file(&t->directory, RL_CLOCK_FILE, path, error);
    if (status != RL_OK)
        return status;
    snprintf(text, sizeof text,
             "{\"seconds\": %.3f, \"train_seconds\": %.3f, \"all_train_seconds\": %.3f}\n",
             t->clock.seconds, t->clock.train_seconds, t->clock.all_train_seconds);
    return rl_file_replace_bytes(path, text, strlen(text), error);
}

static void read_clock(rl_training *t) {
    char path[RL_PATH_SIZE];
    json_t *clock = NULL;
    t->clock = (rl_clock){0};
    if (rl_run_directory_file(&t->directory, RL_CLOCK_FILE, path, NULL) != RL_OK)
        return;
    if (rl_json_file_read(&clock, path, NULL) != RL_OK || !clock)
        rl_notice("%s: cannot be read: the run's time is counted from here on%s", path,
                  t->config->max_seconds > 0 ? ", that of option max-seconds too" : "");
    t->clock.seconds = json_number_value(json_object_get(clock, "seconds"));
    t->clock.train_seconds = json_number_value(json_object_get(clock, "train_seconds"));
    t->clock.all_train_seconds = json_number_value(json_object_get(clock, "all_train_seconds"));
    json_decref(clock);
}

static rl_status write_model(const rl_training *t, const char *name, rl_error *error) {
    char path[RL_PATH_SIZE];
    const rl_status status = rl_run_directory_file(&t->directory, name, path, error);
    return status == RL_OK ? rl_model_file_write(path, t->net, &t->info, NULL, error) : status;
}

/* What a checkpoint has beside its model. */
typedef struct {
    rl_tensor tensors[MAX_EXTRA];
    char names[MAX_EXTRA][64];
    size_t count;
} extra_tensors;

static void add_slab(extra_tensors *extra, const char *prefix, const char *name, const float *data,
                     size_t floats) {
    snprintf(extra->names[extra->count], sizeof extra->names[0], "%s%s", prefix, name);
    extra->tensors[extra->count] = (rl_tensor){.name = extra->names[extra->count],
                                               .dtype = RL_DTYPE_F32,
                                               .rank = 1,
                                               .shape = {floats},
                                               .data = data,
                                               .size = floats * sizeof *data};
    extra->count++;
}

/* Of a training whose net is, for now, its average. */
static void collect(const rl_training *t, const double fields[POSITION_FIELDS],
                    extra_tensors *extra) {
    const size_t floats = rl_net_parameter_floats(t->net);
    extra->tensors[0] = (rl_tensor){.name = "run.position",
                                    .dtype = RL_DTYPE_F64,
                                    .rank = 1,
                                    .shape = {POSITION_FIELDS},
                                    .data = fields,
                                    .size = POSITION_FIELDS * sizeof *fields};
    extra->count = 1;
    for (size_t i = 0; i < rl_optimizer_slab_count(t->optimizer); i++)
        add_slab(extra, "optimizer.", rl_optimizer_slab_name(t->optimizer, i),
                 rl_optimizer_slab(t->optimizer, i), floats);
    if (t->average) {
        add_slab(extra, "", PARAMETERS, rl_average_parameters(t->average), floats);
        add_slab(extra, "", STATISTICS, rl_average_statistics(t->average),
                 rl_net_statistic_floats(t->net));
    }
}

/* Is the net what best.safetensors is to hold? */
static bool is_best(const rl_training *t) {
    const rl_position *p = &t->position;
    return t->config->patience > 0 && p->step == 0 && p->epoch > 0 && p->best_epoch == p->epoch;
}

/* The checkpoint comes last: rows and model may be ahead of it after a crash, and are then made
 * again, but must never be behind it. */
static rl_status write_files(rl_training *t, rl_error *error) {
    char path[RL_PATH_SIZE];
    double fields[POSITION_FIELDS];
    extra_tensors tensors;
    position_to_fields(t, fields);
    collect(t, fields, &tensors);
    rl_metrics_mark mark;
    const char *const metadata[] = {"run.fingerprint",
                                    rl_dataset_fingerprint(t->dataset),
                                    RL_EPOCHS_DIGEST,
                                    mark.epochs.digest,
                                    RL_STEPS_DIGEST,
                                    mark.steps.digest,
                                    RL_RUN_RESULTS,
                                    t->results,
                                    RL_RUN_KERNELS,
                                    rl_net_kernels(t->net)->name,
                                    RL_RUN_VERSION,
                                    rl_version(),
                                    NULL};
    const rl_model_extra extra = {tensors.tensors, tensors.count, metadata};
    rl_status status = rl_run_directory_file(&t->directory, RL_CHECKPOINT_FILE, path, error);
    if (status == RL_OK)
        status = rl_metrics_sync(&t->metrics, error);
    if (status == RL_OK)
        status = rl_metrics_mark_now(&t->metrics, &mark, error);
    if (status == RL_OK)
        status = rl_run_events_flush(t, error);
    if (status == RL_OK && t->position.step == 0 && t->position.epoch > 0)
        status = write_model(t, RL_MODEL_FILE, error);
    if (status == RL_OK && is_best(t))
        status = write_model(t, RL_BEST_FILE, error);
    if (status == RL_OK)
        status = write_clock(t, error);
    if (status == RL_OK)
        status = rl_model_file_write(path, t->net, &t->info, &extra, error);
    return status;
}

rl_status rl_checkpoint_write(rl_training *t, rl_error *error) {
    if (t->average)
        rl_average_swap(t->average);
    const rl_status status = write_files(t, error);
    if (t->average)
        rl_average_swap(t->average);
    return status;
}

/* Is a file of weights as it was written? Else *state says what it is. */
static bool is_whole(const char *path, const char **state) {
    rl_safetensors *file;
    const bool is_there = rl_file_exists(path);
    *state = is_there ? "damaged" : "missing";
    if (!is_there || rl_safetensors_read(&file, path, NULL) != RL_OK)
        return false;
    rl_safetensors_free(file);
    return true;
}

static rl_status mend(rl_training *t, const char *name, rl_error *error) {
    char path[RL_PATH_SIZE];
    const char *state;
    rl_status status = rl_run_directory_file(&t->directory, name, path, error);
    if (status != RL_OK || is_whole(path, &state))
        return status;
    if (t->average)
        rl_average_swap(t->average);
    status = write_model(t, name, error);
    if (t->average)
        rl_average_swap(t->average);
    if (status == RL_OK)
        rl_notice("%s: was %s, and is written anew from the checkpoint", path, state);
    return status;
}

/* The weights of an earlier epoch, which nothing else has. */
static rl_status look_at_best(const rl_training *t, rl_error *error) {
    char path[RL_PATH_SIZE];
    const char *state;
    const rl_status status = rl_run_directory_file(&t->directory, RL_BEST_FILE, path, error);
    if (status == RL_OK && !is_whole(path, &state))
        rl_notice("%s: is %s, and cannot be made anew: the weights of epoch %" PRIu64
                  " are in no other file",
                  path, state, t->position.best_epoch);
    return status;
}

rl_status rl_checkpoint_mend_model(rl_training *t, rl_error *error) {
    const rl_position *p = &t->position;
    rl_status status = RL_OK;
    if (p->step == 0 && p->epoch > 0) /* else the model comes with the end of the epoch */
        status = mend(t, RL_MODEL_FILE, error);
    if (status != RL_OK || t->config->patience == 0 || p->best_epoch == 0)
        return status;
    return is_best(t) ? mend(t, RL_BEST_FILE, error) : look_at_best(t, error);
}

static rl_status restore_slab(const rl_safetensors *file, const char *path, const char *name,
                              float *slab, size_t floats, rl_error *error) {
    const rl_tensor *tensor = rl_safetensors_find(file, name);
    if (!tensor)
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: no tensor '%s', expected a checkpoint of the run's configuration", path,
                       name);
    const rl_status status = rl_tensor_to_floats(tensor, slab, floats, error);
    float value = 0;
    if (status == RL_OK && rl_tensor_find_bad(tensor, -INFINITY, &value) < floats)
        return rl_fail(error, RL_ERROR_FORMAT, "%s: tensor '%s' holds %g, expected finite numbers",
                       path, name, (double)value);
    return status;
}

/* The model of the file is the average; then the weights that it is of. */
static rl_status restore_average(rl_training *t, const rl_safetensors *file, const char *path,
                                 rl_error *error) {
    rl_average_swap(t->average);
    const rl_status status = restore_slab(file, path, PARAMETERS, rl_net_parameters(t->net),
                                          rl_net_parameter_floats(t->net), error);
    return status == RL_OK ? restore_slab(file, path, STATISTICS, rl_net_statistics(t->net),
                                          rl_net_statistic_floats(t->net), error)
                           : status;
}

static rl_status restore_position(rl_training *t, const rl_safetensors *file, const char *path,
                                  rl_error *error) {
    const rl_tensor *position = rl_safetensors_find(file, "run.position");
    double fields[POSITION_FIELDS] = {[14] = NAN, [15] = NAN, [16] = NAN};
    const size_t old_size = OLD_POSITION_FIELDS * sizeof *fields;
    const bool validates = t->config->validation > 0;
    if (!position || position->dtype != RL_DTYPE_F64 ||
        (position->size != sizeof fields &&
         (validates ||
          (position->size != NO_VALIDATION_FIELDS * sizeof *fields && position->size != old_size))))
        return rl_fail(error, RL_ERROR_FORMAT, "%s: no tensor 'run.position' of %d F64", path,
                       POSITION_FIELDS);
    memcpy(fields, position->data, position->size);
    if (position->size == old_size) { /* the loss is it, or it was not recorded */
        const bool same = rl_objective_is_plain(t->config);
        fields[12] = same ? fields[5] : fields[1] == 0 ? 0 : NAN;
        fields[13] = same ? fields[6] : NAN;
    }
    if (!position_from_fields(t, fields))
        return rl_fail(error, RL_ERROR_FORMAT,
                       "%s: tensor 'run.position' does not fit the run's configuration", path);
    return RL_OK;
}

static rl_status restore(rl_training *t, rl_safetensors *file, const char *path, rl_error *error) {
    const char *fingerprint = rl_safetensors_metadata(file, "run.fingerprint");
    if (!fingerprint || strcmp(fingerprint, rl_dataset_fingerprint(t->dataset)) != 0)
        return rl_fail(error, RL_ERROR_MISMATCH,
                       "%s: the run was made on other data (fingerprint %.16s..., expected "
                       "%.16s...)",
                       t->directory.path, rl_dataset_fingerprint(t->dataset),
                       fingerprint ? fingerprint : "none");
    rl_status status = rl_model_weights_read(t->net, file, path, error);
    if (status == RL_OK && t->average)
        status = restore_average(t, file, path, error);
    for (size_t i = 0; status == RL_OK && i < rl_optimizer_slab_count(t->optimizer); i++) {
        char name[64];
        snprintf(name, sizeof name, "optimizer.%s", rl_optimizer_slab_name(t->optimizer, i));
        status = restore_slab(file, path, name, rl_optimizer_slab(t->optimizer, i),
                              rl_net_parameter_floats(t->net), error);
    }
    return status == RL_OK ? restore_position(t, file, path, error) : status;
}

/* The same bits come from the same kernels only; what else can be gone on with, is, and said. */
static void notice_change(const rl_training *t, const char *of, const char *begun,
                          const char *now) {
    if (begun && strcmp(begun, now) != 0)
        rl_notice("%s: was made with %s %s so far and goes on with %s: the result need not be, bit "
                  "for bit, that of a run never interrupted",
                  t->directory.path, of, begun, now);
}

static void notice_changes(const rl_training *t, const rl_safetensors *file) {
    notice_change(t, "the kernels", rl_safetensors_metadata(file, RL_RUN_KERNELS),
                  rl_net_kernels(t->net)->name);
    notice_change(t, "version", rl_safetensors_metadata(file, RL_RUN_VERSION), rl_version());
}

rl_status rl_checkpoint_read(rl_training *t, rl_error *error) {
    char path[RL_PATH_SIZE];
    rl_safetensors *file;
    rl_status status = rl_run_directory_file(&t->directory, RL_CHECKPOINT_FILE, path, error);
    if (status == RL_OK && !rl_file_exists(path))
        return rl_fail(error, RL_ERROR_IO,
                       "%s: holds no " RL_CHECKPOINT_FILE ": nothing to go on from",
                       t->directory.path);
    if (status == RL_OK)
        status = rl_checkpoint_open(&file, path, error);
    if (status != RL_OK)
        return status;
    status = restore(t, file, path, error);
    if (status == RL_OK)
        status = rl_checkpoint_mark(&t->mark, file, path, error);
    if (status == RL_OK) {
        notice_changes(t, file);
        rl_extend_notice(t, file);
    }
    rl_safetensors_free(file);
    read_clock(t);
    return status;
}
