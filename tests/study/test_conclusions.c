/* The written analysis of made-up studies: Ghost networks, limits, and the conclusions of the
 * reference experiment, each judged by its rule. */
#include "study/said.h"

static void ghost_keeps_accuracy_by_its_interval_only(void **state) {
    (void)state;
    static const struct {
        double accuracy, deviation;
        const char *english, *chinese;
    } cases[] = {
        {0.804, 0.002, "keeps the accuracy to within 1 point", "准确率保持在 1 个百分点以内。"},
        {0.770, 0.002, "loses more than 1 point", "损失了超过 1 个百分点"},
        {0.840, 0.002, "gains more than 1 point", "提高了超过 1 个百分点"},
        {0.800, 0.040, "stays open", "尚无定论"}};
    for (size_t i = 0; i < 4; i++) {
        const fixture f =
            study(EIGHT_SEEDS, WITH({"resnet18-ghost", cases[i].accuracy, cases[i].deviation, 0.03,
                                     0.46, 0.4, 500, 0, 0}));
        for (size_t j = 0; j < 4; j++)
            assert_both(&f, GHOST, i == j, cases[j].english, cases[j].chinese);
        end(f);
    }
}

static void ghost_is_held_against_the_narrower_network(void **state) {
    (void)state;
    static const struct {
        double accuracy;
        const char *english, *chinese;
    } cases[] = {{0.78, "better than simply narrowing", "Ghost 模块的效果好于单纯收窄网络"},
                 {0.83, "simply narrowing the network does better", "单纯收窄网络的效果好于"},
                 {0.803, "does not show that Ghost Modules", "未能表明 Ghost 模块优于"}};
    for (size_t i = 0; i < 3; i++) {
        const fixture f =
            study(EIGHT_SEEDS,
                  WITH({"resnet18, width 3", cases[i].accuracy, 0.004, 0.02, 0.5, 0.4, 700, 0, 0}));
        for (size_t j = 0; j < 3; j++) {
            if (j == 0 && i == 2)
                continue; /* "do better than simply narrowing", denied */
            assert_both(&f, GHOST, i == j, cases[j].english, cases[j].chinese);
        }
        end(f);
    }
}

static void ghost_speed_is_theory_against_measurement(void **state) {
    (void)state;
    static const struct {
        double images_per_second;
        const char *english, *chinese;
    } cases[] = {{390, "measured it was slower: 0.97 times", "实测反而更慢，为 0.97 倍"},
                 {500, "less than the arithmetic promises", "低于运算量所预示的收益"}};
    for (size_t i = 0; i < 2; i++) {
        const fixture f = study(FOUR_SEEDS, WITH({"resnet18-ghost", 0.8, 0.01, 0.03, 0.46, 0.4,
                                                  cases[i].images_per_second, 0, 0}));
        for (size_t j = 0; j < 2; j++)
            assert_both(&f, GHOST, i == j, cases[j].english, cases[j].chinese);
        end(f);
    }
}

static void speeds_of_two_machines_are_not_compared(void **state) {
    (void)state;
    fixture f = study(FOUR_SEEDS, synthetic_reference);
    assert_both(&f, GHOST, true, "images a second", "幅图像）");
    ASSERT_SAYS(&f.english.limits, "with 2 threads on one machine (A CPU)");
    f.results->records[3]->threads = 8;
    write_again(&f);
    assert_both(&f, GHOST, false, "images a second", "幅图像）");
    ASSERT_SAYS(&f.english.limits, "speeds cannot be compared");
    ASSERT_SAYS(&f.chinese.limits, "速度之间不可比较");
    end(f);
}

/* ---- Limits and conclusions ---- */

static void limits_count_what_is_there(void **state) {
    (void)state;
    const fixture whole = study(FOUR_SEEDS, synthetic_reference);
    ASSERT_SAYS(&whole.english.limits, "Every figure rests on 4 seeds");
    ASSERT_SILENT(&whole.english.limits, "Not all runs");
    const fixture part = study(FOUR_SEEDS, WITH({"gelu", 0.8, 0.01, 0, 0.4, 0.4, 400, 0, 2}));
    ASSERT_SAYS(&part.english.limits, "A figure rests on 4 seeds at most");
    ASSERT_SAYS(&part.english.limits, "0 diverged, 0 failed and 2 are not done");
    const fixture one = study(ONE_SEED, synthetic_reference);
    ASSERT_SAYS(&one.english.limits, "With 1 seed nothing can be said");
    end(one);
    end(part);
    end(whole);
}

static void set_data(fixture *f, const char *format, size_t train, size_t test) {
    for (size_t i = 0; i < f->results->study->run_count; i++) {
        rl_run_record *record = f->results->records[i];
        rl_free(record->data_format);
        record->data_format = rl_strdup(format);
        record->data_train_images = train;
        record->data_test_images = test;
    }
    write_again(f);
}

