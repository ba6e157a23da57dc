/* Several models in several threads of a program at once, as a server would: each answers as it
 * does alone, and training in one thread leaves the others alone. Written for ThreadSanitizer (make
 * tsan).
 */
#include "run/runs.h"

#include <pthread.h>

enum { USERS = 3, IMAGES = 5, CLASSES = 10, ROUNDS = 3 };

/* What a thread uses, and what came of it: a test is failed by the first thread only. */
typedef struct {
    rl_model *model;
    const uint8_t *images;
    float logits[IMAGES * CLASSES];
    rl_status status;
} user;

static rl_model *model_of(int seed) {
    char number[16];
    snprintf(number, sizeof number, "%d", seed);
    rl_config *config = tiny_config("unused");
    set(config, "seed", number);
    rl_model *model;
    assert_int_equal(rl_model_create(&model, config, shapes(), NULL), RL_OK);
    rl_config_free(config);
    return model;
}

static void *predict(void *context) {
    user *u = context;
    for (int round = 0; round < ROUNDS && u->status == RL_OK; round++)
        u->status = rl_model_logits(u->model, u->images, IMAGES, u->logits, NULL);
    return NULL;
}

static void *load_and_predict(void *context) {
    user *u = context;
    rl_error error;
    rl_model *model;
    u->status =
        rl_model_load(&model, "no such model", 1, &error); /* errors are each caller's own */
    if (u->status == RL_ERROR_IO && strstr(error.message, "no such model"))
        u->status = RL_OK;
    return predict(context);
}

static void *train(void *folder) {
    char path[TEST_PATH];
    rl_config *config = tiny_config(in_folder(path, folder, "run"));
    const rl_status status = rl_train(config, shapes(), NULL, NULL, NULL, NULL);
    rl_config_free(config);
    return status == RL_OK ? NULL : folder;
}

static void each_as_alone(void **state) {
    (void)state;
    user alone[USERS] = {0}, together[USERS] = {0};
    pthread_t threads[USERS], trainer;
    char folder[TEST_PATH];
    make_scratch(folder);
    for (int i = 0; i < USERS; i++) {
        alone[i].model = together[i].model = model_of(i + 1);
        alone[i].images = together[i].images =
            rl_dataset_image(shapes(), RL_SPLIT_TEST, (size_t)i * IMAGES, NULL);
        assert_null(predict(&alone[i]));
        assert_int_equal(alone[i].status, RL_OK);
    }
    assert_int_equal(pthread_create(&trainer, NULL, train, folder), 0);
    for (int i = 0; i < USERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, load_and_predict, &together[i]), 0);
    for (int i = 0; i < USERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(together[i].status, RL_OK);
        assert_memory_equal(together[i].logits, alone[i].logits, sizeof alone[i].logits);
        rl_model_free(together[i].model);
    }
    void *failed;
    assert_int_equal(pthread_join(trainer, &failed), 0);
    assert_null(failed);
    assert_memory_not_equal(alone[0].logits, alone[1].logits, sizeof alone[0].logits);
    remove_scratch(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_as_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
