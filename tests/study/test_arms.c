/* Arms and runs: what is trained once for several groups, in which order, under which name; widths
 * of controls against a search of all widths; budgets. */
#include "study/studies.h"

#include "base/buffer.h"
#include "run/config.h"
#include "study/design/arms.h"

#include <math.h>

static const struct {
    const char *name, *groups, *differences;
} reference_runs[] = {
    {"001-sigmoid-sgd-resnet18-s7", "activations", "activation=sigmoid, seed=7"},
    {"002-relu-sgd-resnet18-s7", "activations, optimizers", "seed=7"},
    {"003-leaky_relu-sgd-resnet18-s7", "activations, ghost", "activation=leaky_relu, seed=7"},
    {"004-gelu-sgd-resnet18-s7", "activations", "activation=gelu, seed=7"},
    {"005-relu-momentum-resnet18-s7", "optimizers", "optimizer=momentum, seed=7"},
    {"006-relu-adam-resnet18-s7", "optimizers", "optimizer=adam, seed=7"},
    {"007-leaky_relu-sgd-resnet18-ghost-s7", "ghost",
     "model=resnet18-ghost, activation=leaky_relu, seed=7"},
    {"008-leaky_relu-sgd-resnet18-w6-s7", "ghost", "width=6, activation=leaky_relu, seed=7"},
    {"009-sigmoid-sgd-resnet18-s3", "activations", "activation=sigmoid, seed=3"},
};
enum { REFERENCE_ARMS = 8, REFERENCE_SEEDS = 2 };

static void shared_arms_run_once_seed_by_seed(void **state) {
    (void)state;
    rl_study *study = study_of(reference_study, NULL);
    assert_int_equal(rl_study_run_count(study), REFERENCE_ARMS * REFERENCE_SEEDS);
    for (size_t i = 0; i < sizeof reference_runs / sizeof *reference_runs; i++) {
        const rl_study_run *run = rl_study_run_at(study, i);
        assert_int_equal(run->number, i + 1);
        assert_string_equal(run->name, reference_runs[i].name);
        assert_string_equal(run->groups, reference_runs[i].groups);
        assert_string_equal(run->differences, reference_runs[i].differences);
        assert_int_equal(run->seed, i < REFERENCE_ARMS ? 7 : 3);
    }
    assert_null(rl_study_run_at(study, REFERENCE_ARMS * REFERENCE_SEEDS));
    assert_null(rl_study_run_config(study, REFERENCE_ARMS * REFERENCE_SEEDS));
    rl_study_free(study);
}

static void arms_and_runs_agree(void **state) {
    (void)state;
    rl_study *study = study_of(reference_study, NULL);
    for (size_t g = 0; g < study->group_count; g++)
        for (size_t a = 0; a < study->groups[g].arm_count; a++)
            for (size_t s = 0; s < study->seed_count; s++) {
                const rl_study_arm *arm = &study->groups[g].arms[a];
                const rl_config *config = rl_study_run_config(study, arm->runs[s]);
                assert_true(rl_study_same_settings(arm->config, config, true));
                assert_int_equal(config->seed, study->seeds[s]);
                assert_string_equal(config->out, "");
                assert_non_null(
                    strstr(study->runs[arm->runs[s]].info.groups, study->groups[g].name));
            }
    assert_int_equal(study->groups[0].arms[1].runs[1], study->groups[1].arms[0].runs[1]);
    rl_study_free(study);
}

static void one_setting_makes_another_run(void **state) {
    (void)state;
    static const char text[] =
        STUDY_HEAD "groups:\n"
                   "  a: {vary: {activation: [relu, gelu]}}\n"
                   "  b: {vary: {activation: [gelu, sigmoid]}, settings: {init: x}}\n"
                   "  c: {vary: {init: [x, y]}, settings: {activation: gelu}}\n";
    rl_study *study = study_of(text, NULL);
    assert_int_equal(rl_study_run_count(study), 5); /* gelu from x is in both b and c */
    assert_string_equal(rl_study_run_at(study, 2)->groups, "b, c");
    assert_string_equal(rl_study_run_at(study, 2)->name, "003-gelu-x-s1");
    assert_string_equal(rl_study_run_at(study, 0)->name, "001-relu-s1");
    rl_study_free(study);
}

