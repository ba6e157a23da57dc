/* The written analysis of made-up studies: where each rule speaks, and where it must not. */
#include "study/words/findings.h"

#include "base/text.h"
#include "study/said.h"

#include <stdlib.h>

/* ---- Both languages ---- */

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All numbers of a text, sorted, since sentences of two languages order them differently. */
static void sorted_numbers(const char *text, char *out, size_t size) {
    char copy[8192], *numbers[512];
    size_t count = 0, length = 0;
    assert_true(snprintf(copy, sizeof copy, "%s", text) < (int)sizeof copy);
    static const char digits[] = "0123456789.,";
    for (char *at = copy; *at;) {
        at += strcspn(at, "0123456789");
        const size_t span = strspn(at, digits);
        if (span == 0)
            break;
        const bool last = at[span] == '\0';
        at[span] = '\0';
        for (size_t n = span; n > 0 && strchr(".,", at[n - 1]); n--)
            at[n - 1] = '\0'; /* of the sentence */
        assert_true(count < 512);
        numbers[count++] = at;
        at += span + !last;
    }
    qsort(numbers, count, sizeof *numbers, compare_texts);
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(out + length, size - length, "%s ", numbers[i]);
    assert_true(length < size);
}

static void assert_same_numbers(const char *english, const char *chinese) {
    char a[8192] = "", b[8192] = "";
    sorted_numbers(english, a, sizeof a);
    sorted_numbers(chinese, b, sizeof b);
    if (strcmp(a, b) != 0)
        fail_msg("%s\n%s\n%s\n%s", english, a, chinese, b);
}

static void assert_same_prose(const rl_prose *english, const rl_prose *chinese) {
    assert_int_equal(english->count, chinese->count);
    assert_true(english->count > 0);
    for (size_t i = 0; i < english->count; i++) {
        assert_true(rl_text_is_utf8(chinese->paragraphs[i]) && english->paragraphs[i][0]);
        assert_null(strstr(chinese->paragraphs[i], "{"));
        assert_null(strstr(english->paragraphs[i], "{"));
        assert_null(strstr(english->paragraphs[i], "nan"));
        assert_same_numbers(english->paragraphs[i], chinese->paragraphs[i]);
    }
}

static void both_languages_have_the_same_numbers(void **state) {
    (void)state;
    const synthetic_arm *odd = WITH({"sigmoid", 0.12, 0.01, 0, 2.29, 0.2, 400, 0, 0},
                                    {"relu", 0.8, 0.03, 0.09, 0.2, 0.4, 400, 0, 0},
                                    {"leaky_relu", 0.8, 0.004, 0, 0.4, 0.4, 400, 1, 1},
                                    {"adam", 0.8, 0.01, 0, 0.4, 0.4, 400, 0, 4});
    const struct {
        const char *seeds;
        const synthetic_arm *arms;
    } studies[] = {{ONE_SEED, synthetic_reference},
                   {FOUR_SEEDS, synthetic_reference},
                   {EIGHT_SEEDS, synthetic_reference},
                   {FOUR_SEEDS, odd},
                   {EIGHT_SEEDS, odd}};
    for (size_t i = 0; i < sizeof studies / sizeof *studies; i++) {
        const fixture f = study(studies[i].seeds, studies[i].arms);
        assert_same_prose(&f.english.overview, &f.chinese.overview);
        assert_same_prose(&f.english.limits, &f.chinese.limits);
        for (size_t g = 0; g < f.english.group_count; g++)
            assert_same_prose(&f.english.groups[g], &f.chinese.groups[g]);
        assert_int_equal(f.english.conclusion_count, 3);
        assert_int_equal(f.chinese.conclusion_count, 3);
        for (size_t c = 0; c < 3; c++) {
            const rl_conclusion *a = &f.english.conclusions[c], *b = &f.chinese.conclusions[c];
            assert_int_equal(a->judgement, b->judgement);
            assert_true(rl_text_is_utf8(b->claim) && rl_text_is_utf8(b->reason));
            assert_same_numbers(a->reason, b->reason);
        }
        end(f);
    }
}

static void names_exist_in_both_languages(void **state) {
    (void)state;
    assert_string_equal(rl_judgement_name(RL_REFUTED, RL_LANGUAGE_ENGLISH), "refuted");
    assert_string_equal(rl_judgement_name(RL_LEFT_OPEN, RL_LANGUAGE_CHINESE), "尚无定论");
    assert_string_equal(rl_verdict_name(RL_BETTER, RL_LANGUAGE_ENGLISH), "better");
    assert_string_equal(rl_verdict_name(RL_NOT_DISTINGUISHABLE, RL_LANGUAGE_CHINESE), "无法区分");
}

