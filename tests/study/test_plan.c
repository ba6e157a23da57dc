/* Seeds for claims, from a deviation that is given and from a pilot's. */
#include "study/numbers/plan.h"

#include "study/near.h"
#include "study/numbers/power.h"
#include "study/synthetic.h"

#define PLANNED                                                                                    \
    "name: planned\n"                                                                              \
    "settings: {data: shapes, width: 4, epochs: 8}\n"                                              \
    "seeds: %s\n"                                                                                  \
    "groups: {arms: {vary: {activation: [relu, gelu, sigmoid]}}}\n"                                \
    "claims:\n"                                                                                    \
    "  - {group: arms, better: relu, than: sigmoid, by: 1}\n"                                      \
    "  - {group: arms, keeps: gelu, of: relu, within: 2}\n"                                        \
    "  - {group: arms, same: gelu, as: relu, within: 2}\n"

static const synthetic_arm arms[] = {{"relu", 0.80, 0.02, 0.03, 0.45, 0.4, 400, 0, 0},
                                     {NULL, 0.70, 0.01, 0.03, 0.6, 0.4, 400, 0, 0}};

static rl_study *study_of(const char *yaml, const char *seeds) {
    char text[2048];
    rl_study *study;
    rl_error error;
    const int length = snprintf(text, sizeof text, yaml, seeds);
    if (rl_study_parse(&study, "planned.yaml", text, (size_t)length, NULL, &error) != RL_OK)
        fail_msg("%s", error.message);
    return study;
}

static void claims_need_as_many_seeds_as_their_power_says(void **state) {
    (void)state;
    rl_study *study = study_of(PLANNED, "[1, 2, 3, 4, 5, 6, 7, 8]");
    rl_plan_row row;
    /* 2 points are found where 1 is claimed: 1 deviation from the line */
    assert_int_equal(rl_plan_claim(&row, study, 0, 0.01, 0.02, NULL), RL_OK);
    assert_int_equal(row.seeds, 14);
    assert_near(row.alpha, 0.05 / 3, 1e-12);
    assert_near(row.power, rl_power(8, 1, 0.05 / 3), 1e-12);
    assert_true(row.difference == 0.02 && row.pilot == 0 && row.claim == 0);
    assert_int_equal(rl_plan_claim(&row, study, 1, 0.01, 0.5, NULL), RL_OK);
    assert_int_equal(row.seeds, 6); /* 2 deviations; the difference is no matter */
    assert_true(row.difference == 0);
    assert_int_equal(rl_plan_claim(&row, study, 2, 0.01, NAN, NULL), RL_OK);
    assert_int_equal(row.seeds, rl_power_same_seeds(2, 0.05 / 3));
    study->claims_in_order = true;
    assert_int_equal(rl_plan_claim(&row, study, 0, 0.01, 0.02, NULL), RL_OK);
    assert_int_equal(row.seeds, 10);
    assert_int_equal(rl_plan_claim(&row, study, 0, 1, 0.02, NULL), RL_OK);
    assert_int_equal(row.seeds, 0);
    study->claims[0].arm_count = 2; /* both: 80% for two is 90% for each */
    assert_int_equal(rl_plan_claim(&row, study, 0, 0.01, 0.02, NULL), RL_OK);
    assert_true(rl_power(row.seeds, 1, 0.05) >= 0.9 && rl_power(row.seeds - 1, 1, 0.05) < 0.9);
    rl_study_free(study);
    study = study_of(PLANNED, "{first: 1, looks: [4, 8, 16]}");
    assert_int_equal(rl_plan_claim(&row, study, 0, 0.01, 0.02, NULL), RL_OK);
    assert_near(row.alpha, 0.05 / 6, 1e-12);
    rl_study_free(study);
}

static void what_cannot_be_planned_is_refused(void **state) {
    (void)state;
    rl_study *study = study_of(PLANNED, "[1, 2, 3]");
    rl_plan_row row;
    rl_error error;
    assert_int_equal(rl_plan_claim(&row, study, 0, 0.01, 0.01, &error), RL_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "claim 1: a smallest difference of 0.01, expected more"));
    assert_int_equal(rl_plan_claim(&row, study, 0, 0.01, NAN, &error), RL_ERROR_ARGUMENT);
    study->claims[1].margin = 0;
    assert_int_equal(rl_plan_claim(&row, study, 1, 0.01, 0, &error), RL_ERROR_ARGUMENT);
    static const double wrong[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(rl_plan_claim(&row, study, 0, wrong[i], 0.02, &error), RL_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "claim 1: a deviation of inf, expected more than 0"));
    rl_study_free(study);
}

static void pilots_are_made_larger(void **state) {
    (void)state;
    rl_study *study = study_of(PLANNED, "[1, 2, 3]");
    rl_results *results = synthetic_results(PLANNED, "[11, 12, 13, 14]", arms);
    rl_numbers *pilot;
    rl_plan_row row, given;
    rl_error error;
    assert_int_equal(rl_numbers_create(&pilot, results, NULL), RL_OK);
    assert_int_equal(rl_plan_from_pilot(&row, study, 0, pilot, 0.05, NULL), RL_OK);
    const rl_pair *pair = &pilot->groups[0].tables[RL_QUANTITY_TEST_ACCURACY].pairs[1];
    assert_near(row.deviation, pair->difference.deviation * 1.7275872940849268, 1e-12);
    assert_int_equal(row.pilot, 4);
    assert_int_equal(rl_plan_claim(&given, study, 0, row.deviation, 0.05, NULL), RL_OK);
    assert_int_equal(row.seeds, given.seeds);
    results->study->seed_count = 1;
    assert_int_equal(rl_plan_from_pilot(&row, study, 0, pilot, 0.05, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "1 seed of 'relu' and 'sigmoid'"));
    results->study->seed_count = 4;
    rl_numbers_free(pilot);
    rl_results_free(results);
    results = synthetic_results("name: other\nsettings: {data: shapes, width: 4, epochs: 8}\n"
                                "seeds: [1, 2, 3]\n"
                                "groups: {arms: {vary: {activation: [relu, gelu]}}}\n",
                                "", arms);
    assert_int_equal(rl_numbers_create(&pilot, results, NULL), RL_OK);
    assert_int_equal(rl_plan_from_pilot(&row, study, 0, pilot, 0.05, &error), RL_ERROR_MISMATCH);
    assert_non_null(strstr(error.message, "'sigmoid' in a group 'arms'"));
    assert_int_equal(rl_plan_from_pilot(&row, study, 1, pilot, NAN, &error), RL_OK);
    rl_numbers_free(pilot);
    rl_results_free(results);
    rl_study_free(study);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_need_as_many_seeds_as_their_power_says),
        cmocka_unit_test(what_cannot_be_planned_is_refused),
        cmocka_unit_test(pilots_are_made_larger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
