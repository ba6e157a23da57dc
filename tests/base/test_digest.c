/* SHA-256 against the examples of FIPS 180, whole and in pieces. */
#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void known_digests(void **state) {
    (void)state;
    char text[RL_DIGEST_TEXT];
    rl_digest digest;
    rl_digest_begin(&digest);
    assert_true(rl_digest_text(&digest, text));
    assert_string_equal(text, nothing);
    rl_digest_add(&digest, "a", 1); /* after a text was taken */
    rl_digest_add(&digest, "", 0);
    rl_digest_add(&digest, "bc", 2);
    for (int i = 0; i < 2; i++) { /* and a text can be taken twice */
        assert_true(rl_digest_text(&digest, text));
        assert_string_equal(text, abc);
    }
    rl_digest_end(&digest);
    rl_digest_end(&digest);
}

static void numbers_are_little_endian(void **state) {
    (void)state;
    char one[RL_DIGEST_TEXT], other[RL_DIGEST_TEXT];
    rl_digest digest;
    rl_digest_begin(&digest);
    rl_digest_add_u64(&digest, UINT64_C(0x0102030405060708));
    assert_true(rl_digest_text(&digest, one));
    rl_digest_end(&digest);
    rl_digest_begin(&digest);
    rl_digest_add(&digest, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
    assert_true(rl_digest_text(&digest, other));
    rl_digest_end(&digest);
    assert_string_equal(one, other);
}

static void a_failure_is_told(void **state) {
    (void)state;
    char text[RL_DIGEST_TEXT] = "x";
    rl_digest digest = {.failed = true};
    rl_digest_add(&digest, "abc", 3);
    assert_false(rl_digest_text(&digest, text));
    assert_string_equal(text, "");
    rl_digest_end(&digest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_digests),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(a_failure_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