/* ---- What won ---- */

static void few_seeds_give_no_verdict(void **state) {
    (void)state;
    const char *const seeds[] = {ONE_SEED, FOUR_SEEDS};
    for (size_t i = 0; i < 2; i++) {
        const fixture f = study(seeds[i], synthetic_reference);
        for (size_t g = 0; g < 3; g++) {
            assert_both(&f, g, true, "cannot tell any two of these apart", "无法区分其中任何两者");
            assert_both(&f, g, false, "is better than", "优于 ");
            assert_both(&f, g, false, "Not distinguishable:", "无法区分：");
        }
        assert_both(&f, ACTIVATIONS, true, "At least 8 seeds", "至少需要 8 个随机种子");
        ASSERT_SAYS(&f.english.overview, "too few seeds");
        ASSERT_SILENT(&f.english.overview, "better");
        end(f);
    }
}

static void verdicts_are_the_tests(void **state) {
    (void)state;
    const fixture f = study(EIGHT_SEEDS, synthetic_reference);
    assert_both(&f, OPTIMIZERS, true, "momentum is better than adam (by 4.",
                "momentum 优于 adam（高 4.");
    assert_both(&f, OPTIMIZERS, true, "p = 0.023)", "p = 0.023）");
    assert_both(&f, GHOST, true, "Not distinguishable: resnet18 and resnet18-ghost (",
                "无法区分：resnet18 与 resnet18-ghost（");
    assert_both(&f, GHOST, false, "resnet18 is better than resnet18-ghost",
                "resnet18 优于 resnet18-ghost");
    assert_both(&f, GHOST, true, " seeds would tell)", "个随机种子才能区分）");
    ASSERT_SAYS(&f.english.overview, "momentum ends best");
    ASSERT_SAYS(&f.english.overview, "is not distinguishable from resnet18-ghost");
    end(f);
}

static void equal_arms_are_never_better(void **state) {
    (void)state;
    const synthetic_arm arms[] = {{NULL, 0.7, 0.01, 0.02, 0.5, 0.4, 400, 0, 0}};
    const fixture f = study(EIGHT_SEEDS, arms);
    for (size_t g = 0; g < 3; g++) {
        assert_both(&f, g, false, "is better than", "优于 ");
        assert_both(&f, g, true, "Not distinguishable:", "无法区分：");
    }
    end(f);
}

static void runs_that_are_missing_are_named(void **state) {
    (void)state;
    const fixture f = study(EIGHT_SEEDS, WITH({"gelu", 0.81, 0.005, 0, 0.4, 0.4, 400, 3, 1}));
    assert_both(&f, ACTIVATIONS, true, "diverged, and are in no mean: 3 of 8 with gelu.",
                "发散而未计入平均值的运行：gelu 8 次中的 3 次。");
    assert_both(&f, ACTIVATIONS, true, "(4 seeds)", "（4 个随机种子）");
    assert_both(&f, ACTIVATIONS, true, "not done yet: 1 of 8 with gelu.",
                "尚未完成的运行：gelu 8 次中的 1 次。");
    assert_both(&f, ACTIVATIONS, false, "diverged.", "均未发散");
    ASSERT_SAYS(&f.english.limits, "3 diverged, 0 failed and 1 are not done");
    const fixture whole = study(EIGHT_SEEDS, synthetic_reference);
    assert_both(&whole, ACTIVATIONS, true, "None of the 32 completed runs", "32 次运行均未发散");
    ASSERT_SILENT(&whole.english.limits, "diverged");
    end(whole);
    end(f);
}

#define TEN_SEEDS EIGHT_SEEDS ", 9, 10"