static void names_fit_a_folder(void **state) {
    (void)state;
    static const char text[] =
        "name: n\nseeds: [18446744073709551615]\ngroups:\n"
        "  a: {vary: {width: [4, 8]}, settings: {epochs: 2}}\n"
        "  b: {vary: {data: ['/Some Where//\xc3\xa4-B_c.d', "
        "'0123456789012345678901234567890123456789012345678901234567890123456789']}}\n";
    rl_study *study = study_of(text, NULL);
    const char *names[] = {
        "001-4-shapes-s18446744073709551615", /* a width that varies is named once */
        "002-8-shapes-s18446744073709551615", "003-64-some-where-b_c.d-s18446744073709551615",
        "004-64-012345678901234567890123456789012345678901234567890-s18446744073709551615"};
    assert_int_equal(rl_study_run_count(study), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(rl_study_run_at(study, i)->name, names[i]);
    rl_study_free(study);
}

static uint64_t parameters_of(const rl_config *config, uint64_t *macs) {
    rl_summary *summary;
    assert_int_equal(rl_summary_create(&summary, config, 10, NULL), RL_OK);
    const uint64_t parameters = rl_summary_parameters(summary);
    if (macs)
        *macs = rl_summary_macs(summary);
    rl_summary_free(summary);
    return parameters;
}

static void arms_are_measured(void **state) {
    (void)state;
    rl_study *study = study_of(reference_study, (const char *[]){"width", "64", NULL});
    const rl_study_group *ghost = &study->groups[2];
    assert_int_equal(ghost->arm_count, 3);
    assert_int_equal(ghost->arms[0].parameters, 11173962);
    assert_int_equal(ghost->arms[1].parameters, 5706186);
    assert_string_equal(ghost->arms[1].label, "resnet18-ghost");
    assert_false(ghost->arms[1].control);
    assert_true(ghost->arms[2].control);
    assert_string_equal(ghost->arms[2].label, "resnet18, width 46");
    for (size_t i = 0; i < ghost->arm_count; i++) {
        uint64_t macs;
        assert_int_equal(parameters_of(ghost->arms[i].config, &macs), ghost->arms[i].parameters);
        assert_int_equal(macs, ghost->arms[i].macs);
    }
    rl_study_free(study);
}

/* The width, of all up to `limit`, at which the plain network is nearest to `target`. */
static uint64_t nearest_width(const rl_config *plain, uint64_t target, uint64_t limit) {
    rl_config *config = rl_config_copy(plain);
    uint64_t best = 0, least = UINT64_MAX;
    for (config->width = 1; config->width <= limit; config->width++) {
        const uint64_t parameters = parameters_of(config, NULL);
        const uint64_t distance = parameters > target ? parameters - target : target - parameters;
        if (distance < least) {
            least = distance;
            best = config->width;
        }
    }
    rl_config_free(config);
    return best;
}

static void controls_have_the_nearest_width(void **state) {
    (void)state;
    static const struct {
        const char *width, *ratio;
    } cases[] = {{"1", "2"},  {"2", "2"},  {"3", "2"},  {"8", "2"},
                 {"17", "4"}, {"64", "2"}, {"64", "16"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char text[] =
            STUDY_HEAD "groups: {g: {vary: {model: [resnet18-ghost, resnet34, resnet34-ghost]},"
                       " width_control: yes}}\n";
        rl_study *study = study_of(
            text, (const char *[]){"width", cases[i].width, "ghost-ratio", cases[i].ratio, NULL});
        const rl_study_group *group = &study->groups[0];
        assert_int_equal(group->arm_count, 5);
        assert_string_equal(group->arms[3].config->model, "resnet18");
        assert_string_equal(group->arms[4].config->model, "resnet34");
        for (size_t c = 0; c < 2; c++) {
            const rl_study_arm *control = &group->arms[3 + c], *ghost = &group->arms[2 * c];
            assert_true(control->control);
            assert_int_equal(control->config->width,
                             nearest_width(control->config, ghost->parameters, 70));
            assert_int_equal(parameters_of(control->config, NULL), control->parameters);
        }
        rl_study_free(study);
    }
}

static void equal_arithmetic_sets_the_epochs(void **state) {
    (void)state;
    static const char text[] = STUDY_HEAD
        "settings: {epochs: 20}\n"
        "groups: {g: {vary: {model: [resnet18, resnet18-ghost, resnet34]}, budget: arithmetic,"
        " width_control: true}}\n";
    rl_study *study = study_of(text, NULL);
    const rl_study_group *group = &study->groups[0];
    assert_int_equal(group->budget, RL_BUDGET_ARITHMETIC);
    assert_int_equal(group->arms[0].config->epochs, 20);
    assert_int_equal(group->arms[1].config->epochs, 39); /* 20 * 555.4 / 284.0 = 39.1 */
    for (size_t i = 0; i < group->arm_count; i++) {
        const double work = (double)group->arms[i].config->epochs * (double)group->arms[i].macs;
        const double budget = 20.0 * (double)group->arms[0].macs;
        assert_true(fabs(work - budget) <= 0.5 * (double)group->arms[i].macs);
    }
    rl_study_free(study);

    study = study_of(text, (const char *[]){"epochs", "1", NULL}); /* never none */
    assert_int_equal(study->groups[0].arms[2].config->epochs, 1);
    rl_study_free(study);
    assert_refused(text, (const char *[]){"epochs", "1000000", NULL}, RL_ERROR_FORMAT, 4,
                   (const char *[]){"--epochs: '19", "is out of range", NULL});
}

static void equal_time_keeps_the_epochs(void **state) {
    (void)state;
    static const char text[] =
        STUDY_HEAD "groups: {g: {vary: {model: [resnet18, resnet18-ghost]}, budget: time,"
                   " settings: {max_seconds: 60}}}\n";
    rl_study *study = study_of(text, NULL);
    assert_int_equal(study->groups[0].budget, RL_BUDGET_TIME);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(rl_config_get(study->groups[0].arms[i].config, "max-seconds"), "60");
        assert_string_equal(rl_config_get(study->groups[0].arms[i].config, "epochs"), "10");
    }
    rl_study_free(study);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_arms_run_once_seed_by_seed),
        cmocka_unit_test(arms_and_runs_agree),
        cmocka_unit_test(one_setting_makes_another_run),
        cmocka_unit_test(names_fit_a_folder),
        cmocka_unit_test(arms_are_measured),
        cmocka_unit_test(controls_have_the_nearest_width),
        cmocka_unit_test(equal_arithmetic_sets_the_epochs),
        cmocka_unit_test(equal_time_keeps_the_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
