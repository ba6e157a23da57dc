/* The claims of study files: what they mean, every way they can be wrong, and that they are kept.
 */
#include "study/studies.h"

#include "base/buffer.h"
#include "study/design/claims.h"

#include <math.h>

/* Line 3 opens the list, so that the first claim stands in line 6. */
#define CLAIMED                                                                                    \
    "name: n\nseeds: [1, 2]\nsettings: {epochs: 5}\n"                                              \
    "groups: {g: {vary: {activation: [sigmoid, relu, gelu]}, target: 60}, h: {vary: {epochs: "     \
    "[3, 4]}}}\n"                                                                                  \
    "claims:\n"
#define FORM "{group: g, better: relu, than: sigmoid"

static const struct {
    const char *claims;
    long long line;
    const char *words[4];
} refused[] = {
    {"  []\n", 6, {"no claims, expected at least 1"}},
    {"  {}\n", 6, {"claims is a mapping, expected a list"}},
    {"- 1\n", 6, {"a claim is a single value, expected a mapping"}},
    {"- {better: relu, than: gelu}\n", 6, {"a claim lacks the key 'group'"}},
    {"- {group: g}\n", 6, {"a claim claims nothing, expected better, keeps or same"}},
    {"- {group: x, better: relu, than: gelu}\n",
     6,
     {"a claim on the unknown group 'x', expected g or h"}},
    {"- " FORM ", keeps: gelu}\n", 6, {"both 'better' and 'keeps', expected one of them"}},
    {"- {group: g, better: relu}\n", 6, {"a claim 'better' lacks the key 'than'"}},
    {"- {group: g, keeps: relu, of: gelu}\n", 6, {"a claim 'keeps' lacks the key 'within'"}},
    {"- {group: g, same: relu, as: gelu}\n", 6, {"a claim 'same' lacks the key 'within'"}},
    {"- " FORM ",\n   within: 1}\n",
     7,
     {"'within' does not go with 'better', expected 'than' and 'by'"}},
    {"- {group: g, keeps: relu, as: gelu, within: 1}\n",
     6,
     {"'as' does not go with 'keeps', expected 'of' and 'within'"}},
    {"- {group: g, better: tanh, than: gelu}\n",
     6,
     {"group 'g' has no arm 'tanh', expected sigmoid, relu or gelu"}},
    {"- {group: g, better: relu, than: tanh}\n", 6, {"group 'g' has no arm 'tanh'"}},
    {"- {group: h, better: relu, than: 3}\n", 6, {"group 'h' has no arm 'relu', expected 3 or 4"}},
    {"- {group: g, better: [relu,\n    tanh], than: gelu}\n", 7, {"no arm 'tanh'"}},
    {"- {group: g, better: [[relu]], than: gelu}\n",
     6,
     {"an arm of a claim is a list, expected a name"}},
    {"- {group: g, better: {relu: 1}, than: gelu}\n",
     6,
     {"better is a mapping, expected a single value or a list"}},
    {"- {group: g, better: [], than: gelu}\n", 6, {"a claim about no arm"}},
    {"- {group: g, better: [relu, relu], than: gelu}\n", 6, {"names arm 'relu' twice"}},
    {"- {group: g, better: [relu, gelu], than: gelu}\n",
     6,
     {"a claim holds arm 'gelu' against itself"}},
    {"- " FORM ", by: -1}\n",
     6,
     {"'by' is '-1', expected a number of at least 0, in percentage points"}},
    {"- " FORM ", by: a point}\n", 6, {"'by' is 'a point'"}},
    {"- " FORM ", by: 100}\n", 6, {"'by' is 100 percentage points, expected fewer than 100"}},
    {"- {group: g, same: relu, as: gelu, within: 0}\n",
     6,
     {"'within' is '0', expected a number above 0"}},
    {"- " FORM ", quantity: loss}\n", 6, {"unknown quantity 'loss', expected test_accuracy"}},
    {"- " FORM ", quantity: seconds}\n", 6, {"unknown quantity 'seconds', expected test_accuracy"}},
    {"- {group: h, better: 4, than: 3, quantity: epochs_to}\n",
     6,
     {"a claim on 'epochs_to' needs the key 'target' in group 'h'"}},
    {"- " FORM ", at: 0}\n", 6, {"'at' is '0', expected an epoch from 1 to 5"}},
    {"- " FORM ", at: 6}\n", 6, {"'at' is '6', expected an epoch from 1 to 5"}},
    {"- {group: h, better: 4, than: 3, at: 4}\n", 6, {"expected an epoch from 1 to 3"}},
    {"- " FORM ", quantity: mean_accuracy, at: 2}\n",
     6,
     {"'at' is an epoch, but 'mean_accuracy' belongs to a whole run"}},
    {"- " FORM ", text: ''}\n", 6, {"a claim's words are empty"}},
    {"- " FORM ", after: x}\n", 6, {"'after' is 'x'"}},
    {"- " FORM "}\n- {group: g, better: [relu], than: sigmoid, text: b}\n",
     7,
     {"the same claim is made twice"}},
    {"- " FORM ", name: a}\n- {group: g, better: gelu, than: relu, name: a}\n",
     7,
     {"two claims have the name 'a'"}},
    {"- " FORM ", txt: a}\n", 6, {"unknown key 'txt' in a claim", "did you mean 'text'?"}},
    {"- " FORM "}\norder: given\n", 7, {"unknown order 'given', expected together or declared"}},
};

