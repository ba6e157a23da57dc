/* The written analysis of made-up studies: how arms get where they end, and what they cost. */
#include "study/said.h"

/* ---- Losses ---- */

#define LOSSES                                                                                     \
    "name: losses\n"                                                                               \
    "settings: {data: shapes, width: 4, epochs: 12}\n"                                             \
    "seeds: [" EIGHT_SEEDS "]\n"                                                                   \
    "groups:\n"                                                                                    \
    "  g: {vary: {%s}, figure: train_loss}\n"

static fixture losses(const char *vary) {
    static const synthetic_arm arms[] = {{"0", 0.8, 0.005, 0, 0.9, 0.4, 400, 0, 0},
                                         {"none", 0.8, 0.005, 0, 0.9, 0.4, 400, 0, 0},
                                         {NULL, 0.8, 0.005, 0, 0.4, 0.4, 400, 0, 0}};
    char yaml[512];
    snprintf(yaml, sizeof yaml, LOSSES, vary);
    fixture f = {.results = synthetic_results(yaml, "", arms)};
    for (size_t i = 0; i < f.results->study->run_count; i++)
        for (size_t e = 0; e < f.results->records[i]->epoch_count; e++) {
            rl_epoch_row *row = &f.results->records[i]->epochs[e];
            row->train_cross_entropy = row->train_loss;
            row->train_loss += 10 * f.results->records[i]->config->label_smoothing;
        }
    write_findings(&f);
    return f;
}

/* With label smoothing the loss is higher; what is compared is the cross-entropy, which is lower.
 */
static void plain_losses_are_compared(void **state) {
    (void)state;
    const fixture f = losses("label_smoothing: [0, 0.1]");
    assert_both(&f, 0, true, "lowest first: label-smoothing=0.1 0.",
                "由低到高：label-smoothing=0.1 0.");
    assert_both(&f, 0, true,
                "the loss of label-smoothing=0.1 is lower than that of label-smoothing=0 (by 0.",
                "label-smoothing=0.1 的损失低于 label-smoothing=0（相差 0.");
    const rl_pair early = f.numbers->groups[0].tables[RL_QUANTITY_EARLY_TRAIN_LOSS].pairs[0];
    assert_int_equal(early.verdict, RL_PAIR_WORSE);
    assert_int_equal(early.obstacle, RL_OBSTACLE_NONE);
    end(f);
}

static void losses_of_other_images_are_not_compared(void **state) {
    (void)state;
    static const char *const factors[] = {"mixup: [0, 0.2]", "recipe: [none, strong]",
                                          "cutout: [0, 8]", "limit_train: [0, 500]"};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        const fixture f = losses(factors[i]);
        assert_both(&f, 0, true, "their training losses are not put in an order",
                    "因此不比较它们的训练损失");
        assert_both(&f, 0, false, "lowest first", "由低到高");
        const rl_pair *pair = f.numbers->groups[0].tables[RL_QUANTITY_EARLY_TRAIN_LOSS].pairs;
        assert_int_equal(pair->verdict, RL_PAIR_NONE);
        assert_int_equal(pair->obstacle, RL_OBSTACLE_OTHER_IMAGES);
        assert_int_equal(f.numbers->groups[0].tables[0].pairs[0].obstacle, RL_OBSTACLE_NONE);
        end(f);
    }
}

/* ---- Curves ---- */

static void guessing_is_named(void **state) {
    (void)state;
    const fixture f = study(EIGHT_SEEDS, WITH({"sigmoid", 0.12, 0.01, 0, 2.29, 0.2, 400, 0, 0}));
    assert_both(&f, ACTIVATIONS, true, "sigmoid stays near the 10.0% that guessing",
                "sigmoid 的准确率接近随机猜测的 10.0%");
    assert_both(&f, ACTIVATIONS, true, "ln 10 = 2.303", "ln 10 = 2.303");
    assert_both(&f, ACTIVATIONS, false, "relu stays near", "relu 的准确率接近");
    const fixture learns = study(EIGHT_SEEDS, synthetic_reference); /* 35% is no guessing */
    assert_both(&learns, ACTIVATIONS, false, "guessing", "随机猜测");
    const fixture wide = study(FOUR_SEEDS, WITH({"gelu", 0.3, 0.2, 0, 1.8, 0.4, 400, 0, 0}));
    assert_both(&wide, ACTIVATIONS, true, "gelu is not shown to be above the 10.0% that guessing",
                "尚不能表明 gelu 的准确率高于随机猜测的 10.0%");
    assert_both(&wide, ACTIVATIONS, false, "stays near", "接近随机猜测");
    end(wide);
    end(learns);
    end(f);
}

