/* The written analysis of made-up studies: where each rule speaks, and where it must not. */
#include "study/said.h"

#include "base/text.h"

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

/* Two groups that share their arms' names: claims are on the first. */
#define CLAIMING                                                                                   \
    "name: claiming\n"                                                                             \
    "settings: {data: shapes, width: 4, optimizer: sgd, lr: 0.01, epochs: 12}\n"                   \
    "seeds: [%s]\n"                                                                                \
    "groups:\n"                                                                                    \
    "  activations: {vary: {activation: [sigmoid, relu, gelu]}}\n"                                 \
    "  optimizers: {vary: {optimizer: [sgd, momentum]}}\n"                                         \
    "claims:\n"                                                                                    \
    "  - {group: activations, better: [relu, gelu], than: sigmoid}\n"

static void both_languages_have_the_same_numbers(void **state) {
    (void)state;
    const synthetic_arm *odd = WITH({"sigmoid", 0.12, 0.01, 0, 2.29, 0.2, 400, 0, 0},
                                    {"relu", 0.8, 0.03, 0.09, 0.2, 0.4, 400, 0, 0},
                                    {"leaky_relu", 0.8, 0.004, 0, 0.4, 0.4, 400, 1, 1},
                                    {"adam", 0.8, 0.01, 0, 0.4, 0.4, 400, 0, 4});
    const struct {
        const char *yaml, *seeds;
        const synthetic_arm *arms;
    } studies[] = {{SYNTHETIC_REFERENCE, ONE_SEED, synthetic_reference},
                   {SYNTHETIC_REFERENCE, TWO_SEEDS, synthetic_reference},
                   {SYNTHETIC_REFERENCE, FOUR_SEEDS, synthetic_reference},
                   {SYNTHETIC_REFERENCE, EIGHT_SEEDS, synthetic_reference},
                   {SYNTHETIC_REFERENCE, FOUR_SEEDS, odd},
                   {SYNTHETIC_REFERENCE, EIGHT_SEEDS, odd},
                   {CLAIMING, FOUR_SEEDS, synthetic_reference},
                   {CLAIMING, EIGHT_SEEDS, odd}};
    for (size_t i = 0; i < sizeof studies / sizeof *studies; i++) {
        const fixture f = study_of(studies[i].yaml, studies[i].seeds, studies[i].arms);
        assert_same_prose(&f.english.overview, &f.chinese.overview);
        assert_same_prose(&f.english.limits, &f.chinese.limits);
        for (size_t g = 0; g < f.english.group_count; g++)
            assert_same_prose(&f.english.groups[g], &f.chinese.groups[g]);
        assert_int_equal(f.english.judgement_count, f.results->study->claim_count);
        assert_int_equal(f.chinese.judgement_count, f.results->study->claim_count);
        for (size_t c = 0; c < f.english.judgement_count; c++) {
            const rl_judgement *a = &f.english.judgements[c], *b = &f.chinese.judgements[c];
            assert_int_equal(a->outcome, b->outcome);
            assert_true(rl_text_is_utf8(b->claim) && rl_text_is_utf8(b->reason));
            assert_same_numbers(a->reason, b->reason);
        }
        end(f);
    }
}

/* ---- Who is better ---- */

static void two_seeds_give_no_verdict(void **state) {
    (void)state;
    static const char *const seeds[] = {ONE_SEED, TWO_SEEDS};
    static const char *const english[] = {"With 1 seed there is no verdict",
                                          "With 2 seeds there is no verdict"};
    static const char *const chinese[] = {"只有 1 个随机种子，不作判断",
                                          "只有 2 个随机种子，不作判断"};
    for (size_t i = 0; i < 2; i++) {
        const fixture f = study(seeds[i], synthetic_reference);
        for (size_t g = 0; g < 3; g++) {
            assert_both(&f, g, true, english[i], chinese[i]);
            assert_both(&f, g, true, "At least 3 seeds are needed", "至少需要 3 个随机种子");
            assert_both(&f, g, true, "As a description, not a verdict", "仅作描述、不作判断");
            assert_both(&f, g, false, "is better than", " 优于 ");
            assert_both(&f, g, false, "Undecided:", "未定：");
        }
        ASSERT_SAYS(&f.english.overview, "this describes, it is no verdict");
        ASSERT_SILENT(&f.english.overview, "better");
        end(f);
    }
    const fixture three = study("1, 2, 3", synthetic_reference);
    for (size_t g = 0; g < 3; g++)
        assert_both(&three, g, false, "there is no verdict", "不作判断");
    end(three);
}