static void wrong_claims_are_refused_with_line_and_words(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        rl_buffer text = {0};
        rl_buffer_print(&text, CLAIMED "%s", refused[i].claims);
        assert_refused(text.text, NULL, RL_ERROR_FORMAT, refused[i].line, refused[i].words);
        rl_buffer_clear(&text);
    }
    assert_refused(STUDY_HEAD "order: declared\ngroups: {g: {vary: {lr: [1, 2]}}}\n", NULL,
                   RL_ERROR_FORMAT, 3,
                   (const char *[]){"'order' is that of claims, and there are none", NULL});
}

static const char all_forms[] =
    CLAIMED "- {group: g, better: [gelu, relu], than: sigmoid, by: 1.1, name: a, text: 'A: b',"
            " text_zh: 甲}\n"
            "- {group: g, keeps: gelu, of: relu, within: 0}\n"
            "- {group: g, same: gelu, as: relu, within: 0.07, quantity: train_loss, at: 2}\n"
            "- {group: g, better: gelu, than: relu, quantity: epochs_to, by: 1}\n"
            "- {group: h, better: 4, than: 3, at: 3, after: 7}\n"
            "order: declared\n";

static void each_form_is_understood(void **state) {
    (void)state;
    rl_study *study = study_of(all_forms, NULL);
    const rl_study_claim *c = study->claims;
    assert_int_equal(study->claim_count, 5);
    assert_true(study->claims_in_order);
    assert_true(study->groups[0].target == 0.6 && isnan(study->groups[1].target));

    assert_string_equal(c->name, "a");
    assert_string_equal(c->text, "A: b");
    assert_string_equal(c->text_zh, "甲");
    assert_int_equal(c->kind, RL_CLAIM_BETTER);
    assert_int_equal(c->arm_count, 2);
    assert_true(c->arms[0] == 2 && c->arms[1] == 1 && c->other == 0);
    assert_true(fabs(c->margin - 0.011) < 1e-15);
    assert_int_equal(c->quantity, RL_QUANTITY_TEST_ACCURACY);
    assert_true(c->at == 0 && c->after == 0);

    assert_int_equal(c[1].kind, RL_CLAIM_KEEPS);
    assert_true(c[1].margin == 0 && c[1].arms[0] == 2 && c[1].other == 1);
    assert_null(c[1].name);
    assert_null(c[1].text);
    assert_null(c[1].text_zh);

    assert_int_equal(c[2].kind, RL_CLAIM_SAME);
    assert_int_equal(c[2].quantity, RL_QUANTITY_TRAIN_LOSS);
    assert_true(c[2].margin == 0.07); /* a loss is no share */
    assert_int_equal(c[2].at, 2);

    assert_int_equal(c[3].quantity, RL_QUANTITY_EPOCHS_TO);
    assert_true(c[3].margin == 1);
    assert_int_equal(c[4].group, 1);
    assert_int_equal(c[4].at, 0); /* the last epoch that all its arms have */
    assert_int_equal(c[4].after, 7);
    rl_study_free(study);
}

static void claims_are_saved(void **state) {
    (void)state;
    rl_study *study = study_of(all_forms, NULL);
    assert_round_trip(study);
    rl_study_free(study);
    study = study_of(reference_study, NULL);
    assert_int_equal(study->claim_count, 0);
    rl_study_free(study);
}

static void claims_that_differ_are_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
    } edits[] = {{"[gelu, relu]", "[gelu]"},
                 {"by: 1.1", "by: 1.2"},
                 {"name: a", "name: b"},
                 {"'A: b'", "'A: c'"},
                 {"甲", "乙"},
                 {"keeps: gelu, of: relu, within: 0", "better: gelu, than: relu"},
                 {"train_loss", "test_loss"},
                 {"at: 2", "at: 1"},
                 {"group: h, better: 4, than: 3", "group: h, better: 3, than: 4"},
                 {"after: 7", "after: 8"},
                 {"declared", "together"},
                 {"target: 60", "target: 61"}};
    rl_study *study = study_of(all_forms, NULL);
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        rl_buffer text = {0};
        const char *at = strstr(all_forms, edits[i].from);
        rl_buffer_add_bytes(&text, all_forms, (size_t)(at - all_forms));
        rl_buffer_add(&text, edits[i].to);
        rl_buffer_add(&text, at + strlen(edits[i].from));
        rl_study *other = study_of(text.text, NULL);
        if (rl_study_same(study, other))
            fail_msg("'%s' in place of '%s' makes no difference", edits[i].to, edits[i].from);
        rl_study_free(other);
        rl_buffer_clear(&text);
    }
    rl_study_free(study);
}

static void each_failing_allocation_is_survived(void **state) {
    (void)state;
    rl_status status = RL_ERROR_MEMORY;
    long n = 0;
    for (; status != RL_OK && n < 10000; n++) {
        rl_study *study = (rl_study *)1;
        rl_error error;
        rl_memory_fail_after(n);
        status = rl_study_parse(&study, "s.yaml", all_forms, sizeof all_forms - 1, NULL, &error);
        rl_memory_fail_after(-1);
        if (status == RL_OK)
            rl_study_free(study);
        else
            assert_int_equal(status, RL_ERROR_MEMORY);
    }
    assert_true(n > 100 && status == RL_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_claims_are_refused_with_line_and_words),
        cmocka_unit_test(each_form_is_understood),
        cmocka_unit_test(claims_are_saved),
        cmocka_unit_test(claims_that_differ_are_told_apart),
        cmocka_unit_test(each_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