static void rises_of_the_loss_are_counted(void **state) {
    (void)state;
    fixture f = study(EIGHT_SEEDS, synthetic_reference);
    assert_both(&f, ACTIVATIONS, true, "loss of all 4 arms fell", "全部 4 种设置的平均训练损失");
    assert_both(&f, ACTIVATIONS, false, "rose at times", "出现过上升");
    for (size_t s = 0; s < 8; s++)
        record_of(&f, ACTIVATIONS, 1, s)->epochs[6].train_loss = 1.9;
    write_again(&f);
    assert_both(&f, ACTIVATIONS, true, "relu (1 of 11)", "relu（11 次中 1 次）");
    assert_both(&f, ACTIVATIONS, false, "of all 4 arms fell", "均逐轮下降");
    end(f);
}

static void leads_that_change_hands_are_told(void **state) {
    (void)state;
    fixture f = study(EIGHT_SEEDS, synthetic_reference);
    assert_both(&f, OPTIMIZERS, true, "At that point adam is better than sgd (by ",
                "此时 adam 优于 sgd（相差 ");
    assert_both(&f, OPTIMIZERS, true,
                "The mean of momentum stays above that of adam from epoch 9 on, of 12",
                "momentum 的平均值从第 9 轮起（共 12 轮）一直高于 adam");
    /* ahead in the last two epochs only, and in the last only: one is no lead */
    for (size_t tail = 2; tail >= 1; tail--) {
        for (size_t s = 0; s < 8; s++)
            for (size_t e = 0; e < 12; e++)
                record_of(&f, OPTIMIZERS, 2, s)->epochs[e].test_accuracy =
                    e + tail < 12 ? 0.9 : 0.5;
        write_again(&f);
        assert_both(&f, OPTIMIZERS, tail == 2, "stays above that of adam from epoch 11 on, of 12",
                    "从第 11 轮起");
        assert_both(&f, OPTIMIZERS, tail == 2, "stays above", "一直高于");
    }
    end(f);
    const fixture same = study(EIGHT_SEEDS, WITH({"adam", 0.9, 0.004, 0.02, 0.2, 0.9, 380, 0, 0}));
    assert_both(&same, OPTIMIZERS, true, "adam has the highest mean both early and at the end",
                "adam 的平均准确率在初期和最后都是最高的");
    assert_both(&same, OPTIMIZERS, false, "stays above", "一直高于");
    end(same);
}

/* A target is one that the study declares; runs that do not get there are said, and count. */
static void targets_are_declared(void **state) {
    (void)state;
    static const char yaml[] =
        "name: n\n"
        "settings: {data: shapes, width: 4, epochs: 12}\n"
        "seeds: [1, 2, 3]\n"
        "groups: {g: {vary: {optimizer: [sgd, momentum, adam]}, target: 60}}\n";
    fixture f = study_of(yaml, "", synthetic_reference);
    for (size_t a = 0; a < 3; a++)
        for (size_t s = 0; s < 3; s++)
            for (size_t e = 0; e < 12; e++) /* sgd never, momentum from 4, adam once from 6 */
                record_of(&f, 0, a, s)->epochs[e].test_accuracy =
                    (a == 1 && e >= 3) || (a == 2 && s == 1 && e >= 5) ? 0.7 : 0.5;
    record_of(&f, 0, 1, 0)->epochs[0].test_accuracy = 0.7; /* which does not stay there */
    write_again(&f);
    assert_both(&f, 0, true,
                "accuracy of 60.0% is reached, to stay, by: sgd: none of 3 runs; momentum: 3 of 3 "
                "runs, after 4.0 epochs on average; adam: 1 of 3 runs, in epoch 6.",
                "测试准确率 60.0% 的情况：sgd：3 次运行均未达到；momentum：3 次运行中的 3 次，平均 "
                "4.0 轮；adam：3 次运行中的 1 次，在第 6 轮。");
    end(f);
    const fixture none = study(EIGHT_SEEDS, synthetic_reference);
    for (size_t g = 0; g < 3; g++)
        assert_both(&none, g, false, "is reached", "达到并保持");
    end(none);
}

/* Only what was evaluated in the same way speaks of over-fitting. */
static void over_and_under_training_are_told_apart(void **state) {
    (void)state;
    fixture over = study(EIGHT_SEEDS, WITH({"momentum", 0.86, 0.004, 0.08, 0.25, 1.5, 400, 0, 0}));
    assert_both(&over, OPTIMIZERS, false, "over-fitting", "过拟合");
    for (size_t s = 0; s < 8; s++) {
        rl_run_record *record = record_of(&over, OPTIMIZERS, 1, s);
        record->trained_accuracy = record->epochs[11].test_accuracy + 0.08;
        record->trained_images = 1000;
    }
    write_again(&over);
    assert_both(&over, OPTIMIZERS, true, "over-fitting", "过拟合");
    assert_both(&over, OPTIMIZERS, true, "momentum by 8.0 points", "momentum 高 8.0 个百分点");
    assert_both(&over, OPTIMIZERS, false, "had not come to rest", "尚未收敛");
    const fixture under =
        study(EIGHT_SEEDS, WITH({"momentum", 0.86, 0.004, 0.04, 0.25, 0.2, 400, 0, 0}));
    assert_both(&under, OPTIMIZERS, true, "had not come to rest", "尚未收敛");
    assert_both(&under, OPTIMIZERS, true, "for the first 12 epochs", "前 12 轮训练");
    assert_both(&under, OPTIMIZERS, false, "over-fitting", "过拟合");
    end(under);
    end(over);
}

