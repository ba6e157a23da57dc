/* Settings files: parse; a refused one must leave the configuration as it was. */
#include "fuzz.h"

#include "run/config.h"

#include <stdlib.h>
#include <string.h>

/* Has every option its default? */
static bool is_untouched(const rl_config *config) {
    rl_config *fresh = rl_config_create();
    bool same = true;
    for (size_t i = 0; fresh && rl_option_at(i); i++) {
        const char *name = rl_option_at(i)->name;
        same = same && strcmp(rl_config_get(config, name), rl_config_get(fresh, name)) == 0;
    }
    rl_config_free(fresh);
    return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rl_config *config = rl_config_create();
    rl_error error;
    if (!config)
        return 0;
    const rl_status status = rl_config_parse(config, "input", data, size, &error);
    if (status != RL_OK && (error.code != status || !error.message[0] ||
                            strchr(error.message, '\n') || !is_untouched(config)))
        abort();
    rl_config_free(config);
    return 0;
}
