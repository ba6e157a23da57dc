/* Run directories: made only where nothing is, locked while in use, and gone without a trace when
 * the run did not begin. */
#include "run/run_directory.h"

#include "run/runs.h"

#include <sys/stat.h>
#include <unistd.h>

static rl_config *config_for(const char *out) {
    rl_config *config = rl_config_create();
    assert_non_null(config);
    set(config, "out", out);
    return config;
}

static void parents_are_made_and_the_name_is_kept(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], slashes[TEST_PATH + 8];
    make_scratch(folder);
    in_folder(out, folder, "a/b/run");
    snprintf(slashes, sizeof slashes, "%s//", out);
    rl_config *config = config_for(slashes);
    rl_run_directory directory;
    assert_int_equal(rl_run_directory_check(config, NULL), RL_OK);
    assert_false(rl_file_exists(out)); /* a check changes nothing */
    assert_int_equal(rl_run_directory_create(&directory, config, NULL), RL_OK);
    assert_string_equal(directory.path, out);
    assert_true(rl_file_is_folder(out));

    rl_run_directory second;
    rl_error error;
    assert_int_equal(rl_run_directory_check(config, &error), RL_ERROR_EXISTS);
    assert_int_equal(rl_run_directory_create(&second, config, &error), RL_ERROR_EXISTS);
    assert_non_null(strstr(error.message, out));
    assert_true(rl_file_is_folder(out));

    rl_run_directory_discard(&directory);
    assert_false(rl_file_is_folder(out));
    rl_config_free(config);
    remove_scratch(folder);
}

static void unset_names_are_made_and_never_shared(void **state) {
    (void)state;
    char folder[TEST_PATH], before[TEST_PATH];
    make_scratch(folder);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    rl_config *config = rl_config_create();
    set(config, "optimizer", "adam");
    rl_run_directory directory[3];
    for (size_t i = 0; i < 3; i++) { /* within one second: the time alone is no name */
        assert_int_equal(rl_run_directory_check(config, NULL), RL_OK);
        assert_int_equal(rl_run_directory_create(&directory[i], config, NULL), RL_OK);
        assert_int_equal(strncmp(directory[i].path, "runs/2", 6), 0);
        assert_non_null(strstr(directory[i].path, "-resnet18-relu-adam"));
    }
    assert_string_not_equal(directory[0].path, directory[1].path);
    assert_string_not_equal(directory[1].path, directory[2].path);
    for (size_t i = 0; i < 3; i++)
        rl_run_directory_close(&directory[i]);
    assert_int_equal(chdir(before), 0);
    rl_config_free(config);
    remove_scratch(folder);
}

static void one_user_at_a_time(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_config *config = config_for(in_folder(out, folder, "run"));
    rl_run_directory first, second;
    rl_error error;
    assert_int_equal(rl_run_directory_create(&first, config, NULL), RL_OK);
    assert_int_equal(rl_run_directory_open(&second, out, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "config.yaml")); /* not a run yet */
    assert_int_equal(rl_config_save(config, in_folder(path, out, "config.yaml"), NULL), RL_OK);
    assert_int_equal(rl_run_directory_open(&second, out, &error), RL_ERROR_EXISTS);
    assert_non_null(strstr(error.message, "another process"));
    rl_run_directory_close(&first);
    assert_int_equal(rl_run_directory_open(&second, out, NULL), RL_OK);
    rl_run_directory_close(&second);
    rl_run_directory_close(&second); /* harmless */
    rl_config_free(config);
    remove_scratch(folder);
}

static void discarding_keeps_what_is_not_ours(void **state) {
    (void)state;
    char folder[TEST_PATH], out[TEST_PATH], path[TEST_PATH];
    make_scratch(folder);
    rl_config *config = config_for(in_folder(out, folder, "run"));
    rl_run_directory directory;
    assert_int_equal(rl_run_directory_create(&directory, config, NULL), RL_OK);
    static const char *const names[] = {RL_CONFIG_FILE,     RL_ENVIRONMENT_FILE, RL_METRICS_FILE,
                                        RL_STEPS_FILE,      RL_SUMMARY_FILE,     RL_CLOCK_FILE,
                                        RL_CHECKPOINT_FILE, RL_MODEL_FILE};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        rl_file_replace_bytes(in_folder(path, out, names[i]), "x", 1, NULL);
    assert_int_equal(rl_file_replace_bytes(in_folder(path, out, "notes"), "x", 1, NULL), RL_OK);
    rl_run_directory_discard(&directory);
    assert_true(rl_file_exists(path));
    char file[TEST_PATH];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_false(rl_file_exists(in_folder(file, out, names[i])));
    rl_config_free(config);
    remove_scratch(folder);
}

static void impossible_places_are_named(void **state) {
    (void)state;
    char folder[TEST_PATH], file[TEST_PATH], out[TEST_PATH], long_name[1100];
    make_scratch(folder);
    rl_error error;
    rl_run_directory directory;
    assert_int_equal(rl_file_replace_bytes(in_folder(file, folder, "file"), "x", 1, NULL), RL_OK);
    rl_config *config = config_for(in_folder(out, folder, "file/run"));
    assert_int_equal(rl_run_directory_check(config, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, out));
    assert_int_equal(rl_run_directory_create(&directory, config, &error), RL_ERROR_IO);

    set(config, "out", "/proc/run"); /* no one may make a folder there, root included */
    assert_int_equal(rl_run_directory_create(&directory, config, &error), RL_ERROR_IO);
    assert_non_null(strstr(error.message, "/proc/run"));

    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    set(config, "out", long_name);
    assert_int_equal(rl_run_directory_check(config, &error), RL_ERROR_ARGUMENT);
    assert_int_equal(rl_run_directory_create(&directory, config, &error), RL_ERROR_ARGUMENT);

    if (geteuid() != 0) { /* root may write anywhere */
        assert_int_equal(chmod(folder, 0555), 0);
        set(config, "out", in_folder(out, folder, "run"));
        assert_int_equal(rl_run_directory_check(config, &error), RL_ERROR_IO);
        assert_int_equal(chmod(folder, 0755), 0);
    }
    rl_config_free(config);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parents_are_made_and_the_name_is_kept),
        cmocka_unit_test(unset_names_are_made_and_never_shared),
        cmocka_unit_test(one_user_at_a_time),
        cmocka_unit_test(discarding_keeps_what_is_not_ours),
        cmocka_unit_test(impossible_places_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
