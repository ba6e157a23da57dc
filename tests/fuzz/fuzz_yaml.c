/* Settings files: parse; a refused one must leave the configuration as it was. */
#include "fuzz.h"

#include "run/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rl_config *config = rl_config_create();
    rl_error error;
    if (!config)
        return 0;
    const rl_status status = rl_config_parse(config, "input", data, size, &error);
    if (status != RL_OK &&
        (error.code != status || !error.message[0] || strchr(error.message, '\n') ||
         strcmp(rl_config_get(config, "lr"), "0.01") != 0))
        abort();
    rl_config_free(config);
    return 0;
}
