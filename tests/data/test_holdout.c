/* Which images are held out: the same share of every class, chosen by the data alone. */
#include "data/fixtures.h"
#include "data/holdout.h"

#include "base/memory.h"

enum { COUNT = 400, CLASSES = 3 };

static uint16_t labels[COUNT];
static char ant[] = "ant", bee[] = "bee", cat[] = "cat";
static char *names[CLASSES] = {ant, bee, cat};
static rl_dataset dataset = {.class_count = CLASSES, .class_names = names};

/* 300 of the first class, 90 of the second, 10 of the third, mixed. */
static void make_dataset(const char *fingerprint) {
    for (size_t i = 0; i < COUNT; i++)
        labels[i] = i % 40 == 39 ? 2 : i % 40 >= 30 ? 1 : 0;
    dataset.split[RL_SPLIT_TRAIN] = (rl_image_set){.count = COUNT, .labels = labels};
    snprintf(dataset.fingerprint, sizeof dataset.fingerprint, "%s", fingerprint);
}

static rl_holdout draw(size_t images, double share) {
    rl_holdout holdout;
    rl_error error;
    if (rl_holdout_draw(&holdout, &dataset, images, share, &error) != RL_OK)
        fail_msg("%s", error.message);
    return holdout;
}

static void every_class_gives_its_share(void **state) {
    (void)state;
    make_dataset("0123456789abcdef");
    rl_holdout holdout = draw(COUNT, 0.1);
    size_t held[CLASSES] = {0}, seen[COUNT] = {0};
    for (size_t i = 0; i < holdout.held_count; i++) {
        held[labels[holdout.held[i]]]++;
        seen[holdout.held[i]]++;
        assert_true(i == 0 || holdout.held[i] > holdout.held[i - 1]);
    }
    for (size_t i = 0; i < holdout.kept_count; i++) {
        seen[holdout.kept[i]]++;
        assert_true(i == 0 || holdout.kept[i] > holdout.kept[i - 1]);
    }
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(held[0], 30);
    assert_int_equal(held[1], 9);
    assert_int_equal(held[2], 1);
    rl_holdout_clear(&holdout);
    rl_holdout_clear(&holdout);
}

static void the_data_alone_choose(void **state) {
    (void)state;
    make_dataset("0123456789abcdef");
    rl_holdout one = draw(COUNT, 0.2), same = draw(COUNT, 0.2);
    assert_int_equal(one.held_count, same.held_count);
    assert_memory_equal(one.held, same.held, one.held_count * sizeof *one.held);
    assert_string_equal(one.digest, same.digest);
    assert_int_equal(strlen(one.digest), 64);
    make_dataset("0123456789abcdee");
    rl_holdout other = draw(COUNT, 0.2);
    assert_int_equal(one.held_count, other.held_count);
    assert_memory_not_equal(one.held, other.held, one.held_count * sizeof *one.held);
    assert_string_not_equal(one.digest, other.digest);
    rl_holdout few = draw(200, 0.2); /* of the first images only */
    assert_true(few.held[few.held_count - 1] < 200);
    assert_int_equal(few.held_count + few.kept_count, 200);
    rl_holdout_clear(&one);
    rl_holdout_clear(&same);
    rl_holdout_clear(&other);
    rl_holdout_clear(&few);
}

/* Classes of one size are drawn apart: else images that lie side by side would be held together. */
static void classes_are_drawn_apart(void **state) {
    (void)state;
    size_t together = 0;
    make_dataset("0123456789abcdef");
    for (size_t i = 0; i < COUNT; i++)
        labels[i] = i % 2;
    rl_holdout holdout = draw(COUNT, 0.2);
    for (size_t i = 1; i < holdout.held_count; i++)
        together += holdout.held[i] == holdout.held[i - 1] + 1 && holdout.held[i] % 2 == 1;
    assert_int_equal(holdout.held_count, 80);
    assert_true(together < 25); /* 8 are expected */
    rl_holdout_clear(&holdout);
}

static void classes_with_too_few_are_named(void **state) {
    (void)state;
    rl_holdout holdout;
    rl_error error;
    make_dataset("0123456789abcdef");
    assert_int_equal(rl_holdout_draw(&holdout, &dataset, COUNT, 0.04, &error), RL_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "--validation: a share of 0.04 holds none of the 10 "
                                          "training images of class 'cat'"));
    assert_null(holdout.held);
    assert_int_equal(rl_holdout_draw(&holdout, &dataset, 40, 0.5, &error), RL_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "leaves none of the 1 training image of class 'cat'"));
    rl_holdout none = draw(39, 0.5); /* of the third class there is none at all */
    rl_holdout_clear(&none);
}

static void memory_that_runs_out_is_survived(void **state) {
    (void)state;
    rl_holdout holdout;
    rl_error error;
    long failures = 0;
    make_dataset("0123456789abcdef");
    for (rl_status status = RL_ERROR_MEMORY; status != RL_OK; failures++) {
        rl_memory_fail_after(failures);
        status = rl_holdout_draw(&holdout, &dataset, COUNT, 0.1, &error);
        rl_memory_fail_after(-1);
        assert_true(status == RL_OK || (status == RL_ERROR_MEMORY && !holdout.kept));
    }
    assert_true(failures > 4);
    rl_holdout_clear(&holdout);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_gives_its_share),
        cmocka_unit_test(the_data_alone_choose),
        cmocka_unit_test(classes_are_drawn_apart),
        cmocka_unit_test(classes_with_too_few_are_named),
        cmocka_unit_test(memory_that_runs_out_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
