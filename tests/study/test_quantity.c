/* The table of quantities: found by the key that files write, with the valid ones where there is no
 * such key. */
#include "study/design/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void every_compared_quantity_is_found(void **state) {
    (void)state;
    size_t compared = 0;
    for (size_t q = 0; q < RL_QUANTITY_COUNT; q++) {
        const rl_quantity *row = rl_quantity_at(q);
        rl_quantity_kind kind = RL_QUANTITY_COUNT;
        const rl_status status = rl_quantity_find(&kind, row->key, NULL);
        assert_int_equal(status, row->compared ? RL_OK : RL_ERROR_ARGUMENT);
        assert_int_equal(kind, row->compared ? q : RL_QUANTITY_COUNT);
        assert_true(!row->compared || row->better != 0);
        compared += row->compared;
    }
    assert_in_range(compared, 4, RL_QUANTITY_COUNT);
    assert_null(rl_quantity_at(RL_QUANTITY_COUNT));
}

static void an_unknown_one_is_answered_with_the_valid_ones(void **state) {
    (void)state;
    rl_error error;
    rl_quantity_kind kind;
    assert_int_equal(rl_quantity_find(&kind, "accuracy", &error), RL_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "'accuracy', expected test_accuracy, "));
    assert_non_null(strstr(error.message, "epochs_to"));
    assert_null(strstr(error.message, "seconds"));
    assert_int_equal(rl_quantity_find(&kind, "", &error), RL_ERROR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_compared_quantity_is_found),
        cmocka_unit_test(an_unknown_one_is_answered_with_the_valid_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
