/* What became of claims on made-up studies, in words; and the limits of a study. */
#include "study/said.h"

#define CLAIMS(claims)                                                                             \
    "name: claiming\n"                                                                             \
    "settings: {data: shapes, width: 4, optimizer: sgd, lr: 0.01, epochs: 12}\n"                   \
    "seeds: [%s]\n"                                                                                \
    "groups:\n"                                                                                    \
    "  activations: {vary: {activation: [sigmoid, relu, gelu]}}\n"                                 \
    "  optimizers: {vary: {optimizer: [sgd, momentum, adam]}, figure: test_accuracy}\n" claims

static void assert_judged(const fixture *f, size_t claim, rl_claim_outcome outcome,
                          const char *english, const char *chinese) {
    const rl_judgement *a = &f->english.judgements[claim], *b = &f->chinese.judgements[claim];
    assert_true(claim < f->english.judgement_count);
    if (a->outcome != outcome || strcmp(a->name, english) != 0 || strcmp(b->name, chinese) != 0)
        fail_msg("%s: %s, %s: %s", a->claim, a->name, b->name, a->reason);
}

static bool is_said(const fixture *f, size_t claim, const char *english, const char *chinese) {
    const bool in_english = strstr(f->english.judgements[claim].reason, english);
    const bool in_chinese = strstr(f->chinese.judgements[claim].reason, chinese);
    if (in_english != in_chinese)
        fail_msg("%s\n%s", f->english.judgements[claim].reason,
                 f->chinese.judgements[claim].reason);
    return in_english;
}
#define ASSERT_REASON(f, claim, words, zh_words)                                                   \
    do {                                                                                           \
        if (!is_said(f, claim, words, zh_words))                                                   \
            fail_msg("not said: %s in %s", words, (f)->english.judgements[claim].reason);          \
    } while (0)
#define ASSERT_NO_REASON(f, claim, words, zh_words)                                                \
    do {                                                                                           \
        if (is_said(f, claim, words, zh_words))                                                    \
            fail_msg("said: %s in %s", words, (f)->english.judgements[claim].reason);              \
    } while (0)

/* ---- Claims ---- */

static void claims_are_said_in_the_users_words(void **state) {
    (void)state;
    static const char yaml[] = CLAIMS(
        "claims:\n"
        "  - {group: activations, better: [relu, gelu], than: sigmoid,\n"
        "     text: Bends beat slopes., text_zh: 折线更好。}\n"
        "  - {group: optimizers, keeps: sgd, of: adam, within: 1}\n"
        "  - {group: optimizers, same: [sgd, momentum], as: adam, within: 2.5,\n"
        "     quantity: mean_accuracy}\n"
        "  - {group: optimizers, better: adam, than: sgd, by: 0.5, quantity: train_loss, at: 3}\n"
        "  - {group: optimizers, better: adam, than: sgd, text: Only English.}\n");
    static const char *const english[] = {
        "Bends beat slopes.", "Keeps the test accuracy of adam to within 1.0 points: sgd.",
        ("The same test accuracy averaged over all epochs as adam, to within 2.5 points: sgd and "
         "momentum."),
        "Better than sgd in training loss after epoch 3, by more than 0.500: adam.",
        "Only English."};
    static const char *const chinese[] = {
        "折线更好。", "测试准确率不低于 adam 超过 1.0 个百分点：sgd。",
        "各轮平均的测试准确率与 adam 相差不超过 2.5 个百分点：sgd 和 momentum。",
        "第 3 轮之后的训练损失优于 sgd，且超过 0.500：adam。", "Only English."};
    const fixture f = study_of(yaml, FOUR_SEEDS, synthetic_reference);
    assert_int_equal(f.english.judgement_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(f.english.judgements[i].claim, english[i]);
        assert_string_equal(f.chinese.judgements[i].claim, chinese[i]);
    }
    end(f);
}

