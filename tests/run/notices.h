/* Notices kept for a test to look at: rl_set_notice_function(take_notice, NULL). */
#ifndef RL_TEST_NOTICES_H
#define RL_TEST_NOTICES_H

#include <stdio.h>
#include <string.h>

static char noticed[4096]; /* a line each; a test empties it */

static void take_notice(const char *message, void *context) {
    (void)context;
    const size_t used = strlen(noticed);
    snprintf(noticed + used, sizeof noticed - used, "%s\n", message);
}

#endif
