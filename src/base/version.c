#include "reslab.h"

const char *rl_version(void) {
    return RL_VERSION;
}