static void each_outcome_has_its_interval(void **state) {
    (void)state;
    static const char yaml[] =
        CLAIMS("claims:\n"
               "  - {group: activations, better: [relu, gelu], than: sigmoid}\n"
               "  - {group: optimizers, keeps: sgd, of: momentum, within: 1}\n"
               "  - {group: optimizers, same: adam, as: momentum, within: 1}\n");
    fixture f = study_of(yaml, EIGHT_SEEDS, WITH({"adam", 0.86, 0.04, 0.02, 0.4, 0.9, 380, 0, 0}));
    assert_judged(&f, 0, RL_CLAIM_SUPPORTED, "supported here", "支持（限于此配置）");
    assert_judged(&f, 1, RL_CLAIM_REFUTED, "refuted here", "推翻（限于此配置）");
    assert_judged(&f, 2, RL_CLAIM_UNDECIDED, "undecided here", "未定（限于此配置）");
    ASSERT_REASON(&f, 0, "Differences in test accuracy: relu minus sigmoid 4",
                  "relu 减去 sigmoid 为 4");
    ASSERT_REASON(&f, 0, " points, 98.3% interval 4", " 个百分点，98.3% 置信区间 4");
    ASSERT_REASON(&f, 0, "every interval above 0, refuted one of them wholly below",
                  "有一个完全低于它");
    ASSERT_REASON(&f, 1, "whole interval above −1.0 points", "整个置信区间高于 −1.0 个百分点");
    ASSERT_REASON(&f, 2, "whole interval within ±1.0 points", "整个置信区间在 ±1.0 个百分点之内");
    for (size_t i = 0; i < 3; i++) {
        ASSERT_REASON(&f, i, "Check by exact sign flips", "不假设分布的核对");
        ASSERT_NO_REASON(&f, i, "about normally distributed", "近似服从正态分布");
        ASSERT_REASON(&f, i, "Here means: resnet18, width 4, 12 epochs",
                      "“此配置”指：resnet18、宽度 4、12 轮");
        ASSERT_REASON(&f, i, "; 8 seeds.", "；8 个随机种子。");
        ASSERT_NO_REASON(&f, i, "diverged", "发散");
        ASSERT_NO_REASON(&f, i, "look", "次查看");
        ASSERT_NO_REASON(&f, i, "was declared when", "声明时已有");
    }
    ASSERT_SAYS(&f.english.overview, "to within 1.0 points: sgd.” is refuted here; “The same");
    ASSERT_SAYS(&f.chinese.overview, "”：推翻（限于此配置）；“");

    /* fewer images than the data have: the word holds for this reduced configuration */
    for (size_t i = 0; i < f.results->study->run_count; i++)
        f.results->records[i]->data_train_images = 50000;
    write_again(&f);
    assert_judged(&f, 1, RL_CLAIM_REFUTED, "refuted for this reduced configuration",
                  "推翻（限于此缩减配置）");
    ASSERT_REASON(&f, 1, "1,000 of 50,000 training images", "50,000 张训练图像中的 1,000 张");
    end(f);
}

static void few_seeds_are_said(void **state) {
    (void)state;
    static const char yaml[] =
        CLAIMS("claims: [{group: activations, better: relu, than: sigmoid}]\n");
    const fixture three = study_of(yaml, "1, 2, 3", synthetic_reference);
    assert_judged(&three, 0, RL_CLAIM_SUPPORTED, "supported here", "支持（限于此配置）");
    ASSERT_REASON(&three, 0, "With 3 seeds this rests on differences",
                  "只有 3 个随机种子时，判断依赖于");
    ASSERT_NO_REASON(&three, 0, "sign flips", "符号翻转");
    const fixture two = study_of(yaml, TWO_SEEDS, synthetic_reference);
    assert_judged(&two, 0, RL_CLAIM_WAITING, "without a verdict yet", "暂无判断");
    ASSERT_REASON(&two, 0, "too few seeds for a verdict", "随机种子太少，不作判断");
    ASSERT_NO_REASON(&two, 0, "Supported would be", "为支持");
    ASSERT_NO_REASON(&two, 0, "Here means", "“此配置”指");
    end(two);
    end(three);
}

/* One arm may refute a list; the interval is then the wider one that this takes. */
static void one_arm_refutes_a_list(void **state) {
    (void)state;
    static const char yaml[] =
        CLAIMS("claims: [{group: activations, better: [relu, gelu], than: sigmoid}]\n");
    const fixture f = study_of(yaml, EIGHT_SEEDS, WITH({"gelu", 0.2, 0.004, 0, 1, 0.4, 400, 0, 0}));
    assert_judged(&f, 0, RL_CLAIM_REFUTED, "refuted here", "推翻（限于此配置）");
    ASSERT_REASON(&f, 0, "97.5% interval −1", "97.5% 置信区间 −1");
    ASSERT_NO_REASON(&f, 0, "95% interval", "95% 置信区间");
    end(f);
}