/* A verdict says what it holds for, and by how much. */
static void verdicts_are_where_the_interval_lies(void **state) {
    (void)state;
    fixture f = study("1, 2, 3", synthetic_reference);
    static const double low[] = {0.30, 0.31, 0.32}, high[] = {0.80, 0.81, 0.83};
    set_accuracies(&f, OPTIMIZERS, 0, low);
    set_accuracies(&f, OPTIMIZERS, 1, high);
    set_accuracies(&f, OPTIMIZERS, 2, (const double[]){0.75, 0.85, 0.80});
    write_again(&f);
    assert_both(&f, OPTIMIZERS, true,
                "Here, at learning rate 0.01 and over 3 seeds, momentum is better than sgd (by "
                "50.3 points, 98.3% interval 4",
                "在此（学习率 0.01，3 个随机种子），momentum 优于 sgd（相差 50.3 个百分点，98.3% "
                "置信区间 4");
    assert_both(&f, OPTIMIZERS, true, "Undecided: ", "未定：");
    const rl_interval *open = &f.numbers->groups[OPTIMIZERS].tables[0].pairs[2].interval;
    const double reach = fmax(fabs(open->low), fabs(open->high));
    char english[64], chinese[64];
    snprintf(english, sizeof english, "differences up to %.1f points either way", 100 * reach);
    snprintf(chinese, sizeof chinese, "至多 %.1f 个百分点的差异仍有可能", 100 * reach);
    assert_both(&f, OPTIMIZERS, true, english, chinese);
    assert_both(&f, OPTIMIZERS, true, "With 3 seeds this rests on",
                "只有 3 个随机种子时，判断依赖于");
    assert_both(&f, OPTIMIZERS, true,
                "3 statements are judged together, so that each interval is "
                "at 98.3%",
                "共有 3 项判断，因此每个置信区间取 98.3%");
    ASSERT_SAYS(&f.english.overview, "has the highest mean test accuracy");
    end(f);
    const fixture eight = study(EIGHT_SEEDS, synthetic_reference);
    assert_both(&eight, OPTIMIZERS, true, "over 8 seeds, momentum is better than", " 优于 ");
    for (size_t g = 0; g < 3; g++)
        assert_both(&eight, g, false, "this rests on", "判断依赖于");
    ASSERT_SAYS(&eight.english.overview,
                "momentum ends best, with 85.9% of the test images right; here it is better than "
                "every other arm");
    end(eight);
}

static void equal_arms_are_undecided(void **state) {
    (void)state;
    const synthetic_arm arms[] = {{NULL, 0.7, 0.01, 0.02, 0.5, 0.4, 400, 0, 0}};
    const fixture f = study(EIGHT_SEEDS, arms);
    for (size_t g = 0; g < 3; g++) {
        assert_both(&f, g, false, "is better than", " 优于 ");
        assert_both(&f, g, true, "Undecided:", "未定：");
    }
    ASSERT_SAYS(&f.english.overview, "but nothing is decided between it and any other arm (");
    end(f);
}

/* The rate is said where it is one; a group that varies it has none. */
static void the_rate_is_said_where_it_is_one(void **state) {
    (void)state;
    static const char yaml[] = "name: rates\n"
                               "settings: {data: shapes, width: 4, epochs: 12}\n"
                               "seeds: [%s]\n"
                               "groups: {rates: {vary: {lr: [0.1, 0.01]}}}\n";
    const synthetic_arm arms[] = {{"0.1", 0.8, 0.004, 0, 0.5, 0.4, 400, 0, 0},
                                  {NULL, 0.6, 0.004, 0, 0.5, 0.4, 400, 0, 0}};
    const fixture f = study_of(yaml, EIGHT_SEEDS, arms);
    assert_both(&f, 0, true, "Here, over 8 seeds, lr=0.1 is better than lr=0.01",
                "在此（8 个随机种子），lr=0.1 优于 lr=0.01");
    ASSERT_SILENT(&f.english.limits, "one learning rate");
    ASSERT_SILENT(&f.chinese.limits, "同一个学习率");
    end(f);
}

