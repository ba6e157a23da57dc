/* Looks: a study ends at the one that decides it, whoever was stopped where, and what looks.json
 * holds is what its runs say. */
#include "study/tiny_study.h"

#include "base/json.h"
#include "study/work/sealed.h"
#include "study/work/train.h"

#define BEGIN                                                                                      \
    "name: tiny\n"                                                                                 \
    "settings: {data: shapes, width: 4, limit_train: 32, limit_test: 20, batch_size: 16, epochs: " \
    "1, threads: 1}\n"                                                                             \
    "groups: {a: {vary: {activation: [sigmoid, relu]}}}\n"

static const char looking[] = BEGIN "seeds: {first: 5, looks: [3, 4, 5]}\n"
                                    "claims: [{group: a, better: relu, than: sigmoid}]\n";

/* Decides after four seeds. */
static rl_status decide(rl_look_decision *decision, const rl_study *study, const char *out,
                        size_t seeds, rl_error *error) {
    (void)study, (void)out, (void)error;
    decision->claims = json_pack("[{s:I}]", "seeds", (json_int_t)seeds);
    decision->settled = seeds == 4;
    return RL_OK;
}

typedef struct {
    size_t steps, stop_after, notes;
    char last[200];
} observer;

static bool observe(const rl_study_progress *progress, void *context) {
    observer *o = context;
    if (progress->note) {
        o->notes++;
        snprintf(o->last, sizeof o->last, "%s", progress->note);
    }
    o->steps += progress->progress && progress->progress->event == RL_EVENT_STEP;
    return o->stop_after == 0 || o->steps < o->stop_after;
}

static void begin(place *p, const char *text) {
    make_scratch(p->folder);
    in_folder(p->out, p->folder, "out");
    p->study = open_text(p->folder, "tiny.yaml", text);
}

static size_t runs_done(const place *p) {
    rl_study_state *state;
    assert_int_equal(rl_study_state_read(&state, p->study, p->out, NULL), RL_OK);
    const size_t done = state->done;
    rl_study_state_free(state);
    return done;
}