static void order_as_declared(void **state) {
    (void)state;
    static const char yaml[] =
        CLAIMS("order: declared\n"
               "claims:\n"
               "  - {group: optimizers, same: adam, as: momentum, within: 1}\n"
               "  - {group: activations, better: relu, than: sigmoid}\n");
    const fixture f =
        study_of(yaml, EIGHT_SEEDS, WITH({"adam", 0.86, 0.04, 0.02, 0.4, 0.9, 380, 0, 0}));
    assert_judged(&f, 0, RL_CLAIM_UNDECIDED, "undecided here", "未定（限于此配置）");
    assert_judged(&f, 1, RL_CLAIM_NOT_ASKED, "not asked", "未检验");
    ASSERT_REASON(&f, 1, "asked in the order declared", "按声明的次序逐条检验");
    ASSERT_NO_REASON(&f, 0, "asked in the order declared", "按声明的次序逐条检验");
    end(f);
}

/* Adam's loss falls fastest early, and its accuracy does not rise so: both are said. */
static void losses_have_the_accuracy_beside_them(void **state) {
    (void)state;
    static const char yaml[] =
        CLAIMS("claims:\n"
               "  - {group: optimizers, better: adam, than: momentum, quantity: early_train_loss}\n"
               "  - {group: optimizers, better: adam, than: momentum}\n");
    fixture f = study_of(yaml, EIGHT_SEEDS, synthetic_reference);
    for (size_t s = 0; s < 8; s++)
        record_of(&f, 1, 2, s)->epochs[2].test_accuracy =
            record_of(&f, 1, 1, s)->epochs[2].test_accuracy - 0.05;
    write_again(&f);
    assert_judged(&f, 0, RL_CLAIM_SUPPORTED, "supported here", "支持（限于此配置）");
    ASSERT_REASON(&f, 0, "signed so that lower values count as more", "符号取反");
    ASSERT_REASON(&f, 0, "in test accuracy at that time: adam minus momentum −5.0 points",
                  "同一时刻的测试准确率之差：adam 减去 momentum 为 −5.0 个百分点");
    ASSERT_NO_REASON(&f, 1, "at that time", "同一时刻");
    ASSERT_NO_REASON(&f, 1, "signed so", "符号取反");
    end(f);
}

/* Looks: what decided when, and what a study that ended there may say. */
static void looks_are_told(void **state) {
    (void)state;
    static const char yaml[] =
        "name: looking\n"
        "settings: {data: shapes, width: 4, optimizer: sgd, lr: 0.01, epochs: 12}\n"
        "seeds: {first: 1, looks: [4, 8]}\n"
        "groups: {activations: {vary: {activation: [sigmoid, relu, gelu]}}}\n"
        "claims: [{group: activations, better: relu, than: sigmoid}]\n";
    fixture f = study_of(yaml, "",
                         WITH({"relu", 0.8, 0.004, 0, 1, 0.4, 400, 0, 4},
                              {"sigmoid", 0.35, 0.004, 0, 1, 0.4, 400, 0, 4}));
    assert_judged(&f, 0, RL_CLAIM_SUPPORTED, "supported here", "支持（限于此配置）");
    ASSERT_REASON(&f, 0, "Judged at look 1, with 4 seeds.",
                  "在第 1 次查看时判断，共 4 个随机种子。");
    ASSERT_REASON(&f, 0, "97.5% interval", "97.5% 置信区间");
    ASSERT_SAYS(&f.english.limits, "As declared, the study ended at look 1");
    ASSERT_SAYS(&f.chinese.limits, "本研究在第 1 次查看时因已无可问而结束");
    ASSERT_SILENT(&f.english.limits, "unless it was stopped for what it showed");
    end(f);
    f = study_of(yaml, "", WITH({"relu", 0.8, 0.004, 0, 1, 0.4, 400, 0, 5}));
    assert_judged(&f, 0, RL_CLAIM_WAITING, "without a verdict yet", "暂无判断");
    ASSERT_REASON(&f, 0, "between looks there is no verdict", "两次查看之间不作判断");
    ASSERT_SAYS(&f.english.limits, "unless it was stopped for what it showed");
    end(f);
}

static void new_test_images_are_reckoned_with(void **state) {
    (void)state;
    static const char yaml[] =
        CLAIMS("claims: [{group: activations, better: relu, than: sigmoid}]\n");
    fixture f = study_of(yaml, EIGHT_SEEDS, synthetic_reference);
    ASSERT_NO_REASON(&f, 0, "For other test images", "换用其他测试图像");
    f.claims->results[0].parts[0].images =
        (rl_interval){.count = 8, .mean = 0.45, .level = 0.95, .low = 0.4, .high = 0.5};
    be_silent(&f);
    speak(&f);
    ASSERT_REASON(&f, 0, "For other test images as well as other seeds: relu 40.0 to 50.0 points",
                  "同时考虑换用其他测试图像时：relu 40.0 至 50.0 个百分点");
    end(f);
}

