/* The arms of a group: how large their models are, the width-matched controls of Ghost models, and
 * what an equal budget means for each. */
#include "study/design/arms.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "run/options.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sizes are those of networks for ten classes, as the data are not known yet; only the last layer
 * depends on it. Results are told with the sizes for the classes that the runs had. */
enum { CLASS_COUNT = 10 };

rl_status rl_study_measure_arm(rl_study_arm *arm, size_t class_count, rl_error *error) {
    rl_summary *summary;
    const rl_status status = rl_summary_create(&summary, arm->config, class_count, error);
    if (status != RL_OK)
        return status;
    arm->parameters = rl_summary_parameters(summary);
    arm->macs = rl_summary_macs(summary);
    rl_summary_free(summary);
    return RL_OK;
}

static rl_status measure(rl_study_arm *arm, rl_error *error) {
    return rl_study_measure_arm(arm, CLASS_COUNT, error);
}

static rl_status measure_at_width(rl_study_arm *arm, uint64_t width, rl_error *error) {
    arm->config->width = width;
    return measure(arm, error);
}

static uint64_t distance(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

/* Gives `arm` the width at which it has most nearly `target` parameters, which grow with the width:
 * bisection. The narrower of two that are equally near. */
static rl_status match_width(rl_study_arm *arm, uint64_t target, rl_error *error) {
    const rl_option *option = &rl_option_find("width")->option;
    uint64_t low = (uint64_t)option->minimum, high = (uint64_t)option->maximum;
    while (low < high) { /* the least width that reaches the target lies in low..high */
        const uint64_t middle = low + (high - low) / 2;
        const rl_status status = measure_at_width(arm, middle, error);
        if (status != RL_OK)
            return status;
        if (arm->parameters < target)
            low = middle + 1;
        else
            high = middle;
    }
    rl_status status = measure_at_width(arm, low, error);
    if (status != RL_OK || low == (uint64_t)option->minimum)
        return status;
    const uint64_t above = distance(arm->parameters, target);
    status = measure_at_width(arm, low - 1, error);
    if (status == RL_OK && above < distance(arm->parameters, target))
        status = measure_at_width(arm, low, error);
    return status;
}

static rl_status add_control(rl_study_group *group, const rl_study_arm *ghost, const char *plain,
                             rl_error *error) {
    rl_study_arm *arm = &group->arms[group->arm_count];
    arm->config = rl_config_copy(ghost->config);
    if (!arm->config)
        return rl_fail_memory(error, "a control");
    group->arm_count++;
    arm->control = true;
    rl_status status = rl_config_set(arm->config, "model", plain, error);
    if (status == RL_OK)
        status = match_width(arm, ghost->parameters, error);
    if (status != RL_OK)
        return status;
    rl_buffer name = {0};
    if (group->factor_count > 1) /* whose arms may have the same model */
        rl_buffer_print(&name, "%s: ", ghost->name);
    rl_buffer_print(&name, "%s, width %" PRIu64, plain, arm->config->width);
    const bool good = !name.failed && rl_study_name_arm(arm, name.text);
    rl_buffer_clear(&name);
    return good ? RL_OK : rl_fail_memory(error, "a control");
}

static rl_status add_controls(rl_study_group *group, rl_error *error) {
    rl_status status = RL_OK;
    if (!rl_study_group_varies(group, "model"))
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "width_control compares models, but the group varies '%s', expected 'model'",
                       group->factor);
    const size_t levels = group->arm_count;
    for (size_t i = 0; i < levels && status == RL_OK; i++) {
        const char *plain = rl_bench_plain_model(group->arms[i].config->model);
        if (plain)
            status = add_control(group, &group->arms[i], plain, error);
    }
    if (status == RL_OK && group->arm_count == levels)
        return rl_fail(
            error, RL_ERROR_ARGUMENT,
            "width_control has nothing to match, expected a Ghost model among the levels");
    return status;
}

static rl_status budget_epochs(rl_study_group *group, rl_error *error) {
    (void)group, (void)error; /* the arms have the same epochs as they are */
    return RL_OK;
}

static rl_status budget_arithmetic(rl_study_group *group, rl_error *error) {
    if (rl_study_group_varies(group, "epochs"))
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "budget arithmetic sets the epochs, so they cannot vary");
    const double budget = (double)group->arms[0].config->epochs * (double)group->arms[0].macs;
    rl_status status = RL_OK;
    for (size_t i = 0; i < group->arm_count && status == RL_OK; i++) {
        const double epochs = fmax(1, round(budget / (double)group->arms[i].macs));
        char text[32];
        snprintf(text, sizeof text, "%.0f", epochs);
        status = rl_config_set(group->arms[i].config, "epochs", text, error);
    }
    return status;
}

static rl_status budget_time(rl_study_group *group, rl_error *error) {
    static const char option[] = "max-seconds";
    if (rl_study_group_varies(group, option))
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "budget time gives all arms the same max-seconds, so they cannot vary");
    const char *seconds = rl_config_get(group->arms[0].config, option);
    if (!seconds || strcmp(seconds, "0") == 0)
        return rl_fail(error, RL_ERROR_ARGUMENT,
                       "budget time needs the setting max-seconds, expected more than 0");
    return RL_OK;
}

/* By rl_budget_kind. */
static rl_status (*const budgets[])(rl_study_group *, rl_error *) = {
    [RL_BUDGET_EPOCHS] = budget_epochs,
    [RL_BUDGET_ARITHMETIC] = budget_arithmetic,
    [RL_BUDGET_TIME] = budget_time,
};

static rl_status fail_arm(const rl_study_arm *arm, const rl_error *detail, rl_error *error) {
    if (detail->code == RL_ERROR_MEMORY)
        return rl_fail_memory(error, "a study");
    return rl_fail(error, detail->code, "arm '%s': %s", arm->name, detail->message);
}

rl_status rl_study_complete_group(rl_study_group *group, bool width_control, rl_error *error) {
    rl_error detail;
    for (size_t i = 0; i < group->arm_count; i++)
        if (measure(&group->arms[i], &detail) != RL_OK)
            return fail_arm(&group->arms[i], &detail, error);
    rl_status status = width_control ? add_controls(group, error) : RL_OK;
    if (status == RL_OK)
        status = budgets[group->budget](group, error);
    if (status != RL_OK)
        return status;
    for (size_t i = 0; i < group->arm_count; i++)
        if (rl_config_check(group->arms[i].config, &detail) != RL_OK)
            return fail_arm(&group->arms[i], &detail, error);
    return RL_OK;
}