/* ---- Cost ---- */

#define WIDTHS                                                                                     \
    "name: widths\n"                                                                               \
    "settings: {data: shapes, width: 4, epochs: 12}\n"                                             \
    "seeds: [%s]\n"                                                                                \
    "groups: {widths: {vary: {width: [4, 8]}}, same: {vary: {activation: [relu, gelu]}}}\n"

/* Of any arms that differ in size, not of some models. */
static void sizes_are_told_of_arms_that_differ(void **state) {
    (void)state;
    const synthetic_arm arms[] = {{"8", 0.8, 0.01, 0, 0.4, 0.4, 200, 0, 0},
                                  {NULL, 0.7, 0.01, 0, 0.4, 0.4, 400, 0, 0}};
    const fixture f = study_of(WIDTHS, FOUR_SEEDS, arms);
    assert_both(&f, 0, true, "width=8 has ", "width=8 的参数量为 ");
    assert_both(&f, 0, true, "of width=4, and takes", "是 width=4（");
    assert_both(&f, 0, true, "measured were 0.50 times (200 against 400 images a second).",
                "实测为 0.50 倍（每秒 200 张对 400 张图像）。");
    assert_both(&f, 1, false, " parameters", "参数量");
    end(f);
}

static void speed_is_theory_against_measurement(void **state) {
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

static void controls_are_held_against_the_arm_of_their_size(void **state) {
    (void)state;
    static const struct {
        const char *seeds;
        double accuracy;
        const char *english, *chinese;
    } cases[] = {
        {EIGHT_SEEDS, 0.74, "resnet18-ghost does better than simply narrowing (by",
         "resnet18-ghost 好于单纯收窄"},
        {EIGHT_SEEDS, 0.85, "resnet18-ghost does worse than simply narrowing (difference",
         "resnet18-ghost 不如单纯收窄"},
        {EIGHT_SEEDS, 0.803, "does better than simply narrowing is undecided",
         "是否好于单纯收窄，未定"},
        {TWO_SEEDS, 0.74, "between resnet18-ghost and it there is no verdict", "与它之间不作判断"}};
    for (size_t i = 0; i < 4; i++) {
        const fixture f =
            study(cases[i].seeds,
                  WITH({"resnet18, width 3", cases[i].accuracy, 0.004, 0.02, 0.5, 0.4, 700, 0, 0}));
        assert_both(&f, GHOST, true, "The control is “resnet18, width 3”",
                    "对照是“resnet18, width 3”");
        for (size_t j = 0; j < 4; j++)
            assert_both(&f, GHOST, i == j, cases[j].english, cases[j].chinese);
        assert_both(&f, ACTIVATIONS, false, "control", "对照");
        end(f);
    }
}

static void speeds_of_two_machines_are_not_compared(void **state) {
    (void)state;
    fixture f = study(FOUR_SEEDS, synthetic_reference);
    assert_both(&f, GHOST, true, "images a second", "张图像）");
    ASSERT_SAYS(&f.english.limits, "with 2 threads on one machine (A CPU)");
    f.results->records[3]->threads = 8;
    write_again(&f);
    assert_both(&f, GHOST, false, "images a second", "张图像）");
    ASSERT_SAYS(&f.english.limits, "speeds cannot be compared");
    ASSERT_SAYS(&f.chinese.limits, "速度之间不可比较");
    end(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_losses_are_compared),
        cmocka_unit_test(losses_of_other_images_are_not_compared),
        cmocka_unit_test(guessing_is_named),
        cmocka_unit_test(rises_of_the_loss_are_counted),
        cmocka_unit_test(leads_that_change_hands_are_told),
        cmocka_unit_test(targets_are_declared),
        cmocka_unit_test(over_and_under_training_are_told_apart),
        cmocka_unit_test(sizes_are_told_of_arms_that_differ),
        cmocka_unit_test(speed_is_theory_against_measurement),
        cmocka_unit_test(controls_are_held_against_the_arm_of_their_size),
        cmocka_unit_test(speeds_of_two_machines_are_not_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