/* gelu's nine runs that are left are the best of all, and it is not called so anywhere. */
static void arms_that_lack_diverged_runs_do_not_win(void **state) {
    (void)state;
    const fixture f = study(TEN_SEEDS, WITH({"gelu", 0.95, 0.005, 0, 0.1, 0.9, 400, 1, 0},
                                            {"momentum", 0.95, 0.004, 0, 0.1, 0.9, 400, 2, 0}));
    assert_both(&f, ACTIVATIONS, true, "No verdict, as the one ahead lacks runs that diverged",
                "不作判断（领先一方缺少已发散的运行");
    assert_both(&f, ACTIVATIONS, true, "gelu over sigmoid, gelu over relu", "gelu 对 sigmoid");
    assert_both(&f, ACTIVATIONS, false, "gelu is better", "gelu 优于");
    assert_both(&f, ACTIVATIONS, false, "gelu is ahead", "gelu 领先");
    assert_both(&f, ACTIVATIONS, true, "relu is better than sigmoid", "relu 优于 sigmoid");
    assert_both(&f, OPTIMIZERS, false, "momentum has the highest", "momentum 的平均准确率");
    assert_both(&f, OPTIMIZERS, false, "momentum is then better", "momentum 优于");
    ASSERT_SAYS(&f.english.overview,
                "activations, runs diverged and have no result: 1 of 10 with gelu.");
    ASSERT_SAYS(&f.chinese.overview, "有运行发散而没有结果：gelu 10 次中的 1 次。");
    ASSERT_SAYS(&f.english.overview, "activations (of arms without a diverged run), ");
    ASSERT_SILENT(&f.english.overview, "gelu ends best");
    ASSERT_SILENT(&f.english.overview, "gelu has the highest");
    ASSERT_SILENT(&f.english.overview, "momentum has the highest");
    ASSERT_SILENT(&f.english.overview, "momentum ends best");
    assert_int_equal(f.english.conclusions[1].judgement, RL_LEFT_OPEN); /* momentum ends higher */
    end(f);
    const fixture all = study(EIGHT_SEEDS, WITH({"sgd", 0.8, 0.01, 0, 0.4, 0.4, 400, 8, 0},
                                                {"relu", 0.8, 0.01, 0, 0.4, 0.4, 400, 8, 0},
                                                {"momentum", 0.9, 0.01, 0, 0.4, 0.4, 400, 1, 0},
                                                {"adam", 0.9, 0.01, 0, 0.4, 0.4, 400, 1, 0}));
    ASSERT_SAYS(&all.english.overview,
                "optimizers, runs diverged and have no result: 8 of 8 with sgd");
    ASSERT_SILENT(&all.english.overview, "In the group optimizers, momentum");
    ASSERT_SILENT(&all.english.overview, "In the group optimizers, adam");
    end(all);
}

static void a_ghost_that_diverged_keeps_nothing(void **state) {
    (void)state;
    const fixture f =
        study(EIGHT_SEEDS, WITH({"resnet18-ghost", 0.805, 0.001, 0.03, 0.46, 0.4, 500, 2, 0}));
    assert_both(&f, GHOST, false, "keeps the accuracy", "保持在");
    assert_int_equal(f.english.conclusions[2].judgement, RL_LEFT_OPEN);
    assert_non_null(strstr(f.english.conclusions[2].reason, "Runs that diverged: 2 of its own"));
    end(f);
}

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
    assert_int_equal(f.analysis->groups[0].early_train_loss[0].verdict, RL_WORSE);
    assert_int_equal(f.analysis->groups[0].early_train_loss[0].obstacle, RL_NO_OBSTACLE);
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
        const rl_comparison *pair = f.analysis->groups[0].early_train_loss;
        assert_int_equal(pair->verdict, RL_NO_VERDICT);
        assert_int_equal(pair->obstacle, RL_OTHER_IMAGES);
        assert_int_equal(pair->difference.count, 0);
        assert_int_equal(f.analysis->groups[0].accuracy[0].obstacle, RL_NO_OBSTACLE);
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
    assert_both(&f, ACTIVATIONS, true, "loss of all 4 arms fell", "全部 4 组设置的平均训练损失");
    assert_both(&f, ACTIVATIONS, false, "rose at times", "出现过上升");
    const rl_study_arm *relu = &f.results->study->groups[ACTIVATIONS].arms[1];
    for (size_t s = 0; s < 8; s++)
        f.results->records[relu->runs[s]]->epochs[6].train_loss = 1.9;
    write_again(&f);
    assert_both(&f, ACTIVATIONS, true, "relu (1 of 11)", "relu（11 次中 1 次）");
    assert_both(&f, ACTIVATIONS, false, "of all 4 arms fell", "均逐轮下降");
    end(f);
}

static void leads_that_change_hands_are_told(void **state) {
    (void)state;
    const fixture f = study(EIGHT_SEEDS, synthetic_reference);
    assert_both(&f, OPTIMIZERS, true, "adam is then better than sgd and momentum",
                "此时 adam 优于 sgd 和 momentum");
    assert_both(&f, OPTIMIZERS, true, "momentum has overtaken adam by epoch 9",
                "momentum 从第 9 轮起一直高于 adam");
    assert_both(&f, OPTIMIZERS, true, "A test accuracy of 80% is first reached", "首次达到 80%");
    const fixture few = study(FOUR_SEEDS, synthetic_reference);
    assert_both(&few, OPTIMIZERS, false, "is then better", "此时 ");
    assert_both(&few, OPTIMIZERS, true, "but at the end the two are not distinguishable",
                "但两者最终无法区分");
    const fixture same = study(EIGHT_SEEDS, WITH({"adam", 0.9, 0.004, 0.02, 0.2, 0.9, 380, 0, 0}));
    assert_both(&same, OPTIMIZERS, true, "adam has the highest mean both early and at the end",
                "adam 的平均准确率在初期和最后都是最高的");
    assert_both(&same, OPTIMIZERS, false, "overtaken", "起一直高于");
    end(same);
    end(few);
    end(f);
}