static void a_look_ends_the_study(void **state) {
    (void)state;
    place p;
    observer o = {0};
    rl_error error;
    begin(&p, looking);
    if (rl_study_do(p.study, p.out, 0, decide, observe, &o, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_int_equal(runs_done(&p), 8);
    assert_int_equal(o.notes, 2);
    assert_non_null(strstr(o.last, "look 2 of 3, after 4 seeds: every claim is decided"));
    char *text = text_of(p.out, "looks.json");
    assert_non_null(strstr(text, "\"seeds\":4"));
    assert_null(strstr(text, "\"seeds\":5"));

    o = (observer){0}; /* again: nothing is done, nothing changes */
    assert_int_equal(rl_study_do(p.study, p.out, 0, decide, observe, &o, NULL), RL_OK);
    assert_int_equal(o.steps, 0);
    char *again = text_of(p.out, "looks.json");
    assert_string_equal(text, again);
    free(again);

    /* Stopped again and again: the same. */
    place q;
    rl_status status = RL_STOPPED;
    begin(&q, looking);
    for (size_t i = 0; status == RL_STOPPED && i < 100; i++) {
        o = (observer){.stop_after = 1 + i % 2};
        status = rl_study_do(q.study, q.out, 0, decide, observe, &o, &error);
    }
    assert_int_equal(status, RL_OK);
    again = text_of(q.out, "looks.json");
    assert_string_equal(text, again);
    free(again);
    free(text);
    clear_place(&p);
    clear_place(&q);
}

/* A run that was done by number is no reason to leave a look out. */
static void runs_of_later_looks_do_no_harm(void **state) {
    (void)state;
    place p;
    begin(&p, looking);
    assert_int_equal(rl_study_do(p.study, p.out, 10, decide, NULL, NULL, NULL), RL_OK);
    assert_int_equal(rl_study_do(p.study, p.out, 0, decide, NULL, NULL, NULL), RL_OK);
    assert_int_equal(runs_done(&p), 9);
    clear_place(&p);
}

static void refuse(const place *p, const char *words) {
    rl_error error;
    assert_int_equal(rl_study_do(p->study, p->out, 0, decide, NULL, NULL, &error),
                     RL_ERROR_MISMATCH);
    if (!strstr(error.message, words))
        fail_msg("'%s' is not in: %s", words, error.message);
}

/* Writes looks.json anew with a seal that holds, `change` made to it. */
static void forge(const place *p, const char *text, void change(json_t *looks)) {
    char path[TEST_PATH];
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    json_object_del(object, "seal");
    change(json_object_get(object, "looks"));
    assert_int_equal(rl_sealed_write(object, in_folder(path, p->out, "looks.json"), NULL), RL_OK);
}

static void leave_out_the_first(json_t *looks) {
    json_array_remove(looks, 0);
}
static void say_otherwise(json_t *looks) {
    json_object_set_new(json_array_get(looks, 0), "claims", json_array());
}
static void decide_earlier(json_t *looks) {
    json_object_set_new(json_array_get(looks, 0), "settled", json_true());
}
static void add_one(json_t *looks) {
    json_t *look = json_deep_copy(json_array_get(looks, 1));
    json_array_append_new(looks, look);
    json_object_set_new(look, "seeds", json_integer(5));
}

static void what_was_changed_is_refused(void **state) {
    (void)state;
    static const struct {
        void (*change)(json_t *);
        const char *words;
    } forgeries[] = {{leave_out_the_first, "look 1 is after 4 seeds, expected 3 as declared"},
                     {say_otherwise, "look 1 says something else than its results do"},
                     {decide_earlier, "look 1 says something else than its results do"},
                     {add_one, "goes on after look 2, which had ended the study"}};
    char path[TEST_PATH];
    place p;
    begin(&p, looking);
    assert_int_equal(rl_study_do(p.study, p.out, 0, decide, NULL, NULL, NULL), RL_OK);
    char *text = text_of(p.out, "looks.json");
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        forge(&p, text, forgeries[i].change);
        refuse(&p, forgeries[i].words);
    }
    in_folder(path, p.out, "looks.json");
    char *at = strstr(text, "true");
    memcpy(at, "null", 4);
    assert_int_equal(rl_file_replace_bytes(path, text, strlen(text), NULL), RL_OK);
    refuse(&p, "was changed since it was written: its seal does not hold");
    memcpy(at, "true", 4);
    assert_int_equal(rl_file_replace_bytes(path, text, strlen(text), NULL), RL_OK);
    assert_int_equal(rl_study_do(p.study, p.out, 0, decide, NULL, NULL, NULL), RL_OK);

    /* Another result of a run. */
    run_file(path, &p, 0, "metrics.csv");
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    char line[1000];
    assert_non_null(fgets(line, sizeof line, file));
    const long row = ftell(file);
    assert_non_null(fgets(line, sizeof line, file));
    char *digit = strstr(line, "0.");
    assert_non_null(digit);
    digit = strpbrk(digit + 3, "12345678");
    assert_int_equal(fseek(file, row + (digit - line), SEEK_SET), 0);
    fputc('9', file);
    fclose(file);
    refuse(&p, "look 1 was taken of other results or claims than the study has now");
    free(text);
    clear_place(&p);
}

/* The claims' own judge: a difference of 99 points is out of reach from the first look on. */
static void the_claims_are_judged(void **state) {
    (void)state;
    place p;
    rl_error error;
    begin(&p, BEGIN "seeds: {first: 5, looks: [3, 5]}\n"
                    "claims: [{group: a, better: relu, than: sigmoid, by: 99}]\n");
    if (rl_study_train(p.study, p.out, 0, NULL, NULL, &error) != RL_OK)
        fail_msg("%s", error.message);
    assert_int_equal(runs_done(&p), 6);
    char *text = text_of(p.out, "looks.json");
    assert_non_null(strstr(text, "\"outcome\":\"refuted\""));
    free(text);
    clear_place(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_look_ends_the_study),
        cmocka_unit_test(runs_of_later_looks_do_no_harm),
        cmocka_unit_test(what_was_changed_is_refused),
        cmocka_unit_test(the_claims_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
