/* Formulas: every activation and optimizer has one, with its constants, and the
 * notation becomes what it should. */
#include "nn/activation.h"
#include "nn/optimizer.h"
#include "study/page/formulas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static size_t line_count(const rl_formula *formula) {
    size_t count = 0;
    while (formula->lines[count])
        count++;
    return count;
}

static bool has_line(const rl_formula *formula, const char *line) {
    for (const char *const *at = formula->lines; *at; at++)
        if (strcmp(*at, line) == 0)
            return true;
    return false;
}

static rl_config *config_with(const char *option, const char *value) {
    rl_config *config = rl_config_create();
    assert_non_null(config);
    assert_int_equal(rl_config_set(config, option, value, NULL), RL_OK);
    return config;
}

static void test_every_activation(void **state) {
    (void)state;
    for (int kind = RL_ACTIVATION_NONE + 1; kind < RL_ACTIVATION_COUNT; kind++) {
        rl_words words = {0};
        rl_config *config = config_with("activation", rl_activations[kind].name);
        const rl_formula formula = rl_activation_formula(&words, config, "term");
        assert_true(line_count(&formula) >= 2);
        assert_non_null(strstr(formula.lines[1], "′(x) = "));
        assert_int_equal(has_line(&formula, "a = 0.01"), kind == RL_ACTIVATION_LEAKY_RELU);
        rl_config_free(config);
        rl_words_clear(&words);
    }
}

static void test_every_optimizer(void **state) {
    (void)state;
    for (size_t i = 0; rl_optimizer_names[i]; i++) {
        rl_words words = {0};
        rl_config *config = config_with("optimizer", rl_optimizer_names[i]);
        const rl_formula formula = rl_optimizer_formula(&words, config, "term");
        const size_t lines = line_count(&formula);
        assert_true(lines >= 3);
        assert_non_null(strstr(formula.lines[lines - 1], "η = 0.01"));
        assert_non_null(strstr(formula.lines[lines - 1], "λ = 0"));
        rl_config_free(config);
        rl_words_clear(&words);
    }
}

static void test_nesterov(void **state) {
    (void)state;
    rl_words words = {0};
    rl_config *config = config_with("nesterov", "true");
    const rl_formula formula = rl_optimizer_formula(&words, config, "momentum");
    assert_true(has_line(&formula, "w_t = w_{t−1} − η (g_t + μ b_t)"));
    assert_true(has_line(&formula, "η = 0.01, μ = 0.9, λ = 0"));
    rl_config_free(config);
    rl_words_clear(&words);
}

static void test_notation(void **state) {
    (void)state;
    static const struct {
        const char *line, *html, *text;
    } cases[] = {
        {"max(0, x)", "max(0, <i>x</i>)", "max(0, x)"},
        {"w_{t−1}", "<i>w</i><sub><i>t</i>−1</sub>", "w_(t−1)"},
        {"β_1^t", "<i>β</i><sub>1</sub><sup><i>t</i></sup>", "β_1^t"},
        {"x > 0 & Φ", "<i>x</i> &#62; 0 &#38; Φ", "x > 0 & Φ"},
        {"e^{−x", "<i>e</i><sup>−<i>x</i></sup>", "e^(−x)"}, /* never closed: up to the end */
        {"x^", "<i>x</i><sup></sup>", "x^"},
        {"ε = 1e-08", "<i>ε</i> = 1e-08", "ε = 1e-08"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rl_buffer html = {0}, text = {0};
        rl_formula_html(&html, cases[i].line);
        rl_formula_text(&text, cases[i].line);
        assert_string_equal(html.text, cases[i].html);
        assert_string_equal(text.text, cases[i].text);
        rl_buffer_clear(&html);
        rl_buffer_clear(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_activation),
        cmocka_unit_test(test_every_optimizer),
        cmocka_unit_test(test_nesterov),
        cmocka_unit_test(test_notation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