static void over_and_under_training_are_told_apart(void **state) {
    (void)state;
    const fixture over =
        study(EIGHT_SEEDS, WITH({"momentum", 0.86, 0.004, 0.08, 0.25, 1.5, 400, 0, 0}));
    assert_both(&over, OPTIMIZERS, true, "over-fitting", "过拟合");
    assert_both(&over, OPTIMIZERS, true, "momentum by 8.0 points", "momentum 高 8.0 个百分点");
    assert_both(&over, OPTIMIZERS, false, "had not come to rest", "尚未收敛");
    assert_both(&over, ACTIVATIONS, false, "over-fitting", "过拟合");
    const fixture under =
        study(EIGHT_SEEDS, WITH({"momentum", 0.86, 0.004, 0.04, 0.25, 0.2, 400, 0, 0}));
    assert_both(&under, OPTIMIZERS, true, "had not come to rest", "尚未收敛");
    assert_both(&under, OPTIMIZERS, true, "for the first 12 epochs", "前 12 轮训练");
    assert_both(&under, OPTIMIZERS, false, "over-fitting", "过拟合");
    end(under);
    end(over);
}

/* ---- Trouble ---- */

static void hostile_labels_pass_as_text(void **state) {
    (void)state;
    fixture f = study(EIGHT_SEEDS, synthetic_reference);
    char **label = &f.results->study->groups[ACTIVATIONS].arms[3].label;
    rl_free(*label);
    *label = rl_strdup("<script>{1}%s`");
    write_again(&f);
    assert_both(&f, ACTIVATIONS, true, "<script>{1}%s` is better than", "<script>{1}%s` 优于 ");
    end(f);
}

static void a_study_without_results_has_no_verdicts(void **state) {
    (void)state;
    const synthetic_arm arms[] = {{NULL, 0.7, 0.01, 0, 0.5, 0.4, 400, 0, 4}};
    const fixture f = study(FOUR_SEEDS, arms);
    for (size_t c = 0; c < f.english.conclusion_count; c++)
        assert_int_equal(f.english.conclusions[c].judgement, RL_LEFT_OPEN);
    for (size_t g = 0; g < 3; g++) {
        assert_both(&f, g, false, "Mean test accuracy", "平均测试准确率");
        assert_both(&f, g, false, "nan", "nan");
    }
    ASSERT_SAYS(&f.english.overview, "0 of the study's 32 runs are done");
    end(f);
}

static void memory_failures_are_reported(void **state) {
    (void)state;
    const fixture f = study(FOUR_SEEDS, synthetic_reference);
    rl_status status = RL_ERROR_MEMORY;
    for (long failure = 0; status != RL_OK; failure++) {
        rl_words words = {.language = RL_LANGUAGE_CHINESE};
        rl_findings findings;
        rl_memory_fail_after(failure);
        rl_findings_write(&findings, &words, f.analysis);
        rl_memory_fail_after(-1);
        status = rl_words_status(&words, "words", NULL);
        assert_true(status == RL_OK ? failure > 300 : status == RL_ERROR_MEMORY);
        rl_words_clear(&words);
    }
    end(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_languages_have_the_same_numbers),
        cmocka_unit_test(names_exist_in_both_languages),
        cmocka_unit_test(few_seeds_give_no_verdict),
        cmocka_unit_test(verdicts_are_the_tests),
        cmocka_unit_test(equal_arms_are_never_better),
        cmocka_unit_test(runs_that_are_missing_are_named),
        cmocka_unit_test(arms_that_lack_diverged_runs_do_not_win),
        cmocka_unit_test(a_ghost_that_diverged_keeps_nothing),
        cmocka_unit_test(plain_losses_are_compared),
        cmocka_unit_test(losses_of_other_images_are_not_compared),
        cmocka_unit_test(guessing_is_named),
        cmocka_unit_test(rises_of_the_loss_are_counted),
        cmocka_unit_test(leads_that_change_hands_are_told),
        cmocka_unit_test(over_and_under_training_are_told_apart),
        cmocka_unit_test(hostile_labels_pass_as_text),
        cmocka_unit_test(a_study_without_results_has_no_verdicts),
        cmocka_unit_test(memory_failures_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
