/* Quotas of processor time, read from made-up files below a folder that stands for "/". */
#include "base/cgroup.h"
#include "base/error.h"
#include "base/file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];

static void put(const char *path, const char *text) {
    char whole[512];
    FILE *file;
    assert_true(snprintf(whole, sizeof whole, "%s%s", root, path) < (int)sizeof whole);
    assert_int_equal(rl_folder_make_parents(whole, NULL), RL_OK);
    assert_non_null(file = fopen(whole, "w"));
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int new_root(void **state) {
    (void)state;
    strcpy(root, "cgroup-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

static double processors(void) {
    return rl_cgroup_processors(root);
}

#define V2_MOUNT(top, point)                                                                       \
    "30 24 0:26 " top " " point " rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"

static void nothing_limits(void **state) {
    (void)state;
    assert_true(isinf(processors())); /* no files at all */
    put("/proc/self/mountinfo", V2_MOUNT("/", "/sys/fs/cgroup"));
    assert_true(isinf(processors()));
    put("/proc/self/cgroup", "0::/a\n");
    assert_true(isinf(processors()));
    put("/sys/fs/cgroup/a/cpu.max", "max 100000\n");
    assert_true(isinf(processors()));
    put("/sys/fs/cgroup/a/cpu.max", "");
    assert_true(isinf(processors()));
    put("/sys/fs/cgroup/a/cpu.max", "150000 0\n");
    assert_true(isinf(processors()));
}

static void least_of_all_ancestors(void **state) {
    (void)state;
    put("/proc/self/mountinfo",
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" V2_MOUNT("/", "/sys/fs/cgroup"));
    put("/proc/self/cgroup", "0::/slice/job/step\n");
    put("/sys/fs/cgroup/slice/job/step/cpu.max", "400000 100000\n");
    assert_true(processors() == 4);
    put("/sys/fs/cgroup/slice/cpu.max", "150000 100000\n");
    assert_true(processors() == 1.5);
    put("/sys/fs/cgroup/slice/job/cpu.max", "25000 50000\n");
    assert_true(processors() == 0.5);
    /* Another's. */
    put("/sys/fs/cgroup/slice/other/cpu.max", "1000 100000\n");
    put("/slice/job/step/cpu.max", "1000 100000\n");
    assert_true(processors() == 0.5);
    /* The top is looked at, too: in a container it is the container's own group. */
    put("/sys/fs/cgroup/cpu.max", "20000 100000\n");
    assert_true(processors() == 0.2);
}

/* A container that sees the outer names: the mount's top is the group, whose name is not below it.
 */
static void group_of_a_container(void **state) {
    (void)state;
    put("/proc/self/mountinfo", V2_MOUNT("/docker/c1", "/sys/fs/cgroup"));
    put("/proc/self/cgroup", "0::/docker/c1/inner\n");
    put("/sys/fs/cgroup/cpu.max", "300000 100000\n");
    assert_true(processors() == 3);
    put("/sys/fs/cgroup/inner/cpu.max", "200000 100000\n");
    assert_true(processors() == 2);
    /* Names that only begin alike, and a group outside of what can be seen. */
    put("/proc/self/cgroup", "0::/docker/c12/inner\n");
    assert_true(processors() == 3);
    put("/proc/self/mountinfo", V2_MOUNT("/", "/sys/fs/cgroup"));
    put("/proc/self/cgroup", "0::/../inner\n");
    put("/sys/fs/inner/cpu.max", "1000 100000\n");
    assert_true(processors() == 3);
}

static void version_1(void **state) {
    (void)state;
    put("/proc/self/mountinfo",
        "31 24 0:27 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
        "32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
    put("/proc/self/cgroup", "3:cpuset:/wrong\n4:cpu,cpuacct:/job/7\n0::/\n");
    put("/sys/fs/cgroup/cpu,cpuacct/job/7/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/job/7/cpu.cfs_period_us", "100000\n");
    assert_true(isinf(processors()));
    put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "250000\n");
    assert_true(processors() == 2.5); /* the usual period */
    put("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "50000\n");
    assert_true(processors() == 5);
    put("/sys/fs/cgroup/cpuset/wrong/cpu.cfs_quota_us", "1000\n");
    assert_true(processors() == 5);
}

/* Both versions at once, as systemd mounts them; a mount point with a blank. */
static void both_versions(void **state) {
    (void)state;
    put("/proc/self/mountinfo", V2_MOUNT("/", "/sys/fs/cgroup/unified") //
        "32 24 0:28 / /mnt/my\\040groups rw - cgroup none rw,seclabel,cpu\n");
    put("/proc/self/cgroup", "4:cpu:/job\n0::/user\n");
    put("/mnt/my groups/job/cpu.cfs_quota_us", "300000\n");
    assert_true(processors() == 3);
    put("/sys/fs/cgroup/unified/user/cpu.max", "100000 100000\n");
    assert_true(processors() == 1);
    put("/sys/fs/cgroup/unified/user/cpu.max", "900000 100000\n");
    assert_true(processors() == 3);
}

static void damaged_files(void **state) {
    (void)state;
    static const char *const lines[] = {"",
                                        " - ",
                                        "1 2 3 - cgroup2 x rw",
                                        "a b c d - cgroup2\n",
                                        "30 24 0:26 / /p rw - cgroup2 cgroup2",
                                        "\n\n - - -\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        put("/proc/self/mountinfo", lines[i]);
        put("/proc/self/cgroup", i % 2 ? "0:" : "::::\n0::/x");
        assert_true(isinf(processors()));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_limits, new_root, remove_root),
        cmocka_unit_test_setup_teardown(least_of_all_ancestors, new_root, remove_root),
        cmocka_unit_test_setup_teardown(group_of_a_container, new_root, remove_root),
        cmocka_unit_test_setup_teardown(version_1, new_root, remove_root),
        cmocka_unit_test_setup_teardown(both_versions, new_root, remove_root),
        cmocka_unit_test_setup_teardown(damaged_files, new_root, remove_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