static void runs_that_diverged_are_said(void **state) {
    (void)state;
    static const char yaml[] =
        CLAIMS("claims: [{group: activations, better: relu, than: sigmoid}]\n");
    const fixture f = study_of(yaml, EIGHT_SEEDS, WITH({"relu", 0.8, 0.004, 0, 1, 0.4, 400, 1, 0}));
    ASSERT_REASON(&f, 0, "count as guessing: 1 of 8 with relu",
                  "按随机猜测计入：relu 的 8 次中有 1 次");
    end(f);
}

/* ---- Limits ---- */

static void limits_count_what_is_there(void **state) {
    (void)state;
    const fixture whole = study(FOUR_SEEDS, synthetic_reference);
    ASSERT_SAYS(&whole.english.limits, "Every figure rests on 4 seeds");
    ASSERT_SILENT(&whole.english.limits, "not done");
    const fixture part = study(FOUR_SEEDS, WITH({"gelu", 0.8, 0.01, 0, 0.4, 0.4, 400, 0, 2}));
    ASSERT_SAYS(&part.english.limits, "A figure rests on 4 seeds at most");
    ASSERT_SAYS(&part.english.limits, "Not done yet: 2 runs.");
    ASSERT_SAYS(&part.english.limits, "a valid one unless it was stopped for what it showed");
    ASSERT_SAYS(&part.chinese.limits, "只要不是因所见结果而停止的，它就有效");
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

/* A reduction is one of the data at hand, whatever set that is; images are shared or not. */
static void data_are_what_they_are(void **state) {
    (void)state;
    fixture f = study(FOUR_SEEDS, synthetic_reference);
    ASSERT_SAYS(&f.english.limits, "“shapes”");
    ASSERT_SILENT(&f.english.limits, "reduced configuration");
    ASSERT_SAYS(&f.english.limits, "Arms share one learning rate, 0.01 (schedule: constant)");
    ASSERT_SAYS(&f.chinese.limits, "同一个学习率 0.01（调度：constant）");
    static const char *const fingerprints[] = {"a1", "b2", "c3", "d4"};
    for (size_t i = 0; i < f.results->study->run_count; i++) {
        char **fingerprint = &f.results->records[i]->fingerprint;
        rl_free(*fingerprint);
        *fingerprint = rl_strdup(fingerprints[f.results->study->runs[i].info.seed - 1]);
    }
    write_again(&f);
    ASSERT_SAYS(&f.english.limits, "Each seed draws its own 1,000 test images");
    ASSERT_SAYS(&f.chinese.limits, "每个随机种子各自绘制 1,000 张测试图像");
    ASSERT_SILENT(&f.english.limits, "on the same");
    for (size_t i = 0; i < f.results->study->run_count; i++)
        strcpy(f.results->records[i]->fingerprint, "a1");
    set_data(&f, "cifar10", 50000, 1000);
    ASSERT_SAYS(&f.english.limits, "This is a reduced configuration: 1,000 of the 50,000 training");
    ASSERT_SAYS(&f.chinese.limits, "训练图像用了 50,000 张中的 1,000 张");
    ASSERT_SAYS(&f.english.limits, "All runs are tested on the same 1,000 images");
    ASSERT_SAYS(&f.chinese.limits, "共用同样的 1,000 张测试图像");
    ASSERT_SILENT(&f.english.limits, "draws its own");
    ASSERT_SILENT(&f.english.limits, "shapes");
    ASSERT_SILENT(&f.english.limits, "CIFAR");
    end(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_are_said_in_the_users_words),
        cmocka_unit_test(each_outcome_has_its_interval),
        cmocka_unit_test(few_seeds_are_said),
        cmocka_unit_test(one_arm_refutes_a_list),
        cmocka_unit_test(order_as_declared),
        cmocka_unit_test(losses_have_the_accuracy_beside_them),
        cmocka_unit_test(looks_are_told),
        cmocka_unit_test(new_test_images_are_reckoned_with),
        cmocka_unit_test(runs_that_diverged_are_said),
        cmocka_unit_test(limits_count_what_is_there),
        cmocka_unit_test(data_are_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