static void runs_that_diverged_count_as_guessing(void **state) {
    (void)state;
    const fixture f = study(EIGHT_SEEDS, WITH({"gelu", 0.81, 0.005, 0, 0.4, 0.4, 400, 3, 1}));
    assert_both(&f, ACTIVATIONS, true,
                "count with the accuracy of guessing, 10.0%: 3 of 7 with gelu (95% upper limit of "
                "the share: 77%)",
                "按随机猜测的准确率 10.0% 计入：gelu 的 7 次中有 3 次（比例的 95% 上限为 77%）");
    assert_both(&f, ACTIVATIONS, true, "are in no figure: 1 of 8 with gelu.",
                "未计入任何数值的运行：gelu 的 8 次中有 1 次。");
    assert_both(&f, ACTIVATIONS, false, "gelu is better", "gelu 优于");
    assert_both(&f, ACTIVATIONS, false, "None of", "均未发散");
    ASSERT_SAYS(&f.english.overview, "In the group activations, runs diverged: 3 of 7 with gelu");
    ASSERT_SAYS(&f.english.limits, "Diverged, and counted as guessing: 3 runs.");
    ASSERT_SAYS(&f.english.limits, "Not done yet: 1 run.");
    end(f);
    const fixture whole = study(EIGHT_SEEDS, synthetic_reference);
    assert_both(&whole, ACTIVATIONS, true,
                "None of 32 runs diverged; of an arm’s runs a share of up to 31% might",
                "32 次运行均未发散；每种设置的运行中仍可能有至多 31% 会发散");
    assert_both(&whole, ACTIVATIONS, false, "the accuracy of guessing", "按随机猜测");
    ASSERT_SILENT(&whole.english.limits, "diverged");
    ASSERT_SILENT(&whole.english.overview, "diverged");
    end(whole);
}

/* ---- Checks beside the verdict ---- */

/* Five equal differences and one a little the other way: the interval leaves out zero, and four of
 * the 64 changes of sign are as extreme. */
static void flips_are_a_check(void **state) {
    (void)state;
    static const char yaml[] = "name: two\n"
                               "settings: {data: shapes, width: 4, epochs: 12}\n"
                               "seeds: [1, 2, 3, 4, 5, 6]\n"
                               "groups: {two: {vary: {activation: [relu, gelu]}}}\n";
    static const double first[] = {0.53, 0.53, 0.53, 0.53, 0.53, 0.499};
    static const double second[] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
    fixture f = study_of(yaml, "", synthetic_reference);
    set_accuracies(&f, 0, 0, first);
    set_accuracies(&f, 0, 1, second);
    write_again(&f);
    assert_both(&f, 0, true, "relu is better than gelu", "relu 优于 gelu");
    assert_both(&f, 0, true, "does not come below 5% for relu over gelu (p = 0.062)",
                "未低于 5%：relu 对 gelu（p = 0.062）");
    record_of(&f, 0, 0, 5)->epochs[11].test_accuracy = 0.52;
    write_again(&f);
    assert_both(&f, 0, true, "relu is better than gelu", "relu 优于 gelu");
    assert_both(&f, 0, false, "sign flips", "符号翻转");
    end(f);
}

/* Every decided pair of the group gets this interval for new test images, first minus second. */
static void speak_of_images(fixture *f, size_t group, double low, double high) {
    rl_group_numbers *numbers = &f->numbers->groups[group];
    for (size_t i = 0; i < numbers->pair_count; i++) {
        rl_pair *pair = &numbers->tables[RL_QUANTITY_TEST_ACCURACY].pairs[i];
        const bool turn = pair->difference.mean < 0;
        pair->images = (rl_interval){.count = 8,
                                     .mean = pair->difference.mean,
                                     .level = 0.95,
                                     .low = turn ? -high : low,
                                     .high = turn ? -low : high};
    }
    be_silent(f);
    speak(f);
}

static void new_test_images_are_reckoned_with(void **state) {
    (void)state;
    fixture f = study(EIGHT_SEEDS, synthetic_reference);
    for (size_t g = 0; g < 3; g++) {
        assert_both(&f, g, false, "other test images", "换用其他测试图像");
    }
    speak_of_images(&f, OPTIMIZERS, 0.01, 0.08);
    assert_both(&f, OPTIMIZERS, true, "Each of these verdicts stays when other test images",
                "若同时考虑换用其他测试图像，上述判断均不变。");
    assert_both(&f, OPTIMIZERS, false, "stay undecided", "则下列各项仍未定");
    speak_of_images(&f, OPTIMIZERS, -0.01, 0.08);
    assert_both(&f, OPTIMIZERS, true,
                "stay undecided, as their intervals show: momentum over sgd (−1.0 to 8.0 points)",
                "仍未定，其置信区间为：momentum 对 sgd（−1.0 至 8.0 个百分点）");
    assert_both(&f, OPTIMIZERS, false, "Each of these verdicts stays", "上述判断均不变");
    end(f);
}

static void correlations_are_printed(void **state) {
    (void)state;
    const fixture f = study(EIGHT_SEEDS, synthetic_reference);
    assert_both(&f, OPTIMIZERS, true, "the accuracies of two arms correlate by 0.",
                "两种设置的准确率的相关系数为 0.");
    const fixture one = study(ONE_SEED, synthetic_reference);
    assert_both(&one, OPTIMIZERS, false, "correlate", "相关系数");
    end(one);
    end(f);
}

