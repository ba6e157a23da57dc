/* Operands that are something else than a command takes. */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "reslab.h"

/* Kinds of paths, to be joined by |. */
#define PLACE(kind) (1u << (kind))

/* Is `path` one of these kinds? If not, says what it is, what was expected and which commands take
 * it, and returns an exit code. Of what is missing the library says so. */
int place_expect(const char *path, unsigned kinds, const char *expected);

/* place_expect of what holds a model: a run or a file. */
int place_expect_model(const char *path);

#endif