static void reductions_are_those_of_cifar10(void **state) {
    (void)state;
    fixture f = study(FOUR_SEEDS, synthetic_reference);
    ASSERT_SAYS(&f.english.limits, "“shapes”");
    ASSERT_SILENT(&f.english.limits, "reduced form");
    ASSERT_SAYS(&f.english.limits, "one constant learning rate, 0.01");
    ASSERT_SAYS(&f.english.limits, "1,000 test images");
    set_data(&f, "cifar10", 50000, 10000);
    ASSERT_SAYS(&f.english.limits, "1,000 of 50,000 training images, 1,000 of 10,000 test images, "
                                   "width 4 instead of 64 and 12 epochs instead of 20");
    ASSERT_SAYS(&f.chinese.limits, "50,000 幅训练图像中的 1,000 幅");
    ASSERT_SILENT(&f.english.limits, "shapes");
    ASSERT_SILENT(&f.english.limits, "not that set");

    /* Another set in its layout is measured by itself, and said to be another. */
    set_data(&f, "cifar10", 1000, 4321);
    ASSERT_SAYS(&f.english.limits, "the reference experiment: 1,000 of 4,321 test images, width");
    ASSERT_SAYS(&f.english.limits, "there are 1,000 training and 4,321 test images");
    ASSERT_SAYS(&f.chinese.limits, "共有 1,000 幅训练图像和 4,321 幅测试图像");
    ASSERT_SILENT(&f.english.limits, "0,000 ");
    set_data(&f, "image-folder", 50000, 10000);
    ASSERT_SILENT(&f.english.limits, "reduced form");
    ASSERT_SILENT(&f.english.limits, "CIFAR-10");
    end(f);
}

static void assert_judged(const fixture *f, rl_judgement activations, rl_judgement optimizers,
                          rl_judgement ghost) {
    assert_int_equal(f->english.conclusion_count, 3);
    assert_int_equal(f->english.conclusions[0].judgement, activations);
    assert_int_equal(f->english.conclusions[1].judgement, optimizers);
    assert_int_equal(f->english.conclusions[2].judgement, ghost);
}

/* At width 4 a Ghost network has 55.4% of the parameters: one part in a hundred too much. */
static void halve_ghosts(fixture *f) {
    rl_study_group *group = &f->results->study->groups[GHOST];
    group->arms[1].parameters = group->arms[0].parameters / 2;
    write_again(f);
}

static void conclusions_follow_their_rules(void **state) {
    (void)state;
    fixture f = study(EIGHT_SEEDS, synthetic_reference);
    assert_judged(&f, RL_CONFIRMED, RL_CONFIRMED, RL_LEFT_OPEN);
    assert_non_null(strstr(f.english.conclusions[2].reason, "55.4% of the parameters, more than"));
    halve_ghosts(&f);
    assert_judged(&f, RL_CONFIRMED, RL_CONFIRMED, RL_CONFIRMED);
    end(f);
    f = study(FOUR_SEEDS, synthetic_reference); /* the same results, too few of them */
    assert_judged(&f, RL_LEFT_OPEN, RL_LEFT_OPEN, RL_LEFT_OPEN);
    assert_non_null(strstr(f.english.conclusions[0].reason, "at least 8 seeds"));
    end(f);
    f = study(EIGHT_SEEDS, WITH({"gelu", 0.2, 0.01, 0, 1, 0.4, 400, 0, 0},
                                {"adam", 0.9, 0.004, 0, 0.3, 0.9, 400, 0, 0},
                                {"resnet18-ghost", 0.7, 0.004, 0, 0.5, 0.4, 400, 0, 0}));
    assert_judged(&f, RL_REFUTED, RL_REFUTED, RL_REFUTED); /* worse; Adam ends higher; 10 points */
    end(f);
    f = study(EIGHT_SEEDS, WITH({"gelu", 0.81, 0.01, 0, 0.4, 0.4, 400, 1, 0},
                                {"adam", 0.82, 0.004, 0, 0.4, 0.05, 400, 0, 0}));
    assert_judged(&f, RL_REFUTED, RL_REFUTED, RL_LEFT_OPEN); /* diverged; Adam is slow early */
    end(f);
    f = study(EIGHT_SEEDS, WITH({"gelu", 0.81, 0.01, 0, 0.4, 0.4, 400, 1, 0},
                                {"sigmoid", 0.3, 0.01, 0, 0.4, 0.4, 400, 1, 0},
                                {"adam", 0.86, 0.004, 0, 0.3, 0.9, 400, 0, 0}));
    assert_judged(&f, RL_LEFT_OPEN, RL_LEFT_OPEN, RL_LEFT_OPEN); /* so did sigmoid; a tie */
    end(f);
}

static void conclusions_need_their_arms(void **state) {
    (void)state;
    static const char yaml[] =
        "name: rates\n"
        "settings: {data: shapes, width: 4, epochs: 12}\n"
        "seeds: [%s]\n"
        "groups: {rates: {vary: {lr: [0.1, 0.01]}, figure: test_accuracy},\n"
        "         acts: {vary: {activation: [relu, gelu]}, figure: training_record}}\n";
    fixture f = {.results = synthetic_results(yaml, EIGHT_SEEDS, synthetic_reference)};
    write_findings(&f);
    assert_int_equal(f.english.conclusion_count, 0);
    assert_int_equal(f.english.group_count, 2);
    assert_both(&f, 0, true, "lr=0.1", "lr=0.1"); /* a number alone names nothing */
    ASSERT_SILENT(&f.english.limits, "learning rate, 0.01");
    ASSERT_SILENT(&f.english.overview, "conclusions");
    end(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ghost_keeps_accuracy_by_its_interval_only),
        cmocka_unit_test(ghost_is_held_against_the_narrower_network),
        cmocka_unit_test(ghost_speed_is_theory_against_measurement),
        cmocka_unit_test(speeds_of_two_machines_are_not_compared),
        cmocka_unit_test(limits_count_what_is_there),
        cmocka_unit_test(reductions_are_those_of_cifar10),
        cmocka_unit_test(conclusions_follow_their_rules),
        cmocka_unit_test(conclusions_need_their_arms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
