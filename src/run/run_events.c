/* Which figures and settings go into a TensorBoard file, and under which names. Points of epochs
 * carry the step as well, since TensorBoard drops the points of a resumed run by step. */
#include "run/run_events.h"

#include "base/buffer.h"
#include "base/error.h"
#include "format/events.h"
#include "run/options.h"

#include <string.h>
#include <unistd.h>

/* Options that say where or how fast a run is made do not say what it is. */
static bool is_setting(const rl_option *option) {
    return option->role != RL_ROLE_EFFORT && option->role != RL_ROLE_PLACE;
}

/* All settings: for the table of hyper-parameters, and as a text in Markdown, which shows indented
 * lines as they are. */
static rl_status write_settings(rl_training *t, rl_error *error) {
    size_t count, used = 0;
    const rl_option_row *rows = rl_option_rows(&count);
    rl_buffer values[RL_MAX_OPTIONS] = {{0}}, text = {0};
    rl_hyper_parameter settings[RL_MAX_OPTIONS];
    rl_status status = RL_OK;
    for (size_t i = 0; i < count; i++) {
        const char *name = rows[i].option.name, *value = rl_config_get(t->config, name);
        rl_buffer_print(&text, "    %s: %s\n", name, value);
        if (!is_setting(&rows[i].option))
            continue;
        rl_buffer_add(&values[used], value);
        status = status == RL_OK ? rl_buffer_status(&values[used], name, error) : status;
        settings[used] = (rl_hyper_parameter){name, values[used].text};
        used++;
    }
    status = status == RL_OK ? rl_buffer_status(&text, "the settings", error) : status;
    if (status == RL_OK)
        status = rl_events_hyper_parameters(t->events, settings, used, error);
    if (status == RL_OK)
        status = rl_events_text(t->events, "configuration", text.text, error);
    for (size_t i = 0; i < used; i++)
        rl_buffer_clear(&values[i]);
    rl_buffer_clear(&text);
    return status;
}

rl_status rl_run_events_start(rl_training *t, rl_error *error) {
    rl_status status = rl_events_create(&t->events, t->directory.path, error);
    if (status != RL_OK)
        return status;
    if (t->resumed)
        status = rl_events_restart(t->events, t->position.total_step + 1, error);
    if (status == RL_OK)
        status = write_settings(t, error);
    if (status == RL_OK)
        status = rl_events_flush(t->events, error);
    if (status != RL_OK) {
        unlink(rl_events_path(t->events));
        rl_events_close(t->events);
        t->events = NULL;
    }
    return status;
}

typedef struct {
    const char *tag;
    double value;
} point;

static rl_status write_points(rl_training *t, uint64_t step, const point *points, size_t count,
                              rl_error *error) {
    rl_status status = RL_OK;
    for (size_t i = 0; i < count && status == RL_OK; i++)
        status = rl_events_scalar(t->events, points[i].tag, step, points[i].value, error);
    return status;
}

rl_status rl_run_events_step(rl_training *t, const rl_step_row *row, rl_error *error) {
    const point points[] = {{"step/loss", row->loss},
                            {"step/cross_entropy", row->cross_entropy},
                            {"step/accuracy", row->accuracy},
                            {"step/lr", row->lr}};
    return write_points(t, row->step, points, sizeof points / sizeof *points, error);
}

rl_status rl_run_events_gradient_norm(rl_training *t, double norm, rl_error *error) {
    return rl_events_scalar(t->events, "step/gradient_norm", t->position.total_step + 1, norm,
                            error);
}

rl_status rl_run_events_epoch(rl_training *t, const rl_epoch_row *row, rl_error *error) {
    const point points[] = {{"epoch/epoch", (double)row->epoch},
                            {"epoch/lr", row->lr},
                            {"epoch/train_loss", row->train_loss},
                            {"epoch/train_cross_entropy", row->train_cross_entropy},
                            {"epoch/train_accuracy", row->train_accuracy},
                            {"epoch/images_per_second", row->images_per_second}};
    const point validation[] = {{"epoch/validation_loss", row->validation_loss},
                                {"epoch/validation_accuracy", row->validation_accuracy}};
    const point test[] = {{"epoch/test_loss", row->test_loss},
                          {"epoch/test_accuracy", row->test_accuracy}};
    rl_status status = write_points(t, row->step, points, sizeof points / sizeof *points, error);
    if (status == RL_OK && t->validation)
        status = write_points(t, row->step, validation, 2, error);
    return status == RL_OK && t->test ? write_points(t, row->step, test, 2, error) : status;
}

rl_status rl_run_events_flush(rl_training *t, rl_error *error) {
    return t->events ? rl_events_flush(t->events, error) : RL_OK;
}

rl_status rl_run_events_finish(rl_training *t, rl_status outcome, rl_error *error) {
    rl_status status =
        outcome == RL_STOPPED ? RL_OK : rl_events_outcome(t->events, outcome == RL_OK, error);
    return status == RL_OK ? rl_events_flush(t->events, error) : status;
}