/* Claims have the word where they are made, and none beside them. */
static void claims_have_the_word(void **state) {
    (void)state;
    const fixture f = study_of(CLAIMING, EIGHT_SEEDS, synthetic_reference);
    assert_both(&f, 0, true, "On these accuracies the study declares claims",
                "声明了论断，只对论断作判断");
    assert_both(&f, 0, false, "Here, at learning rate", "在此（学习率");
    assert_both(&f, 0, true, "At that point gelu is better than sigmoid (by",
                "此时 gelu 优于 sigmoid（相差");
    assert_both(&f, 1, true, "declares claims, but none on this: these comparisons are exploratory",
                "但不涉及这里的比较");
    assert_both(&f, 1, true, "momentum is better than sgd", "momentum 优于 sgd");
    ASSERT_SAYS(&f.english.overview,
                "The study’s claims: “Better than sigmoid in test accuracy: relu and gelu.” is "
                "supported here.");
    end(f);
    const fixture without = study(EIGHT_SEEDS, synthetic_reference);
    assert_both(&without, 0, false, "claims", "论断");
    ASSERT_SILENT(&without.english.overview, "claims");
    end(without);
}

/* ---- Trouble ---- */

static void hostile_labels_pass_as_text(void **state) {
    (void)state;
    fixture f = study(EIGHT_SEEDS, synthetic_reference);
    rl_study_arm *arm = &f.results->study->groups[ACTIVATIONS].arms[3];
    char **const labels[] = {&arm->label, &arm->label_zh};
    for (size_t i = 0; i < 2; i++) {
        rl_free(*labels[i]);
        *labels[i] = rl_strdup("<script>{1}%s`");
    }
    write_again(&f);
    assert_both(&f, ACTIVATIONS, true, "<script>{1}%s` is better than", "<script>{1}%s` 优于 ");
    end(f);
}

static void labels_are_those_of_the_language(void **state) {
    (void)state;
    fixture f = study(EIGHT_SEEDS, synthetic_reference);
    char **const label = &f.results->study->groups[ACTIVATIONS].arms[3].label_zh;
    rl_free(*label);
    *label = rl_strdup("高斯");
    write_again(&f);
    assert_both(&f, ACTIVATIONS, true, "gelu is better than", "高斯优于 ");
    ASSERT_SILENT(&f.chinese.groups[ACTIVATIONS], "gelu");
    end(f);
}

static void a_study_without_results_has_no_verdicts(void **state) {
    (void)state;
    const synthetic_arm arms[] = {{NULL, 0.7, 0.01, 0, 0.5, 0.4, 400, 0, 4}};
    const fixture f = study_of(CLAIMING, FOUR_SEEDS, arms);
    assert_int_equal(f.english.judgements[0].outcome, RL_CLAIM_WAITING);
    for (size_t g = 0; g < 2; g++) {
        assert_both(&f, g, false, "Mean test accuracy", "平均测试准确率");
        assert_both(&f, g, false, "nan", "nan");
    }
    ASSERT_SAYS(&f.english.overview, "0 of the study’s 16 runs are done");
    end(f);
}

static void memory_failures_are_reported(void **state) {
    (void)state;
    const fixture f = study_of(CLAIMING, FOUR_SEEDS, synthetic_reference);
    rl_status status = RL_ERROR_MEMORY;
    for (long failure = 0; status != RL_OK; failure++) {
        rl_words words = {.language = RL_LANGUAGE_CHINESE};
        rl_findings findings;
        rl_memory_fail_after(failure);
        rl_findings_write(&findings, &words, f.numbers, f.claims);
        rl_memory_fail_after(-1);
        status = rl_words_status(&words, "words", NULL);
        assert_true(status == RL_OK ? failure > 200 : status == RL_ERROR_MEMORY);
        rl_words_clear(&words);
    }
    end(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_languages_have_the_same_numbers),
        cmocka_unit_test(two_seeds_give_no_verdict),
        cmocka_unit_test(verdicts_are_where_the_interval_lies),
        cmocka_unit_test(equal_arms_are_undecided),
        cmocka_unit_test(the_rate_is_said_where_it_is_one),
        cmocka_unit_test(runs_that_diverged_count_as_guessing),
        cmocka_unit_test(flips_are_a_check),
        cmocka_unit_test(new_test_images_are_reckoned_with),
        cmocka_unit_test(correlations_are_printed),
        cmocka_unit_test(claims_have_the_word),
        cmocka_unit_test(hostile_labels_pass_as_text),
        cmocka_unit_test(labels_are_those_of_the_language),
        cmocka_unit_test(a_study_without_results_has_no_verdicts),
        cmocka_unit_test(memory_failures_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
