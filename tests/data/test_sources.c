/* The table of sources: whatever a row says must be possible. */
#include "data/fixtures.h"

#include "data/sources.h"

static void check_member(const rl_archive_member *member) {
    const char *name = rl_archive_member_name(member);
    assert_true(*name);
    assert_ptr_not_equal(name, member->path); /* its folder in the archive */
    assert_true(member->smallest >= 1);
    assert_true(member->smallest <= member->largest);
}

static void check_file(const rl_remote_file *file) {
    assert_true(file->size > 0);
    assert_null(strchr(file->name, '/'));
    assert_int_equal(strlen(file->sha256), 64);
    assert_int_equal(strspn(file->sha256, "0123456789abcdef"), 64);
}

static void test_rows(void **state) {
    (void)state;
    size_t rows = 0;
    for (const rl_data_source *source; (source = rl_data_source_at(rows)); rows++) {
        const rl_source_row *row = rl_source_find(source->name);
        assert_ptr_equal(&row->about, source); /* so no name is there twice */
        assert_ptr_equal(strstr(source->url, "https://"), source->url);
        uint64_t bytes = 0;
        for (size_t i = 0; i < source->files; i++) {
            check_file(&row->files[i]);
            bytes += row->files[i].size;
        }
        assert_int_equal(bytes, source->bytes);
        assert_in_range(row->member_count, 0, RL_ARCHIVE_MEMBERS_MAX);
        for (size_t i = 0; i < row->member_count; i++)
            check_member(&row->members[i]);
        const bool is_archive = row->member_count > 0;
        assert_int_equal(is_archive, row->members != NULL);
        if (is_archive) { /* the URL is that of the file, else that of its folder */
            assert_int_equal(source->files, 1);
            assert_string_equal(strrchr(source->url, '/') + 1, row->files->name);
        } else {
            assert_string_equal(strrchr(source->url, '/'), "/");
        }
    }
    assert_int_equal(rows, 4);
    assert_null(rl_source_find("shapes"));
}

static void test_unknown_names(void **state) {
    (void)state;
    static const char *const names[][2] = {{"cifar11", "did you mean 'cifar10'?"},
                                           {"", "unknown; expected cifar10"},
                                           {"shapes", "cifar10, cifar100, fashion-mnist or mnist"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        rl_error error;
        rl_data_result result;
        const rl_data_request request = {.name = names[i][0]};
        assert_error(&error, rl_data_get(&request, &result, &error), RL_ERROR_ARGUMENT, names[i][1],
                     NULL);
        assert_string_equal(result.folder, "");
    }
}

static void test_nowhere_to_put_it(void **state) {
    (void)state;
    rl_error error;
    const rl_data_request request = {.name = "mnist"};
    unsetenv("RESLAB_DATA");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    assert_error(&error, rl_data_get(&request, NULL, &error), RL_ERROR_ARGUMENT, "'mnist'",
                 "neither RESLAB_DATA nor HOME is set", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_nowhere_to_put_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
